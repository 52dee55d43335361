// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names of device-mapper devices, as people see them. Whoever makes devices through
 * libdevmapper gets a name in the kernel in which each byte that is not on a list
 * is written as \xNN: "my vol" is my\x20vol there. Others may have made devices
 * without that, so a name is looked for as it was given first.
 */
#include <ctype.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "priv.h"

static bool plain(unsigned char c)
{
	return (c < 0x80 && isalnum(c)) || (c && strchr("#+-.:=@_", c));
}

/* The byte that begins at @s as \xNN, or -1. */
static int mangled(const char *s)
{
	unsigned int byte;

	if (s[0] != '\\' || s[1] != 'x' || !isxdigit((unsigned char)s[2]) ||
	    !isxdigit((unsigned char)s[3]) || sscanf(s + 2, "%2x", &byte) != 1)
		return -1;
	return byte;
}

/* Length of the character of UTF-8 at @s, 0 when it is none or is a control. */
static size_t utf8_length(const unsigned char *s)
{
	size_t len = *s >= 0xf0 && *s <= 0xf4 ? 4 : *s >= 0xe0 && *s < 0xf0 ? 3 :
		     *s >= 0xc2 && *s < 0xe0 ? 2 : 0, i;

	if (*s >= 0x20 && *s < 0x7f)
		return 1;
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return *s == 0xc2 && s[1] < 0xa0 ? 0 : len;
}

static bool printable(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	size_t len;

	for (; *s; s += len) {
		len = utf8_length(s);
		if (!len)
			return false;
	}
	return true;
}

/* What /sys calls the device of @number, and how long that is; 0: no name. */
static size_t sys_name(dev_t number, char *text, size_t size)
{
	char file[64];
	size_t len;
	FILE *in;

	snprintf(file, sizeof(file), "/sys/dev/block/%u:%u/dm/name",
		 major(number), minor(number));
	in = fopen(file, "re");
	if (!in)
		return 0;
	len = fread(text, 1, size, in);
	fclose(in);
	/* There may be others in a name. */
	return len && text[len - 1] == '\n' ? len - 1 : len;
}

/**
 * rp_dm_name_of_path - the name of the device at a path
 * @path: as somebody typed it, /dev/mapper/NAME or any other path of the device;
 *	there is a slash in it, as there is in no name
 * @name: result
 *
 * Without a node, which is udev's to make or that of whoever made the device, and
 * without /sys, /dev/mapper/NAME still says which device is meant. A node that is
 * there says it alone: it may be another device's.
 */
enum rp_dm_path rp_dm_name_of_path(const char *path,
				   char name[REFPOINT_NAME_MAX + 1])
{
	static const char dir[] = "/dev/mapper/";
	enum rp_dm_path how = RP_DM_PATH_EXACT;
	char text[REFPOINT_NAME_MAX + 2];
	struct stat st;
	size_t len = 0;
	bool there;

	there = !stat(path, &st);
	if (there && S_ISBLK(st.st_mode))
		len = sys_name(st.st_rdev, text, sizeof(text));
	if (!len && there && !access("/sys/dev/block", F_OK))
		return RP_DM_PATH_NONE;
	if (!len && !strncmp(path, dir, strlen(dir))) {
		how = RP_DM_PATH_TYPED;
		len = strnlen(path + strlen(dir), sizeof(text));
		memcpy(text, path + strlen(dir), len);
	}
	if (!len || len > REFPOINT_NAME_MAX || memchr(text, '/', len))
		return RP_DM_PATH_NONE;
	memcpy(name, text, len);
	name[len] = '\0';
	return how;
}

/**
 * rp_dm_name_mangle - a name as libdevmapper would have given it
 * @name: as somebody typed it; what is mangled already stays
 * @text: result
 *
 * Return: whether @text was filled in and is another name than @name; it is not
 * when the result would be too long for a device.
 */
bool rp_dm_name_mangle(const char *name, char text[REFPOINT_NAME_MAX + 1])
{
	size_t used = 0, need;
	const char *s;

	for (s = name; *s; s++) {
		need = plain(*s) || mangled(s) >= 0 ? 1 : 4;
		if (used + need > REFPOINT_NAME_MAX)
			return false;
		if (need == 1)
			text[used] = *s;
		else
			snprintf(text + used, 5, "\\x%02x", (unsigned char)*s);
		used += need;
	}
	text[used] = '\0';
	return strcmp(text, name);
}

/**
 * rp_dm_name_unmangle - a name as people would write it, in place
 * @name: as the kernel has it
 *
 * What it becomes finds the device again when it is typed. So a backslash stays
 * mangled; and a name stays as it is when it would not be text.
 */
void rp_dm_name_unmangle(char *name)
{
	char *copy = strdup(name), *to = copy;
	const char *s = name;
	int byte;

	if (!copy)
		return;
	while (*s) {
		byte = mangled(s);
		if (byte <= 0 || byte == '\\') {
			*to++ = *s++;
		} else {
			*to++ = byte;
			s += 4;
		}
	}
	*to = '\0';
	if (printable(copy))
		strcpy(name, copy);
	free(copy);
}

/**
 * rp_dm_name_unmangle_in - the names of volumes in a sentence of the kernel
 * @text: the sentence; changed in place
 */
void rp_dm_name_unmangle_in(char *text)
{
	static const char before[] = "volume \"";
	size_t rest;
	char *end;

	while ((text = strstr(text, before))) {
		text += sizeof(before) - 1;
		end = strchr(text, '"');
		if (!end)
			return;
		*end = '\0';
		rp_dm_name_unmangle(text);
		rest = strlen(text);
		*end = '"';
		memmove(text + rest, end, strlen(end) + 1);
		text += rest + 1;
	}
}
