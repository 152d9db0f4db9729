// SPDX-License-Identifier: GPL-2.0-only
/*
 * A token bucket that is stored as a single time, after the generic cell rate
 * algorithm (ITU-T I.371, annex A: virtual scheduling). Only taking a token writes: a
 * flood that finds the bucket empty costs no more than reads.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "state/limit.h"

/* Clocks of different CPUs do not differ by more. */
#define GHOST_LAG	NSEC_PER_SEC

/**
 * ghost_rate_set() - set a rate
 * @rate: the rate
 * @count: tokens in each @period, at least 1
 * @period: nanoseconds
 * @burst: tokens at once after a quiet time, at least 1
 */
void ghost_rate_set(struct ghost_rate *rate, u32 count, u64 period, u32 burst)
{
	rate->interval = div_u64(period, count);
	rate->tolerance = rate->interval * (burst - 1);
}

/**
 * ghost_limit_init() - fill the bucket
 * @limit: the bucket
 */
void ghost_limit_init(struct ghost_limit *limit)
{
	/* Earlier than any time, so that the bucket starts full. */
	atomic64_set(&limit->arrival, S64_MIN);
}

/**
 * ghost_limit_adopt() - refill a bucket that was emptied at a slower rate
 * @limit: the bucket
 * @rate: the present rate
 * @now: a monotonic time in nanoseconds
 *
 * At @rate no token can be due so late, even if another CPU took by a clock that is a
 * little ahead. Without this, a bucket that outlives a policy might stay empty for hours
 * after the rate was raised.
 *
 * Any context; no locks.
 */
void ghost_limit_adopt(struct ghost_limit *limit, const struct ghost_rate *rate, s64 now)
{
	const s64 latest = now + rate->tolerance + rate->interval + GHOST_LAG;
	const s64 arrival = atomic64_read(&limit->arrival);

	/* Only one CPU refills it. */
	if (unlikely(arrival > latest))
		atomic64_cmpxchg(&limit->arrival, arrival, S64_MIN);
}

/**
 * ghost_limit_take() - take a token if there is one
 * @limit: the bucket; all CPUs share it
 * @rate: how fast the bucket fills and how much it holds
 * @now: a monotonic time in nanoseconds
 *
 * Any context; no locks.
 *
 * Return: true if a token was taken.
 */
bool ghost_limit_take(struct ghost_limit *limit, const struct ghost_rate *rate, s64 now)
{
	s64 arrival = atomic64_read(&limit->arrival);

	do {
		if (arrival > now + rate->tolerance)
			return false;
	} while (!atomic64_try_cmpxchg(&limit->arrival, &arrival,
				       max(arrival, now) + rate->interval));
	return true;
}
