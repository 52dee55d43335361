// SPDX-License-Identifier: GPL-2.0-only
/*
 * told.c - which objects were told, and which members of each
 */
#include <string.h>

#include "told.h"

struct volume volume[VOLUMES_MAX];
unsigned int nr_volumes;

static void take_members(const struct nlmsghdr *h, struct object *o)
{
	const struct nlattr *a, *id;
	unsigned int i;

	attr_for_each(a, (const uint8_t *)h + NLMSG_HDRLEN + GENL_HDRLEN,
		      h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN) {
		if (ATTR_TYPE(a) != REFPOINT_A_MEMBER)
			continue;
		id = ATTR_DATA(a);
		if (ATTR_LEN(a) < NLA_HDRLEN + 16)
			continue;
		for (i = 0; i < nr_volumes; i++)
			if (!memcmp(ATTR_DATA(id), volume[i].id, 16))
				break;
		if (i < o->first || i >= o->first + o->nr || o->has[i])
			fault("volume %u is told of %u to %u, or again", i, o->first,
			      o->first + o->nr - 1);
		else
			o->has[i] = true;
	}
}

static bool only_members(const struct nlmsghdr *h, const struct list *l)
{
	const struct nlattr *a;

	attr_for_each(a, (const uint8_t *)h + NLMSG_HDRLEN + GENL_HDRLEN,
		      h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN)
		if (ATTR_TYPE(a) != l->key && ATTR_TYPE(a) != REFPOINT_A_MEMBER)
			return false;
	return strict_get(h, REFPOINT_A_MEMBER);
}

void take_object(const struct nlmsghdr *h, void *arg)
{
	struct list *l = arg;
	const struct nlattr *a = strict_get(h, l->key);
	struct object *o = NULL;
	unsigned int i;

	for (i = 0; a && i < l->nr; i++)
		if (!memcmp(l->object[i].id, ATTR_DATA(a), 16))
			o = &l->object[i];
	if (!o) {
		fault("command %u: an object of nobody", l->cmd);
		return;
	}
	if (o == l->at) {
		if (!only_members(h, l))
			fault("command %u: more than members in a continuation",
			      l->cmd);
	} else {
		o->told++;
		for (i = 0; l->head[i]; i++)
			if (!strict_get(h, l->head[i]))
				fault("command %u: no %u", l->cmd, l->head[i]);
	}
	l->at = o;
	take_members(h, o);
}

void check_list(struct list *l)
{
	unsigned int i, j, n;

	for (i = 0; i < l->nr; i++) {
		struct object *o = &l->object[i];

		for (j = n = 0; j < nr_volumes; j++)
			n += o->has[j];
		if (o->told != 1 || n != o->nr)
			fault("command %u: object %u is told %u times, %u of %u members",
			      l->cmd, i, o->told, n, o->nr);
	}
}

void forget_told(struct list *l)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		l->object[i].told = 0;
		memset(l->object[i].has, 0, sizeof(l->object[i].has));
	}
	l->at = NULL;
}

void take_volume(const struct nlmsghdr *h, void *arg)
{
	unsigned int i, gaps = 0, max = *(unsigned int *)arg;
	const struct nlattr *a, *id = strict_get(h, REFPOINT_A_VOLUME_ID);
	uint32_t want = strict_number(h, REFPOINT_A_GAPS);

	for (i = 0; id && i < nr_volumes; i++)
		if (!memcmp(volume[i].id, ATTR_DATA(id), 16))
			break;
	if (!id || i == nr_volumes) {
		fault("a volume of nobody");
		return;
	}
	volume[i].told++;
	attr_for_each(a, (const uint8_t *)h + NLMSG_HDRLEN + GENL_HDRLEN,
		      h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN)
		gaps += ATTR_TYPE(a) == REFPOINT_A_GAP;
	if (gaps != (want < max ? want : max) || !strict_get(h, REFPOINT_A_COUNTERS))
		fault("volume %s: %u of %u gaps", volume[i].name, gaps, want);
	volume[i].gaps = want;
}
