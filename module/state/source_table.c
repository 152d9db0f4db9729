// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who came, as one CPU saw it, in memory that no flood can fill up.
 *
 * A packet's source is looked for in three places, with one keyed hash, so that nobody can
 * choose where it goes:
 *
 * 1. The early comers: the first sources after a reset. Their counts are exact, and nobody takes
 *    their places.
 * 2. The table: sets of eight, each a Space-Saving summary (Metwally et al. 2005). A source that
 *    finds its set full takes the place of the one with the smallest count, and inherits that
 *    count.
 * 3. The filter, which stands before a full set: see source_filter.h. A packet that weighs more
 *    than one passes, because a GSO packet is no single packet.
 *
 * Let M be the smallest count of a source's set if that is full, else 0, and F the filter's bound.
 * Then
 *
 *	a source without a record has sent at most M + F packets, and
 *	a source with a record has sent at most packets + filtered, at least packets - inherited.
 *
 * Proof. A packet is filtered only while its source has no record, and F bounds those packets
 * whenever they came. What is left to show is that the other ones are at most M without a record,
 * and at most "packets" with one. Both hold before the first packet. A source that gets a record
 * inherits M, and from then on each packet is counted. It loses its record when its count is
 * the smallest, so that count is M; and M never falls, because a count never does, a newcomer's
 * count is larger than M, and a full set stays full. The lower bound holds because packets -
 * inherited counts the packets since the source got its record, and nothing else.
 */
#include <linux/build_bug.h>
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "state/source_table.h"

/**
 * ghost_source_table_alloc() - allocate an empty table
 * @sets: the number of sets, at least 1
 * @gfp: how to allocate
 *
 * Any context that @gfp allows.
 *
 * Return: the table, or NULL if there is no memory.
 */
struct ghost_source_table *ghost_source_table_alloc(u32 sets, gfp_t gfp)
{
	struct ghost_source_table *table;
	u32 i;

	/* 32 KiB and 16 KiB. Lock debugging makes a seqcount larger. */
	BUILD_BUG_ON(!IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) &&
		     ghost_source_table_size(GHOST_SOURCE_SETS_MAX) > 32768);
	BUILD_BUG_ON(GHOST_FILTER_SETS * sizeof(*table->filter) > 16384);

	table = kzalloc(ghost_source_table_size(sets), gfp);
	if (!table)
		return NULL;
	table->filter = kcalloc(GHOST_FILTER_SETS, sizeof(*table->filter), gfp);
	if (!table->filter) {
		kfree(table);
		return NULL;
	}
	table->sets = sets;
	table->room = sets * GHOST_SOURCE_WAYS;
	table->tick = jiffies;
	table->now = ktime_get_real_seconds();
	get_random_bytes(table->key, sizeof(table->key));
	seqcount_init(&table->early_sync);
	for (i = 0; i < sets; i++)
		seqcount_init(&table->sync[i]);
	return table;
}

/**
 * ghost_source_table_free() - free a table
 * @table: the table, which nobody uses any more, or NULL
 */
void ghost_source_table_free(struct ghost_source_table *table)
{
	if (!table)
		return;
	kfree(table->filter);
	kfree(table);
}

static u32 ghost_source_now(struct ghost_source_table *table)
{
	if (!ghost_source_now_is_fresh(table)) {
		table->tick = jiffies;
		table->now = ktime_get_real_seconds();
	}
	return table->now;
}

static void ghost_source_count(struct ghost_source *source, u32 now,
			       const struct ghost_arrival *arrival)
{
	source->packets += arrival->packets;
	source->bytes += arrival->bytes;
	source->rest = arrival->rest;
	source->last = now;
	source->flags |= arrival->flags;
	if (arrival->flags & GHOST_SOURCE_HAS_PORTS)
		source->ports = arrival->ports;
	if (arrival->flags & GHOST_SOURCE_HAS_UID)
		source->uid = arrival->uid;
	if (arrival->flags & GHOST_SOURCE_HAS_COMM)
		memcpy(source->comm, arrival->comm, sizeof(source->comm));
}

static void ghost_source_begin(struct ghost_source *source, u32 now, u64 inherited, u32 filtered,
			       const struct ghost_arrival *arrival)
{
	*source = (struct ghost_source) {
		.prefix = arrival->prefix,
		.packets = inherited,
		.inherited = inherited,
		.filtered = filtered,
		.first = now,
	};
	ghost_source_count(source, now, arrival);
}

static void ghost_source_add_early(struct ghost_source_table *table, u32 hash,
				   const struct ghost_arrival *arrival)
{
	const u32 now = ghost_source_now(table), number = table->early_used;
	u32 at = hash;

	while (table->slot[at % GHOST_EARLY_SLOTS])
		at++;
	raw_write_seqcount_begin(&table->early_sync);
	ghost_source_begin(&table->early[number], now, 0, 0, arrival);
	table->slot[at % GHOST_EARLY_SLOTS] = number + 1;
	table->early_used = number + 1;
	raw_write_seqcount_end(&table->early_sync);
}

/* Gives a source a record, in a free way or in place of the source with the smallest count. */
static void ghost_source_add_way(struct ghost_source_table *table, u32 hash,
				 const struct ghost_arrival *arrival)
{
	const u32 inserted = table->inserted[ghost_source_filter_index(hash)];
	const u32 index = ghost_source_set_index(table, hash);
	const u32 now = ghost_source_now(table);
	u32 way;
	const u64 least = ghost_source_least(table, index, &way);

	raw_write_seqcount_begin(&table->sync[index]);
	ghost_source_begin(&table->way[index * GHOST_SOURCE_WAYS + way], now, least,
			   ghost_filter_bound(inserted), arrival);
	table->tags[index] &= ~((u64)0xff << 8 * way);
	table->tags[index] |= (u64)(ghost_source_tag(hash) ^ 0x7f) << 8 * way;
	if (way == table->used[index]) {
		table->used[index]++;
		table->room--;
	}
	raw_write_seqcount_end(&table->sync[index]);
}

/* While the table has room, some sets may be full, and the filter has not been asked yet. */
static void ghost_source_admit(struct ghost_source_table *table,
			       const struct ghost_arrival *arrival)
{
	const u32 hash = ghost_source_hash(table, arrival->prefix, arrival->flags);
	const u32 index = ghost_source_filter_index(hash);

	if (table->early_used < GHOST_EARLY) {
		ghost_source_add_early(table, hash, arrival);
		return;
	}
	if (table->room && arrival->packets == 1 &&
	    table->used[ghost_source_set_index(table, hash)] == GHOST_SOURCE_WAYS &&
	    !ghost_filter_admits(&table->filter[index], &table->inserted[index],
				 ghost_source_fingerprint(hash, arrival->prefix)))
		return;
	ghost_source_add_way(table, hash, arrival);
}

/**
 * ghost_source_table_add() - record a packet
 * @table: this CPU's table
 * @arrival: the packet
 *
 * With bottom halves and preemption off.
 */
void ghost_source_table_add(struct ghost_source_table *table, const struct ghost_arrival *arrival)
{
	struct ghost_source *source;
	seqcount_t *sync;

	switch (ghost_source_table_meet(table, arrival->prefix, arrival->flags, &arrival->packets,
					&source, &sync)) {
	case GHOST_SOURCE_KNOWN:
		raw_write_seqcount_begin(sync);
		ghost_source_count(source, ghost_source_now(table), arrival);
		raw_write_seqcount_end(sync);
		break;
	case GHOST_SOURCE_FILTERED:
		break;
	case GHOST_SOURCE_UNKNOWN:
		ghost_source_admit(table, arrival);
	}
}
