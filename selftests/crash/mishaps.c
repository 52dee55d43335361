// SPDX-License-Identifier: GPL-2.0-only
/*
 * mishaps.c - what happens at some request of an operation
 *
 * Power goes; or a member's disk is gone from then on; or a member is taken down,
 * or out of the collection, while the request is in flight, which has to wait
 * meanwhile (rp_disk's "stall_at"): between its prepare and its commit, for one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "members.h"

/* Taking a member down waits for nobody else's disk (I7); microseconds. */
#define DOWN_MAX	5000000
#define DOWN_STEP	1000

const char *const mishap_name[NR_MISHAPS] = {
	"power goes", "a disk goes", "a member leaves", "a member is removed",
};

static const char *any_disk(struct party *p)
{
	return p->k->machine.volume[0].meta;
}

static void plan(const char *disk, const char *what, unsigned int nth)
{
	int r = dm_message(disk, "%s %u", what, nth);

	if (r)
		die("%s: %s: %s", disk, what, strerror(-r));
}

/* Return: whether it has happened. */
static bool unplan(const char *disk, const char *what)
{
	return dm_message(disk, "%s 0", what) == -ENOENT;
}

bool mishap_cut(struct party *p)
{
	struct cuts *k = p->k;
	struct chance *c = &k->world.chance;
	int r = dm_message(any_disk(p), "cut %u %s", (uint32_t)chance_next(c),
			   chance_hit(c, 75) ? "ghost" : "dead");

	if (r && r != -EBUSY)
		die("cut: %s", strerror(-r));
	k->cut_after = moment_now();
	k->world.gone = true;
	return r;
}

static bool with_cut(struct party *p, enum act act, unsigned int nth)
{
	struct cuts *k = p->k;
	struct world *w = &k->world;
	bool ghost = chance_hit(&w->chance, 75), done, gone;
	int r;

	w->gone = !ghost;
	r = dm_message(any_disk(p), "cut_at %u %u %s", nth,
		       (uint32_t)chance_next(&w->chance), ghost ? "ghost" : "dead");
	if (r)
		die("cut_at: %s", strerror(-r));
	done = act_do(p, act);
	gone = mishap_cut(p);
	tally(k, TALLY_USABLE, done || (gone && !ghost), "%s: %s", act_name[act],
	      refpoint_result_message(w->result));
	p->acked = done && !gone;
	return gone;
}

/* What was said while power was there. */
static void told(struct party *p, bool done)
{
	p->acked = done;
	p->refused = !done && refpoint_result_reason(p->k->world.result) !=
			      REFPOINT_REASON_IN_DOUBT;
}

static bool with_disk_gone(struct party *p, enum act act, unsigned int nth)
{
	struct cuts *k = p->k;
	unsigned int i = chance_below(&k->world.chance, k->machine.nr);
	const struct machine_volume *v = &k->machine.volume[i];
	const char *disk = chance_hit(&k->world.chance, 80) ? v->meta : v->data;

	plan(disk, "gone_at", nth);
	told(p, act_do(p, act));
	if (!unplan(disk, "gone_at"))
		return false;
	p->lost |= 1U << i;
	return true;
}

/* --- while the request waits --- */

struct operator {
	struct party *p;
	enum act act;
	pthread_t thread;
	atomic_bool ended;
	bool done;
};

static void *operator_main(void *arg)
{
	struct operator *o = arg;

	o->done = act_do(o->p, o->act);
	o->ended = true;
	return NULL;
}

static void start(pthread_t *thread, void *(*fn)(void *arg), void *arg)
{
	if (pthread_create(thread, NULL, fn, arg))
		die("cannot make a thread");
}

/* Return: the volume of the disk whose request waits, -1: the operation ended. */
static int wait_for_stall(struct operator *o)
{
	struct machine *m = &o->p->k->machine;
	unsigned int i;

	for (i = 0; !o->ended; i = (i + 1) % m->nr) {
		if (!dm_message(m->volume[i].meta, "stalled") ||
		    !dm_message(m->volume[i].data, "stalled"))
			return i;
		if (!i)
			usleep(100);
	}
	return -1;
}

struct rescue {
	const char *disk;
	pthread_t thread;
	atomic_bool done;
	bool needed;
};

static void *rescue_main(void *arg)
{
	struct rescue *r = arg;
	unsigned int us;

	for (us = 0; us < DOWN_MAX && !r->done; us += DOWN_STEP)
		usleep(DOWN_STEP);
	r->needed = !r->done;
	if (r->needed)
		dm_message(r->disk, "go");
	return NULL;
}

static void leave(struct party *p, unsigned int i)
{
	struct rescue rescue = { .disk = any_disk(p) };
	struct cuts *k = p->k;
	int r;

	if (p->closed >> i & 1)
		return;
	start(&rescue.thread, rescue_main, &rescue);
	volume_close(&k->world.volume[i]);
	r = volume_down(&k->machine.volume[i]);
	rescue.done = true;
	pthread_join(rescue.thread, NULL);
	tally(k, TALLY_UP, !r && !rescue.needed,
	      "a member waits for another one's disk before it leaves (%s)",
	      strerror(-r));
	if (r)
		die("cannot go on");
	p->away |= 1U << i;
	p->closed |= 1U << i;
}

struct remover {
	struct world *w;
	pthread_t thread;
	const char *volume;
};

/* It may have to wait for the disk, too. */
static void *remover_main(void *arg)
{
	struct remover *r = arg;
	struct refpoint_result *result = refpoint_result_new();
	struct refpoint_ctx *ctx;

	if (!result || refpoint_open(&ctx))
		die("cannot open a context");
	if (refpoint_collection_remove_member(ctx, r->w->collection, &r->volume, 1,
					      result))
		die("remove: %s", refpoint_error_message(ctx));
	refpoint_close(ctx);
	refpoint_result_free(result);
	return NULL;
}

static bool with_stall(struct party *p, enum act act, enum mishap mishap,
		       unsigned int nth)
{
	struct operator op = { .p = p, .act = act };
	struct remover remover = { .w = &p->k->world };
	unsigned int who = chance_below(&p->k->world.chance, p->k->machine.nr - 1);
	int stalled;

	plan(any_disk(p), "stall_at", nth);
	start(&op.thread, operator_main, &op);
	stalled = wait_for_stall(&op);
	who += stalled >= 0 && who >= (unsigned int)stalled;
	if (stalled >= 0 && mishap == MISHAP_LEAVE) {
		leave(p, who);
	} else if (stalled >= 0) {
		remover.volume = p->k->world.volume[who].uuid;
		p->removed = true;
		start(&remover.thread, remover_main, &remover);
		usleep(5000);
	}
	if (stalled >= 0)
		dm_message(any_disk(p), "go");
	pthread_join(op.thread, NULL);
	if (remover.volume)
		pthread_join(remover.thread, NULL);
	unplan(any_disk(p), "stall_at");
	told(p, op.done);
	return stalled >= 0;
}

bool mishap_act(struct party *p, enum act act, enum mishap mishap, unsigned int nth)
{
	struct cuts *k = p->k;
	bool happened;

	k->world.gone = mishap != MISHAP_CUT;
	k->cut_before = moment_now();
	switch (mishap) {
	case MISHAP_CUT:
		happened = with_cut(p, act, nth);
		break;
	case MISHAP_GONE:
		happened = with_disk_gone(p, act, nth);
		break;
	default:
		happened = with_stall(p, act, mishap, nth);
	}
	k->cut_after = moment_now();
	/* Without a mishap nothing fails, nor if it is none of the operation's. */
	if (mishap != MISHAP_CUT)
		tally(k, TALLY_USABLE, p->acked ||
		      (happened && mishap != MISHAP_REMOVE), "%s: %s",
		      act_name[act], refpoint_result_message(k->world.result));
	act_told(p);
	return happened;
}

void mishap_heal(struct party *p)
{
	struct cuts *k = p->k;
	unsigned int i;
	int r = 0;

	mishap_lift(p);
	for (i = 0; i < k->machine.nr && !r; i++) {
		if (p->lost >> i & 1) {
			volume_close(&k->world.volume[i]);
			r = volume_down(&k->machine.volume[i]);
		}
		if (!r && ((p->lost | p->closed) >> i & 1)) {
			r = volume_up(&k->machine.volume[i]);
			if (!r)
				volume_open(&k->world.volume[i]);
		}
	}
	tally(k, TALLY_UP, !r, "a member does not come back: %s", strerror(-r));
	if (r)
		die("cannot go on");
	p->closed = 0;
}

void mishap_lift(struct party *p)
{
	struct cuts *k = p->k;
	unsigned int i;

	for (i = 0; i < k->machine.nr; i++) {
		dm_message(k->machine.volume[i].meta, "mode rw");
		dm_message(k->machine.volume[i].data, "mode rw");
	}
}
