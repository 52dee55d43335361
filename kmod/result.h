/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * result.h - the one result convention of all methods
 *
 * A function that carries out a method returns 0 when it understood the
 * request and puts the outcome here; -errno means that no reply can be made
 * (-ENOMEM, a signal).
 */
#ifndef RP_RESULT_H
#define RP_RESULT_H

#include <linux/uuid.h>
#include <linux/refpoint.h>

/**
 * struct rp_result - what a method answers
 * @value: enum refpoint_return_value
 * @reason: enum refpoint_reason
 * @has_volume: @volume says which member is to blame
 * @volume: UUID of that member
 * @text: one sentence, empty when @value is DONE or JOB_STARTED
 */
struct rp_result {
	u32 value;
	u32 reason;
	bool has_volume;
	uuid_t volume;
	char text[REFPOINT_REASON_TEXT_MAX + 1];
};

/* Fill in a refusal; @volume may be NULL. Return: 0, to be returned in turn. */
__printf(5, 6)
int rp_result_set(struct rp_result *res, u32 value, u32 reason,
		  const uuid_t *volume, const char *fmt, ...);

static inline void rp_result_done(struct rp_result *res)
{
	memset(res, 0, sizeof(*res));
}

#endif /* RP_RESULT_H */
