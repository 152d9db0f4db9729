/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SOURCE_MERGE_H
#define GHOST_SOURCE_MERGE_H

#include "state/source_table.h"

/**
 * struct ghost_source_row - a source, as all CPUs together know it
 * @source: its key, and what was last seen of it; not its counts
 * @packets: at most so many packets on the wire
 * @error: @packets may be too high by so many
 * @early: it is one of the first that a CPU met
 */
struct ghost_source_row {
	struct ghost_source source;
	u64 packets;
	u64 error;
	bool early;
};

/**
 * struct ghost_source_list - an answer: the sources of a namespace
 * @threshold: whoever sent more packets than this is in @row
 * @unrecorded: packets that met no memory for a table
 * @count: the number of rows
 * @row: the sources
 */
struct ghost_source_list {
	u64 threshold;
	u64 unrecorded;
	unsigned int count;
	struct ghost_source_row row[];
};

struct ghost_source_table *ghost_source_table_copy(const struct ghost_source_table *table);
void ghost_source_table_free_copy(struct ghost_source_table *copy);

struct ghost_source_list *ghost_source_list_alloc(const struct ghost_source_table *tables);
void ghost_source_list_free(struct ghost_source_list *list);
void ghost_source_merge(struct ghost_source_list *list, struct ghost_source_table *tables,
			u64 unrecorded);

#endif
