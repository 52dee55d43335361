// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text and JSON from the same model.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output.h"
#include "utf8.h"

#define JSON_FLAGS	(JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | \
			 JSON_C_TO_STRING_NOSLASHESCAPE)
#define JSON_LINE_FLAGS	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

#define MAX_COLUMNS	16
#define CELL_STR	512

/* ---- values ------------------------------------------------------------------- */

char *format_size(uint64_t bytes, char text[SIZE_STR])
{
	static const char *const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
	};
	unsigned int i = 0;
	uint64_t unit = 1;

	while (i + 1 < ARRAY_SIZE(units) && bytes >> 10 >= unit) {
		unit <<= 10;
		i++;
	}
	if (bytes % unit == 0)
		snprintf(text, SIZE_STR, "%" PRIu64 " %s", bytes / unit,
			 units[i]);
	else
		snprintf(text, SIZE_STR, "%.1f %s", (double)bytes / unit,
			 units[i]);
	return text;
}

char *format_time(uint64_t ns, char text[TIME_STR])
{
	time_t seconds = ns / 1000000000;
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(text, TIME_STR, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, TIME_STR - n, ".%09uZ",
		 (unsigned int)(ns % 1000000000));
	return text;
}

void put_str(json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

void put_str_or_null(json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, text && *text ?
			       json_object_new_string(text) : NULL);
}

void put_u64(json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

void put_bool(json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

void put_uuid(json_object *o, const char *key, const struct refpoint_uuid *uuid)
{
	char text[REFPOINT_UUID_STR];

	put_str_or_null(o, key, uuid ? refpoint_uuid_format(uuid, text) : NULL);
}

void put_id(json_object *o, const char *key, uint64_t id)
{
	char text[24] = "";

	if (id)
		snprintf(text, sizeof(text), "%" PRIu64, id);
	put_str_or_null(o, key, text);
}

void put_time(json_object *o, const char *key, uint64_t ns)
{
	char text[TIME_STR];

	put_str_or_null(o, key, ns ? format_time(ns, text) : NULL);
}

void put_hex(json_object *o, const char *key, const void *data, size_t size)
{
	const unsigned char *p = data;
	char *text = calloc(2, size + 1);
	size_t i;

	for (i = 0; text && i < size; i++)
		sprintf(text + 2 * i, "%02x", p[i]);
	put_str_or_null(o, key, text);
	free(text);
}

json_object *put_array(json_object *o, const char *key)
{
	json_object *array = json_object_new_array();

	json_object_object_add(o, key, array);
	return array;
}

json_object *model_result(const struct tool *t)
{
	json_object *o = json_object_new_object();
	uint32_t value = refpoint_result_value(t->result);

	put_u64(o, "return_value", value);
	put_str(o, "result", refpoint_value_name(value));
	return o;
}

/* ---- text ----------------------------------------------------------------------- */

/* Control characters could move the cursor; names come from elsewhere. */
static void harmless(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
}

static const char *cell(json_object *o, const struct field *f,
			char text[CELL_STR])
{
	json_object *v = json_object_object_get(o, f->key);
	char size[SIZE_STR];

	if (!v) {
		snprintf(text, CELL_STR, "-");
	} else if (f->format == FIELD_SIZE) {
		snprintf(text, CELL_STR, "%s",
			 format_size(json_object_get_uint64(v), size));
	} else if (f->format == FIELD_BYTES) {
		snprintf(text, CELL_STR, "%" PRIu64 " bytes (%s)",
			 json_object_get_uint64(v),
			 format_size(json_object_get_uint64(v), size));
	} else {
		snprintf(text, CELL_STR, "%s", json_object_get_string(v));
		harmless(text);
		if (!*text)
			snprintf(text, CELL_STR, "-");
	}
	return text;
}

static void print_cell(const char *text, size_t width, bool last)
{
	printf("%-*s%s", (int)width, text, last ? "\n" : "  ");
}

static void table(json_object *array, const struct field *columns,
		  const char *indent)
{
	size_t width[MAX_COLUMNS] = { 0 }, rows, i, n, c;
	char text[CELL_STR];

	for (c = 0; c < MAX_COLUMNS && columns[c].key; c++)
		width[c] = strlen(columns[c].title);
	n = c;
	rows = json_object_array_length(array);
	for (i = 0; i < rows; i++) {
		for (c = 0; c < n; c++) {
			size_t len = strlen(cell(json_object_array_get_idx(array, i),
						 &columns[c], text));

			if (len > width[c])
				width[c] = len;
		}
	}
	width[n - 1] = 0;	/* nothing to line up behind the last one */
	printf("%s", indent);
	for (c = 0; c < n; c++)
		print_cell(columns[c].title, width[c], c + 1 == n);
	for (i = 0; i < rows; i++) {
		json_object *row = json_object_array_get_idx(array, i);

		printf("%s", indent);
		for (c = 0; c < n; c++)
			print_cell(cell(row, &columns[c], text), width[c],
				   c + 1 == n);
	}
}

static void map(json_object *o, const char *indent)
{
	json_object_object_foreach(o, key, value)
		printf("%s%s: %s\n", indent, key,
		       json_object_get_string(value));
}

static void text_object(json_object *o, const struct field *rows)
{
	char text[CELL_STR];
	size_t width = 0;
	const struct field *f;

	for (f = rows; f->key; f++)
		if (strlen(f->title) > width)
			width = strlen(f->title);
	for (f = rows; f->key; f++) {
		json_object *v = json_object_object_get(o, f->key);

		if (f->format == FIELD_LIST) {
			if (!v || !json_object_array_length(v))
				continue;
			printf("%s:\n", f->title);
			table(v, f->sub, "  ");
		} else if (f->format == FIELD_MAP) {
			if (!v || !json_object_object_length(v))
				continue;
			printf("%s:\n", f->title);
			map(v, "  ");
		} else if (v) {
			printf("%-*s  %s\n", (int)width, f->title,
			       cell(o, f, text));
		}
	}
}

/* ---- printing ---------------------------------------------------------------------- */

void output_json_text(const char *text, size_t size)
{
	static const char replacement[] = "\xef\xbf\xbd";	/* U+FFFD */
	const char *end = text + size;
	unsigned int code;
	size_t n, run;

	while (text < end) {
		for (run = 0; text + run < end; run += n) {
			n = utf8_next(text + run, &code);
			if (!n)
				break;
		}
		fwrite(text, 1, run, stdout);
		text += run;
		if (text < end) {
			fputs(replacement, stdout);
			text++;
		}
	}
}

static void json_line(json_object *model, int flags)
{
	const char *text = json_object_to_json_string_ext(model, flags);

	output_json_text(text, strlen(text));
	putchar('\n');
}

static void print_json(json_object *model)
{
	json_line(model, JSON_FLAGS);
}

void output_list(const struct tool *t, json_object *model,
		 const struct field *columns)
{
	if (t->json)
		print_json(model);
	else if (json_object_array_length(model))
		table(model, columns, "");
	json_object_put(model);
}

void output_object(const struct tool *t, json_object *model,
		   const struct field *rows)
{
	if (t->json)
		print_json(model);
	else
		text_object(model, rows);
	json_object_put(model);
}

void output_line(json_object *model)
{
	json_line(model, JSON_LINE_FLAGS);
	fflush(stdout);
	json_object_put(model);
}

void output_json_only(const struct tool *t, json_object *model)
{
	if (t->json)
		print_json(model);
	json_object_put(model);
}
