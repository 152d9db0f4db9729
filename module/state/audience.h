/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_AUDIENCE_H
#define GHOST_AUDIENCE_H

#include <linux/compiler.h>

#include "state/hits.h"
#include "state/listeners.h"

/**
 * struct ghost_audience - a namespace's hits, and who listens to them
 * @hits: the hits
 * @listeners: who listens
 *
 * Most namespaces never have one: it is allocated when somebody first listens, and lives as
 * long as the namespace.
 */
struct ghost_audience {
	struct ghost_hits hits;
	struct ghost_listeners listeners;
};

/**
 * ghost_audience_hits() - the hits of an audience that listens
 * @audience: where the namespace keeps it
 *
 * Any context.
 *
 * Return: the hits, or NULL if nobody listens.
 */
static __always_inline struct ghost_hits *
ghost_audience_hits(struct ghost_audience *const *audience)
{
	/* A plain read, so that the compiler compares in memory: each visit asks. */
	if (likely(!data_race(*audience)))
		return NULL;
	/* Pairs with the barrier of cmpxchg() in ghost_audience_get(). */
	return ghost_hits_wanted(&READ_ONCE(*audience)->hits) ? &READ_ONCE(*audience)->hits : NULL;
}

struct ghost_audience *ghost_audience_get(struct ghost_audience **audience, struct net *net);
void ghost_audience_free(struct ghost_audience *audience);
void ghost_audience_read(struct ghost_audience *audience, struct ghost_hits_sums *sums);
void ghost_audience_reset(struct ghost_audience *audience, const struct ghost_hits_sums *sums);

#endif
