// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy: the log's token bucket, what a new policy inherits of it, and the rate of hits.
 */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/time64.h>

#include "state/policy.h"

static void a_rate_counts_in_its_unit(struct kunit *test)
{
	static const s64 seconds[] = { 1, 60, 3600 };
	struct ghost_policy *policy = ghost_policy_alloc(0);
	unsigned int per;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	for (per = 0; per < ARRAY_SIZE(seconds); per++) {
		policy->log.per = per;
		policy->log.rate = 4;
		policy->log.burst = 3;
		ghost_policy_seal(policy);
		KUNIT_EXPECT_EQ(test, policy->log.limit_rate.interval,
				seconds[per] * (NSEC_PER_SEC / 4));
		KUNIT_EXPECT_EQ(test, policy->log.limit_rate.tolerance,
				2 * seconds[per] * (NSEC_PER_SEC / 4));
	}
	kfree(policy);
}

/* Also at the slowest rate with the largest burst, and apart from the log's. */
static void a_hit_rate_counts_in_its_unit(struct kunit *test)
{
	static const s64 seconds[] = { 1, 60, 3600 };
	struct ghost_policy *policy = ghost_policy_alloc(0);
	unsigned int per;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	for (per = 0; per < ARRAY_SIZE(seconds); per++) {
		policy->log.per = (per + 1) % 3;
		policy->hits.per = per;
		policy->hits.rate = GHOST688_HIT_RATE_MAX;
		policy->hits.burst = 1;
		ghost_policy_seal(policy);
		KUNIT_EXPECT_EQ(test, policy->hits.limit_rate.interval, seconds[per] * 1000);
		/* What is due in one tick of the clock may come at once. */
		KUNIT_EXPECT_EQ(test, policy->hits.limit_rate.tolerance, TICK_NSEC);
		policy->hits.rate = 1;
		policy->hits.burst = GHOST688_HIT_BURST_MAX;
		ghost_policy_seal(policy);
		KUNIT_EXPECT_EQ(test, policy->hits.limit_rate.interval,
				seconds[per] * NSEC_PER_SEC);
		KUNIT_EXPECT_EQ(test, policy->hits.limit_rate.tolerance,
				(GHOST688_HIT_BURST_MAX - 1) * seconds[per] * NSEC_PER_SEC);
	}
	kfree(policy);
}

static unsigned int lines_left(struct ghost_policy *policy, s64 now)
{
	unsigned int lines = 0;

	while (lines < 100000 && ghost_limit_take(&policy->log.limit, &policy->log.limit_rate, now))
		lines++;
	return lines;
}

/* The log's clock advances once a tick, and at this rate a tick brings thousands of lines. */
static void lines_due_in_one_tick_may_come_at_once(struct kunit *test)
{
	struct ghost_policy *policy = ghost_policy_alloc(0);

	KUNIT_ASSERT_NOT_NULL(test, policy);
	policy->log.rate = 1000000;
	policy->log.burst = 1;
	ghost_policy_seal(policy);
	KUNIT_EXPECT_EQ(test, lines_left(policy, 0), TICK_NSEC / 1000 + 1);
	KUNIT_EXPECT_EQ(test, lines_left(policy, TICK_NSEC), TICK_NSEC / 1000);

	/* At a slow rate a tick brings no line. */
	policy->log.rate = 1;
	ghost_policy_seal(policy);
	KUNIT_EXPECT_EQ(test, lines_left(policy, 0), 1);
	KUNIT_EXPECT_EQ(test, lines_left(policy, TICK_NSEC), 0);
	kfree(policy);
}

/*
 * Lines left in a policy with this rate that replaces one of 10/s with a burst of 20,
 * after @taken lines.
 */
static unsigned int inherit(struct kunit *test, unsigned int taken, u32 rate,
			    enum ghost688_log_per per, u32 burst)
{
	struct ghost_policy *old = ghost_policy_alloc(0), *policy = ghost_policy_alloc(0);
	const s64 now = 5 * NSEC_PER_SEC;
	unsigned int left = ~0U, i;

	KUNIT_EXPECT_TRUE(test, old && policy);
	if (old && policy) {
		ghost_policy_seal(old);
		old->generation = 41;
		for (i = 0; i < taken; i++)
			ghost_limit_take(&old->log.limit, &old->log.limit_rate, now);
		policy->log.rate = rate;
		policy->log.per = per;
		policy->log.burst = burst;
		ghost_policy_seal(policy);
		ghost_policy_inherit(policy, old);
		KUNIT_EXPECT_EQ(test, policy->generation, 42);
		left = lines_left(policy, now);
		KUNIT_EXPECT_EQ(test, lines_left(old, now), 20 - taken);
	}
	kfree(policy);
	kfree(old);
	return left;
}

static void a_policy_with_the_same_log_rate_does_not_refill_the_bucket(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, inherit(test, 20, 10, GHOST688_LOG_PER_SECOND, 20), 0);
	KUNIT_EXPECT_EQ(test, inherit(test, 15, 10, GHOST688_LOG_PER_SECOND, 20), 5);
	KUNIT_EXPECT_EQ(test, inherit(test, 0, 10, GHOST688_LOG_PER_SECOND, 20), 20);
	/* The same rate in another unit. */
	KUNIT_EXPECT_EQ(test, inherit(test, 20, 600, GHOST688_LOG_PER_MINUTE, 20), 0);
}

static void a_policy_with_another_log_rate_begins_with_a_full_bucket(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, inherit(test, 20, 11, GHOST688_LOG_PER_SECOND, 20), 20);
	KUNIT_EXPECT_EQ(test, inherit(test, 20, 10, GHOST688_LOG_PER_SECOND, 21), 21);
	KUNIT_EXPECT_EQ(test, inherit(test, 20, 10, GHOST688_LOG_PER_SECOND, 5), 5);
	KUNIT_EXPECT_EQ(test, inherit(test, 20, 10, GHOST688_LOG_PER_HOUR, 20), 20);
	/* Half the interval, which by chance gives the same tolerance. */
	KUNIT_EXPECT_EQ(test, inherit(test, 20, 20, GHOST688_LOG_PER_SECOND, 39), 39);
}

static struct kunit_case policy_log_cases[] = {
	KUNIT_CASE(a_rate_counts_in_its_unit),
	KUNIT_CASE(a_hit_rate_counts_in_its_unit),
	KUNIT_CASE(lines_due_in_one_tick_may_come_at_once),
	KUNIT_CASE(a_policy_with_the_same_log_rate_does_not_refill_the_bucket),
	KUNIT_CASE(a_policy_with_another_log_rate_begins_with_a_full_bucket),
	{}
};

static struct kunit_suite policy_log_suite = {
	.name = "ghost688_policy_log",
	.test_cases = policy_log_cases,
};

kunit_test_suites(&policy_log_suite);
