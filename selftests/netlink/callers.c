// SPDX-License-Identifier: GPL-2.0-only
/*
 * callers.c - who may ask: CAP_SYS_ADMIN in the initial user namespace, from the
 * initial network namespace, and nobody else
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl.h"

static struct msg msg;
static struct answer answer;

/* How many commands and dumps got another answer than -EPERM. */
static int count_allowed(int fd)
{
	int allowed = 0;
	uint8_t cmd;

	for (cmd = 1; cmd <= REFPOINT_CMD_REQUEST_JOB_STATE_CHANGE; cmd++) {
		msg_begin(&msg, family, 0, cmd);
		nl_ask(fd, &msg, &answer);
		allowed += answer.err != EPERM;
	}
	for (cmd = 1; cmd <= REFPOINT_CMD_REQUEST_JOB_STATE_CHANGE; cmd++) {
		if (cmd != REFPOINT_CMD_GET_REFERENCE_POINT &&
		    cmd != REFPOINT_CMD_GET_COLLECTION &&
		    cmd != REFPOINT_CMD_GET_VOLUME && cmd != REFPOINT_CMD_GET_JOB)
			continue;
		msg_begin(&msg, family, NLM_F_DUMP, cmd);
		nl_ask(fd, &msg, &answer);
		allowed += answer.err != EPERM;
	}
	return allowed;
}

static bool can_listen(int fd)
{
	return !setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			   sizeof(group));
}

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		_exit(99);
}

static void keep_net_admin(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };

	data[0].effective = 1U << CAP_NET_ADMIN;
	data[0].permitted = data[0].effective;
	if (syscall(SYS_capset, &head, data))
		_exit(99);
}

/* Each returns 0 when all is as it should be, 98 to skip. */
static int as_nobody(void)
{
	int fd;

	become_nobody();
	fd = nl_open();
	return count_allowed(fd) || can_listen(fd);
}

static int as_net_admin(void)
{
	int fd;

	keep_net_admin();
	fd = nl_open();
	return count_allowed(fd) || can_listen(fd);
}

static int with_roots_socket(void)
{
	int fd = nl_open();

	become_nobody();
	return count_allowed(fd);
}

static int in_user_namespace(void)
{
	int fd;

	become_nobody();
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (unshare(CLONE_NEWUSER))
		return 98;
	fd = nl_open();
	return count_allowed(fd) || can_listen(fd);
}

static int in_net_namespace(void)
{
	int fd;

	if (unshare(CLONE_NEWNET))
		return 98;
	fd = nl_open();
	if (nl_find_family(fd) != -ENOENT)
		return 1;
	msg_begin(&msg, family, 0, REFPOINT_CMD_GET_VOLUME);
	nl_ask(fd, &msg, &answer);
	return answer.err != ENOENT;
}

static int in_both(void)
{
	become_nobody();
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 98;
	return nl_find_family(nl_open()) != -ENOENT;
}

static void in_child(const char *name, int (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(fn());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("fork: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 98)
		result(true, "%s # SKIP no such namespace here", name);
	else
		result(WIFEXITED(status) && !WEXITSTATUS(status), "%s", name);
}

int main(void)
{
	int fd = nl_open();

	if (nl_find_family(fd))
		die("no family");
	in_child("nobody may ask or listen", as_nobody);
	in_child("CAP_NET_ADMIN is not enough", as_net_admin);
	in_child("a socket of root's is not enough", with_roots_socket);
	in_child("root of a user namespace is nobody", in_user_namespace);
	in_child("another network namespace has no such family", in_net_namespace);
	in_child("nor has one of a user namespace", in_both);
	msg_begin(&msg, family, NLM_F_DUMP, REFPOINT_CMD_GET_VOLUME);
	nl_ask(fd, &msg, &answer);
	result(!answer.err, "root may ask");
	result(can_listen(fd), "and listen");
	return finish();
}
