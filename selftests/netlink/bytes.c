// SPDX-License-Identifier: GPL-2.0-only
/*
 * bytes.c - what is in replies and events beside what they say (B15)
 *
 * usage: bytes VOLUME OTHER: the first has granules of 4 KiB.
 *
 * Padding, reserved fields and what is behind a string have to be zero (strict.c).
 * Memory that nobody has written is often zero by itself, so it is stained first:
 * before every request the caches of small objects and free pages are filled with
 * bytes that are not zero, and given back. That relies on two things: a kernel that
 * does not zero what it allocates (init_on_alloc is off in uml and uml-debug, on in
 * Debian's, which shows less), and memory that is handed out again soon. KASAN
 * keeps freed memory for a while; so much is stained at the beginning that what
 * it lets go is stained too. The kernel's stack is stained by no more than what the
 * requests before have left on it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "strict.h"

#define STAIN		0xa5
#define GRANULE		4096U
#define EXTENTS		200U
/* More than KASAN keeps: a 32nd of memory. */
#define FLOOD		(160U << 20)

static uint8_t stain[65536];
static uint8_t id[16], point[16], volume_id[16];
static uint64_t job, lease;
static unsigned int asked, values[8];
static int fd, events, pair[2];
static struct msg msg;

/* --- memory --- */

/* Datagrams are objects of the sizes that messages have, several at a time. */
static void stain_objects(size_t size)
{
	static uint8_t back[16384];
	unsigned int i, n;

	for (n = 0; n < 8; n++)
		if (send(pair[0], stain, size, MSG_DONTWAIT) < 0)
			break;
	for (i = 0; i < n; i++)
		if (recv(pair[1], back, sizeof(back), 0) < 0)
			die("stain: %s", strerror(errno));
}

/* The value of an attribute is copied before it is refused: one object, any size. */
static void stain_one(size_t size)
{
	setxattr("/proc/self/stat", "user.stain", stain, size, 0);
}

static void stain_memory(void)
{
	static const size_t sizes[] = { 16, 200, 600, 1500, 3000, 7000, 15000 };
	unsigned int i;
	size_t size;

	for (size = 65536; size >= 16; size /= 2)
		stain_one(size);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		stain_objects(sizes[i]);
}

static void flood(void)
{
	size_t done, size;

	for (done = 0; done < FLOOD; done += 8 * 3000)
		stain_objects(3000);
	for (size = 64; size <= 65536; size *= 2)
		for (done = 0; done < 64; done++)
			stain_one(size);
}

/* --- requests --- */

static void copy_id(const struct nlmsghdr *h, uint16_t type, uint8_t to[16])
{
	const struct nlattr *a = strict_get(h, type);

	if (a && ATTR_LEN(a) == 16)
		memcpy(to, ATTR_DATA(a), 16);
}

static void take(const struct nlmsghdr *h, void *arg)
{
	uint64_t value = strict_number(h, REFPOINT_A_RETURN_VALUE);

	(void)arg;
	if (value < sizeof(values) / sizeof(values[0]))
		values[value]++;
	copy_id(h, REFPOINT_A_COLLECTION_ID, id);
	copy_id(h, REFPOINT_A_POINT_ID, point);
	if (strict_get(h, REFPOINT_A_JOB_ID))
		job = strict_number(h, REFPOINT_A_JOB_ID);
	lease = strict_number(h, REFPOINT_A_LEASE);
}

static void begin(uint8_t cmd)
{
	msg_begin(&msg, family, 0, cmd);
}

static void ask(const char *what)
{
	struct reading r;

	strict_ask(fd, &msg, 1 << 20, take, NULL, &r);
	asked += r.messages;
	if (r.err)
		fault("%s: %s", what, strerror(r.err));
}

static void dump(uint8_t cmd)
{
	begin(cmd);
	msg.head.nlmsg_flags |= NLM_F_DUMP;
	ask("dump");
}

static char *letters(unsigned int n)
{
	static char text[512];

	memset(text, 'x', n);
	text[n] = '\0';
	return text;
}

static void on_collection(uint8_t cmd, const char *name, const uint8_t *member)
{
	begin(cmd);
	msg_put_str(&msg, REFPOINT_A_COLLECTION_NAME, name);
	if (member)
		msg_put(&msg, REFPOINT_A_VOLUME_ID, member, 16);
}

static void create(const char *name, uint16_t type, unsigned int length,
		   unsigned int wait)
{
	struct nlattr *nest;

	on_collection(REFPOINT_CMD_CREATE_REFERENCE_POINT, name, NULL);
	msg_put(&msg, REFPOINT_A_POINT_TYPE, &type, sizeof(type));
	msg_put_str(&msg, REFPOINT_A_OWNER, letters(length % 64));
	msg_put_str(&msg, REFPOINT_A_LABEL, letters(length));
	msg_put_u32(&msg, REFPOINT_A_WAIT_MS, wait);
	nest = msg_put(&msg, REFPOINT_A_SETTINGS | NLA_F_NESTED, NULL, 0);
	msg_put(&msg, REFPOINT_SETTINGS_A_TAG, letters(length % 65), length % 65);
	nest->nla_len = msg.bytes + msg.head.nlmsg_len - (uint8_t *)nest;
	ask("create");
}

static void changes(const char *volume, unsigned int max)
{
	begin(REFPOINT_CMD_GET_CHANGES);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	msg_put(&msg, REFPOINT_A_FROM_POINT, point, 16);
	msg_put_u32(&msg, REFPOINT_A_MAX_EXTENTS, max);
	if (lease)
		msg_put_u64(&msg, REFPOINT_A_LEASE, lease);
	ask("changes");
}

static void write_granules(const char *volume)
{
	void *block = NULL;
	char path[256];
	unsigned int i;
	int disk;

	snprintf(path, sizeof(path), "/dev/mapper/%s", volume);
	disk = open(path, O_WRONLY | O_DIRECT);
	if (disk < 0 || posix_memalign(&block, GRANULE, GRANULE))
		die("%s: %s", path, strerror(errno));
	memset(block, STAIN, GRANULE);
	for (i = 0; i < EXTENTS; i++)
		if (pwrite(disk, block, GRANULE, 2UL * i * GRANULE) != GRANULE)
			die("%s: %s", path, strerror(errno));
	close(disk);
	free(block);
}

/* --- what is tested --- */

/* Return: whether replies of that value came, and nothing was wrong. */
static void judge(unsigned int value, const char *what)
{
	unsigned int n = values[value];

	strict_events(events);
	result(!strict_faults() && n, "%s: %u replies", what, n);
	memset(values, 0, sizeof(values));
}

static void collections(const char *volume)
{
	unsigned int i;

	for (i = 2; i <= REFPOINT_NAME_MAX; i += 5) {
		on_collection(REFPOINT_CMD_DEFINE_COLLECTION, letters(i), volume_id);
		ask("define");
		on_collection(REFPOINT_CMD_GET_COLLECTION, letters(i), NULL);
		ask("get");
	}
	dump(REFPOINT_CMD_GET_COLLECTION);
	on_collection(REFPOINT_CMD_RENAME_COLLECTION, "xx", NULL);
	msg_put_str(&msg, REFPOINT_A_NEW_NAME, "c");
	ask("rename");
	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	ask("volume");
	dump(REFPOINT_CMD_GET_VOLUME);
	judge(REFPOINT_RV_DONE, "collections and volumes");
}

static void points(void)
{
	unsigned int i;

	for (i = 0; i <= REFPOINT_LABEL_MAX; i += 17) {
		create("c", REFPOINT_TYPE_RCT, i, i % 2 ? 0 : 1000);
		begin(REFPOINT_CMD_GET_REFERENCE_POINT);
		msg_put(&msg, REFPOINT_A_POINT_ID, point, 16);
		ask("get");
		dump(REFPOINT_CMD_GET_JOB);
	}
	begin(REFPOINT_CMD_GET_JOB);
	msg_put_u64(&msg, REFPOINT_A_JOB_ID, job);
	ask("job");
	dump(REFPOINT_CMD_GET_REFERENCE_POINT);
	/* What is remembered of one that is destroyed. */
	begin(REFPOINT_CMD_DESTROY_REFERENCE_POINT);
	msg_put(&msg, REFPOINT_A_POINT_ID, point, 16);
	msg_put(&msg, REFPOINT_A_FORCE, NULL, 0);
	msg_put_u32(&msg, REFPOINT_A_WAIT_MS, 1000);
	ask("destroy");
	begin(REFPOINT_CMD_GET_REFERENCE_POINT);
	msg_put(&msg, REFPOINT_A_POINT_ID, point, 16);
	ask("get");
	judge(REFPOINT_RV_DONE, "points and jobs");
}

static void lists(const char *volume)
{
	unsigned int i;

	create("c", REFPOINT_TYPE_RCT, 3, 1000);
	write_granules(volume);
	for (i = 1; i <= EXTENTS + 1; i++)
		changes(volume, i);
	changes(volume, REFPOINT_EXTENTS_MAX);
	for (i = 1; i <= REFPOINT_REASON_TEXT_MAX; i += 23) {
		begin(REFPOINT_CMD_MARK_CHANGED);
		msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
		msg_put_u64(&msg, REFPOINT_A_START, (uint64_t)i * GRANULE);
		msg_put_u64(&msg, REFPOINT_A_LENGTH, GRANULE);
		msg_put_str(&msg, REFPOINT_A_REASON_TEXT, letters(i));
		ask("mark");
	}
	begin(REFPOINT_CMD_NEW_GENERATION);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	msg_put_str(&msg, REFPOINT_A_REASON_TEXT, letters(REFPOINT_REASON_TEXT_MAX));
	ask("generation");
	judge(REFPOINT_RV_DONE, "lists of changes");
}

static void refusals(const char *volume)
{
	unsigned int i;

	for (i = 1; i <= REFPOINT_NAME_MAX; i++) {
		begin(REFPOINT_CMD_GET_VOLUME);
		msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, letters(i));
		ask("no volume");
		on_collection(REFPOINT_CMD_DESTROY_COLLECTION, "none", NULL);
		ask("no collection");
	}
	create("c", 7, 9, 0);
	create("c", REFPOINT_TYPE_LOG, 9, 0);
	begin(REFPOINT_CMD_MARK_CHANGED);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	msg_put_u64(&msg, REFPOINT_A_START, 0);
	msg_put_u64(&msg, REFPOINT_A_LENGTH, INT64_MAX);
	ask("out of range");
	changes(volume, 1);
	begin(REFPOINT_CMD_REQUEST_JOB_STATE_CHANGE);
	msg_put_u64(&msg, REFPOINT_A_JOB_ID, 1);
	msg_put(&msg, REFPOINT_A_REQUESTED_STATE, &(uint16_t){ 4 }, 2);
	ask("no job");
	judge(REFPOINT_RV_INVALID_PARAMETER, "refusals");
}

static void learn(const struct nlmsghdr *h, void *arg)
{
	(void)arg;
	copy_id(h, REFPOINT_A_VOLUME_ID, volume_id);
}

int main(int argc, char **argv)
{
	unsigned int heard;
	struct reading r;

	if (argc != 3)
		return 2;
	memset(stain, STAIN, sizeof(stain));
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		die("socketpair: %s", strerror(errno));
	fd = nl_open();
	if (nl_find_family(fd))
		die("no family");
	events = strict_listen();
	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, argv[1]);
	strict_ask(fd, &msg, 1 << 20, learn, NULL, &r);
	flood();
	strict_before = stain_memory;

	collections(argv[1]);
	points();
	/* Events are judged one by one, here those since then. */
	create("c", REFPOINT_TYPE_RCT, 5, 1000);
	heard = strict_events(events);
	result(!strict_faults() && heard, "events: %u", heard);
	lists(argv[1]);
	refusals(argv[2]);
	printf("# %u messages\n", asked);
	return finish();
}
