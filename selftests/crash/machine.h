/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - the module, its volumes and the disks below: taken up, taken down,
 * without power
 *
 * Straight through device mapper's ioctls and the system calls for modules: a
 * program for each step would take longer than all else.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "../oracle/oracle.h"

/* Return: 0 or -errno. */
int dm_create(const char *name, const char *target, uint64_t sectors,
	      const char *params);
int dm_create_read_only(const char *name, const char *target, uint64_t sectors,
			const char *params);
int dm_remove(const char *name);
/* Another table of one target; it is in place after the next resume. */
int dm_load(const char *name, const char *target, uint64_t sectors,
	    const char *params);
int dm_suspend(const char *name, bool resume);
int dm_message(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The status line of the only target. */
int dm_status(const char *name, char *line, size_t size);

struct machine_volume {
	char name[64];
	char data[64];		/* dm names of the disks */
	char meta[64];
	uint64_t sectors;
};

struct machine {
	struct machine_volume volume[VOLUMES_MAX];
	unsigned int nr;
};

/* "NAME" has the disks NAME-data and NAME-meta. */
void machine_add(struct machine *m, const char *name);
/* Return: 0 or -errno. */
int module_load_try(void);
void module_load(void);
void module_unload(void);
/* Return: 0 or -errno of the first one that failed. */
int volume_up(const struct machine_volume *v);
int volume_down(const struct machine_volume *v);
/* The numbers of all volumes, in any order. */
void machine_order(const struct machine *m, struct chance *c, unsigned int *order);
/* All volumes, in any order. */
int machine_up(struct machine *m, struct chance *c);
void machine_down(struct machine *m);

#endif /* MACHINE_H */
