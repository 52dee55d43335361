// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's refusals, for people: the kernel knows volumes by UUID, who typed
 * the command knows them by name.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "refusal.h"

#define UUID_LEN	(REFPOINT_UUID_STR - 1)

/* The name of a volume, to be freed; NULL when it has none: it is not active. */
static char *volume_name(struct tool *t, const char *uuid)
{
	struct refpoint_result *result = refpoint_result_new();
	struct refpoint_volume *volume = NULL;
	char *name = NULL;

	/* The answer of the command stays in t->result. */
	if (result && !refpoint_volume_get(t->ctx, uuid, &volume, result) &&
	    volume && *refpoint_volume_name(volume))
		name = strdup(refpoint_volume_name(volume));
	refpoint_volume_free(volume);
	refpoint_result_free(result);
	return name;
}

/* Does "volume UUID" begin at @text? */
static bool at_volume(const char *text, char uuid[REFPOINT_UUID_STR])
{
	static const char word[] = "volume ";
	struct refpoint_uuid id;

	if (strncmp(text, word, sizeof(word) - 1))
		return false;
	snprintf(uuid, REFPOINT_UUID_STR, "%s", text + sizeof(word) - 1);
	return !refpoint_uuid_parse(uuid, &id);
}

/* 'volume UUID' becomes 'volume "NAME" (UUID)', wherever it stands. */
static void add_names(struct tool *t, const char *message, FILE *out)
{
	char uuid[REFPOINT_UUID_STR];
	char *name;

	while (*message) {
		if (!at_volume(message, uuid)) {
			fputc(*message++, out);
			continue;
		}
		message += strlen("volume ") + UUID_LEN;
		name = volume_name(t, uuid);
		if (name)
			fprintf(out, "volume \"%s\" (%s)", name, uuid);
		else
			fprintf(out, "volume %s", uuid);
		free(name);
	}
}

/* The volume to blame, for a sentence that does not have its UUID. */
static void add_culprit(struct tool *t, const char *message, FILE *out)
{
	const struct refpoint_uuid *volume = refpoint_result_volume(t->result);
	char uuid[REFPOINT_UUID_STR], quoted[REFPOINT_NAME_MAX + 3];
	const char *at = NULL;
	char *name;

	/* These two were given it, and no other. */
	if (!volume || !strcmp(t->command->noun, "volume") ||
	    !strcmp(t->command->noun, "changes")) {
		fputs(message, out);
		return;
	}
	name = volume_name(t, refpoint_uuid_format(volume, uuid));
	if (name) {
		snprintf(quoted, sizeof(quoted), "\"%s\"", name);
		at = strstr(message, quoted);
	}
	if (at) {
		at += strlen(quoted);
		fprintf(out, "%.*s (%s)%s", (int)(at - message), message, uuid,
			at);
	} else if (name) {
		fprintf(out, "%s (volume %s, %s)", message, quoted, uuid);
	} else {
		fprintf(out, "%s (volume %s)", message, uuid);
	}
	free(name);
}

char *refusal_text(struct tool *t)
{
	const struct refpoint_uuid *volume = refpoint_result_volume(t->result);
	const char *message = refpoint_result_message(t->result);
	char uuid[REFPOINT_UUID_STR], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (volume && !strstr(message, refpoint_uuid_format(volume, uuid)))
		add_culprit(t, message, out);
	else
		add_names(t, message, out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* As a word: not as a part of another name or number. */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[len]))
			return true;
	return false;
}

bool refusal_names(const struct tool *t, const char *text, const char *what)
{
	struct refpoint_uuid id;
	char *quoted;
	bool found;

	if (!*what)
		return true;
	/* Ids are unmistakable; a name might be any word of the sentence. */
	if (!refpoint_uuid_parse(what, &id) || !strcmp(t->command->noun, "job"))
		return has_word(text, what);
	if (asprintf(&quoted, "\"%s\"", what) < 0)
		return false;
	found = strstr(text, quoted);
	free(quoted);
	return found;
}
