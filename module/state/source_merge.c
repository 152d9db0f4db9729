// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds up what the CPUs know of the sources (Agarwal et al. 2012, "Mergeable summaries").
 *
 * The upper bound of a source is the sum of its upper bounds in all tables, those included that
 * have no record of it. The lower bound is the sum of the lower bounds in those that have.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "state/source_merge.h"

static void ghost_source_copy_early(struct ghost_source_table *copy,
				    const struct ghost_source_table *table)
{
	unsigned int sequence, i;

	do {
		sequence = read_seqcount_begin(&table->early_sync);
		copy->early_used = table->early_used;
		memcpy(copy->slot, table->slot, sizeof(copy->slot));
	} while (read_seqcount_retry(&table->early_sync, sequence));

	/* One at a time: all of them would take so long that a flood might never let it end. */
	for (i = 0; i < copy->early_used; i++) {
		do {
			sequence = read_seqcount_begin(&table->early_sync);
			copy->early[i] = table->early[i];
		} while (read_seqcount_retry(&table->early_sync, sequence));
	}
}

static void ghost_source_copy_set(struct ghost_source_table *copy,
				  const struct ghost_source_table *table, u32 index)
{
	const u32 first = index * GHOST_SOURCE_WAYS;
	unsigned int sequence;

	do {
		sequence = read_seqcount_begin(&table->sync[index]);
		copy->tags[index] = table->tags[index];
		copy->used[index] = table->used[index];
		memcpy(&copy->way[first], &table->way[first],
		       GHOST_SOURCE_WAYS * sizeof(table->way[0]));
	} while (read_seqcount_retry(&table->sync[index], sequence));
}

/**
 * ghost_source_table_copy() - copy a table while its CPU goes on writing
 * @table: the table, which the caller keeps alive
 *
 * The bounds of the copy hold for what had been sent when the copy began: a source that had no
 * record when it was looked for finds all its filtered packets in the number of insertions, which
 * is read last. Process context.
 *
 * Return: the copy, which has no filter, or NULL if there is no memory.
 */
struct ghost_source_table *ghost_source_table_copy(const struct ghost_source_table *table)
{
	struct ghost_source_table *copy = kvzalloc(ghost_source_table_size(table->sets),
						   GFP_KERNEL_ACCOUNT);
	u32 i;

	if (!copy)
		return NULL;
	copy->sets = table->sets;
	memcpy(copy->key, table->key, sizeof(copy->key));
	ghost_source_copy_early(copy, table);
	for (i = 0; i < copy->sets; i++)
		ghost_source_copy_set(copy, table, i);
	/* The end of each sequence is a read barrier. */
	for (i = 0; i < GHOST_FILTER_SETS; i++)
		copy->inserted[i] = READ_ONCE(table->inserted[i]);
	return copy;
}

/**
 * ghost_source_table_free_copy() - free a copy of a table
 * @copy: the copy, or NULL
 */
void ghost_source_table_free_copy(struct ghost_source_table *copy)
{
	kvfree(copy);
}

/**
 * ghost_source_list_alloc() - allocate an answer
 * @tables: the tables that will be merged, linked by @next; they may still be written to
 *
 * Process context.
 *
 * Return: an empty answer with room for all that these tables can hold, or NULL.
 */
struct ghost_source_list *ghost_source_list_alloc(const struct ghost_source_table *tables)
{
	struct ghost_source_list *list;
	size_t rows = 0;

	for (; tables; tables = tables->next)
		rows += GHOST_EARLY + tables->sets * GHOST_SOURCE_WAYS;
	list = kvmalloc(struct_size(list, row, rows), GFP_KERNEL_ACCOUNT);
	if (list)
		memset(list, 0, sizeof(*list));
	return list;
}

/**
 * ghost_source_list_free() - free an answer
 * @list: the answer, or NULL
 */
void ghost_source_list_free(struct ghost_source_list *list)
{
	kvfree(list);
}

/* The record of a source, or NULL. */
static const struct ghost_source *ghost_source_find(struct ghost_source_table *table, u64 prefix,
						    u32 flags)
{
	const u32 hash = ghost_source_hash(table, prefix, flags);
	const u32 index = ghost_source_set_index(table, hash);
	struct ghost_source *source;

	if (ghost_source_find_early(table, hash, prefix, flags, &source) ||
	    ghost_source_find_way(table, index, hash, prefix, flags, &source))
		return source;
	return NULL;
}

/* The most packets that a source without a record can have sent. */
static u64 ghost_source_missed(const struct ghost_source_table *table, u64 prefix, u32 flags)
{
	const u32 hash = ghost_source_hash(table, prefix, flags);
	u32 way;

	return ghost_source_least(table, ghost_source_set_index(table, hash), &way) +
	       ghost_filter_bound(table->inserted[ghost_source_filter_index(hash)]);
}

/* The same, of any source. */
static u64 ghost_source_missed_most(const struct ghost_source_table *table)
{
	u32 i, way, inserted = 0;
	u64 least = 0;

	for (i = 0; i < table->sets; i++)
		least = max(least, ghost_source_least(table, i, &way));
	for (i = 0; i < GHOST_FILTER_SETS; i++)
		inserted = max(inserted, table->inserted[i]);
	return least + ghost_filter_bound(inserted);
}

static void ghost_source_row_add(struct ghost_source_row *row, const struct ghost_source *source)
{
	struct ghost_source *sum = &row->source;
	const u32 before = sum->flags;
	const bool later = source->last >= sum->last;

	row->packets += source->packets + source->filtered;
	row->error += source->inherited + source->filtered;
	sum->bytes += source->bytes;
	sum->flags |= source->flags;
	sum->first = before ? min(sum->first, source->first) : source->first;
	if (later) {
		sum->last = source->last;
		sum->rest = source->rest;
	}
	/* What the later packets did not have is taken from the earlier ones. */
	if (source->flags & GHOST_SOURCE_HAS_PORTS && (later || !(before & GHOST_SOURCE_HAS_PORTS)))
		sum->ports = source->ports;
	if (source->flags & GHOST_SOURCE_HAS_UID && (later || !(before & GHOST_SOURCE_HAS_UID)))
		sum->uid = source->uid;
	if (source->flags & GHOST_SOURCE_HAS_COMM && (later || !(before & GHOST_SOURCE_HAS_COMM)))
		memcpy(sum->comm, source->comm, sizeof(sum->comm));
}

static bool ghost_source_is_early(const struct ghost_source_table *table,
				  const struct ghost_source *source)
{
	return source >= table->early && source < table->early + GHOST_EARLY;
}

/* Merges a source that the table @here has, unless a table before it has it too. */
static void ghost_source_merge_one(struct ghost_source_list *list,
				   struct ghost_source_table *tables,
				   const struct ghost_source_table *here,
				   const struct ghost_source *source)
{
	struct ghost_source_row *row = &list->row[list->count];
	const u32 flags = source->flags;
	const u64 prefix = source->prefix;
	struct ghost_source_table *table;

	for (table = tables; table != here; table = table->next)
		if (ghost_source_find(table, prefix, flags))
			return;

	list->count++;
	*row = (struct ghost_source_row) {
		.source.prefix = prefix,
		.packets = list->unrecorded,
		.error = list->unrecorded,
	};
	for (table = tables; table; table = table->next) {
		source = ghost_source_find(table, prefix, flags);
		if (source) {
			ghost_source_row_add(row, source);
			row->early |= ghost_source_is_early(table, source);
		} else {
			const u64 missed = ghost_source_missed(table, prefix, flags);

			row->packets += missed;
			row->error += missed;
		}
	}
}

/**
 * ghost_source_merge() - merge the tables of all CPUs into an answer
 * @list: an empty answer with enough room
 * @tables: the tables, linked by @next. Nobody writes to them: they are copies, or taken away
 * @unrecorded: packets that no table has seen
 *
 * Process context; may sleep.
 */
void ghost_source_merge(struct ghost_source_list *list, struct ghost_source_table *tables,
			u64 unrecorded)
{
	const struct ghost_source_table *here;
	unsigned int i, way;

	list->unrecorded = unrecorded;
	list->threshold = unrecorded;
	for (here = tables; here; here = here->next) {
		list->threshold += ghost_source_missed_most(here);
		for (i = 0; i < here->early_used; i++)
			ghost_source_merge_one(list, tables, here, &here->early[i]);
		for (i = 0; i < here->sets; i++) {
			for (way = 0; way < here->used[i]; way++)
				ghost_source_merge_one(list, tables, here,
						       &here->way[i * GHOST_SOURCE_WAYS + way]);
			cond_resched();
		}
	}
}
