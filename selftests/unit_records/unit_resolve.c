// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_resolve.c - the verdict on a point (O6): every table, and whole lives
 */
#include "core/resolve.h"
#include "test.h"

#define PARTS_MAX	5

static unsigned int count(const u8 *words, unsigned int nr, enum rp_word word)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		n += words[i] == word;
	return n;
}

/* The rules as resolve.h tells them, in their order. */
static enum rp_verdict expect(const u8 *words, unsigned int nr)
{
	if (count(words, nr, RP_WORD_DESTROYED))
		return RP_VERDICT_DESTROYED;
	if (count(words, nr, RP_WORD_COMMITTED))
		return RP_VERDICT_COMMIT;
	if (count(words, nr, RP_WORD_VOID))
		return RP_VERDICT_VOID;
	if (nr && count(words, nr, RP_WORD_PREPARED) +
		  count(words, nr, RP_WORD_NONE) == nr)
		return RP_VERDICT_VOID;
	return RP_VERDICT_IN_DOUBT;
}

/* All words of up to PARTS_MAX participants. */
static void every_table(struct rng *r)
{
	unsigned int nr, i, tables = 0;
	u8 words[PARTS_MAX] = { 0 };

	CHECK_EQ(rp_resolve(words, 0), RP_VERDICT_IN_DOUBT);
	for (nr = 1; nr <= PARTS_MAX; nr++) {
		memset(words, 0, sizeof(words));
		do {
			CHECK_EQ(rp_resolve(words, nr), expect(words, nr));
			tables++;
			for (i = 0; i < nr && ++words[i] == RP_NR_WORDS; i++)
				words[i] = 0;
		} while (i < nr);
	}
	test_count("tables", tables);
}

/* What cannot be read is no word: it never voids. */
static void foreign_words(struct rng *r)
{
	u8 words[2] = { RP_WORD_PREPARED, RP_NR_WORDS };

	CHECK_EQ(rp_resolve(words, 2), RP_VERDICT_IN_DOUBT);
	words[1] = 255;
	CHECK_EQ(rp_resolve(words, 2), RP_VERDICT_IN_DOUBT);
}

/*
 * A participant of a committed point, put back to any earlier time, is found out;
 * one that has the record, or whose history began after it, is not.
 */
static void put_back(struct rng *r)
{
	u64 first = 1 + rng_below(r, 20), boundary = first + rng_below(r, 20);
	u64 older_first = 1 + rng_below(r, first);

	CHECK(rp_resolve_stale(RP_VERDICT_COMMIT, true, rp_seq(first),
			       rp_seq(boundary)));
	CHECK(rp_resolve_stale(RP_VERDICT_COMMIT, true, rp_seq(older_first),
			       rp_seq(boundary)));
	CHECK(!rp_resolve_stale(RP_VERDICT_COMMIT, false, rp_seq(first),
				rp_seq(boundary)));
	CHECK(!rp_resolve_stale(RP_VERDICT_COMMIT, true, rp_seq(boundary + 1),
				rp_seq(boundary)));
	/* A number that no volume can have had proves nothing. */
	CHECK(!rp_resolve_stale(RP_VERDICT_COMMIT, true, rp_seq(first),
				rp_seq(~0ULL)));
	/* In doubt, void, destroyed: it may never have had it, or has not now. */
	CHECK(!rp_resolve_stale(RP_VERDICT_IN_DOUBT, true, rp_seq(first),
				rp_seq(boundary)));
	CHECK(!rp_resolve_stale(RP_VERDICT_VOID, true, rp_seq(first),
				rp_seq(boundary)));
	CHECK(!rp_resolve_stale(RP_VERDICT_DESTROYED, true, rp_seq(first),
				rp_seq(boundary)));
}

static void remedies(struct rng *r)
{
	static const u8 want[RP_NR_VERDICTS][RP_NR_WORDS] = {
		[RP_VERDICT_COMMIT][RP_WORD_PREPARED] = RP_REMEDY_COMMIT,
		[RP_VERDICT_VOID][RP_WORD_PREPARED] = RP_REMEDY_FORGET,
		[RP_VERDICT_DESTROYED][RP_WORD_PREPARED] = RP_REMEDY_FORGET,
		[RP_VERDICT_DESTROYED][RP_WORD_COMMITTED] = RP_REMEDY_FORGET,
	};
	unsigned int v, w;

	for (v = 0; v < RP_NR_VERDICTS; v++)
		for (w = 0; w < RP_NR_WORDS; w++)
			CHECK_EQ(rp_resolve_remedy(v, w), want[v][w]);
}

/**
 * struct life - one point from its making to the time when all agree
 * @disk: what each participant has durably
 * @here: is it active?
 * @told: what the creator told its caller: COMMITTED, VOID or UNKNOWN
 */
struct life {
	unsigned int nr;
	u8 disk[PARTS_MAX];
	bool here[PARTS_MAX];
	enum rp_word told;
};

/* Everybody who is not here is unknown. */
static enum rp_verdict look(const struct life *l)
{
	u8 words[PARTS_MAX];
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		words[i] = l->here[i] ? l->disk[i] : RP_WORD_UNKNOWN;
	return rp_resolve(words, l->nr);
}

/* The creator, cut off by a crash after @steps durable writes. */
static void create(struct life *l, struct rng *r, unsigned int steps)
{
	unsigned int order[PARTS_MAX], i, j;

	for (i = 0; i < l->nr; i++)
		order[i] = i;
	for (i = l->nr - 1; i; i--) {
		j = rng_below(r, i + 1);
		swap(order[i], order[j]);
	}

	l->told = RP_WORD_UNKNOWN;
	for (i = 0; i < l->nr; i++, steps--) {
		if (!steps)
			return;
		/* It gives up: void, where it can still be written. */
		if (rng_one_in(r, 8)) {
			l->told = RP_WORD_VOID;
			for (i = 0; i < l->nr && steps; i++, steps--)
				l->disk[order[i]] = RP_WORD_VOID;
			return;
		}
		l->disk[order[i]] = RP_WORD_PREPARED;
	}
	for (i = 0; i < l->nr; i++, steps--) {
		if (!steps)
			return;
		/* This one's commit fails: the others go on (no voiding). */
		if (!rng_one_in(r, 4)) {
			l->disk[order[i]] = RP_WORD_COMMITTED;
			l->told = RP_WORD_COMMITTED;
		}
	}
}

/* One participant that is here is brought up to date, as settling does. */
static void settle(struct life *l, unsigned int i)
{
	enum rp_verdict verdict = look(l);

	if (!l->here[i])
		return;
	switch (rp_resolve_remedy(verdict, l->disk[i])) {
	case RP_REMEDY_COMMIT:
		l->disk[i] = RP_WORD_COMMITTED;
		break;
	case RP_REMEDY_FORGET:
		l->disk[i] = verdict == RP_VERDICT_VOID ? RP_WORD_VOID :
							  RP_WORD_DESTROYED;
		break;
	default:
		break;
	}
}

static void check_agreed(const struct life *l, bool destroyed)
{
	unsigned int committed = count(l->disk, l->nr, RP_WORD_COMMITTED);
	unsigned int gone = count(l->disk, l->nr, RP_WORD_DESTROYED);

	/* I4: on every member or on none. */
	CHECK(!committed || committed == l->nr);
	CHECK_EQ(count(l->disk, l->nr, RP_WORD_PREPARED), 0);
	if (destroyed)
		CHECK_EQ(committed, 0);
	else
		CHECK_EQ(gone, 0);
	/* What the caller was told stands. */
	if (l->told == RP_WORD_COMMITTED)
		CHECK(destroyed || committed == l->nr);
	if (l->told == RP_WORD_VOID)
		CHECK_EQ(committed, 0);
}

/*
 * Make, crash at any write, come back in any order with members missing for any
 * while, perhaps destroy in between: all agree at the end, and never did two
 * verdicts contradict each other.
 */
static void whole_lives(struct rng *r)
{
	struct life l = { .nr = 1 + rng_below(r, PARTS_MAX) };
	enum rp_verdict verdict, seen = RP_VERDICT_IN_DOUBT;
	bool destroyed = false;
	unsigned int step, i;

	memset(l.disk, RP_WORD_NONE, sizeof(l.disk));
	create(&l, r, rng_below(r, 3 * l.nr + 1));

	for (step = 0; step < 60; step++) {
		i = rng_below(r, l.nr);
		if (step >= 40)
			l.here[step % l.nr] = true;	/* all come back */
		else
			l.here[i] = rng_one_in(r, 2);

		verdict = look(&l);
		if (verdict != RP_VERDICT_IN_DOUBT) {
			/* Destroying is the one change of mind. */
			if (seen != RP_VERDICT_IN_DOUBT && verdict != seen)
				CHECK(destroyed);
			seen = verdict;
		}
		if (rng_one_in(r, 40) && verdict == RP_VERDICT_COMMIT &&
		    l.here[i] && l.disk[i] == RP_WORD_COMMITTED) {
			l.disk[i] = RP_WORD_DESTROYED;
			destroyed = true;
		}
		settle(&l, i);
	}
	for (i = 0; i < 2 * l.nr; i++)
		settle(&l, i % l.nr);
	check_agreed(&l, destroyed);
}

static const struct test_case cases[] = {
	{ "resolve_every_table", every_table, 1 },
	{ "resolve_foreign_words", foreign_words, 1 },
	{ "resolve_put_back", put_back, 100 },
	{ "resolve_remedies", remedies, 1 },
	{ "resolve_whole_lives", whole_lives, 100000 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
