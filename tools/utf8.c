// SPDX-License-Identifier: GPL-2.0-only
/*
 * UTF-8 as RFC 3629 has it: the shortest form only, no surrogates, nothing
 * above U+10FFFF. Independent of the locale, as JSON is.
 */
#include "utf8.h"

size_t utf8_next(const char *text, unsigned int *code)
{
	/* The least code that needs so many bytes. */
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)text;
	size_t len, i;

	if (*p < 0x80) {
		*code = *p;
		return 1;
	}
	len = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	if (*p < 0xc0 || *p >= 0xf8)
		return 0;
	*code = *p & (0x7f >> len);
	/* The NUL at the end is no continuation, so nothing is read beyond it. */
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

bool utf8_valid(const char *text)
{
	unsigned int code;
	size_t n;

	for (; *text; text += n) {
		n = utf8_next(text, &code);
		if (!n)
			return false;
	}
	return true;
}
