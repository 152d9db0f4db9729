// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a namespace's hits and listeners.
 */
#include <linux/slab.h>

#include "state/audience.h"

/**
 * ghost_audience_get() - a namespace's audience; allocated if there is none yet
 * @audience: where the namespace keeps it
 * @net: the namespace
 *
 * Process context; may sleep. Charged to the caller, who wants to listen.
 *
 * Return: the audience, or NULL if there is no memory.
 */
struct ghost_audience *ghost_audience_get(struct ghost_audience **audience, struct net *net)
{
	struct ghost_audience *mine = READ_ONCE(*audience), *other;

	if (mine)
		return mine;
	mine = kzalloc(sizeof(*mine), GFP_KERNEL_ACCOUNT);
	if (!mine)
		return NULL;
	ghost_hits_init(&mine->hits, net);
	ghost_listeners_init(&mine->listeners);
	/* The full barrier publishes it initialized. */
	other = cmpxchg(audience, NULL, mine);
	if (!other)
		return mine;
	ghost_audience_free(mine);
	return other;
}

/**
 * ghost_audience_free() - free an audience
 * @audience: the audience, with no packet in a hook, and nobody who begins or ends to listen; or
 *	NULL
 */
void ghost_audience_free(struct ghost_audience *audience)
{
	if (!audience)
		return;
	ghost_listeners_exit(&audience->listeners);
	ghost_hits_exit(&audience->hits);
	kfree(audience);
}

/**
 * ghost_audience_read() - what became of a namespace's hits; see ghost_hits_read()
 * @audience: its audience, or NULL
 * @sums: the result
 */
void ghost_audience_read(struct ghost_audience *audience, struct ghost_hits_sums *sums)
{
	*sums = (struct ghost_hits_sums) {};
	if (audience)
		ghost_hits_read(&audience->hits, sums);
}

/**
 * ghost_audience_reset() - subtract what was reported; see ghost_hits_reset()
 * @audience: the audience, or NULL
 * @sums: from ghost_audience_read() of the same audience
 */
void ghost_audience_reset(struct ghost_audience *audience, const struct ghost_hits_sums *sums)
{
	if (audience)
		ghost_hits_reset(&audience->hits, sums);
}
