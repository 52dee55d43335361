// SPDX-License-Identifier: GPL-2.0-only
/*
 * replies.c - replies and dumps that do not fit (B14, B16)
 *
 * usage: replies GAPS: over the volumes that there are; the first by name
 * has GAPS gaps.
 *
 * The length of a dump's buffers is the reader's: the kernel makes its own as long
 * as the longest that was ever offered. Lengths that grow by four bytes over more
 * than the longest entry put the end of the buffer behind every attribute of an
 * entry. Whatever the length, each object has to be told once, with all members.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "strict.h"
#include "told.h"

#define PAGE		4096U
/* The kernel's convention: who offers as much gets all. */
#define SAFE_ROOM	16384U
#define GAPS_DO		128U
#define GAPS_DUMP	32U

static struct list collections = {
	.cmd = REFPOINT_CMD_GET_COLLECTION,
	.key = REFPOINT_A_COLLECTION_ID,
	.head = { REFPOINT_A_COLLECTION_NAME, REFPOINT_A_STATE, REFPOINT_A_VERSION },
};

static struct list points = {
	.cmd = REFPOINT_CMD_GET_REFERENCE_POINT,
	.key = REFPOINT_A_POINT_ID,
	.head = { REFPOINT_A_STATE, REFPOINT_A_TIME, REFPOINT_A_POINT_TYPE,
		  REFPOINT_A_COLLECTION_ID, REFPOINT_A_COLLECTION_NAME,
		  REFPOINT_A_VERSION, REFPOINT_A_OWNER, REFPOINT_A_LABEL,
		  REFPOINT_A_HAS_ASSOCIATED_DATA, REFPOINT_A_SETTINGS },
};

static unsigned int want_gaps;
static uint64_t last_job, running;
static int fd;
static struct msg msg;

/* --- requests --- */

static void begin(uint8_t cmd, uint16_t flags)
{
	msg_begin(&msg, family, flags, cmd);
}

static void keep_id(const struct nlmsghdr *h, void *arg)
{
	const struct list *l = arg;
	const struct nlattr *a = strict_get(h, l->key);
	uint32_t value = strict_number(h, REFPOINT_A_RETURN_VALUE);

	running = strict_number(h, REFPOINT_A_JOB_ID);
	if ((value != REFPOINT_RV_DONE && value != REFPOINT_RV_JOB_STARTED) || !a)
		die("command %u is refused: %s", l->cmd,
		    strict_get(h, REFPOINT_A_MESSAGE) ? (const char *)
		    ATTR_DATA(strict_get(h, REFPOINT_A_MESSAGE)) : "no id");
	memcpy(l->at->id, ATTR_DATA(a), 16);
}

static void make(struct list *l, unsigned int first, unsigned int nr)
{
	struct reading r;

	if (l->nr == OBJECTS_MAX)
		die("too many objects");
	l->at = &l->object[l->nr++];
	l->at->first = first;
	l->at->nr = nr;
	strict_ask(fd, &msg, SAFE_ROOM, keep_id, l, &r);
	if (r.err || r.messages != 1)
		die("command %u: %s", l->cmd, strerror(r.err));
}

static char *repeat(char c, unsigned int n)
{
	static char text[512];

	memset(text, c, n);
	text[n] = '\0';
	return text;
}

static struct object *define(unsigned int first, unsigned int nr, unsigned int length)
{
	/* Dumps are in the order of ids: the first is told first. */
	uint8_t id[16] = { 1, collections.nr };
	char *name = repeat('c', length);
	unsigned int i;

	name[0] = 'A' + collections.nr / 26;
	name[1] = 'A' + collections.nr % 26;
	begin(REFPOINT_CMD_DEFINE_COLLECTION, 0);
	msg_put(&msg, REFPOINT_A_COLLECTION_ID, id, sizeof(id));
	msg_put_str(&msg, REFPOINT_A_COLLECTION_NAME, name);
	for (i = first; i < first + nr; i++)
		msg_put(&msg, REFPOINT_A_VOLUME_ID, volume[i].id, 16);
	make(&collections, first, nr);
	return collections.at;
}

static void has_ended(const struct nlmsghdr *h, void *arg)
{
	(void)arg;
	if (!strict_number(h, REFPOINT_A_TIME_ENDED))
		return;
	running = 0;
	if (strict_number(h, REFPOINT_A_ERROR_CODE))
		die("a point is not made: %s", (const char *)
		    ATTR_DATA(strict_get(h, REFPOINT_A_MESSAGE)));
}

/* A slow machine takes longer than a request may wait. */
static void wait_for_job(void)
{
	struct reading r;

	while (running) {
		begin(REFPOINT_CMD_GET_JOB, 0);
		msg_put_u64(&msg, REFPOINT_A_JOB_ID, running);
		strict_ask(fd, &msg, SAFE_ROOM, has_ended, NULL, &r);
		if (running)
			usleep(100000);
	}
}

static void point(const struct object *over, unsigned int label)
{
	static const uint8_t cut[16] = { 1, 2, 3 };
	static const uint16_t type = REFPOINT_TYPE_RCT;
	struct nlattr *nest;

	begin(REFPOINT_CMD_CREATE_REFERENCE_POINT, 0);
	msg_put(&msg, REFPOINT_A_COLLECTION_ID, over->id, 16);
	msg_put(&msg, REFPOINT_A_POINT_TYPE, &type, sizeof(type));
	msg_put_str(&msg, REFPOINT_A_OWNER, repeat('o', label % (REFPOINT_OWNER_MAX + 1)));
	msg_put_str(&msg, REFPOINT_A_LABEL, repeat('l', label));
	msg_put_u32(&msg, REFPOINT_A_WAIT_MS, 1000);
	nest = msg_put(&msg, REFPOINT_A_SETTINGS | NLA_F_NESTED, NULL, 0);
	msg_put(&msg, REFPOINT_SETTINGS_A_CUT_ID, cut, sizeof(cut));
	msg_put(&msg, REFPOINT_SETTINGS_A_TAG, repeat('t', REFPOINT_TAG_MAX),
		label % (REFPOINT_TAG_MAX + 1));
	nest->nla_len = msg.bytes + msg.head.nlmsg_len - (uint8_t *)nest;
	make(&points, over->first, over->nr);
	wait_for_job();
}

/* --- what a dump tells --- */

static void take_job(const struct nlmsghdr *h, void *arg)
{
	uint64_t id = strict_number(h, REFPOINT_A_JOB_ID);

	(void)arg;
	if (id <= last_job || !strict_get(h, REFPOINT_A_CANCELLABLE) ||
	    !strict_get(h, REFPOINT_A_OWNER))
		fault("job %llu comes after %llu", (unsigned long long)id,
		      (unsigned long long)last_job);
	last_job = id;
}

static void dump_volumes(int s, size_t room, struct reading *r)
{
	unsigned int i, max = GAPS_DUMP;

	for (i = 0; i < nr_volumes; i++)
		volume[i].told = 0;
	begin(REFPOINT_CMD_GET_VOLUME, NLM_F_DUMP);
	strict_ask(s, &msg, room, take_volume, &max, r);
	for (i = 0; !r->cut && i < nr_volumes; i++)
		if (volume[i].told != 1)
			fault("volume %u is told %u times", i, volume[i].told);
}

static unsigned int ask_jobs(int s, size_t room, struct reading *r)
{
	last_job = 0;
	begin(REFPOINT_CMD_GET_JOB, NLM_F_DUMP);
	strict_ask(s, &msg, room, take_job, NULL, r);
	return r->messages;
}

/* None comes meanwhile, but one may be forgotten, five minutes after its end. */
static void dump_jobs(int s, size_t room, struct reading *r)
{
	unsigned int before, after;
	struct reading other;

	before = ask_jobs(fd, SAFE_ROOM, &other);
	ask_jobs(s, room, r);
	after = ask_jobs(fd, SAFE_ROOM, &other);
	if (!r->cut && (r->messages > before || r->messages < after || !before))
		fault("%u jobs of %u, then %u", r->messages, before, after);
}

static void dump_list(struct list *l, int s, size_t room, struct reading *r)
{
	forget_told(l);
	begin(l->cmd, NLM_F_DUMP);
	strict_ask(s, &msg, room, take_object, l, r);
	if (!r->cut)
		check_list(l);
}

static void dump_collections(int s, size_t room, struct reading *r)
{
	dump_list(&collections, s, room, r);
}

static void dump_points(int s, size_t room, struct reading *r)
{
	dump_list(&points, s, room, r);
}

/**
 * struct dump - one of the four
 * @name: for people
 * @run: it, into buffers of @room bytes
 * @least: the kernel's own buffers are as long, and a reader's have to be
 * @sweep: longer than an entry
 */
static const struct dump {
	const char *name;
	void (*run)(int s, size_t room, struct reading *r);
	size_t least;
	unsigned int sweep;
} dumps[] = {
	/* kmod/netlink_*.c: min_dump_alloc, and MEMBER_SIZE or RP_NL_GAP_SIZE */
	{ "collections", dump_collections, PAGE, 176 },
	{ "points", dump_points, 9408, 320 },
	{ "volumes", dump_volumes, 9216, 700 },
	{ "jobs", dump_jobs, PAGE, 320 },
};

/* Return: whether it was complete. A socket remembers the longest buffer. */
static bool dump_with(const struct dump *d, size_t room)
{
	struct reading r;
	int s = nl_open();

	d->run(s, room, &r);
	close(s);
	if (r.err)
		fault("%s into %zu bytes: %s", d->name, room, strerror(r.err));
	if (!r.cut && r.buffers > 1 && r.longest > room)
		fault("%s: %zu bytes into %zu", d->name, r.longest, room);
	return !r.cut;
}

static void test_dump(const struct dump *d)
{
	static const size_t rooms[] = { 1024, 4096, 8192, 16384, 32768, 65536 };
	unsigned int i, step;

	for (i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		bool all = dump_with(d, rooms[i]);

		result(!strict_faults() && (all || rooms[i] < d->least),
		       "%s into buffers of %zu bytes: %s", d->name, rooms[i],
		       all ? "all" : "cut, and said so");
	}
	for (step = 0; step <= d->sweep; step += 4)
		if (!dump_with(d, d->least + step))
			fault("%s is cut at %zu", d->name, d->least + step);
	result(!strict_faults(), "%s: the buffer ends anywhere in an entry", d->name);
}

/* --- a single object --- */

static void test_do(struct list *l, const char *what)
{
	unsigned int i, missed = 0;
	struct reading r;

	forget_told(l);
	for (i = 0; i < l->nr; i++) {
		begin(l->cmd, 0);
		msg_put(&msg, l->key, l->object[i].id, 16);
		l->at = NULL;
		strict_ask(fd, &msg, 1 << 20, take_object, l, &r);
		if (r.err || r.messages != 1)
			fault("%s %u: %s, %u messages", what, i, strerror(r.err),
			      r.messages);
	}
	check_list(l);
	result(!strict_faults(), "each %s is in one message", what);
	for (i = 0; i < l->nr; i++) {
		int s = nl_open();

		begin(l->cmd, 0);
		msg_put(&msg, l->key, l->object[i].id, 16);
		strict_ask(s, &msg, 512, NULL, NULL, &r);
		close(s);
		missed += r.cut != (r.longest > 512);
	}
	result(!strict_faults() && !missed,
	       "into too small a buffer each %s is cut, and said so", what);
}

static void test_volumes(void)
{
	unsigned int i, max = GAPS_DO;
	struct reading r;

	for (i = 0; i < nr_volumes; i++) {
		begin(REFPOINT_CMD_GET_VOLUME, 0);
		msg_put(&msg, REFPOINT_A_VOLUME_ID, volume[i].id, 16);
		strict_ask(fd, &msg, 1 << 20, take_volume, &max, &r);
		if (r.err || r.messages != 1)
			fault("volume %u: %s", i, strerror(r.err));
	}
	result(!strict_faults() && volume[0].gaps >= want_gaps,
	       "each volume is in one message, with its gaps: %u", volume[0].gaps);
}

/*
 * What was told is gone when the next buffer is filled: an interrupted dump, and no
 * error. The first two buffers are filled before anything can be done about it.
 */
static void test_shrink(struct object *o)
{
	int s = nl_open(), other = nl_open();
	struct reading r, removed;
	unsigned int i;
	bool more;

	begin(REFPOINT_CMD_GET_COLLECTION, NLM_F_DUMP);
	strict_send(s, &msg, &r);
	more = strict_read(s, PAGE, NULL, NULL, &r);
	begin(REFPOINT_CMD_REMOVE_MEMBER, 0);
	msg_put(&msg, REFPOINT_A_COLLECTION_ID, o->id, 16);
	for (i = o->first + 8; i < o->first + o->nr; i++)
		msg_put(&msg, REFPOINT_A_VOLUME_ID, volume[i].id, 16);
	strict_ask(other, &msg, SAFE_ROOM, NULL, NULL, &removed);
	while (more && strict_read(s, PAGE, NULL, NULL, &r))
		;
	close(s);
	close(other);
	if (r.err)
		printf("# %s\n", strerror(r.err));
	result(!strict_faults() && !removed.err && !r.err && r.interrupted,
	       "a collection that shrinks under a dump interrupts it");
	o->nr = 8;
}

/* --- the volumes --- */

static void learn_volume(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *name = strict_get(h, REFPOINT_A_VOLUME_NAME);
	const struct nlattr *id = strict_get(h, REFPOINT_A_VOLUME_ID);

	(void)arg;
	if (nr_volumes == VOLUMES_MAX || !name || !id)
		die("a volume too many");
	memcpy(volume[nr_volumes].id, ATTR_DATA(id), 16);
	memcpy(volume[nr_volumes].name, ATTR_DATA(name), ATTR_LEN(name));
	nr_volumes++;
}

/* Those that made the gaps: over the first volume. */
static void learn_point(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *id = strict_get(h, REFPOINT_A_POINT_ID);

	(void)arg;
	if (points.nr == OBJECTS_MAX || !id)
		die("a point too many");
	points.object[points.nr].nr = 1;
	memcpy(points.object[points.nr++].id, ATTR_DATA(id), 16);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((const char *)a + 16, (const char *)b + 16);
}

int main(int argc, char **argv)
{
	struct object *all, *one;
	struct reading r;
	unsigned int i;

	if (argc != 2)
		return 2;
	want_gaps = atoi(argv[1]);
	fd = nl_open();
	if (nl_find_family(fd))
		die("no family");
	begin(REFPOINT_CMD_GET_VOLUME, NLM_F_DUMP);
	strict_ask(fd, &msg, 65536, learn_volume, NULL, &r);
	/* The one with gaps is the first of them. */
	qsort(volume, nr_volumes, sizeof(volume[0]), by_name);
	begin(REFPOINT_CMD_GET_REFERENCE_POINT, NLM_F_DUMP);
	strict_ask(fd, &msg, 65536, learn_point, NULL, &r);
	printf("# %u volumes, %u points\n", nr_volumes, points.nr);

	all = define(0, nr_volumes, REFPOINT_NAME_MAX);
	one = define(nr_volumes - 1, 1, 3);
	define(nr_volumes / 2, nr_volumes / 4, 64);
	for (i = 0; i < 40; i++)
		define(i % nr_volumes, 1, 3 + i * 3);
	point(all, REFPOINT_LABEL_MAX);
	point(all, 0);
	for (i = 0; i < 40; i++)
		point(one, i * 6);
	result(!strict_faults(), "collections and points are made");

	for (i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++)
		test_dump(&dumps[i]);
	test_do(&collections, "collection");
	test_do(&points, "point");
	test_volumes();
	test_shrink(all);
	return finish();
}
