/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * told.h - which objects were told, and which members of each
 */
#ifndef TOLD_H
#define TOLD_H

#include "strict.h"

#define VOLUMES_MAX	REFPOINT_MEMBERS_MAX
#define OBJECTS_MAX	256

/**
 * struct object - a collection or a point, as it was made and as a dump told it
 * @id: of it
 * @first: of its volumes
 * @nr: so many from there on
 * @told: how often
 * @has: which members were told
 */
struct object {
	uint8_t id[16];
	unsigned int first;
	unsigned int nr;
	unsigned int told;
	bool has[VOLUMES_MAX];
};

/**
 * struct list - what a command tells
 * @cmd: GET_*
 * @key: attribute of the id
 * @head: attributes that the first message of an object has
 * @object: all that there are
 * @nr: of them
 * @at: the one of the message before
 */
struct list {
	uint8_t cmd;
	uint16_t key;
	uint16_t head[12];
	struct object object[OBJECTS_MAX];
	unsigned int nr;
	struct object *at;
};

/**
 * struct volume - one of those that there are
 * @id: of it
 * @name: of it
 * @told: how often
 * @gaps: so many, it was told
 */
struct volume {
	uint8_t id[16];
	char name[REFPOINT_NAME_MAX + 1];
	unsigned int told;
	uint32_t gaps;
};

extern struct volume volume[VOLUMES_MAX];
extern unsigned int nr_volumes;

void forget_told(struct list *l);
/* For strict_ask(): @arg is the list; the greatest number of gaps. */
void take_object(const struct nlmsghdr *h, void *arg);
void take_volume(const struct nlmsghdr *h, void *arg);
/* Each object once, with all of its members? What is not is a fault. */
void check_list(struct list *l);

#endif /* TOLD_H */
