/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * output.h - text and JSON from the same model
 *
 * A command builds a json-c object (the model) and prints it; text is made from
 * it by a list of fields. Ids are strings, also those of jobs, which do not fit
 * into the numbers of every JSON reader. Sizes are bytes, times are ISO 8601 in
 * UTC.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <json-c/json.h>

#include "tool.h"

enum field_format {
	FIELD_TEXT,
	FIELD_SIZE,	/* with a unit, rounded */
	FIELD_BYTES,	/* exact, and with a unit */
	FIELD_LIST,	/* array of objects, below; @sub says how */
	FIELD_MAP,	/* object, below: its keys and values */
};

/**
 * struct field - how a member of the model looks as text
 * @key: in the model
 * @title: over the column, before the value
 * @format: how the value is written
 * @sub: columns of a FIELD_LIST
 */
struct field {
	const char *key;
	const char *title;
	enum field_format format;
	const struct field *sub;
};

/* Print and free @model; lists of fields end with one without a key. */
void output_list(const struct tool *t, json_object *model,
		 const struct field *columns);
void output_object(const struct tool *t, json_object *model,
		   const struct field *rows);
/*
 * JSON as json-c makes it, which passes on what is in a string as it is. A name
 * need not be UTF-8, JSON has to: U+FFFD stands for each byte that is not.
 */
void output_json_text(const char *text, size_t size);
/* One line of JSON without any line break, flushed; frees @model. */
void output_line(json_object *model);
/* For commands that have nothing to say as text. */
void output_json_only(const struct tool *t, json_object *model);

/* Building a model. */
void put_str(json_object *o, const char *key, const char *text);
void put_str_or_null(json_object *o, const char *key, const char *text);
void put_u64(json_object *o, const char *key, uint64_t n);
void put_bool(json_object *o, const char *key, bool value);
void put_uuid(json_object *o, const char *key, const struct refpoint_uuid *uuid);
void put_id(json_object *o, const char *key, uint64_t id);
void put_time(json_object *o, const char *key, uint64_t ns);
void put_hex(json_object *o, const char *key, const void *data, size_t size);
json_object *put_array(json_object *o, const char *key);

/* What the kernel answered, for commands that change something. */
json_object *model_result(const struct tool *t);

#define SIZE_STR	48
char *format_size(uint64_t bytes, char text[SIZE_STR]);
#define TIME_STR	40
char *format_time(uint64_t ns, char text[TIME_STR]);

#endif /* OUTPUT_H */
