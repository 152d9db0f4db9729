/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_RANDOM_H
#define GHOST_TEST_RANDOM_H

#include <linux/prandom.h>

static inline u32 below(struct rnd_state *random, u32 limit)
{
	return prandom_u32_state(random) % limit;
}

static inline bool one_in(struct rnd_state *random, u32 many)
{
	return !below(random, many);
}

#endif
