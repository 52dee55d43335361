// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UUIDs as text. Not libuuid: its parser takes what libraries before it took,
 * and the wire is in the order of the text, so there is nothing to convert.
 */
#include "priv.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool hyphen_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int refpoint_uuid_parse(const char *text, struct refpoint_uuid *uuid)
{
	struct refpoint_uuid new;
	size_t i;

	if (!text || !uuid)
		return -EINVAL;
	for (i = 0; i < sizeof(new.b); i++) {
		int high, low;

		if (hyphen_before(i) && *text++ != '-')
			return -EINVAL;
		high = hex(text[0]);
		if (high < 0)
			return -EINVAL;
		low = hex(text[1]);
		if (low < 0)
			return -EINVAL;
		new.b[i] = high << 4 | low;
		text += 2;
	}
	if (*text)
		return -EINVAL;
	*uuid = new;
	return 0;
}

char *refpoint_uuid_format(const struct refpoint_uuid *uuid, char *text)
{
	static const char digits[] = "0123456789abcdef";
	char *p = text;
	size_t i;

	for (i = 0; i < sizeof(uuid->b); i++) {
		if (hyphen_before(i))
			*p++ = '-';
		*p++ = digits[uuid->b[i] >> 4];
		*p++ = digits[uuid->b[i] & 15];
	}
	*p = '\0';
	return text;
}
