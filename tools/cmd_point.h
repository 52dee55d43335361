/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_point.h - what the two files about points share
 */
#ifndef CMD_POINT_H
#define CMD_POINT_H

#include "tool.h"

/* Let the kernel wait so long, milliseconds: most points are done by then. */
#define POINT_WAIT_MS	1000

int point_create(struct tool *t, int argc, char **argv);

#endif /* CMD_POINT_H */
