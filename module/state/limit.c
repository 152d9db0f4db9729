// SPDX-License-Identifier: GPL-2.0-only
/*
 * A token bucket kept as one time, as the generic cell rate algorithm keeps it
 * (ITU-T I.371, annex A: virtual scheduling). Empty costs a read, which is
 * what a flood must cost; only a token that is taken writes.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "state/limit.h"

/**
 * ghost_rate_set() - a rate from what people write
 * @rate: to set
 * @count: so many, at least 1
 * @period: in this many nanoseconds
 * @burst: and so many at once after a quiet time, at least 1
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
	/* Not 0: the clock may be younger than a burst is long, yet the bucket is full. */
	atomic64_set(&limit->arrival, S64_MIN);
}

/**
 * ghost_limit_take() - take a token if there is one
 * @limit: the bucket; shared by all CPUs
 * @rate: how fast it fills and how much it holds
 * @now: a monotonic time in nanoseconds
 *
 * Any context; no locks.
 *
 * Return: whether there was one.
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
