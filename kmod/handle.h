/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handle.h - the text that stands for one member of one point
 *
 * "<volume>:<generation>:<sequence>"; opaque to whoever stores it (I10).
 */
#ifndef RP_HANDLE_H
#define RP_HANDLE_H

#include <linux/uuid.h>
#include <linux/refpoint.h>

#include "core/types.h"

static inline void rp_handle_format(char text[REFPOINT_HANDLE_MAX + 1],
				    const uuid_t *volume,
				    const u8 generation[16], rp_seq_t seq)
{
	snprintf(text, REFPOINT_HANDLE_MAX + 1, "%pUb:%pUb:%llu", volume,
		 generation, rp_seq_nr(seq));
}

/* There is one text for one handle, but for the case of letters. */
static inline bool rp_handle_parse(const char *text, uuid_t *volume,
				   uuid_t *generation, rp_seq_t *seq)
{
	size_t len = strlen(text);
	const char *digits = text + 2 * (UUID_STRING_LEN + 1);
	u64 nr;

	if (len <= 2 * (UUID_STRING_LEN + 1) || text[UUID_STRING_LEN] != ':' ||
	    digits[-1] != ':')
		return false;
	if (uuid_parse(text, volume) ||
	    uuid_parse(text + UUID_STRING_LEN + 1, generation))
		return false;
	/* kstrtou64() alone would let a sign and a line's end pass. */
	if (strspn(digits, "0123456789") != strlen(digits) ||
	    (digits[0] == '0' && digits[1]) || kstrtou64(digits, 10, &nr))
		return false;
	*seq = rp_seq(nr);
	return true;
}

#endif /* RP_HANDLE_H */
