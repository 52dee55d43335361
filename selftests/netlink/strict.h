/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strict.h - what comes from the kernel, taken at its word
 *
 * Every length has to be exact, every nest closed and used up, every attribute be
 * one that the command has, once unless it is a list, and every byte that is no
 * payload zero.
 */
#ifndef STRICT_H
#define STRICT_H

#include "nl.h"

/**
 * struct reading - what became of a request
 * @err: errno of the ACK or of the end of the dump
 * @cut: a buffer was too small, and the kernel said so (MSG_TRUNC); no more was read
 * @interrupted: a message had NLM_F_DUMP_INTR
 * @messages: beside the ACK and the end
 * @buffers: that were received
 * @longest: of them, in bytes
 */
struct reading {
	int err;
	bool cut;
	bool interrupted;
	unsigned int messages;
	unsigned int buffers;
	size_t longest;
};

typedef void (*strict_fn)(const struct nlmsghdr *h, void *arg);

/* What is wrong: printed, and counted. */
void fault(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* How many faults since the last call. */
unsigned int strict_faults(void);

/* Called before every request, if it is not NULL. */
extern void (*strict_before)(void);

/* Send, and read into buffers of @room bytes until the ACK or the end. */
void strict_ask(int fd, const struct msg *m, size_t room, strict_fn each,
		void *arg, struct reading *r);

/*
 * The same in two halves: a dump goes on only when a buffer has been received.
 * Return of strict_read(): whether there is more to come.
 */
void strict_send(int fd, const struct msg *m, struct reading *r);
bool strict_read(int fd, size_t room, strict_fn each, void *arg,
		 struct reading *r);

/* A socket that hears the events; what it has heard is judged. Return: messages. */
int strict_listen(void);
unsigned int strict_events(int fd);

/* Attribute of a message, or NULL; then the next one of that type. */
const struct nlattr *strict_get(const struct nlmsghdr *h, uint16_t type);
uint64_t strict_number(const struct nlmsghdr *h, uint16_t type);

#endif /* STRICT_H */
