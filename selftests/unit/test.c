// SPDX-License-Identifier: GPL-2.0-only
/*
 * test.c - KTAP, random numbers, seeds
 */
#include <unistd.h>

#include "test.h"

static jmp_buf out;
static char why[256];

static struct {
	const char *what;
	u64 n;
} counts[8];

/* splitmix64: any seed will do, and it is the same everywhere. */
u64 rng_next(struct rng *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

u64 rng_below(struct rng *r, u64 n)
{
	return rng_next(r) % n;
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = scnprintf(why, sizeof(why), "%s:%d: ", file, line);
	va_start(ap, fmt);
	vscnprintf(why + n, sizeof(why) - n, fmt, ap);
	va_end(ap);
	longjmp(out, 1);
}

void test_count(const char *what, u64 n)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		if (!counts[i].what || !strcmp(counts[i].what, what)) {
			counts[i].what = what;
			counts[i].n += n;
			return;
		}
	}
}

static u64 env_number(const char *name, u64 otherwise)
{
	const char *s = getenv(name);

	return s && *s ? strtoull(s, NULL, 0) : otherwise;
}

const char *test_why(void)
{
	return why;
}

bool test_run(void (*run)(struct rng *r), u64 seed)
{
	struct rng r = { .state = seed * 0x2545f4914f6cdd1dULL };
	long live = rp_port_memory.live;

	rp_port_memory.fail_at = 0;
	rp_port_memory.sticky = false;
	why[0] = 0;
	if (!setjmp(out)) {
		run(&r);
		if (rp_port_memory.live == live)
			return true;
		scnprintf(why, sizeof(why), "%ld allocations are still there",
			  rp_port_memory.live - live);
	}
	return false;
}

int test_main(const struct test_case *cases, unsigned int nr)
{
	u64 percent = env_number("RP_SEEDS", 100);
	u64 only = env_number("RP_SEED", 0);
	u64 from = env_number("RP_FROM", 1);
	const char *name = getenv("RP_CASE");
	unsigned int i, failed = 0;

#ifdef RP_PLANTS
	rp_planted = getenv("RP_PLANT");
#endif
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%u\n", nr);
	for (i = 0; i < nr; i++) {
		u64 n = cases[i].seeds, seed = n > 1 ? from : 1, end;
		unsigned int j;
		bool ok = true;

		if (name && strcmp(name, cases[i].name)) {
			printf("ok %u %s # SKIP not asked for\n", i + 1,
			       cases[i].name);
			continue;
		}
		memset(counts, 0, sizeof(counts));
		if (n > 1) {
			n = n * percent / 100;
			n = max(n, (u64)1);
		}
		if (only) {
			seed = only;
			n = 1;
		}
		if (n > 1)
			printf("# %s: seeds %llu to %llu\n", cases[i].name,
			       (unsigned long long)seed,
			       (unsigned long long)(seed + n - 1));
		for (end = seed + n; seed < end && ok; seed++)
			ok = test_run(cases[i].run, seed);
		if (!ok) {
			failed++;
			printf("# %s\n", why);
			printf("# again: RP_CASE=%s RP_SEED=%llu\n", cases[i].name,
			       (unsigned long long)seed - 1);
		}
		for (j = 0; j < ARRAY_SIZE(counts) && counts[j].what; j++)
			printf("# %s: %llu %s\n", cases[i].name,
			       (unsigned long long)counts[j].n, counts[j].what);
		printf("%sok %u %s\n", ok ? "" : "not ", i + 1, cases[i].name);
	}
	printf("# pass:%u fail:%u skip:0 total:%u\n", nr - failed, failed, nr);
	/* A failed case ends by a jump; what it leaves behind says nothing. */
	fflush(stdout);
	if (failed)
		_exit(1);
	return 0;
}
