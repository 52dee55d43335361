// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_flush.c - flushes and FUA writes beside each other, of which some fail
 *
 * A device without FUA of its own: a FUA write goes into the cache, then a flush
 * follows. One that fails drops the cache. It is come to in any order, and the ends
 * are told in any order. What is said to be durable has to be.
 */
#include "core/flush.h"
#include "test.h"

#define NR	6

/* Where a request is; each is as long there as it likes. */
enum step { IDLE, SUBMITTED, CACHED, FLUSHED, TOLD };

/**
 * struct request - a FUA write; or, the first, what a commit writes, and its flush
 * @step: where it is
 * @cached: what it wrote is in the cache
 * @durable: and for good
 * @error: of the device
 */
struct request {
	struct rp_flush f;
	enum step step;
	bool cached;
	bool durable;
	bool error;
};

struct device {
	struct request rq[NR];
	struct rp_flushes flushes;
	u64 since;
	bool begun;
};

/* One in eight fails if it may; then the cache may be gone. */
static void device_flush(struct rng *r, struct device *d, struct request *rq,
			 bool may_fail)
{
	bool drop = rng_one_in(r, 2);
	unsigned int i;

	rq->error = may_fail && rng_one_in(r, 8);
	rq->step = FLUSHED;
	for (i = 0; i < NR; i++) {
		struct request *other = &d->rq[i];

		if (!rq->error)
			other->durable |= other->cached;
		if (!rq->error || drop)
			other->cached = false;
	}
	test_count("flushes that failed", rq->error);
}

static void tell(struct device *d, struct request *rq, bool any_failed)
{
	struct rp_flush *f, *tmp;
	LIST_HEAD(settled);

	rq->step = TOLD;
	rp_flush_end(&d->flushes, &rq->f, rq->error, &settled);
	list_for_each_entry_safe(f, tmp, &settled, node) {
		struct request *done = container_of(f, struct request, f);

		CHECK_EQ(done->step, TOLD);
		CHECK(f->failed || !done->error);
		CHECK(f->failed || done->durable);
		CHECK(!f->failed || any_failed);
		test_count("believed", !f->failed);
		test_count("not, for another's failure", f->failed && !done->error);
		memset(done, 0, sizeof(*done));
		if (done == d->rq)
			d->begun = false;
	}
}

/* @rq goes one step on. The first is the commit: what it writes comes bit by bit. */
static void go_on(struct rng *r, struct device *d, struct request *rq, bool may_fail)
{
	bool commit = rq == d->rq;

	switch (rq->step) {
	case IDLE:
		if (commit && !d->begun) {
			d->since = rp_flushes_since(&d->flushes);
			d->begun = true;
			rq->cached = true;
			break;
		}
		rp_flush_begin(&d->flushes, &rq->f, commit ? d->since :
			       rp_flushes_since(&d->flushes));
		rq->step = SUBMITTED;
		break;
	case SUBMITTED:
		rq->cached |= !commit;
		rq->step = CACHED;
		break;
	case CACHED:
		device_flush(r, d, rq, may_fail);
		break;
	case FLUSHED:
		tell(d, rq, may_fail);
		break;
	case TOLD:
		/* It waits. */
		break;
	}
}

static void run(struct rng *r, bool may_fail)
{
	struct device *d = calloc(1, sizeof(*d));
	unsigned int i;

	rp_flushes_init(&d->flushes);
	for (i = 0; i < 3000; i++)
		go_on(r, d, &d->rq[rng_below(r, NR)], may_fail);
	/* Nobody waits for ever: what is there ends, and nothing new comes. */
	for (i = 0; i < 4 * NR; i++) {
		struct request *rq = &d->rq[i % NR];

		if (rq->step != IDLE)
			go_on(r, d, rq, may_fail);
	}
	CHECK(list_empty(&d->flushes.pending));
	free(d);
}

static void test_failures(struct rng *r)
{
	run(r, true);
}

static void test_no_failures(struct rng *r)
{
	run(r, false);
}

static const struct test_case cases[] = {
	{ "flush_beside_failures", test_failures, 100 },
	{ "flush_without_failures", test_no_failures, 20 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
