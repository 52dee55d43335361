/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the library share; never installed.
 *
 * Direction: the nouns (volume, collection, point, changes, job, event) rest
 * on object.c (attributes into structures, by table), which rests on nl.c (the
 * only file that knows libnl's sockets), which rests on context.c.
 */
#ifndef _REFPOINT_PRIV_H
#define _REFPOINT_PRIV_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/genl/genl.h>

#include "refpoint.h"

#define RP_ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Listings that change under the reader are read again so many times. */
#define RP_DUMP_TRIES		10

/* ---- transport: how datagrams travel; tests put their own in here ------- */

/**
 * struct rp_transport - four verbs on a netlink socket
 * @send: send one datagram to the kernel; 0 or -errno
 * @recv: next datagram into ctx->buf (grown as needed) and its sender; bytes
 *	or -errno, -EAGAIN when @wait is false and there is none
 * @reset: drop all that is under way, connect anew; 0 or -errno
 * @close: free @priv
 */
struct rp_transport {
	int (*send)(struct refpoint_ctx *ctx, const void *buf, size_t len);
	ssize_t (*recv)(struct refpoint_ctx *ctx, struct sockaddr_nl *from,
			bool wait);
	int (*reset)(struct refpoint_ctx *ctx);
	void (*close)(struct refpoint_ctx *ctx);
};

struct refpoint_ctx {
	const struct rp_transport *transport;
	void *priv;			/* of the transport */
	uint32_t port;			/* our address, echoed in replies */
	uint32_t seq;			/* of the request under way */
	uint16_t family;
	uint32_t version;
	uint32_t group;			/* "events" */
	bool quiet;			/* do not open monitors (tests) */

	unsigned char *buf;		/* the datagram in hand */
	size_t buf_size;

	char error[512];
	char attribute[64];
};

/* context.c */
struct refpoint_ctx *rp_ctx_alloc(const struct rp_transport *transport,
				  void *priv);
void rp_ctx_clear_error(struct refpoint_ctx *ctx);
int rp_ctx_error(struct refpoint_ctx *ctx, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int rp_ctx_reserve(struct refpoint_ctx *ctx, size_t size);

/* ---- requests ----------------------------------------------------------- */

/*
 * Takes one message that answers the request: attributes from @head on. An
 * error is kept and returned when all of the answer has been read.
 */
typedef int rp_reply_fn(const struct nlattr *head, int len, void *data);
typedef void rp_reset_fn(void *data);

/* nl.c */
extern const struct rp_transport rp_socket_transport;
int rp_nl_resolve(struct refpoint_ctx *ctx);
int rp_nl_subscribe(struct refpoint_ctx *ctx);
int rp_nl_fd(const struct refpoint_ctx *ctx);
struct nl_msg *rp_nl_msg(const struct refpoint_ctx *ctx, uint8_t cmd);
int rp_nl_do(struct refpoint_ctx *ctx, struct nl_msg *msg, rp_reply_fn *fn,
	     void *data);
int rp_nl_dump(struct refpoint_ctx *ctx, struct nl_msg *msg, rp_reply_fn *fn,
	       rp_reset_fn *reset, void *data);

/* ack.c */
int rp_ack_error(struct refpoint_ctx *ctx, const struct nlmsghdr *hdr,
		 const struct nlmsghdr *request);
int rp_ack_done(struct refpoint_ctx *ctx, const struct nlmsghdr *hdr,
		const struct nlmsghdr *request);

/* ---- attributes <-> structures ------------------------------------------ */

struct rp_uuid_field {
	bool set;
	struct refpoint_uuid uuid;
};

struct rp_blob {
	void *data;
	size_t size;
};

struct rp_counter {
	bool set;
	uint64_t value;
};

/* An object in a chain; first member of each. */
struct rp_object {
	struct rp_object *next;
};

enum rp_field_type {
	RP_U8,			/* these three into a uint32_t */
	RP_U16,
	RP_U32,
	RP_U64,			/* uint64_t */
	RP_COUNTER,		/* u64 into struct rp_counter */
	RP_UUID,		/* struct rp_uuid_field */
	RP_STR,			/* char * */
	RP_DM_NAME,		/* the same: a device's name, for people */
	RP_SENTENCE,		/* the same: with such names in it */
	RP_BLOB,		/* struct rp_blob */
	RP_BLOB_LIST,		/* the same; what is repeated is appended */
	RP_NEST,		/* fields of the same structure, one level down */
	RP_CHAIN,		/* struct rp_object *: one more of @sub */
};

struct rp_kind;

struct rp_field {
	uint16_t attr;
	uint8_t type;		/* enum rp_field_type */
	size_t offset;
	const struct rp_kind *sub;
};

/**
 * struct rp_kind - how one kind of object looks on the wire
 * @size: of the structure
 * @fields: its attributes
 * @nr_fields: how many
 * @id: the attribute that tells objects of a listing apart
 */
struct rp_kind {
	size_t size;
	const struct rp_field *fields;
	size_t nr_fields;
	uint16_t id;
};

#define RP_FIELD(_attr, _type, _struct, _member) \
	{ .attr = (_attr), .type = (_type), \
	  .offset = offsetof(struct _struct, _member) }
#define RP_FIELD_SUB(_attr, _type, _struct, _member, _sub) \
	{ .attr = (_attr), .type = (_type), .sub = (_sub), \
	  .offset = offsetof(struct _struct, _member) }
#define RP_KIND(_struct, _fields, _id) \
	{ .size = sizeof(struct _struct), .fields = (_fields), \
	  .nr_fields = RP_ARRAY_SIZE(_fields), .id = (_id) }

/* attr.c */
int rp_attr_fill(void *obj, const struct rp_kind *kind,
		 const struct nlattr *head, int len);
void rp_attr_release(void *obj, const struct rp_kind *kind);
int rp_attr_check(const struct nlattr *head, int len);
const struct nlattr *rp_attr_find(const struct nlattr *head, int len,
				  uint16_t type);
void rp_attr_name(uint16_t type, char *text, size_t size);
void rp_attr_settings_name(uint16_t type, char *text, size_t size);
int rp_put_uuid(struct nl_msg *msg, uint16_t attr,
		const struct refpoint_uuid *uuid);
int rp_put_str(struct nl_msg *msg, uint16_t attr, const char *text);
int rp_put_collection(struct nl_msg *msg, const char *collection);

/* dm_name.c */
enum rp_dm_path {
	RP_DM_PATH_NONE,	/* of no device with a name */
	RP_DM_PATH_TYPED,	/* the name is a part of what was typed */
	RP_DM_PATH_EXACT,	/* the name is as the kernel has it */
};
enum rp_dm_path rp_dm_name_of_path(const char *path,
				   char name[REFPOINT_NAME_MAX + 1]);
bool rp_dm_name_mangle(const char *name, char text[REFPOINT_NAME_MAX + 1]);
void rp_dm_name_unmangle(char *name);
void rp_dm_name_unmangle_in(char *text);

/* object.c */
int rp_object_list(struct refpoint_ctx *ctx, struct nl_msg *msg,
		   const struct rp_kind *kind, struct rp_object **list,
		   struct refpoint_result *result);
int rp_object_get(struct refpoint_ctx *ctx, struct nl_msg *msg,
		  const struct rp_kind *kind, struct rp_object **found,
		  struct refpoint_result *result);
void rp_object_free(struct rp_object *obj, const struct rp_kind *kind);
int rp_object_method(struct refpoint_ctx *ctx, struct nl_msg *msg,
		     const struct rp_kind *kind, void *obj,
		     struct refpoint_result *result);

/* ---- shared by the nouns ------------------------------------------------- */

#define RP_VALUE_NONE	UINT32_MAX	/* no answer yet */

struct refpoint_result {
	uint32_t value;
	uint32_t reason;
	struct rp_uuid_field volume;
	char *message;
};

struct refpoint_member {
	struct rp_object node;
	struct rp_uuid_field volume;
	char *name;
	char *handle;
	uint32_t state;
	uint32_t consistency;
};

/* What methods give back besides the result. */
struct rp_answer {
	struct rp_uuid_field point;
	struct rp_uuid_field collection;
	struct rp_uuid_field generation;
	uint64_t job;
};

extern const struct rp_kind rp_answer_kind;
extern const struct rp_kind rp_result_kind;
extern const struct rp_kind rp_member_kind;

/* result.c */
int rp_result_begin(struct refpoint_ctx *ctx, struct refpoint_result *result);
int rp_result_fail(struct refpoint_ctx *ctx, struct refpoint_result *result,
		   int err);
void rp_result_set(struct refpoint_result *result, uint32_t value,
		   uint32_t reason, const struct rp_uuid_field *volume,
		   const char *message);
int rp_result_no_volume(struct refpoint_result *result, const char *name);

/* volume.c */
int rp_volume_resolve(struct refpoint_ctx *ctx, const char *name,
		      struct refpoint_uuid *uuid,
		      struct refpoint_result *result);
int rp_volume_put_list(struct refpoint_ctx *ctx, struct nl_msg *msg,
		       uint16_t attr, const char *const *volumes, size_t count,
		       struct refpoint_result *result);

/* event.c */
bool rp_notification_concerns_job(const struct refpoint_notification *event,
				  uint64_t job);

/* job.c */
bool rp_job_state_finished(uint32_t state);

static inline const char *rp_str(const char *s)
{
	return s ? s : "";
}

static inline const struct refpoint_uuid *
rp_uuid(const struct rp_uuid_field *field)
{
	return field->set ? &field->uuid : NULL;
}

#endif /* _REFPOINT_PRIV_H */
