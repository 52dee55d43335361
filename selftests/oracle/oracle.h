/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.h - a black box test that knows the truth by itself
 *
 * Writers record each operation with the moments before and after the system
 * call; points and queries are recorded likewise. From these alone follows what
 * a list of changes must hold (I1) and may hold (I8):
 *
 *	must:	begun after "from" was there, ended before "to" was asked for
 *	may:	ended after "from" was asked for, begun before "to" was there
 *
 * What lies between the two is an operation in flight at a cut, which belongs to
 * one side, the other, or both (I5); the replica (replica.c) tests these.
 *
 *	keep.c		memory for what is known
 *	world.c		volumes, operations, the content of every sector
 *	writer.c	threads that write
 *	point.c		points: made, destroyed
 *	ask.c		lists of changes
 *	check.c		lists against the truth
 *	replica.c	a copy kept by lists of changes alone
 *	cycle.c		volumes suspended, reloaded, removed and made again
 *	oracle.c	the story, KTAP
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <refpoint.h>

#define VOLUMES_MAX	8
#define THREADS_MAX	8
#define POINTS_MAX	64
#define SECTOR		512U

#define SIZE_OF(a)	(sizeof(a) / sizeof((a)[0]))

/* --- chance --- */

struct chance {
	uint64_t state;
};

uint64_t chance_next(struct chance *c);
/* 0..@n - 1 */
uint64_t chance_below(struct chance *c, uint64_t n);
/* In @percent of all cases. */
bool chance_hit(struct chance *c, unsigned int percent);

/* --- memory --- */

/*
 * What is known lies in memory from here, zeroed; it dies if there is none. That is
 * ordinary memory, unless keep_open() was called: then a machine that loses power
 * at any instruction finds it again, and at the same addresses.
 */
void *keep_alloc(size_t size);
void keep_free(void *p);
char *keep_text(const char *text);

/**
 * struct keep - the beginning of memory that outlives the machine
 * @root: what the caller wants to find again
 * @boots: keep_open() calls so far
 * @phase: the caller's word to the host, and
 * @order: the host's to the caller
 */
struct keep {
	uint64_t magic;
	atomic_uint phase;
	atomic_uint order;
	uint32_t boots;
	uint32_t reserved;
	void *root;
	uint64_t size;
	uint64_t used;
	void *spare[48];
};

/* @path is mapped, shared; what is in it is kept if there is anything. */
struct keep *keep_open(const char *path);

/* --- world --- */

enum op_type {
	OP_WRITE,
	OP_ZERO,
	OP_DISCARD,
	OP_MARK,		/* refpoint volume mark: changes nothing */
};

/* Sectors are counted from the volume's byte 0. */
struct op {
	uint64_t begun;
	uint64_t ended;		/* UINT64_MAX: in flight */
	uint32_t first;
	uint32_t count;
	enum op_type type;
	bool failed;
	bool durable;		/* said to be, before power went */
};

/* No operation: the sector has not been written, it reads as zeros. */
#define NO_OP		0U

struct volume {
	char name[128];
	unsigned int index;
	uint64_t begin;		/* of the volume within the device, bytes */
	uint64_t size;
	uint64_t granule;
	uint32_t sectors;
	uint32_t granules;
	int fd;			/* O_DIRECT */
	int fd_sync;		/* O_DIRECT | O_DSYNC */
	char uuid[REFPOINT_UUID_STR];

	pthread_mutex_t lock;	/* what follows */
	struct op *ops;		/* from 1 on */
	uint32_t nr_ops;
	uint32_t max_ops;
	uint32_t *last;		/* by sector: operation that ended last there */
	uint64_t flushed;	/* moment before a flush that succeeded */
	uint32_t *replica;
};

struct world {
	struct volume volume[VOLUMES_MAX];
	unsigned int nr;
	struct chance chance;
	struct refpoint_ctx *ctx;
	struct refpoint_result *result;
	int err;		/* what point_make(), point_destroy() got last */
	char collection[64];
	bool plant;		/* drop one extent: the test must fail */
	bool planted;
	uint64_t hot[VOLUMES_MAX];
	atomic_bool stop;	/* writers end early */
	/* Power goes, or a disk: from now on failures are part of the story. */
	atomic_bool gone;
	/* So long a volume that is still being read is waited for: ms. */
	unsigned int patience;
	bool allow_unknown;	/* in lists: a gap is none of the test's failures */
	unsigned int threads;
};

/* A logical clock: each call is later than all calls before it. */
uint64_t moment_now(void);
/* From here on; a machine that came up anew is later than it was. */
void moment_begin(uint64_t from);

void world_add(struct world *w, const char *name);
void volume_open(struct volume *v);
void volume_close(struct volume *v);

/*
 * Begin an operation on sectors that no other one is at work on. Return: its
 * number, NO_OP if they are busy.
 */
uint32_t op_begin(struct volume *v, enum op_type type, uint32_t first,
		  uint32_t count);
void op_end(struct volume *v, uint32_t nr, bool failed, bool durable);
/* The machine lost power: what was in flight has failed. */
void ops_cut(struct volume *v);

/* Content that operation @nr gives to a sector; which one gave it (NO_OP: zeros). */
void content_fill(const struct volume *v, uint32_t nr, uint32_t sector, void *data);
#define CONTENT_TORN	UINT32_MAX
uint32_t content_read(const struct volume *v, uint32_t sector, const void *data);

void volume_read(const struct volume *v, uint32_t first, uint32_t count, void *data);

/* Compare every sector with what was written. Return: number of wrong ones. */
uint64_t volume_verify(struct volume *v);

/* --- writers --- */

struct burst;
struct burst *burst_begin(struct world *w, unsigned int ops_per_thread);
bool burst_running(const struct burst *b);
void burst_end(struct burst *b);

/* --- moments and points --- */

/* The bracket around an instant, and what was on the volumes at its beginning. */
struct instant {
	uint64_t before[VOLUMES_MAX];	/* the moment that "last" is as of */
	uint64_t after;
	uint32_t *last[VOLUMES_MAX];
};

void instant_begin(struct world *w, struct instant *i);
void instant_end(struct instant *i);
void instant_free(struct instant *i);

struct point {
	struct refpoint_uuid id;
	bool alive;
	struct instant at;
	char *handle[VOLUMES_MAX];
};

struct points {
	struct point point[POINTS_MAX];
	unsigned int nr;
};

/* When power is gone either may fail, and then "alive" is as it was. */
struct point *point_make(struct world *w, struct points *p);
void point_destroy(struct world *w, struct point *p);
/* Any point that is alive, from @from on; NULL if there is none. */
struct point *point_any(struct world *w, struct points *p, unsigned int from);
void points_free(struct points *p);

/* --- lists of changes --- */

struct list {
	struct refpoint_extent *extent;
	size_t nr;
	size_t max;
	uint64_t start;
	uint64_t length;
};

struct question {
	const struct point *from;	/* NULL: all */
	const struct point *to;		/* NULL: now */
	bool by_handle;
	uint64_t start;
	uint64_t length;		/* 0: to the end */
	uint64_t granularity;
	uint64_t merge_gap;
	uint32_t page;
};

/* Return: 0, or the reason of a refusal. Dies of anything else. */
uint32_t ask(struct world *w, struct volume *v, const struct question *q,
	     struct list *list);
void list_free(struct list *list);
/* Kind of each granule. */
uint8_t *list_kinds(const struct volume *v, const struct list *list);

/* --- checks --- */

enum check {
	CHECK_SUPERSET,
	CHECK_KINDS,
	CHECK_EXACT,
	CHECK_SUM,
	CHECK_PAGING,
	CHECK_RANGE,
	CHECK_GRANULARITY,
	CHECK_MERGE,
	CHECK_ALL,
	CHECK_DESTROYED,
	CHECK_REPLICA,
	CHECK_CONTENT,
	NR_CHECKS,
};

struct score {
	uint64_t done[NR_CHECKS];
	uint64_t failed[NR_CHECKS];
	uint64_t kind[8];	/* granules seen, by kind */
};

extern struct score score;

/* Count one outcome; print the first few failures. */
void score_add(enum check c, bool good, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A complete list from one instant (NULL: all) to another. */
void check_list(struct world *w, struct volume *v, const struct instant *from,
		const struct instant *to, struct list *list);
/* changes(a,c) reports what changes(a,b) and changes(b,c) do. */
void check_sum(struct world *w, struct volume *v, const struct point *a,
	       const struct point *b, const struct point *c);
/* The same question in other words gets the same answer. */
void check_views(struct world *w, struct volume *v, const struct point *a,
		 const struct point *b);
void check_destroyed(struct world *w, struct volume *v, const struct point *gone,
		     const struct point *to);

/* --- replica --- */

void replica_update(struct world *w, struct volume *v, const struct point *from,
		    const struct point *to);
void replica_compare(struct volume *v);

/* --- life of a volume --- */

/* While writers are at work. */
void cycle_live(struct world *w, struct volume *v);
/* Removed and made again; nobody writes. */
void cycle_remove(struct world *w, struct volume *v);

__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *fmt, ...);

#endif /* ORACLE_H */
