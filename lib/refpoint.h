/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * librefpoint: reference points over collections of volumes, and what changed
 * between them. The program's side of the generic netlink family "refpoint".
 *
 * Units. Offsets, lengths and sizes are bytes. Times are nanoseconds since
 * 1970 UTC; 0 means that there is none.
 *
 * Errors. A function that returns int returns 0 or a negative errno, unless
 * its comment says otherwise. The errno of the kernel is passed on unchanged;
 * refpoint_error_message() has the sentence that came with it. A request that
 * the kernel understood is not an error of the call, even when it was refused:
 * the function returns 0 and its struct refpoint_result holds the return value
 * of the method, the reason, the volume to blame and a sentence. So look at
 * both: refpoint_result_ok(). What the function would have given back is NULL
 * or zero then.
 *
 * These negative errnos have a meaning of their own here:
 *   -ENOPKG     the kernel has no family "refpoint": the module dm-refpoint is
 *               not loaded, or this is not the initial network namespace
 *   -EPROTO     the kernel's answer is not what this library understands
 *   -EAGAIN     what was read changed under the reader; ask again
 *   -ENOBUFS    notifications were lost (monitors only)
 *   -EPERM      CAP_SYS_ADMIN in the initial user namespace is missing
 *   -EINVAL     also: an argument that this library itself refuses
 *
 * Threads. There is no global state. Different contexts, and different objects
 * that came from them, are independent. One context is for one thread at a
 * time: use one context per thread, or a lock of your own. A context and the
 * iterators opened on it count as one thing here; a monitor is its own.
 *
 * Ownership. What a function gives back through a pointer to a pointer belongs
 * to the caller and is freed with the function named in its comment; it does
 * not depend on the context and may outlive it (iterators do depend). Strings
 * and pointers that accessors return belong to the object and die with it.
 * Every *_free() and *_close() accepts NULL.
 *
 * Names. A volume is named by its UUID or by its device mapper name, a
 * collection by its UUID or its name; what reads as a UUID is taken as one. What
 * libdevmapper writes as \xNN in the names of devices is given back as text, where
 * it is text; both forms are taken, and as it stands the name is tried first. The
 * path of a volume's device (/dev/mapper/NAME, or any other) is taken for its name.
 *
 * Nothing is ever printed.
 */
#ifndef _REFPOINT_H
#define _REFPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/refpoint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct refpoint_uuid - a UUID, in the byte order of its text form
 * @b: the bytes
 */
struct refpoint_uuid {
	uint8_t b[REFPOINT_UUID_LEN];
};

/* Room for a UUID as text, with its final NUL. */
#define REFPOINT_UUID_STR	37

struct refpoint_ctx;
struct refpoint_result;
struct refpoint_volume;
struct refpoint_gap;
struct refpoint_collection;
struct refpoint_member;
struct refpoint_point;
struct refpoint_point_options;
struct refpoint_changes;
struct refpoint_changes_options;
struct refpoint_job;
struct refpoint_monitor;
struct refpoint_notification;

/* Flags of the functions that take some. */
#define REFPOINT_FORCE		(1U << 0)	/* although another owns it */

/* ---- context ---------------------------------------------------------- */

/**
 * refpoint_open - connect to the kernel
 * @ctx: the context; free with refpoint_close()
 *
 * The kernel loads the module by itself when it is installed.
 *
 * Return: 0, -ENOPKG when the family is not there, another -errno.
 */
int refpoint_open(struct refpoint_ctx **ctx);

/**
 * refpoint_close - end a context
 * @ctx: may be NULL; iterators that were opened on it must be closed before
 */
void refpoint_close(struct refpoint_ctx *ctx);

/**
 * refpoint_error_message - why the last call on this context returned -errno
 * @ctx: context
 *
 * Return: one sentence, never NULL, empty after a call that succeeded. Valid
 * until the next call on @ctx.
 */
const char *refpoint_error_message(const struct refpoint_ctx *ctx);

/**
 * refpoint_error_attribute - the netlink attribute that the kernel refused
 * @ctx: context
 *
 * Return: its name as the netlink specification has it, such as "granularity"
 * or "settings.deadline-ms", or NULL when the kernel named none.
 */
const char *refpoint_error_attribute(const struct refpoint_ctx *ctx);

/**
 * refpoint_version_library - the version of this library
 *
 * Return: a constant string such as "1.0.0".
 */
const char *refpoint_version_library(void);

/**
 * refpoint_version_kernel - the version of the kernel's netlink family
 * @ctx: context
 *
 * Return: a number, 1 for the interface that this header describes.
 */
unsigned int refpoint_version_kernel(const struct refpoint_ctx *ctx);

/* ---- UUIDs ------------------------------------------------------------ */

/**
 * refpoint_uuid_parse - read a UUID
 * @text: 36 characters, hexadecimal digits of either case with four hyphens
 * @uuid: result
 *
 * Return: 0, or -EINVAL when @text is not a UUID and nothing else.
 */
int refpoint_uuid_parse(const char *text, struct refpoint_uuid *uuid);

/**
 * refpoint_uuid_format - write a UUID in lower case
 * @uuid: what to write
 * @text: at least REFPOINT_UUID_STR bytes
 *
 * Return: @text.
 */
char *refpoint_uuid_format(const struct refpoint_uuid *uuid, char *text);

/* ---- results ---------------------------------------------------------- */

/**
 * refpoint_result_new - room for what methods answer
 *
 * One result serves any number of calls; each call overwrites it. It must not
 * be used by two calls at the same time.
 *
 * Return: the result, free with refpoint_result_free(); NULL without memory.
 */
struct refpoint_result *refpoint_result_new(void);

/**
 * refpoint_result_free - free a result
 * @result: may be NULL
 */
void refpoint_result_free(struct refpoint_result *result);

/**
 * refpoint_result_ok - did the method succeed, or start a job?
 * @result: result
 *
 * Return: whether the value is REFPOINT_RV_DONE or REFPOINT_RV_JOB_STARTED.
 */
bool refpoint_result_ok(const struct refpoint_result *result);

/**
 * refpoint_result_value - return value of the method
 * @result: result
 *
 * Return: enum refpoint_return_value, or a value that a newer kernel knows.
 */
uint32_t refpoint_result_value(const struct refpoint_result *result);

/**
 * refpoint_result_reason - why the method did not succeed
 * @result: result
 *
 * Return: enum refpoint_reason, or a reason that a newer kernel knows.
 */
uint32_t refpoint_result_reason(const struct refpoint_result *result);

/**
 * refpoint_result_volume - the volume that it is about
 * @result: result
 *
 * Return: its UUID, or NULL when no single volume is to blame.
 */
const struct refpoint_uuid *
refpoint_result_volume(const struct refpoint_result *result);

/**
 * refpoint_result_message - the kernel's sentence
 * @result: result
 *
 * Return: never NULL; the words for the reason when the kernel sent none.
 */
const char *refpoint_result_message(const struct refpoint_result *result);

/* ---- names of numbers -------------------------------------------------- */

/**
 * refpoint_value_name - a return value in words
 * @value: enum refpoint_return_value
 *
 * Return: a constant string such as "invalid state"; "unknown" for a number
 * without a name. The same holds for the functions below.
 */
const char *refpoint_value_name(uint32_t value);

/**
 * refpoint_reason_name - a reason as an identifier
 * @reason: enum refpoint_reason
 *
 * Return: a constant string such as "no-such-point".
 */
const char *refpoint_reason_name(uint32_t reason);

/**
 * refpoint_reason_text - a reason in words
 * @reason: enum refpoint_reason
 *
 * Return: a constant string such as "there is no such reference point".
 */
const char *refpoint_reason_text(uint32_t reason);

/**
 * refpoint_type_name - a type of point: "log", "rct", "vendor"
 * @type: enum refpoint_point_type
 */
const char *refpoint_type_name(uint32_t type);

/**
 * refpoint_consistency_name - a level: "application", "crash", "group-crash"
 * @level: enum refpoint_consistency
 */
const char *refpoint_consistency_name(uint32_t level);

/**
 * refpoint_point_state_name - "committed", "in-doubt", "void" and so on
 * @state: enum refpoint_point_state
 */
const char *refpoint_point_state_name(uint32_t state);

/**
 * refpoint_volume_state_name - "active", "suspended", "failed" and so on
 * @state: enum refpoint_volume_state
 */
const char *refpoint_volume_state_name(uint32_t state);

/**
 * refpoint_collection_state_name - "complete", "incomplete"
 * @state: enum refpoint_collection_state
 */
const char *refpoint_collection_state_name(uint32_t state);

/**
 * refpoint_gap_reason_name - "metadata-error", "bypass", "marked" and so on
 * @reason: enum refpoint_gap_reason
 */
const char *refpoint_gap_reason_name(uint32_t reason);

/**
 * refpoint_job_state_name - "running", "completed" and so on
 * @state: enum refpoint_job_state
 */
const char *refpoint_job_state_name(uint32_t state);

/**
 * refpoint_job_type_name - "create-point", "destroy-point", "remove-data"
 * @type: enum refpoint_job_type
 */
const char *refpoint_job_type_name(uint32_t type);

/**
 * refpoint_event_name - "created", "gap", "low-space" and so on
 * @event: enum refpoint_event
 */
const char *refpoint_event_name(uint32_t event);

/**
 * refpoint_counter_name - "first-touches", "cuts" and so on
 * @counter: enum refpoint_counter_attr
 */
const char *refpoint_counter_name(uint32_t counter);

/* Enough for refpoint_kinds_format(). */
#define REFPOINT_KINDS_STR	64

/**
 * refpoint_kinds_format - kinds of change in words
 * @kinds: REFPOINT_KIND_*
 * @text: at least REFPOINT_KINDS_STR bytes; "written", "zeroed", several are
 *	joined by a comma
 *
 * Return: @text.
 */
char *refpoint_kinds_format(uint32_t kinds, char *text);

/* ---- volumes ----------------------------------------------------------- */

/**
 * refpoint_volume_list - all volumes of this host
 * @ctx: context
 * @list: the first of a chain, NULL when there is none; free the whole chain
 *	with refpoint_volume_free()
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_volume_list(struct refpoint_ctx *ctx,
			 struct refpoint_volume **list,
			 struct refpoint_result *result);

/**
 * refpoint_volume_get - one volume, with its gaps and counters
 * @ctx: context
 * @volume: UUID or dm name
 * @found: the volume, free with refpoint_volume_free()
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_volume_get(struct refpoint_ctx *ctx, const char *volume,
			struct refpoint_volume **found,
			struct refpoint_result *result);

/**
 * refpoint_volume_mark - say that a range was changed behind the target's back
 * @ctx: context
 * @volume: UUID or dm name
 * @start: first byte
 * @length: bytes
 * @text: why, up to REFPOINT_REASON_TEXT_MAX bytes, may be NULL
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_volume_mark(struct refpoint_ctx *ctx, const char *volume,
			 uint64_t start, uint64_t length, const char *text,
			 struct refpoint_result *result);

/**
 * refpoint_volume_new_generation - end the volume's history, begin a new one
 * @ctx: context
 * @volume: UUID or dm name
 * @text: why, up to REFPOINT_REASON_TEXT_MAX bytes, may be NULL
 * @generation: the new one, may be NULL
 * @result: what the kernel answered, not NULL
 *
 * No earlier point of the volume can be a baseline afterwards.
 *
 * Return: 0 or -errno.
 */
int refpoint_volume_new_generation(struct refpoint_ctx *ctx,
				   const char *volume, const char *text,
				   struct refpoint_uuid *generation,
				   struct refpoint_result *result);

/**
 * refpoint_volume_free - free a volume and all that follow it in its chain
 * @volume: may be NULL
 */
void refpoint_volume_free(struct refpoint_volume *volume);

/** refpoint_volume_next - the next of a list, or NULL */
const struct refpoint_volume *
refpoint_volume_next(const struct refpoint_volume *volume);
/** refpoint_volume_id - UUID */
const struct refpoint_uuid *
refpoint_volume_id(const struct refpoint_volume *volume);
/** refpoint_volume_name - dm name, or "" when it is not active */
const char *refpoint_volume_name(const struct refpoint_volume *volume);
/** refpoint_volume_state - enum refpoint_volume_state */
uint32_t refpoint_volume_state(const struct refpoint_volume *volume);
/** refpoint_volume_major - major number of the dm device */
uint32_t refpoint_volume_major(const struct refpoint_volume *volume);
/** refpoint_volume_minor - minor number of the dm device */
uint32_t refpoint_volume_minor(const struct refpoint_volume *volume);
/** refpoint_volume_metadata_major - major number of the metadata device */
uint32_t refpoint_volume_metadata_major(const struct refpoint_volume *volume);
/** refpoint_volume_metadata_minor - minor number of the metadata device */
uint32_t refpoint_volume_metadata_minor(const struct refpoint_volume *volume);
/** refpoint_volume_origin_major - major number of the origin device */
uint32_t refpoint_volume_origin_major(const struct refpoint_volume *volume);
/** refpoint_volume_origin_minor - minor number of the origin device */
uint32_t refpoint_volume_origin_minor(const struct refpoint_volume *volume);
/** refpoint_volume_hold - seconds for which a failure is held; 0: it is not */
uint32_t refpoint_volume_hold(const struct refpoint_volume *volume);
/** refpoint_volume_fail_stop - do writes fail when tracking has failed? */
bool refpoint_volume_fail_stop(const struct refpoint_volume *volume);
/** refpoint_volume_degraded_ok - does I/O pass without usable metadata? */
bool refpoint_volume_degraded_ok(const struct refpoint_volume *volume);
/** refpoint_volume_generation - UUID of the unbroken history */
const struct refpoint_uuid *
refpoint_volume_generation(const struct refpoint_volume *volume);
/** refpoint_volume_incarnation - counter of activations */
uint64_t refpoint_volume_incarnation(const struct refpoint_volume *volume);
/** refpoint_volume_capacity - bytes */
uint64_t refpoint_volume_capacity(const struct refpoint_volume *volume);
/** refpoint_volume_granule - unit of tracking, bytes */
uint64_t refpoint_volume_granule(const struct refpoint_volume *volume);
/** refpoint_volume_region - unit of arming, bytes */
uint64_t refpoint_volume_region(const struct refpoint_volume *volume);
/** refpoint_volume_metadata_used - bytes */
uint64_t refpoint_volume_metadata_used(const struct refpoint_volume *volume);
/** refpoint_volume_metadata_total - bytes */
uint64_t refpoint_volume_metadata_total(const struct refpoint_volume *volume);
/** refpoint_volume_points - number of points that it is a member of */
uint32_t refpoint_volume_points(const struct refpoint_volume *volume);
/** refpoint_volume_gap_count - number of gaps, listed here or not */
uint32_t refpoint_volume_gap_count(const struct refpoint_volume *volume);
/** refpoint_volume_gaps - the first gap of a chain, or NULL */
const struct refpoint_gap *
refpoint_volume_gaps(const struct refpoint_volume *volume);

/**
 * refpoint_volume_counter - one of the counters of a volume
 * @volume: volume
 * @counter: enum refpoint_counter_attr
 * @value: result
 *
 * Return: 0, or -ENODATA when the kernel did not send that counter.
 */
int refpoint_volume_counter(const struct refpoint_volume *volume,
			    uint32_t counter, uint64_t *value);

/** refpoint_gap_next - the next gap of the volume, or NULL */
const struct refpoint_gap *refpoint_gap_next(const struct refpoint_gap *gap);
/** refpoint_gap_start - first byte */
uint64_t refpoint_gap_start(const struct refpoint_gap *gap);
/** refpoint_gap_length - bytes */
uint64_t refpoint_gap_length(const struct refpoint_gap *gap);
/** refpoint_gap_reason - enum refpoint_gap_reason */
uint32_t refpoint_gap_reason(const struct refpoint_gap *gap);
/** refpoint_gap_text - the words of whoever reported it, or "" */
const char *refpoint_gap_text(const struct refpoint_gap *gap);
/** refpoint_gap_time - when it was noticed */
uint64_t refpoint_gap_time(const struct refpoint_gap *gap);
/** refpoint_gap_sequence - the interval that it lies in */
uint64_t refpoint_gap_sequence(const struct refpoint_gap *gap);

/* ---- collections ------------------------------------------------------- */

/**
 * refpoint_collection_list - all collections
 * @ctx: context
 * @list: the first of a chain; free with refpoint_collection_free()
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_collection_list(struct refpoint_ctx *ctx,
			     struct refpoint_collection **list,
			     struct refpoint_result *result);

/**
 * refpoint_collection_get - one collection
 * @ctx: context
 * @collection: UUID or name
 * @found: free with refpoint_collection_free()
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_collection_get(struct refpoint_ctx *ctx, const char *collection,
			    struct refpoint_collection **found,
			    struct refpoint_result *result);

/**
 * refpoint_collection_create - DefineCollection
 * @ctx: context
 * @name: up to REFPOINT_NAME_MAX bytes
 * @want_id: the id to give to it, NULL: any
 * @volumes: UUIDs or dm names of its members
 * @count: how many
 * @id: its id, may be NULL
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_collection_create(struct refpoint_ctx *ctx, const char *name,
			       const struct refpoint_uuid *want_id,
			       const char *const *volumes, size_t count,
			       struct refpoint_uuid *id,
			       struct refpoint_result *result);

/**
 * refpoint_collection_destroy - forget a collection; its points stay
 * @ctx: context
 * @collection: UUID or name
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_collection_destroy(struct refpoint_ctx *ctx,
				const char *collection,
				struct refpoint_result *result);

/**
 * refpoint_collection_rename - give a collection another name
 * @ctx: context
 * @collection: UUID or name
 * @name: the new one
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_collection_rename(struct refpoint_ctx *ctx,
			       const char *collection, const char *name,
			       struct refpoint_result *result);

/**
 * refpoint_collection_add_member - take volumes into a collection
 * @ctx: context
 * @collection: UUID or name
 * @volumes: UUIDs or dm names
 * @count: how many
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_collection_add_member(struct refpoint_ctx *ctx,
				   const char *collection,
				   const char *const *volumes, size_t count,
				   struct refpoint_result *result);

/**
 * refpoint_collection_remove_member - take volumes out of a collection
 * @ctx: context
 * @collection: UUID or name
 * @volumes: UUIDs or dm names; one that is not a member is no error, but a
 *	volume that is not active can be named by its UUID only
 * @count: how many
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_collection_remove_member(struct refpoint_ctx *ctx,
				      const char *collection,
				      const char *const *volumes, size_t count,
				      struct refpoint_result *result);

/**
 * refpoint_collection_free - free a collection and all that follow it
 * @collection: may be NULL
 */
void refpoint_collection_free(struct refpoint_collection *collection);

/** refpoint_collection_next - the next of a list, or NULL */
const struct refpoint_collection *
refpoint_collection_next(const struct refpoint_collection *collection);
/** refpoint_collection_id - UUID */
const struct refpoint_uuid *
refpoint_collection_id(const struct refpoint_collection *collection);
/** refpoint_collection_name - name */
const char *
refpoint_collection_name(const struct refpoint_collection *collection);
/** refpoint_collection_state - enum refpoint_collection_state */
uint32_t
refpoint_collection_state(const struct refpoint_collection *collection);
/** refpoint_collection_version - version of its membership */
uint64_t
refpoint_collection_version(const struct refpoint_collection *collection);
/** refpoint_collection_members - the first member of a chain, or NULL */
const struct refpoint_member *
refpoint_collection_members(const struct refpoint_collection *collection);

/** refpoint_member_next - the next member, or NULL */
const struct refpoint_member *
refpoint_member_next(const struct refpoint_member *member);
/** refpoint_member_volume - UUID of the volume */
const struct refpoint_uuid *
refpoint_member_volume(const struct refpoint_member *member);
/** refpoint_member_name - dm name, or "" when it is not active */
const char *refpoint_member_name(const struct refpoint_member *member);
/** refpoint_member_handle - what a vendor stores; "" of a collection's member */
const char *refpoint_member_handle(const struct refpoint_member *member);
/**
 * refpoint_member_state - how the member is
 *
 * enum refpoint_volume_state of a collection's member, enum
 * refpoint_point_state of a point's.
 */
uint32_t refpoint_member_state(const struct refpoint_member *member);
/** refpoint_member_consistency - enum refpoint_consistency, achieved there */
uint32_t refpoint_member_consistency(const struct refpoint_member *member);

/* ---- reference points -------------------------------------------------- */

/**
 * refpoint_point_options_new - how a point is to be made
 *
 * Starts as: type REFPOINT_TYPE_RCT, any id, whatever consistency can be had,
 * all members, no owner, no label, the kernel's deadline, no waiting.
 *
 * Return: options, free with refpoint_point_options_free(); NULL without
 * memory.
 */
struct refpoint_point_options *refpoint_point_options_new(void);

/** refpoint_point_options_free - free options; may be NULL */
void refpoint_point_options_free(struct refpoint_point_options *options);

/** refpoint_point_options_set_type - enum refpoint_point_type, unchecked */
void refpoint_point_options_set_type(struct refpoint_point_options *options,
				     uint16_t type);

/**
 * refpoint_point_options_set_id - the id to give to the point
 *
 * Makes the call idempotent: a second one with the same id and arguments
 * answers for the first.
 */
void refpoint_point_options_set_id(struct refpoint_point_options *options,
				   const struct refpoint_uuid *id);

/**
 * refpoint_point_options_set_consistency - the level that is wanted
 * @options: options
 * @level: enum refpoint_consistency
 * @require: fail when a member cannot give it; false: prefer it
 */
void
refpoint_point_options_set_consistency(struct refpoint_point_options *options,
				       uint8_t level, bool require);

/**
 * refpoint_point_options_set_deadline - how long the point may take
 * @options: options
 * @ms: milliseconds, at most REFPOINT_DEADLINE_MAX_MS; 0: the kernel's 30 s
 */
void refpoint_point_options_set_deadline(struct refpoint_point_options *options,
					 uint32_t ms);

/** refpoint_point_options_set_cut_id - 128 bits that the caller knows it by */
void refpoint_point_options_set_cut_id(struct refpoint_point_options *options,
				       const struct refpoint_uuid *cut_id);

/**
 * refpoint_point_options_set_tag - bytes kept with the point
 * @options: options
 * @tag: copied
 * @size: up to REFPOINT_TAG_MAX
 *
 * Return: 0, -EINVAL when it is too long.
 */
int refpoint_point_options_set_tag(struct refpoint_point_options *options,
				   const void *tag, size_t size);

/**
 * refpoint_point_options_set_vendor - settings of a vendor's type
 * @options: options
 * @data: copied
 * @size: up to REFPOINT_VENDOR_MAX
 *
 * Return: 0, -EINVAL when it is too long, -ENOMEM.
 */
int refpoint_point_options_set_vendor(struct refpoint_point_options *options,
				      const void *data, size_t size);

/**
 * refpoint_point_options_add_only - cut over the members named so, no others
 * @options: options
 * @volume: UUID or dm name, copied; call again for more
 *
 * Return: 0, -ENOMEM, -EINVAL when there are too many.
 */
int refpoint_point_options_add_only(struct refpoint_point_options *options,
				    const char *volume);

/**
 * refpoint_point_options_add_except - cut over all members but those
 * @options: options
 * @volume: UUID or dm name, copied; call again for more
 *
 * Return: 0, -ENOMEM, -EINVAL when there are too many.
 */
int refpoint_point_options_add_except(struct refpoint_point_options *options,
				      const char *volume);

/** refpoint_point_options_set_owner - copied; 0 or -ENOMEM, -EINVAL too long */
int refpoint_point_options_set_owner(struct refpoint_point_options *options,
				     const char *owner);

/** refpoint_point_options_set_label - copied; 0 or -ENOMEM, -EINVAL too long */
int refpoint_point_options_set_label(struct refpoint_point_options *options,
				     const char *label);

/**
 * refpoint_point_options_set_wait - let the kernel wait before it answers
 * @options: options
 * @ms: 0 to 1000; a job that ends within this time is answered by its value,
 *	not by REFPOINT_RV_JOB_STARTED
 */
void refpoint_point_options_set_wait(struct refpoint_point_options *options,
				     uint32_t ms);

/**
 * refpoint_point_create - CreateReferencePoint
 * @ctx: context
 * @collection: UUID or name
 * @options: NULL: the defaults
 * @id: the point's id, may be NULL
 * @job: the job's id, 0 when there is none, may be NULL
 * @result: what the kernel answered, not NULL: REFPOINT_RV_DONE, the point is
 *	durable; REFPOINT_RV_JOB_STARTED, use refpoint_job_wait() on @job
 *
 * Return: 0 or -errno.
 */
int refpoint_point_create(struct refpoint_ctx *ctx, const char *collection,
			  const struct refpoint_point_options *options,
			  struct refpoint_uuid *id, uint64_t *job,
			  struct refpoint_result *result);

/**
 * refpoint_point_list - reference points
 * @ctx: context
 * @collection: only those cut over it (UUID or name); NULL: all
 * @owner: only those of this owner; NULL: all
 * @list: the first of a chain; free with refpoint_point_free()
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_point_list(struct refpoint_ctx *ctx, const char *collection,
			const char *owner, struct refpoint_point **list,
			struct refpoint_result *result);

/**
 * refpoint_point_get - one reference point
 * @ctx: context
 * @id: which
 * @found: free with refpoint_point_free()
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_point_get(struct refpoint_ctx *ctx,
		       const struct refpoint_uuid *id,
		       struct refpoint_point **found,
		       struct refpoint_result *result);

/**
 * refpoint_point_destroy - destroy a point; all others keep answering
 * @ctx: context
 * @id: which
 * @owner: the caller's own owner string, NULL: none
 * @flags: REFPOINT_FORCE: although another owns it
 * @wait_ms: as in refpoint_point_options_set_wait()
 * @job: the job's id, 0 when there is none, may be NULL
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_point_destroy(struct refpoint_ctx *ctx,
			   const struct refpoint_uuid *id, const char *owner,
			   unsigned int flags, uint32_t wait_ms, uint64_t *job,
			   struct refpoint_result *result);

/**
 * refpoint_point_remove_associated_data - RemoveAssociatedData
 * @ctx: context
 * @id: which; the point stays
 * @owner: the caller's own owner string, NULL: none
 * @flags: REFPOINT_FORCE: although another owns it
 * @wait_ms: as in refpoint_point_options_set_wait()
 * @job: the job's id, 0 when there is none, may be NULL
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_point_remove_associated_data(struct refpoint_ctx *ctx,
					  const struct refpoint_uuid *id,
					  const char *owner,
					  unsigned int flags, uint32_t wait_ms,
					  uint64_t *job,
					  struct refpoint_result *result);

/** refpoint_point_free - free a point and all that follow it; may be NULL */
void refpoint_point_free(struct refpoint_point *point);
/** refpoint_point_next - the next of a list, or NULL */
const struct refpoint_point *
refpoint_point_next(const struct refpoint_point *point);
/** refpoint_point_id - UUID */
const struct refpoint_uuid *
refpoint_point_id(const struct refpoint_point *point);
/** refpoint_point_type - enum refpoint_point_type */
uint32_t refpoint_point_type(const struct refpoint_point *point);
/** refpoint_point_state - enum refpoint_point_state */
uint32_t refpoint_point_state(const struct refpoint_point *point);
/** refpoint_point_reason - enum refpoint_reason: why it is void */
uint32_t refpoint_point_reason(const struct refpoint_point *point);
/** refpoint_point_message - the kernel's sentence about its state, or "" */
const char *refpoint_point_message(const struct refpoint_point *point);
/** refpoint_point_time - when it was cut; destroyed: when it was destroyed */
uint64_t refpoint_point_time(const struct refpoint_point *point);
/** refpoint_point_owner - owner, or "" */
const char *refpoint_point_owner(const struct refpoint_point *point);
/** refpoint_point_label - label, or "" */
const char *refpoint_point_label(const struct refpoint_point *point);
/** refpoint_point_collection - id of the collection that it was cut over */
const struct refpoint_uuid *
refpoint_point_collection(const struct refpoint_point *point);
/** refpoint_point_collection_name - the name that its collection had at the cut */
const char *
refpoint_point_collection_name(const struct refpoint_point *point);
/** refpoint_point_version - version of the membership at the cut */
uint64_t refpoint_point_version(const struct refpoint_point *point);
/** refpoint_point_has_associated_data - does it hold some? */
bool refpoint_point_has_associated_data(const struct refpoint_point *point);
/** refpoint_point_job - the job that makes it, 0: none is running */
uint64_t refpoint_point_job(const struct refpoint_point *point);
/** refpoint_point_consistency - enum refpoint_consistency, as was asked */
uint32_t refpoint_point_consistency(const struct refpoint_point *point);
/** refpoint_point_require - was the level required, not just preferred? */
bool refpoint_point_require(const struct refpoint_point *point);
/** refpoint_point_deadline - milliseconds, as was asked; 0: the default */
uint32_t refpoint_point_deadline(const struct refpoint_point *point);
/** refpoint_point_cut_id - the caller's 128 bits, or NULL */
const struct refpoint_uuid *
refpoint_point_cut_id(const struct refpoint_point *point);

/**
 * refpoint_point_tag - the bytes of refpoint_point_options_set_tag()
 * @point: point
 * @size: bytes, 0 when there is none
 *
 * Return: the tag, or NULL.
 */
const void *refpoint_point_tag(const struct refpoint_point *point,
			       size_t *size);

/**
 * refpoint_point_vendor - the bytes of refpoint_point_options_set_vendor()
 * @point: point
 * @size: bytes, 0 when there are none
 *
 * Return: the settings, or NULL.
 */
const void *refpoint_point_vendor(const struct refpoint_point *point,
				  size_t *size);

/** refpoint_point_members - the first member of a chain, or NULL */
const struct refpoint_member *
refpoint_point_members(const struct refpoint_point *point);

/* ---- changes ----------------------------------------------------------- */

/**
 * refpoint_changes_options_new - what is asked of GetChanges
 *
 * Starts as: from nothing (one of the set_from functions is required), to now,
 * the whole volume, native granularity, no unknown extents, no merging.
 *
 * Return: options, free with refpoint_changes_options_free(); NULL without
 * memory.
 */
struct refpoint_changes_options *refpoint_changes_options_new(void);

/** refpoint_changes_options_free - free options; may be NULL */
void refpoint_changes_options_free(struct refpoint_changes_options *options);

/** refpoint_changes_options_set_from_point - changes since this point */
void refpoint_changes_options_set_from_point(
		struct refpoint_changes_options *options,
		const struct refpoint_uuid *point);

/**
 * refpoint_changes_options_set_from_handle - changes since this handle
 *
 * Return: 0, -EINVAL when it cannot be a handle: empty or too long.
 */
int refpoint_changes_options_set_from_handle(
		struct refpoint_changes_options *options, const char *handle);

/** refpoint_changes_options_set_from_all - everything: for a full copy */
void refpoint_changes_options_set_from_all(
		struct refpoint_changes_options *options);

/** refpoint_changes_options_set_to_point - changes up to this point */
void refpoint_changes_options_set_to_point(
		struct refpoint_changes_options *options,
		const struct refpoint_uuid *point);

/** refpoint_changes_options_set_to_handle - as set_from_handle */
int refpoint_changes_options_set_to_handle(
		struct refpoint_changes_options *options, const char *handle);

/**
 * refpoint_changes_options_set_range - ask about a part of the volume
 * @options: options
 * @start: first byte
 * @length: bytes; 0: to the end
 */
void refpoint_changes_options_set_range(
		struct refpoint_changes_options *options, uint64_t start,
		uint64_t length);

/** refpoint_changes_options_set_granularity - power of two; 0: native */
void refpoint_changes_options_set_granularity(
		struct refpoint_changes_options *options, uint64_t bytes);

/**
 * refpoint_changes_options_set_merge_gap - join near extents
 * @options: options
 * @bytes: extents of the same kinds that are at most this far apart become
 *	one. Only what has to be copied anyway is joined over a hole; zeroed or
 *	discarded extents are joined when they touch, since the bytes between
 *	two of them are neither.
 */
void refpoint_changes_options_set_merge_gap(
		struct refpoint_changes_options *options, uint64_t bytes);

/** refpoint_changes_options_set_allow_unknown - gaps as unknown extents */
void refpoint_changes_options_set_allow_unknown(
		struct refpoint_changes_options *options, bool allow);

/** refpoint_changes_options_set_page - extents asked for at once; 0: default */
void refpoint_changes_options_set_page(
		struct refpoint_changes_options *options, uint32_t extents);

/**
 * refpoint_changes_open - GetChanges: ask, and get the first page
 * @ctx: context; used by the iterator until refpoint_changes_close()
 * @volume: UUID or dm name
 * @options: copied
 * @changes: the iterator; NULL when the kernel refused, see @result
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_changes_open(struct refpoint_ctx *ctx, const char *volume,
			  const struct refpoint_changes_options *options,
			  struct refpoint_changes **changes,
			  struct refpoint_result *result);

/**
 * refpoint_changes_next - the next changed range
 * @changes: iterator
 * @extent: the range; offsets strictly increase and no two overlap
 * @result: what the kernel answered if it refused a later page, not NULL
 *
 * Only the return of 0 says that the list is complete. After an error the
 * list so far is worthless as a list of changes: it may miss some.
 *
 * Return: 1 with an extent, 0 at the end of a complete list, -EREMOTEIO when
 * the kernel refused a later page (@result says why), -ESTALE when the
 * volume's history ended on the way, -EAGAIN when its size changed on the way
 * (ask again), -EPROTO when the kernel's pages do not fit together, another
 * -errno. An error is final.
 */
int refpoint_changes_next(struct refpoint_changes *changes,
			  struct refpoint_extent *extent,
			  struct refpoint_result *result);

/** refpoint_changes_complete - did refpoint_changes_next() return 0? */
bool refpoint_changes_complete(const struct refpoint_changes *changes);
/** refpoint_changes_volume - UUID of the volume */
const struct refpoint_uuid *
refpoint_changes_volume(const struct refpoint_changes *changes);
/** refpoint_changes_generation - UUID of its history */
const struct refpoint_uuid *
refpoint_changes_generation(const struct refpoint_changes *changes);
/** refpoint_changes_from - handle that "from" stands for, "" for all */
const char *refpoint_changes_from(const struct refpoint_changes *changes);
/** refpoint_changes_to - handle that "to" stands for, "" for now */
const char *refpoint_changes_to(const struct refpoint_changes *changes);
/** refpoint_changes_capacity_from - bytes at "from", 0 for all */
uint64_t
refpoint_changes_capacity_from(const struct refpoint_changes *changes);
/** refpoint_changes_capacity_to - bytes at "to" */
uint64_t refpoint_changes_capacity_to(const struct refpoint_changes *changes);
/** refpoint_changes_start - first byte that was asked for */
uint64_t refpoint_changes_start(const struct refpoint_changes *changes);
/** refpoint_changes_position - bytes before it have been answered for */
uint64_t refpoint_changes_position(const struct refpoint_changes *changes);

/**
 * struct refpoint_changes_totals - what an iteration has come to
 * @size: sizeof(struct refpoint_changes_totals), set by the caller; a newer
 *	library fills no more than that
 * @extents: number of extents returned
 * @bytes: sum of their lengths
 * @written: bytes of extents with REFPOINT_KIND_WRITTEN
 * @zeroed: bytes with REFPOINT_KIND_ZEROED
 * @discarded: bytes with REFPOINT_KIND_DISCARDED
 * @unknown: bytes with REFPOINT_KIND_UNKNOWN
 */
struct refpoint_changes_totals {
	size_t size;
	uint64_t extents;
	uint64_t bytes;
	uint64_t written;
	uint64_t zeroed;
	uint64_t discarded;
	uint64_t unknown;
};

/**
 * refpoint_changes_summary - read to the end and sum up
 * @changes: iterator; extents already returned are counted too
 * @totals: sums
 * @result: as in refpoint_changes_next()
 *
 * Return: 0 when the list was complete, -errno as refpoint_changes_next().
 */
int refpoint_changes_summary(struct refpoint_changes *changes,
			     struct refpoint_changes_totals *totals,
			     struct refpoint_result *result);

/** refpoint_changes_close - end an iteration; may be NULL */
void refpoint_changes_close(struct refpoint_changes *changes);

/* ---- jobs -------------------------------------------------------------- */

/**
 * refpoint_job_list - all jobs that the kernel still remembers
 * @ctx: context
 * @list: the first of a chain; free with refpoint_job_free()
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_job_list(struct refpoint_ctx *ctx, struct refpoint_job **list,
		      struct refpoint_result *result);

/**
 * refpoint_job_get - one job
 * @ctx: context
 * @id: which
 * @found: free with refpoint_job_free()
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_job_get(struct refpoint_ctx *ctx, uint64_t id,
		     struct refpoint_job **found,
		     struct refpoint_result *result);

/**
 * refpoint_job_progress_fn - is told about a job that is being waited for
 * @job: the job; valid during the call only
 * @data: what was given to refpoint_job_wait()
 *
 * Return: 0 to go on waiting; anything else ends the waiting, not the job,
 * and refpoint_job_wait() returns -ECANCELED.
 */
typedef int refpoint_job_progress_fn(const struct refpoint_job *job,
				     void *data);

/**
 * refpoint_job_wait - wait for the end of a job
 * @ctx: context
 * @id: which
 * @timeout_ms: at most so long; negative: for ever
 * @progress: called after each look at the job; may be NULL
 * @data: for @progress
 * @found: the job as it was last seen, free with refpoint_job_free(); may be
 *	NULL; set to NULL when the kernel does not know the job
 * @result: what the job answered: REFPOINT_RV_DONE only when it ended in
 *	REFPOINT_JOB_COMPLETED without an error; REFPOINT_RV_JOB_STARTED when it
 *	has not ended. Not NULL.
 *
 * Listens for the kernel's events and looks by itself now and then, so that
 * nothing depends on an event that was lost.
 *
 * Return: 0 when the job has ended, well or not, or is unknown (see @result);
 * -ETIMEDOUT, -ECANCELED, another -errno.
 */
int refpoint_job_wait(struct refpoint_ctx *ctx, uint64_t id, int timeout_ms,
		      refpoint_job_progress_fn *progress, void *data,
		      struct refpoint_job **found,
		      struct refpoint_result *result);

/**
 * refpoint_job_request_state_change - RequestStateChange
 * @ctx: context
 * @id: which
 * @state: enum refpoint_requested_state; REFPOINT_REQUEST_TERMINATE cancels
 * @result: what the kernel answered, not NULL
 *
 * Return: 0 or -errno.
 */
int refpoint_job_request_state_change(struct refpoint_ctx *ctx, uint64_t id,
				      uint16_t state,
				      struct refpoint_result *result);

/** refpoint_job_free - free a job and all that follow it; may be NULL */
void refpoint_job_free(struct refpoint_job *job);
/** refpoint_job_next - the next of a list, or NULL */
const struct refpoint_job *refpoint_job_next(const struct refpoint_job *job);
/** refpoint_job_id - never used twice, over reboots too */
uint64_t refpoint_job_id(const struct refpoint_job *job);
/** refpoint_job_type - enum refpoint_job_type */
uint32_t refpoint_job_type(const struct refpoint_job *job);
/** refpoint_job_state - enum refpoint_job_state */
uint32_t refpoint_job_state(const struct refpoint_job *job);
/** refpoint_job_finished - has it ended, well or not? */
bool refpoint_job_finished(const struct refpoint_job *job);
/** refpoint_job_percent - 0 to 100 */
uint32_t refpoint_job_percent(const struct refpoint_job *job);
/** refpoint_job_error_code - enum refpoint_return_value of the method */
uint32_t refpoint_job_error_code(const struct refpoint_job *job);
/** refpoint_job_reason - enum refpoint_reason */
uint32_t refpoint_job_reason(const struct refpoint_job *job);
/** refpoint_job_volume - the volume to blame, or NULL */
const struct refpoint_uuid *refpoint_job_volume(const struct refpoint_job *job);
/** refpoint_job_message - the kernel's sentence, or "" */
const char *refpoint_job_message(const struct refpoint_job *job);
/** refpoint_job_owner - owner, or "" */
const char *refpoint_job_owner(const struct refpoint_job *job);
/** refpoint_job_point - the point that it is about, or NULL */
const struct refpoint_uuid *refpoint_job_point(const struct refpoint_job *job);
/** refpoint_job_time_submitted - when it was asked for */
uint64_t refpoint_job_time_submitted(const struct refpoint_job *job);
/** refpoint_job_time_started - when it began, 0: not yet */
uint64_t refpoint_job_time_started(const struct refpoint_job *job);
/** refpoint_job_time_ended - when it ended, 0: not yet */
uint64_t refpoint_job_time_ended(const struct refpoint_job *job);
/** refpoint_job_keep - milliseconds that it is remembered after its end */
uint64_t refpoint_job_keep(const struct refpoint_job *job);
/** refpoint_job_cancellable - could it be cancelled now? */
bool refpoint_job_cancellable(const struct refpoint_job *job);

/* ---- monitoring -------------------------------------------------------- */

/**
 * refpoint_monitor_open - listen to the kernel's events
 * @monitor: free with refpoint_monitor_close()
 *
 * A monitor has a socket of its own and needs no context.
 *
 * Return: 0, -ENOPKG, another -errno.
 */
int refpoint_monitor_open(struct refpoint_monitor **monitor);

/**
 * refpoint_monitor_fd - for poll(): readable when something is there
 * @monitor: monitor
 *
 * Return: a file descriptor that belongs to the monitor.
 */
int refpoint_monitor_fd(const struct refpoint_monitor *monitor);

/**
 * refpoint_monitor_next - the next event
 * @monitor: monitor
 * @timeout_ms: wait at most so long; 0: not at all; negative: for ever
 * @event: free with refpoint_notification_free()
 *
 * Return: 1 with an event, 0 when none came in time, -EINTR when a signal
 * came, -ENOBUFS when events were lost (read the states again, then go on),
 * -ENOPKG when the module was unloaded (nothing comes any more: open another
 * monitor when it is there again), another -errno.
 */
int refpoint_monitor_next(struct refpoint_monitor *monitor, int timeout_ms,
			  struct refpoint_notification **event);

/** refpoint_monitor_close - stop listening; may be NULL */
void refpoint_monitor_close(struct refpoint_monitor *monitor);

/** refpoint_notification_free - free an event; may be NULL */
void refpoint_notification_free(struct refpoint_notification *event);
/** refpoint_notification_subject - REFPOINT_CMD_POINT_EVENT and its like */
uint32_t
refpoint_notification_subject(const struct refpoint_notification *event);
/** refpoint_notification_subject_name - "point", "job", "volume" and so on */
const char *
refpoint_notification_subject_name(const struct refpoint_notification *event);
/** refpoint_notification_event - enum refpoint_event */
uint32_t refpoint_notification_event(const struct refpoint_notification *event);
/** refpoint_notification_time - when it happened; 0: the kernel did not say */
uint64_t refpoint_notification_time(const struct refpoint_notification *event);
/** refpoint_notification_point - point that it is about, or NULL */
const struct refpoint_uuid *
refpoint_notification_point(const struct refpoint_notification *event);
/** refpoint_notification_job - job that it is about, or 0 */
uint64_t refpoint_notification_job(const struct refpoint_notification *event);
/** refpoint_notification_volume - volume that it is about, or NULL */
const struct refpoint_uuid *
refpoint_notification_volume(const struct refpoint_notification *event);
/** refpoint_notification_volume_name - its dm name, or "" */
const char *
refpoint_notification_volume_name(const struct refpoint_notification *event);
/** refpoint_notification_collection - collection, or NULL */
const struct refpoint_uuid *
refpoint_notification_collection(const struct refpoint_notification *event);
/** refpoint_notification_collection_name - its name, or "" */
const char *refpoint_notification_collection_name(
		const struct refpoint_notification *event);
/**
 * refpoint_notification_state - the subject's state
 * @event: event
 * @state: result; of a job enum refpoint_job_state, of others their own
 *
 * Return: 0, or -ENODATA when the event carries none.
 */
int refpoint_notification_state(const struct refpoint_notification *event,
				uint32_t *state);
/** refpoint_notification_state_name - the same in words, or "" */
const char *
refpoint_notification_state_name(const struct refpoint_notification *event);
/** refpoint_notification_percent - of a job, 0 to 100 */
uint32_t
refpoint_notification_percent(const struct refpoint_notification *event);
/**
 * refpoint_notification_reason - enum refpoint_reason, of a volume
 *	enum refpoint_gap_reason, or 0
 */
uint32_t
refpoint_notification_reason(const struct refpoint_notification *event);
/** refpoint_notification_message - the kernel's sentence or a gap's, or "" */
const char *
refpoint_notification_message(const struct refpoint_notification *event);

#ifdef __cplusplus
}
#endif

#endif /* _REFPOINT_H */
