// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The version of the library. refpoint_version_kernel() is in context.c.
 */
#include "priv.h"

#ifndef REFPOINT_VERSION
#error "the Makefile defines REFPOINT_VERSION"
#endif

const char *refpoint_version_library(void)
{
	return REFPOINT_VERSION;
}
