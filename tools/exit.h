/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exit.h - exit statuses of the command; refpoint(8) documents them
 */
#ifndef EXIT_H
#define EXIT_H

#include <stdbool.h>
#include <stdint.h>

enum tool_exit {
	TOOL_DONE	   = 0,
	TOOL_FAILED	   = 1,
	TOOL_USAGE	   = 2,
	TOOL_FULL_COPY	   = 10,	/* the baseline cannot answer */
	TOOL_UNKNOWN	   = 11,	/* unknown extents, not allowed */
	TOOL_BUSY	   = 12,	/* or in a state that does not permit it */
	TOOL_TIMEOUT	   = 13,
	TOOL_VOID	   = 14,	/* or in doubt */
	TOOL_NOT_SUPPORTED = 15,
};

/* Is it about one of the two ends of a list of changes? */
bool exit_blames_an_end(uint32_t reason);

/**
 * exit_status - the one table from what the library said to an exit status
 * @err: 0 or -errno of the call
 * @value: enum refpoint_return_value, looked at when @err is 0
 * @reason: enum refpoint_reason
 * @baseline: the call was about changes since a baseline
 */
int exit_status(int err, uint32_t value, uint32_t reason, bool baseline);

#endif /* EXIT_H */
