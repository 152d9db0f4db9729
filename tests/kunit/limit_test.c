// SPDX-License-Identifier: GPL-2.0-only
/*
 * limit: how many tokens can be taken, and when.
 */
#include <kunit/test.h>
#include <linux/sched.h>
#include <linux/time64.h>
#include <linux/workqueue.h>

#include "state/limit.h"

#define HOUR	(3600LL * NSEC_PER_SEC)
#define YEAR	(365 * 24 * HOUR)

struct bucket {
	struct ghost_limit limit;
	struct ghost_rate rate;
};

static void bucket_init(struct bucket *bucket, u32 count, s64 period, u32 burst)
{
	ghost_rate_set(&bucket->rate, count, period, burst);
	ghost_limit_init(&bucket->limit);
}

static bool take(struct bucket *bucket, s64 now)
{
	return ghost_limit_take(&bucket->limit, &bucket->rate, now);
}

/* Takes tokens until there are none left. */
static unsigned int drain(struct bucket *bucket, s64 now)
{
	unsigned int taken = 0;

	while (taken < 1000000 && take(bucket, now))
		taken++;
	return taken;
}

static const s64 clocks[] = { 0, 1, NSEC_PER_SEC, HOUR, YEAR, 100 * YEAR, -1, -HOUR };
static const u32 bursts[] = { 1, 2, 20, 10000 };

static void a_full_bucket_holds_one_burst_whatever_the_clock_says(struct kunit *test)
{
	struct bucket bucket;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(clocks); i++)
		for (j = 0; j < ARRAY_SIZE(bursts); j++) {
			bucket_init(&bucket, 10, NSEC_PER_SEC, bursts[j]);
			KUNIT_EXPECT_EQ(test, drain(&bucket, clocks[i]), bursts[j]);
			bucket_init(&bucket, 1, HOUR, bursts[j]);
			KUNIT_EXPECT_EQ(test, drain(&bucket, clocks[i]), bursts[j]);
		}
}

static void after_a_burst_tokens_come_at_the_rate(struct kunit *test)
{
	struct bucket bucket;
	s64 now = 5 * HOUR;
	unsigned int i;

	bucket_init(&bucket, 10, NSEC_PER_SEC, 20);
	drain(&bucket, now);
	for (i = 0; i < 100; i++) {
		now += NSEC_PER_SEC / 10 - 1;
		KUNIT_EXPECT_FALSE(test, take(&bucket, now));
		now++;
		KUNIT_EXPECT_TRUE(test, take(&bucket, now));
		KUNIT_EXPECT_FALSE(test, take(&bucket, now));
	}
}

static void a_quiet_time_refills_as_much_as_it_lasts(struct kunit *test)
{
	struct bucket bucket;
	s64 now = HOUR;
	unsigned int i;

	bucket_init(&bucket, 10, NSEC_PER_SEC, 20);
	drain(&bucket, now);
	for (i = 0; i <= 20; i++) {
		now += i * (NSEC_PER_SEC / 10);
		KUNIT_EXPECT_EQ(test, drain(&bucket, now), i);
	}
}

static void no_quiet_time_refills_more_than_a_burst(struct kunit *test)
{
	static const s64 quiet[] = { 2 * NSEC_PER_SEC, 2 * NSEC_PER_SEC + 1, HOUR, 100 * YEAR };
	struct bucket bucket;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(quiet); i++) {
		bucket_init(&bucket, 10, NSEC_PER_SEC, 20);
		drain(&bucket, 0);
		KUNIT_EXPECT_EQ(test, drain(&bucket, quiet[i]), 20);
	}
}

static void a_burst_of_one_is_only_the_rate(struct kunit *test)
{
	struct bucket bucket;

	bucket_init(&bucket, 1, HOUR, 1);
	KUNIT_EXPECT_TRUE(test, take(&bucket, 0));
	KUNIT_EXPECT_FALSE(test, take(&bucket, 0));
	KUNIT_EXPECT_FALSE(test, take(&bucket, HOUR - 1));
	KUNIT_EXPECT_TRUE(test, take(&bucket, HOUR));
	KUNIT_EXPECT_FALSE(test, take(&bucket, HOUR));
	KUNIT_EXPECT_TRUE(test, take(&bucket, 3 * HOUR));
	KUNIT_EXPECT_FALSE(test, take(&bucket, 4 * HOUR - 1));
}

static void the_largest_rate_is_kept(struct kunit *test)
{
	struct bucket bucket;

	bucket_init(&bucket, 1000000, NSEC_PER_SEC, 10000);
	KUNIT_EXPECT_EQ(test, drain(&bucket, 0), 10000);
	KUNIT_EXPECT_EQ(test, drain(&bucket, 999), 0);
	KUNIT_EXPECT_EQ(test, drain(&bucket, 1000), 1);
	KUNIT_EXPECT_EQ(test, drain(&bucket, NSEC_PER_MSEC), 999);
	KUNIT_EXPECT_EQ(test, drain(&bucket, NSEC_PER_SEC), 10000);
}

/* A rate of three a second gives no more than three in any second. */
static void an_uneven_rate_gives_its_count_in_each_period(struct kunit *test)
{
	static const u32 counts[] = { 1, 3, 7, 9, 11, 13, 59, 61 };
	struct bucket bucket;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		bucket_init(&bucket, counts[i], 60 * NSEC_PER_SEC, counts[i] + 5);
		drain(&bucket, 0);
		KUNIT_EXPECT_EQ(test, drain(&bucket, 60 * NSEC_PER_SEC), counts[i]);
	}
}

static void the_slowest_and_widest_limit_does_not_overflow(struct kunit *test)
{
	const s64 ends[] = { 200 * YEAR, 250 * YEAR };
	struct bucket bucket;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		bucket_init(&bucket, 1, HOUR, 10000);
		KUNIT_EXPECT_EQ(test, bucket.rate.interval, HOUR);
		KUNIT_EXPECT_EQ(test, bucket.rate.tolerance, 9999 * HOUR);
		KUNIT_EXPECT_EQ(test, drain(&bucket, ends[i]), 10000);
		KUNIT_EXPECT_EQ(test, drain(&bucket, ends[i] + 2 * HOUR), 2);
	}
}

static void an_empty_bucket_is_not_written(struct kunit *test)
{
	struct bucket bucket;
	s64 arrival;

	bucket_init(&bucket, 10, NSEC_PER_SEC, 20);
	drain(&bucket, HOUR);
	arrival = atomic64_read(&bucket.limit.arrival);
	KUNIT_EXPECT_FALSE(test, take(&bucket, HOUR));
	KUNIT_EXPECT_FALSE(test, take(&bucket, HOUR + 1));
	KUNIT_EXPECT_FALSE(test, take(&bucket, HOUR - NSEC_PER_SEC));
	KUNIT_EXPECT_EQ(test, atomic64_read(&bucket.limit.arrival), arrival);
}

/* Clocks of different CPUs may differ slightly. */
static void a_clock_that_steps_back_gives_nothing_for_it(struct kunit *test)
{
	struct bucket bucket;
	unsigned int i, taken = 0;

	bucket_init(&bucket, 10, NSEC_PER_SEC, 20);
	for (i = 0; i < 1000; i++)
		taken += take(&bucket, HOUR - (i % 2) * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, taken, 20);
}

static bool adopt(struct bucket *bucket, s64 now)
{
	const s64 arrival = atomic64_read(&bucket->limit.arrival);

	ghost_limit_adopt(&bucket->limit, &bucket->rate, now);
	return atomic64_read(&bucket->limit.arrival) != arrival;
}

static void a_higher_rate_does_not_wait_for_the_slower_one(struct kunit *test)
{
	struct bucket bucket;

	bucket_init(&bucket, 1, HOUR, 1);
	drain(&bucket, HOUR);
	ghost_rate_set(&bucket.rate, 50000, NSEC_PER_SEC, 50000);
	KUNIT_EXPECT_FALSE(test, take(&bucket, HOUR + 1));
	KUNIT_EXPECT_TRUE(test, adopt(&bucket, HOUR + 1));
	KUNIT_EXPECT_EQ(test, drain(&bucket, HOUR + 1), 50000);
	KUNIT_EXPECT_FALSE(test, adopt(&bucket, HOUR + 1));
}

static void a_bucket_of_the_same_rate_is_adopted_as_it_is(struct kunit *test)
{
	struct bucket bucket;
	unsigned int i;
	s64 now;

	for (i = 0; i < ARRAY_SIZE(bursts); i++) {
		bucket_init(&bucket, 10, NSEC_PER_SEC, bursts[i]);
		KUNIT_EXPECT_FALSE(test, adopt(&bucket, HOUR));
		for (now = HOUR; now < HOUR + NSEC_PER_SEC; now += 7 * NSEC_PER_MSEC) {
			drain(&bucket, now);
			KUNIT_EXPECT_FALSE(test, adopt(&bucket, now));
		}
	}
}

static void a_lower_rate_gives_nothing_for_it(struct kunit *test)
{
	struct bucket bucket;

	bucket_init(&bucket, 50000, NSEC_PER_SEC, 10);
	drain(&bucket, HOUR);
	ghost_rate_set(&bucket.rate, 1, HOUR, 1);
	KUNIT_EXPECT_FALSE(test, adopt(&bucket, HOUR));
	KUNIT_EXPECT_FALSE(test, take(&bucket, HOUR));
}

/* A CPU may read its clock, and look at the bucket after others took by a later time. */
static void a_clock_that_lags_refills_nothing(struct kunit *test)
{
	struct bucket bucket;

	bucket_init(&bucket, 10, NSEC_PER_SEC, 20);
	drain(&bucket, HOUR);
	KUNIT_EXPECT_FALSE(test, adopt(&bucket, HOUR - 1));
	KUNIT_EXPECT_FALSE(test, adopt(&bucket, HOUR - 10 * NSEC_PER_MSEC));
}

#define TAKERS		8
#define TRIES		400000
#define STEP		1000 /* nanoseconds between two tries, by each taker's clock */

struct taker {
	struct work_struct work;
	struct bucket *bucket;
	s64 step;
	unsigned int taken;
};

static void taker_run(struct work_struct *work)
{
	struct taker *taker = container_of(work, struct taker, work);
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		ghost_limit_adopt(&taker->bucket->limit, &taker->bucket->rate,
				  HOUR + i * taker->step);
		taker->taken += take(taker->bucket, HOUR + i * taker->step);
		if (i % 1024 == 0)
			cond_resched();
	}
}

static unsigned int takers_run(struct kunit *test, struct bucket *bucket, s64 step)
{
	struct taker *takers = kunit_kzalloc(test, TAKERS * sizeof(*takers), GFP_KERNEL);
	unsigned int i, taken = 0;

	KUNIT_ASSERT_NOT_NULL(test, takers);
	for (i = 0; i < TAKERS; i++) {
		takers[i].bucket = bucket;
		takers[i].step = step;
		INIT_WORK(&takers[i].work, taker_run);
		queue_work(system_unbound_wq, &takers[i].work);
	}
	for (i = 0; i < TAKERS; i++) {
		flush_work(&takers[i].work);
		taken += takers[i].taken;
	}
	return taken;
}

/* So many takers that they preempt each other: one interrupted in a take must retry. */
static void takers_at_one_moment_share_one_burst(struct kunit *test)
{
	const u32 burst = TAKERS * TRIES * 3 / 4;
	struct bucket bucket;

	bucket_init(&bucket, 1, NSEC_PER_SEC, burst);
	KUNIT_EXPECT_EQ(test, takers_run(test, &bucket, 0), burst);
}

static void takers_who_adopt_a_bucket_share_one_burst(struct kunit *test)
{
	const u32 burst = TAKERS * TRIES * 3 / 4;
	struct bucket bucket;

	bucket_init(&bucket, 1, NSEC_PER_SEC, burst);
	atomic64_set(&bucket.limit.arrival, S64_MAX);
	KUNIT_EXPECT_EQ(test, takers_run(test, &bucket, 0), burst);
}

static void takers_over_time_get_no_more_than_the_rate(struct kunit *test)
{
	const s64 elapsed = (TRIES - 1) * (s64)STEP;
	struct bucket bucket;
	unsigned int taken;

	/* 50 tries in each interval. */
	bucket_init(&bucket, 20000, NSEC_PER_SEC, 100);
	taken = takers_run(test, &bucket, STEP);
	KUNIT_EXPECT_LE(test, taken, 100 + elapsed / bucket.rate.interval);
	KUNIT_EXPECT_GE(test, taken, 100);
}

static struct kunit_case limit_cases[] = {
	KUNIT_CASE(a_full_bucket_holds_one_burst_whatever_the_clock_says),
	KUNIT_CASE(after_a_burst_tokens_come_at_the_rate),
	KUNIT_CASE(a_quiet_time_refills_as_much_as_it_lasts),
	KUNIT_CASE(no_quiet_time_refills_more_than_a_burst),
	KUNIT_CASE(a_burst_of_one_is_only_the_rate),
	KUNIT_CASE(the_largest_rate_is_kept),
	KUNIT_CASE(an_uneven_rate_gives_its_count_in_each_period),
	KUNIT_CASE(the_slowest_and_widest_limit_does_not_overflow),
	KUNIT_CASE(an_empty_bucket_is_not_written),
	KUNIT_CASE(a_clock_that_steps_back_gives_nothing_for_it),
	KUNIT_CASE(a_higher_rate_does_not_wait_for_the_slower_one),
	KUNIT_CASE(a_bucket_of_the_same_rate_is_adopted_as_it_is),
	KUNIT_CASE(a_lower_rate_gives_nothing_for_it),
	KUNIT_CASE(a_clock_that_lags_refills_nothing),
	KUNIT_CASE(takers_at_one_moment_share_one_burst),
	KUNIT_CASE(takers_who_adopt_a_bucket_share_one_burst),
	KUNIT_CASE(takers_over_time_get_no_more_than_the_rate),
	{}
};

static struct kunit_suite limit_suite = {
	.name = "ghost688_limit",
	.test_cases = limit_cases,
};

kunit_test_suites(&limit_suite);
