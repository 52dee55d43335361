// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Attributes into structures, by the tables of the nouns, and structures into
 * attributes. What comes from outside is checked here: an attribute of another
 * length than its type has is -EPROTO, one that no table names is skipped, for
 * a newer kernel may send more.
 */
#include <stdio.h>

#include "priv.h"

/* ---- names, as the netlink specification has them ------------------------ */

static const char *const attr_names[REFPOINT_A_MAX + 1] = {
	[REFPOINT_A_RETURN_VALUE]	= "return-value",
	[REFPOINT_A_REASON]		= "reason",
	[REFPOINT_A_REASON_VOLUME]	= "reason-volume",
	[REFPOINT_A_MESSAGE]		= "message",
	[REFPOINT_A_COLLECTION_ID]	= "collection-id",
	[REFPOINT_A_COLLECTION_NAME]	= "collection-name",
	[REFPOINT_A_NEW_NAME]		= "new-name",
	[REFPOINT_A_POINT_ID]		= "point-id",
	[REFPOINT_A_VOLUME_ID]		= "volume-id",
	[REFPOINT_A_VOLUME_NAME]	= "volume-name",
	[REFPOINT_A_JOB_ID]		= "job-id",
	[REFPOINT_A_POINT_TYPE]		= "point-type",
	[REFPOINT_A_SETTINGS]		= "settings",
	[REFPOINT_A_ONLY_VOLUME]	= "only-volume",
	[REFPOINT_A_EXCEPT_VOLUME]	= "except-volume",
	[REFPOINT_A_OWNER]		= "owner",
	[REFPOINT_A_LABEL]		= "label",
	[REFPOINT_A_WAIT_MS]		= "wait-ms",
	[REFPOINT_A_FORCE]		= "force",
	[REFPOINT_A_STATE]		= "state",
	[REFPOINT_A_TIME]		= "time",
	[REFPOINT_A_VERSION]		= "version",
	[REFPOINT_A_MEMBER]		= "member",
	[REFPOINT_A_HAS_ASSOCIATED_DATA] = "has-associated-data",
	[REFPOINT_A_FROM_POINT]		= "from-point",
	[REFPOINT_A_FROM_HANDLE]	= "from-handle",
	[REFPOINT_A_FROM_ALL]		= "from-all",
	[REFPOINT_A_TO_POINT]		= "to-point",
	[REFPOINT_A_TO_HANDLE]		= "to-handle",
	[REFPOINT_A_START]		= "start",
	[REFPOINT_A_LENGTH]		= "length",
	[REFPOINT_A_GRANULARITY]	= "granularity",
	[REFPOINT_A_MAX_EXTENTS]	= "max-extents",
	[REFPOINT_A_ALLOW_UNKNOWN]	= "allow-unknown",
	[REFPOINT_A_LEASE]		= "lease",
	[REFPOINT_A_JOB_TYPE]		= "job-type",
	[REFPOINT_A_JOB_STATE]		= "job-state",
	[REFPOINT_A_REQUESTED_STATE]	= "requested-state",
	[REFPOINT_A_KEEP_MS]		= "keep-ms",
	[REFPOINT_A_REASON_TEXT]	= "reason-text",
};

static const char *const settings_names[REFPOINT_SETTINGS_A_MAX + 1] = {
	[REFPOINT_SETTINGS_A_CONSISTENCY] = "consistency",
	[REFPOINT_SETTINGS_A_REQUIRE]	  = "require",
	[REFPOINT_SETTINGS_A_DEADLINE_MS] = "deadline-ms",
	[REFPOINT_SETTINGS_A_CUT_ID]	  = "cut-id",
	[REFPOINT_SETTINGS_A_TAG]	  = "tag",
	[REFPOINT_SETTINGS_A_VENDOR]	  = "vendor",
};

void rp_attr_name(uint16_t type, char *text, size_t size)
{
	if (type <= REFPOINT_A_MAX && attr_names[type])
		snprintf(text, size, "%s", attr_names[type]);
	else
		snprintf(text, size, "%u", type);
}

void rp_attr_settings_name(uint16_t type, char *text, size_t size)
{
	if (type <= REFPOINT_SETTINGS_A_MAX && settings_names[type])
		snprintf(text, size, "settings.%s", settings_names[type]);
	else
		snprintf(text, size, "settings.%u", type);
}

/* ---- reading -------------------------------------------------------------- */

/* Is @head of @len bytes a whole number of attributes? 0 or -EPROTO. */
int rp_attr_check(const struct nlattr *head, int len)
{
	const struct nlattr *a = head;
	int rem = len;

	while (nla_ok(a, rem))
		a = nla_next(a, &rem);
	return rem > 0 ? -EPROTO : 0;
}

const struct nlattr *rp_attr_find(const struct nlattr *head, int len,
				  uint16_t type)
{
	const struct nlattr *a = head;
	int rem = len;

	for (; nla_ok(a, rem); a = nla_next(a, &rem))
		if (nla_type(a) == type)
			return a;
	return NULL;
}

static int attr_number(uint64_t *value, const struct nlattr *a, size_t width)
{
	uint64_t u64 = 0;
	uint32_t u32;
	uint16_t u16;

	if (nla_len(a) != (int)width)
		return -EPROTO;
	switch (width) {
	case 1:
		*value = *(const uint8_t *)nla_data(a);
		break;
	case 2:
		memcpy(&u16, nla_data(a), sizeof(u16));
		*value = u16;
		break;
	case 4:
		memcpy(&u32, nla_data(a), sizeof(u32));
		*value = u32;
		break;
	default:
		/* Attributes are aligned to 4 bytes only. */
		memcpy(&u64, nla_data(a), sizeof(u64));
		*value = u64;
		break;
	}
	return 0;
}

static int attr_u32(uint32_t *field, const struct nlattr *a, size_t width)
{
	uint64_t value;
	int err = attr_number(&value, a, width);

	if (!err)
		*field = value;
	return err;
}

static int attr_uuid(struct rp_uuid_field *field, const struct nlattr *a)
{
	if (nla_len(a) != sizeof(field->uuid.b))
		return -EPROTO;
	memcpy(field->uuid.b, nla_data(a), sizeof(field->uuid.b));
	field->set = true;
	return 0;
}

static int attr_str(char **field, const struct nlattr *a,
		    void (*polish)(char *text))
{
	char *s = strndup(nla_data(a), nla_len(a));

	if (!s)
		return -ENOMEM;
	if (polish)
		polish(s);
	free(*field);
	*field = s;
	return 0;
}

static int attr_blob(struct rp_blob *blob, const struct nlattr *a, bool append)
{
	size_t size = nla_len(a);
	char *data;

	if (!append)
		blob->size = 0;
	if (!size)
		return 0;
	data = realloc(blob->data, blob->size + size);
	if (!data)
		return -ENOMEM;
	memcpy(data + blob->size, nla_data(a), size);
	blob->data = data;
	blob->size += size;
	return 0;
}

static int attr_chain(struct rp_object **head, const struct rp_kind *kind,
		      const struct nlattr *a)
{
	struct rp_object *obj = calloc(1, kind->size);
	int err;

	if (!obj)
		return -ENOMEM;
	err = rp_attr_fill(obj, kind, nla_data(a), nla_len(a));
	if (err) {
		rp_object_free(obj, kind);
		return err;
	}
	/* Newest first; rp_attr_fill() of the whole turns it round. */
	obj->next = *head;
	*head = obj;
	return 0;
}

static int attr_field(void *obj, const struct rp_field *f,
		      const struct nlattr *a)
{
	void *field = (char *)obj + f->offset;
	struct rp_counter *counter;

	switch (f->type) {
	case RP_U8:
		return attr_u32(field, a, 1);
	case RP_U16:
		return attr_u32(field, a, 2);
	case RP_U32:
		return attr_u32(field, a, 4);
	case RP_U64:
		return attr_number(field, a, 8);
	case RP_COUNTER:
		counter = field;
		counter->set = true;
		return attr_number(&counter->value, a, 8);
	case RP_UUID:
		return attr_uuid(field, a);
	case RP_STR:
		return attr_str(field, a, NULL);
	case RP_DM_NAME:
		return attr_str(field, a, rp_dm_name_unmangle);
	case RP_SENTENCE:
		return attr_str(field, a, rp_dm_name_unmangle_in);
	case RP_BLOB:
		return attr_blob(field, a, false);
	case RP_BLOB_LIST:
		return attr_blob(field, a, true);
	case RP_NEST:
		return rp_attr_fill(obj, f->sub, nla_data(a), nla_len(a));
	case RP_CHAIN:
		return attr_chain(field, f->sub, a);
	}
	return -EPROTO;
}

static struct rp_object *chain_reverse(struct rp_object *obj)
{
	struct rp_object *next, *turned = NULL;

	for (; obj; obj = next) {
		next = obj->next;
		obj->next = turned;
		turned = obj;
	}
	return turned;
}

/* The chains that this message adds to: turned before and after, in order. */
static void attr_turn_chains(void *obj, const struct rp_kind *kind)
{
	struct rp_object **head;
	size_t i;

	for (i = 0; i < kind->nr_fields; i++) {
		if (kind->fields[i].type != RP_CHAIN)
			continue;
		head = (void *)((char *)obj + kind->fields[i].offset);
		*head = chain_reverse(*head);
	}
}

/**
 * rp_attr_fill - put attributes into a structure
 * @obj: structure; what no attribute is about stays as it is, chains grow
 * @kind: its table
 * @head: first attribute
 * @len: bytes of attributes
 *
 * Return: 0, -EPROTO or -ENOMEM; @obj can be released in any case.
 */
int rp_attr_fill(void *obj, const struct rp_kind *kind,
		 const struct nlattr *head, int len)
{
	const struct nlattr *a = head;
	int rem = len, err = 0;
	size_t i;

	if (rp_attr_check(head, len))
		return -EPROTO;
	attr_turn_chains(obj, kind);
	for (; !err && nla_ok(a, rem); a = nla_next(a, &rem)) {
		for (i = 0; i < kind->nr_fields; i++) {
			if (kind->fields[i].attr != nla_type(a))
				continue;
			err = attr_field(obj, &kind->fields[i], a);
			break;
		}
	}
	attr_turn_chains(obj, kind);
	return err;
}

/**
 * rp_attr_release - free what a structure holds, not the structure
 * @obj: structure
 * @kind: its table
 */
void rp_attr_release(void *obj, const struct rp_kind *kind)
{
	size_t i;

	for (i = 0; i < kind->nr_fields; i++) {
		const struct rp_field *f = &kind->fields[i];
		void *field = (char *)obj + f->offset;

		switch (f->type) {
		case RP_STR:
		case RP_DM_NAME:
		case RP_SENTENCE:
			free(*(char **)field);
			*(char **)field = NULL;
			break;
		case RP_BLOB:
		case RP_BLOB_LIST:
			free(((struct rp_blob *)field)->data);
			memset(field, 0, sizeof(struct rp_blob));
			break;
		case RP_NEST:
			rp_attr_release(obj, f->sub);
			break;
		case RP_CHAIN:
			rp_object_free(*(struct rp_object **)field, f->sub);
			*(struct rp_object **)field = NULL;
			break;
		}
	}
}

/* ---- writing: 0 or -EMSGSIZE, when the request is full --------------------- */

int rp_put_uuid(struct nl_msg *msg, uint16_t attr,
		const struct refpoint_uuid *uuid)
{
	return nla_put(msg, attr, sizeof(uuid->b), uuid->b) ? -EMSGSIZE : 0;
}

int rp_put_str(struct nl_msg *msg, uint16_t attr, const char *text)
{
	return nla_put_string(msg, attr, text) ? -EMSGSIZE : 0;
}

/* What reads as a UUID is one: the id; anything else is a name. */
int rp_put_collection(struct nl_msg *msg, const char *collection)
{
	struct refpoint_uuid uuid;

	if (!refpoint_uuid_parse(collection, &uuid))
		return rp_put_uuid(msg, REFPOINT_A_COLLECTION_ID, &uuid);
	return rp_put_str(msg, REFPOINT_A_COLLECTION_NAME, collection);
}
