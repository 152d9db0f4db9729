/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SOURCES_H
#define GHOST_SOURCES_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <linux/types.h>

#include "state/source_table.h"

struct ghost_source_list;

/**
 * struct ghost_sources_cpus - the tables of a network namespace
 * @mutex: serializes readers, resets and changes of the size; the data path never takes it
 * @table: each CPU's table, written by that CPU alone; NULL before its first visit
 */
struct ghost_sources_cpus {
	struct mutex mutex; /* held to take tables out of @table, and to read them */
	struct ghost_source_table __rcu *table[];
};

/**
 * struct ghost_sources - who came to a network namespace
 * @cpus: the tables; NULL before its first visit
 * @unrecorded: packets that met no memory for a table
 * @failed: when memory was last missing, in jiffies
 */
struct ghost_sources {
	struct ghost_sources_cpus *cpus;
	atomic64_t unrecorded;
	unsigned long failed;
};

void ghost_sources_init(struct ghost_sources *sources);
void ghost_sources_exit(struct ghost_sources *sources);

void ghost_sources_visit(struct ghost_sources *sources, u32 keep,
			 const struct ghost_arrival *arrival);

/* With bottom halves off, under RCU. NULL before this CPU's first visit in the namespace. */
static __always_inline struct ghost_source_table *
ghost_sources_here(const struct ghost_sources *sources)
{
	struct ghost_sources_cpus *cpus = READ_ONCE(sources->cpus);
	const unsigned int here = smp_processor_id();

	return likely(cpus) ? rcu_dereference(cpus->table[here]) : NULL;
}

struct ghost_source_list *ghost_sources_read(struct ghost_sources *sources);
struct ghost_source_list *ghost_sources_reset(struct ghost_sources *sources);
void ghost_sources_resize(struct ghost_sources *sources, u32 keep);

#endif
