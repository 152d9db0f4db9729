/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SOURCE_FILTER_H
#define GHOST_SOURCE_FILTER_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * The filter in front of a full table. A source that it does not know is inserted, and its packet
 * goes no further: it is filtered. A source that it knows is admitted to the table. So a flood of
 * sources that come once each does not reach the table.
 *
 * It is an array of sets, each a queue of four fingerprints: a fifth pushes the first one out.
 */
#define GHOST_FILTER_SETS	1024
#define GHOST_FILTER_WAYS	4

/**
 * struct ghost_filter_set - a set of the filter
 * @fingerprint: the last insertions; 0 before there were so many, which does no harm: a source
 *	whose fingerprint is 0 is admitted at once
 */
struct ghost_filter_set {
	u32 fingerprint[GHOST_FILTER_WAYS];
};

/**
 * ghost_filter_bound() - how many packets of one source may have been filtered?
 * @inserted: how many insertions the source's set has seen
 *
 * Each filtered packet is an insertion. After one, the next packet of the same source is filtered
 * only if four insertions of others have pushed its fingerprint out. So its k filtered packets
 * are at least 1 + 5 * (k - 1) insertions. Two sources with the same fingerprint only admit each
 * other.
 *
 * Return: the most k that @inserted allows.
 */
static inline u32 ghost_filter_bound(u32 inserted)
{
	return inserted / (GHOST_FILTER_WAYS + 1) + !!(inserted % (GHOST_FILTER_WAYS + 1));
}

/**
 * ghost_filter_admits() - does the filter know this fingerprint? If not, insert it
 * @set: the source's set
 * @inserted: the set's number of insertions
 * @fingerprint: the source's fingerprint
 *
 * A set filters no more when its number of insertions can count no further, which takes weeks of
 * a flood at full speed: the bound must hold.
 *
 * Return: true if the packet's source is admitted, false if the packet is filtered.
 */
static __always_inline bool ghost_filter_admits(struct ghost_filter_set *set, u32 *inserted,
						u32 fingerprint)
{
	const u32 count = *inserted, next = count + 1;

	if (set->fingerprint[0] == fingerprint || set->fingerprint[1] == fingerprint ||
	    set->fingerprint[2] == fingerprint || set->fingerprint[3] == fingerprint ||
	    unlikely(!next))
		return true;
	set->fingerprint[count % GHOST_FILTER_WAYS] = fingerprint;
	/* Readers on other CPUs look at the number, and at nothing else here. */
	WRITE_ONCE(*inserted, next);
	return false;
}

#endif
