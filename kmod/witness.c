// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness.c - what was not tracked and the volume itself could not write (I6):
 * who is told, and volumes that come and go
 */
#include <linux/notifier.h>

#include "record_list.h"
#include "settle.h"
#include "witness_note.h"
#include "workqueue.h"

/*
 * A metadata device without room may have some again; one that hangs may do so for
 * ever. Longer than who has just been asked is waited for.
 */
#define ASK_AGAIN	(10 * HZ)

struct choice {
	const u8 *id;
	u8 about[16];
	unsigned int nr;
	uuid_t volume[RP_WITNESSES];
};

/* Has @volume been asked to carry the word @id? */
static bool asked(const u8 id[16], const uuid_t *volume)
{
	struct rp_note *n;
	bool is;

	mutex_lock(&rp_notes_lock);
	n = rp_note_find(id);
	is = n && rp_carrier_find(n, volume);
	mutex_unlock(&rp_notes_lock);
	return is;
}

/* Active volumes into @ch, as many as are wanted: who shares something, or any. */
static void choose(struct choice *ch, unsigned int want, bool sharing)
{
	struct rp_volume *vol, *next;
	unsigned int i;
	uuid_t about;

	import_uuid(&about, ch->about);
	for (vol = rp_volume_next(NULL); vol; vol = next) {
		bool fit = rp_volume_state(vol) == REFPOINT_VOLUME_ACTIVE &&
			   !uuid_equal(&vol->uuid, &about) &&
			   !asked(ch->id, &vol->uuid);

		if (fit && sharing)
			fit = rp_collection_shared(&about, &vol->uuid) ||
			      rp_point_shared(&about, &vol->uuid);
		for (i = 0; fit && i < ch->nr; i++)
			fit = !uuid_equal(&ch->volume[i], &vol->uuid);
		if (fit)
			ch->volume[ch->nr++] = vol->uuid;
		next = ch->nr < want ? rp_volume_next(&vol->uuid) : NULL;
		rp_volume_put(vol);
	}
}

static void ask_others(struct work_struct *work);
static void ask_again(struct work_struct *work);

static DECLARE_WORK(others_work, ask_others);
static DECLARE_DELAYED_WORK(again_work, ask_again);

/*
 * @c, which is down as asked, is in @state. Return: whether it can carry @n. If not it
 * counts as without room while it is held, and else as never asked: nobody who failed
 * or is away is waited for. Who is asked in its place is found by a work, since the
 * registries' locks are outside of ours.
 *
 * To be called once it is down as asked: whoever is held after that finds it so
 * (rp_hold_work()), and who was before is found here.
 */
static bool can_carry(struct rp_note *n, struct rp_carrier *c, u32 state)
{
	lockdep_assert_held(&rp_notes_lock);
	if (state == REFPOINT_VOLUME_ACTIVE)
		return true;
	if (state == REFPOINT_VOLUME_HELD) {
		c->state = RP_CARRY_REFUSED;
		rp_witness_ask_again();
	} else {
		rp_carrier_drop(n, &c->volume);
	}
	n->excused = true;
	queue_work(rp_word_wq, &others_work);
	return false;
}

void rp_witness_ask(const u8 id[16])
{
	struct choice ch = { .id = id };
	unsigned int want, i;
	bool any = false;
	struct rp_note *n;

	mutex_lock(&rp_notes_lock);
	n = rp_note_find(id);
	want = n ? rp_note_missing(n) : 0;
	if (n)
		memcpy(ch.about, n->w.volume, sizeof(ch.about));
	mutex_unlock(&rp_notes_lock);
	if (!want)
		return;

	/* The registries' locks are outside of ours. */
	choose(&ch, RP_WITNESSES, true);
	if (ch.nr < RP_WITNESSES)
		choose(&ch, RP_WITNESSES, false);

	mutex_lock(&rp_notes_lock);
	n = rp_note_find(id);
	for (i = 0; n && i < ch.nr && rp_note_missing(n); i++) {
		if (rp_carrier_find(n, &ch.volume[i]))
			continue;
		n = rp_note_assign(n, &ch.volume[i]);
		any = true;
		if (can_carry(n, rp_carrier_find(n, &ch.volume[i]),
			      rp_volume_state_of(&ch.volume[i])))
			rp_settle_queue(&ch.volume[i]);
	}
	mutex_unlock(&rp_notes_lock);
	if (any)
		rp_witness_ask_again();
}

static void ask_others(struct work_struct *work)
{
	struct rp_note *n;
	bool more;
	u8 id[16];

	do {
		more = false;
		mutex_lock(&rp_notes_lock);
		list_for_each_entry(n, &rp_notes, node) {
			if (!n->excused)
				continue;
			n->excused = false;
			memcpy(id, n->w.id, sizeof(id));
			more = true;
			break;
		}
		mutex_unlock(&rp_notes_lock);
		if (more)
			rp_witness_ask(id);
	} while (more);
}

/* I6: a word is durable as soon as anybody has room for it, whoever hangs. */
static void ask_again(struct work_struct *work)
{
	struct rp_carrier *c, *tmp;
	bool soon = false;
	struct rp_note *n;

	mutex_lock(&rp_notes_lock);
	list_for_each_entry(n, &rp_notes, node) {
		list_for_each_entry_safe(c, tmp, &n->carriers, node) {
			if (c->state == RP_CARRY_ASKED && !n->heard) {
				n->excused |= rp_carrier_hangs(c);
				soon |= !rp_carrier_hangs(c);
			}
			if (c->state != RP_CARRY_REFUSED)
				continue;
			rp_carrier_ask(c);
			soon = true;
			if (n->heard || can_carry(n, c, rp_volume_state_of(&c->volume)))
				rp_settle_queue(&c->volume);
		}
		if (n->excused)
			queue_work(rp_word_wq, &others_work);
	}
	mutex_unlock(&rp_notes_lock);
	if (soon)
		rp_witness_ask_again();
}

void rp_witness_ask_again(void)
{
	queue_delayed_work(rp_word_wq, &again_work, ASK_AGAIN);
}

void rp_witness_excuse(struct rp_volume *vol)
{
	struct rp_carrier *c;
	struct rp_note *n;

	mutex_lock(&rp_notes_lock);
	list_for_each_entry(n, &rp_notes, node) {
		c = rp_carrier_find(n, &vol->uuid);
		if (c && c->state == RP_CARRY_ASKED && !n->heard)
			can_carry(n, c, rp_volume_state(vol));
	}
	mutex_unlock(&rp_notes_lock);
}

/* The same again: by its id, or from a table that is degraded at each resume. */
static bool note_is_known(const struct rp_witness *w)
{
	const struct rp_note *n;

	lockdep_assert_held(&rp_notes_lock);
	list_for_each_entry(n, &rp_notes, node)
		if (!memcmp(n->w.id, w->id, sizeof(w->id)) ||
		    (!n->heard && !n->by_origin && n->w.reason == w->reason &&
		     n->w.incarnation == w->incarnation &&
		     rp_seq_nr(n->w.first) == rp_seq_nr(w->first) &&
		     rp_seq_nr(n->w.last) == rp_seq_nr(w->last) &&
		     !memcmp(n->w.volume, w->volume, sizeof(w->volume))))
			return true;
	return false;
}

void rp_witness_note(const struct rp_witness *w)
{
	bool known;

	mutex_lock(&rp_notes_lock);
	known = note_is_known(w);
	if (!known)
		rp_note_add(w);
	mutex_unlock(&rp_notes_lock);
	if (!known)
		rp_witness_ask(w->id);
}

void rp_witness_note_origin(dev_t origin, u32 reason, const char *text)
{
	struct rp_witness w = {
		.time = rp_time_now(),
		.reason = reason,
	};
	struct rp_note *n;

	generate_random_uuid(w.id);
	strscpy(w.text, text, sizeof(w.text));
	mutex_lock(&rp_notes_lock);
	/* A degraded table rp_notes its origin at every resume. */
	list_for_each_entry(n, &rp_notes, node)
		if (n->by_origin && n->origin == origin)
			goto known;
	n = rp_note_add(&w);
	n->by_origin = true;
	n->origin = origin;
known:
	mutex_unlock(&rp_notes_lock);
}

/* --- volumes that come and go --- */

static int load_word(const u8 id[16], const void *data, size_t len, void *arg)
{
	struct rp_volume *vol = arg;
	struct rp_note *n, *both;
	struct rp_witness w;
	struct rp_carrier *c;
	uuid_t about;
	int r;

	import_uuid(&about, id);
	r = rp_witness_decode(id, data, len, &w);
	if (r) {
		pr_warn("refpoint: volume %pUb: its word about volume %pUb cannot be read (%d)\n",
			&vol->uuid, &about, r);
		return 0;
	}
	mutex_lock(&rp_notes_lock);
	n = rp_note_find(w.id);
	if (!n)
		n = rp_note_add(&w);
	c = rp_carrier_find(n, &vol->uuid);
	if (!c)
		c = rp_carrier_add(n, &vol->uuid);
	c->state = RP_CARRY_DURABLE;
	both = rp_note_join(n, &vol->uuid);
	if (both) {
		both->excused = true;
		queue_work(rp_word_wq, &others_work);
	}
	if (both || n->heard)
		rp_settle_queue(&vol->uuid);
	mutex_unlock(&rp_notes_lock);
	rp_settle_queue_up(&about);
	return 0;
}

/* Words that this volume could carry: it came later than they did. */
static void volunteer(struct rp_volume *vol)
{
	struct rp_note *n;

	mutex_lock(&rp_notes_lock);
again:
	list_for_each_entry(n, &rp_notes, node) {
		struct rp_carrier *c = rp_carrier_find(n, &vol->uuid);

		/* Asked while it went down, it has not heard that. */
		if (c && c->state == RP_CARRY_ASKED)
			rp_settle_queue(&vol->uuid);
		if (!rp_note_missing(n) || rp_note_is_about(n, vol) || c)
			continue;
		/* It may merge rp_notes, and drop one. */
		rp_note_assign(n, &vol->uuid);
		rp_settle_queue(&vol->uuid);
		goto again;
	}
	mutex_unlock(&rp_notes_lock);
}

int rp_witness_read(struct rp_volume *vol)
{
	int r;

	r = rp_record_walk(vol->md, RP_RECORD_WITNESS, load_word, vol);
	if (!r && rp_volume_state(vol) == REFPOINT_VOLUME_ACTIVE)
		volunteer(vol);
	return r;
}

static void volume_up(struct rp_volume *vol)
{
	rp_settle_read(vol, RP_READER_WITNESS, rp_witness_read(vol));
	/* What a gap cannot tell: at once, before there is another point (I10). */
	if (rp_witness_hear(vol))
		rp_settle_queue(&vol->uuid);
}

static void volume_down(const uuid_t *volume)
{
	struct rp_note *n, *tmp;

	mutex_lock(&rp_notes_lock);
	list_for_each_entry_safe(n, tmp, &rp_notes, node) {
		struct rp_carrier *c = rp_carrier_find(n, volume);

		if (!c)
			continue;
		/* What it has is told again when it is back. */
		if (c->state == RP_CARRY_DURABLE)
			c->state = RP_CARRY_AWAY;
		else
			rp_carrier_drop(n, volume);
		rp_note_retire(n);
	}
	mutex_unlock(&rp_notes_lock);
}

static int witness_note(struct notifier_block *nb, unsigned long note, void *data)
{
	struct rp_volume *vol = data;

	switch (note) {
	case RP_VOLUME_UP:
		volume_up(vol);
		break;
	case RP_VOLUME_DOWN:
		volume_down(&vol->uuid);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block witness_nb = {
	.notifier_call = witness_note,
};

int rp_witness_init(void)
{
	return blocking_notifier_chain_register(&rp_volume_notifier, &witness_nb);
}

void rp_witness_exit(void)
{
	blocking_notifier_chain_unregister(&rp_volume_notifier, &witness_nb);
	/* No volume is left that could ask for another round. */
	cancel_work_sync(&others_work);
	cancel_delayed_work_sync(&again_work);
}
