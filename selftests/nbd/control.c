// SPDX-License-Identifier: GPL-2.0-only
/*
 * control.c - the socket by which a test says when
 *
 * One word or more in a line, one line in answer:
 *
 *	arm SEED COUNT		cut when so many writes and flushes have come, or now
 *	wait MILLISECONDS	"gone" or "on"
 *	lie NAME		planted: flushes and FUA of this disk do nothing
 *	tell			what was done
 *
 * "ok" otherwise, or "error". One connection at a time.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "disks.h"

static const char *obey(char *line, char *answer, size_t size)
{
	unsigned long long seed, count;
	unsigned int ms;
	char name[32];
	struct disk *d;

	if (sscanf(line, "arm %llu %llu", &seed, &count) == 2) {
		power_arm(seed, count);
		return "ok";
	}
	if (sscanf(line, "wait %u", &ms) == 1)
		return power_wait(ms) ? "gone" : "on";
	if (sscanf(line, "lie %31s", name) == 1) {
		d = disk_named(name);
		if (!d)
			return "error";
		power_lie(d, true);
		return "ok";
	}
	if (!strncmp(line, "tell", 4)) {
		power_tell(answer, size);
		return answer;
	}
	return "error";
}

static void *control_main(void *arg)
{
	int s = (int)(long)arg, fd;
	char line[256], answer[256];
	FILE *f;

	while ((fd = accept(s, NULL, NULL)) >= 0) {
		f = fdopen(fd, "r+");
		while (f && fgets(line, sizeof(line), f)) {
			/* Between reading and writing one has to seek or flush. */
			fseek(f, 0, SEEK_CUR);
			fprintf(f, "%s\n", obey(line, answer, sizeof(answer)));
			fflush(f);
		}
		if (f)
			fclose(f);
	}
	return NULL;
}

int control_begin(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	pthread_t thread;
	int s;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	strcpy(at.sun_path, path);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&at, sizeof(at)) || listen(s, 4))
		return -errno;
	return -pthread_create(&thread, NULL, control_main, (void *)(long)s);
}
