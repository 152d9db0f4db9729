/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SOURCE_TABLE_H
#define GHOST_SOURCE_TABLE_H

#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/seqlock.h>
#include <linux/siphash.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

#include "state/source.h"
#include "state/source_filter.h"

#define GHOST_EARLY		64
#define GHOST_EARLY_SLOTS	512
#define GHOST_SOURCE_WAYS	8
#define GHOST_SOURCE_SETS_MAX	(GHOST688_SOURCES_MAX / GHOST_SOURCE_WAYS)

/* By end, which begins at 1. */
#define GHOST_SOURCE_KEYS	(GHOST_SOURCE_ENDS + 1)

/* The hash's first state: random numbers. */
struct ghost_source_key {
	u64 v0, v1, v2, v3;
};

/**
 * struct ghost_source_table - the sources that one CPU met in a namespace
 * @tick: when @now was read, in jiffies
 * @now: seconds since the epoch
 * @sets: the number of sets
 * @room: how many ways of all sets are free
 * @filter: the filter's sets; NULL in a copy
 * @early_sync: lets readers on other CPUs see all members of an early comer together
 * @early_used: the number of early comers
 * @next: links tables that are read or taken away together; the data path never looks at it
 * @key: the hash's first state, by end
 * @tags: for each set a byte for each way: ghost_source_tag() of its source, with all bits but
 *	the highest turned over; 0 for a free way
 * @sync: for each set, lets readers see all members of a source together, and which there are
 * @used: for each set, how many ways are not free; never falls
 * @slot: an index of the early comers with open addressing: their number in @early plus 1, or 0
 * @early: the first sources that came
 * @inserted: how many insertions each set of the filter has seen
 * @way: the sources, by set and way
 *
 * Only its CPU writes to a table, with bottom halves off.
 */
struct ghost_source_table {
	unsigned long tick;
	u32 now;
	u32 sets;
	u32 room;
	struct ghost_filter_set *filter;
	seqcount_t early_sync;
	u32 early_used;
	struct ghost_source_table *next;
	struct ghost_source_key key[GHOST_SOURCE_KEYS];
	u64 tags[GHOST_SOURCE_SETS_MAX];
	seqcount_t sync[GHOST_SOURCE_SETS_MAX];
	u32 used[GHOST_SOURCE_SETS_MAX];
	u8 slot[GHOST_EARLY_SLOTS];
	struct ghost_source early[GHOST_EARLY];
	u32 inserted[GHOST_FILTER_SETS];
	struct ghost_source way[];
};

/* Sets for a policy's number of sources, which is rounded up. */
static inline u32 ghost_source_sets(u32 sources)
{
	return DIV_ROUND_UP(sources, GHOST_SOURCE_WAYS);
}

static inline size_t ghost_source_table_size(u32 sets)
{
	return sizeof(struct ghost_source_table) +
	       sets * GHOST_SOURCE_WAYS * sizeof(struct ghost_source);
}

/* A byte in each byte of a word. */
#define GHOST_BYTES(byte)	((byte) * 0x0101010101010101ULL)

/*
 * SipHash-1-3, which hsiphash() is on 64-bit kernels, of one word. It is inline, and its first
 * state is random, not made from a shorter key, because it is half of what a packet costs here.
 * The first half of SIPHASH_PERMUTATION() would only mix that random state, so it is left out.
 */
static __always_inline u32 ghost_source_hash(const struct ghost_source_table *table, u64 prefix,
					     u32 flags)
{
	const struct ghost_source_key *key = &table->key[flags & GHOST_SOURCE_END];
	u64 v0 = key->v0, v1 = key->v1, v2 = key->v2, v3 = key->v3 ^ prefix;

	v2 += v3, v3 = rol64(v3, 16) ^ v2;
	v0 += v3, v3 = rol64(v3, 21) ^ v0;
	v2 += v1, v1 = rol64(v1, 17) ^ v2, v2 = rol64(v2, 32);
	v0 ^= prefix;
	v2 ^= 0xff;
	SIPHASH_PERMUTATION(v0, v1, v2, v3);
	SIPHASH_PERMUTATION(v0, v1, v2, v3);
	SIPHASH_PERMUTATION(v0, v1, v2, v3);
	return v0 ^ v1 ^ v2 ^ v3;
}

/* One hash chooses the set, from its upper bits, and the rest, from its lower ones. */
static __always_inline u32 ghost_source_set_index(const struct ghost_source_table *table, u32 hash)
{
	return reciprocal_scale(hash, table->sets);
}

static __always_inline u32 ghost_source_filter_index(u32 hash)
{
	return hash % GHOST_FILTER_SETS;
}

/* The highest bit is 0. */
static __always_inline u8 ghost_source_tag(u32 hash)
{
	return hash & 0x7f;
}

/*
 * All sources of a filter's set share some bits of their hash. The address makes up for them, so
 * that two sources of a flood have the same fingerprint once in 2^32 times, not once in 2^22.
 */
static __always_inline u32 ghost_source_fingerprint(u32 hash, u64 prefix)
{
	return hash ^ prefix ^ prefix >> 32;
}

/* Of @flags, only the end is compared. */
static __always_inline bool ghost_source_is(const struct ghost_source *source, u64 prefix,
					    u32 flags)
{
	return source->prefix == prefix && (u8)source->flags == (u8)flags;
}

/* Finds an early comer. At most one slot in eight is taken. */
static __always_inline bool ghost_source_find_early(struct ghost_source_table *table, u32 hash,
						    u64 prefix, u32 flags,
						    struct ghost_source **source)
{
	u32 at = hash, number;

	while ((number = table->slot[at % GHOST_EARLY_SLOTS])) {
		*source = &table->early[number - 1];
		if (likely(ghost_source_is(*source, prefix, flags)))
			return true;
		at++;
	}
	return false;
}

/* Finds a source in its set. */
static __always_inline bool ghost_source_find_way(struct ghost_source_table *table, u32 index,
						  u32 hash, u64 prefix, u32 flags,
						  struct ghost_source **source)
{
	/* A byte of the same tag becomes 0x7f here, and 0x80 when 1 is added. Others are less. */
	const u64 same = table->tags[index] ^ GHOST_BYTES(ghost_source_tag(hash));
	u64 found = (same + GHOST_BYTES(0x01)) & GHOST_BYTES(0x80);

	for (; unlikely(found); found &= found - 1) {
		*source = &table->way[(index * 64 + __ffs64(found)) / 8];
		if (likely(ghost_source_is(*source, prefix, flags)))
			return true;
	}
	return false;
}

/* The smallest count of a set, or 0 if a way is free; and where it is. */
static inline u64 ghost_source_least(const struct ghost_source_table *table, u32 index, u32 *way)
{
	const struct ghost_source *set = &table->way[index * GHOST_SOURCE_WAYS];
	u32 i, least = 0;

	if (table->used[index] < GHOST_SOURCE_WAYS) {
		*way = table->used[index];
		return 0;
	}
	for (i = 1; i < GHOST_SOURCE_WAYS; i++)
		if (set[i].packets < set[least].packets)
			least = i;
	*way = least;
	return set[least].packets;
}

/* Has the clock been read in this tick? That is enough for whole seconds. */
static __always_inline bool ghost_source_now_is_fresh(const struct ghost_source_table *table)
{
	const unsigned long now = jiffies;

	return table->tick == now;
}

/**
 * enum ghost_source_fate - what becomes of a packet
 * @GHOST_SOURCE_KNOWN: its source has a record, which must count it
 * @GHOST_SOURCE_FILTERED: the filter has taken it
 * @GHOST_SOURCE_UNKNOWN: its source has no record, and may get one
 */
enum ghost_source_fate {
	GHOST_SOURCE_KNOWN,
	GHOST_SOURCE_FILTERED,
	GHOST_SOURCE_UNKNOWN
};

/**
 * ghost_source_table_meet() - look for a packet's source, and filter the packet
 * @table: this CPU's table
 * @prefix: the source's key, as in &struct ghost_source
 * @flags: the end, and any other bits
 * @packets: packets on the wire; a pointer, so that it is read only if the source is not known
 * @source: where to put the record of a known source
 * @sync: where to put its sequence
 *
 * Inline, so that a packet costs as little as can be. With bottom halves and preemption off.
 *
 * Return: the packet's fate. If that is GHOST_SOURCE_UNKNOWN, nothing has been done.
 */
static __always_inline enum ghost_source_fate
ghost_source_table_meet(struct ghost_source_table *table, u64 prefix, u32 flags,
			const u32 *packets, struct ghost_source **source, seqcount_t **sync)
{
	const u32 hash = ghost_source_hash(table, prefix, flags);
	u32 index;

	*sync = &table->early_sync;
	if (ghost_source_find_early(table, hash, prefix, flags, source))
		return GHOST_SOURCE_KNOWN;
	index = ghost_source_set_index(table, hash);
	*sync = &table->sync[index];
	if (ghost_source_find_way(table, index, hash, prefix, flags, source))
		return GHOST_SOURCE_KNOWN;

	/* There is room, or it is no single packet. */
	if (unlikely(table->room | (*packets - 1)))
		return GHOST_SOURCE_UNKNOWN;
	index = ghost_source_filter_index(hash);
	if (unlikely(ghost_filter_admits(&table->filter[index], &table->inserted[index],
					 ghost_source_fingerprint(hash, prefix))))
		return GHOST_SOURCE_UNKNOWN;
	return GHOST_SOURCE_FILTERED;
}

struct ghost_source_table *ghost_source_table_alloc(u32 sets, gfp_t gfp);
void ghost_source_table_free(struct ghost_source_table *table);
void ghost_source_table_add(struct ghost_source_table *table, const struct ghost_arrival *arrival);

#endif
