/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_LIMIT_H
#define GHOST_LIMIT_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct ghost_rate - how much a limit lets through
 * @interval: nanoseconds from one to the next
 * @tolerance: nanoseconds that a burst may run ahead of its time
 */
struct ghost_rate {
	s64 interval;
	s64 tolerance;
};

/**
 * struct ghost_limit - a token bucket without a timer and without a lock
 * @arrival: when, in nanoseconds, the next one would come if they came evenly
 */
struct ghost_limit {
	atomic64_t arrival;
};

void ghost_rate_set(struct ghost_rate *rate, u32 count, u64 period, u32 burst);
void ghost_limit_init(struct ghost_limit *limit);
bool ghost_limit_take(struct ghost_limit *limit, const struct ghost_rate *rate, s64 now);

#endif
