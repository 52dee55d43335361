// SPDX-License-Identifier: GPL-2.0-only
/*
 * result.c - the one result convention of all methods
 */
#include <linux/kernel.h>
#include <linux/stdarg.h>
#include <linux/string.h>

#include "result.h"

int rp_result_set(struct rp_result *res, u32 value, u32 reason,
		  const uuid_t *volume, const char *fmt, ...)
{
	va_list args;

	memset(res, 0, sizeof(*res));
	res->value = value;
	res->reason = reason;
	if (volume) {
		res->has_volume = true;
		res->volume = *volume;
	}
	va_start(args, fmt);
	vscnprintf(res->text, sizeof(res->text), fmt, args);
	va_end(args);
	return 0;
}
