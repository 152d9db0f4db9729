/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_LIMIT_H
#define GHOST_LIMIT_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct ghost_rate - how fast a token bucket fills, and how much it holds
 * @interval: nanoseconds between two tokens
 * @tolerance: nanoseconds that a burst may run ahead of the steady rate
 */
struct ghost_rate {
	s64 interval;
	s64 tolerance;
};

/**
 * struct ghost_limit - a token bucket without timer or lock
 * @arrival: when the next token would be due at a steady rate, in nanoseconds
 */
struct ghost_limit {
	atomic64_t arrival;
};

void ghost_rate_set(struct ghost_rate *rate, u32 count, u64 period, u32 burst);
void ghost_limit_init(struct ghost_limit *limit);
void ghost_limit_adopt(struct ghost_limit *limit, const struct ghost_rate *rate, s64 now);
bool ghost_limit_take(struct ghost_limit *limit, const struct ghost_rate *rate, s64 now);

#endif
