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
 * struct ghost_sources - who came to a network namespace
 * @cpu: each CPU's table, written by that CPU alone; NULL before its first visit, and all of it
 *	before that of the namespace
 * @unrecorded: packets that met no memory for a table
 * @failed: when memory was last missing, in jiffies
 * @mutex: serializes readers, resets and changes of the size; the data path never takes it
 */
struct ghost_sources {
	struct ghost_source_table __rcu **cpu;
	atomic64_t unrecorded;
	unsigned long failed;
	struct mutex mutex; /* held to take tables out of @cpu, and to read them */
};

void ghost_sources_init(struct ghost_sources *sources);
void ghost_sources_exit(struct ghost_sources *sources);

void ghost_sources_visit(struct ghost_sources *sources, u32 keep,
			 const struct ghost_arrival *arrival);

/* With bottom halves off, under RCU. NULL before this CPU's first visit in the namespace. */
static __always_inline struct ghost_source_table *
ghost_sources_here(const struct ghost_sources *sources)
{
	struct ghost_source_table __rcu **cpu = READ_ONCE(sources->cpu);
	const unsigned int here = smp_processor_id();

	return likely(cpu) ? rcu_dereference(cpu[here]) : NULL;
}

struct ghost_source_list *ghost_sources_read(struct ghost_sources *sources);
struct ghost_source_list *ghost_sources_reset(struct ghost_sources *sources);
void ghost_sources_resize(struct ghost_sources *sources, u32 keep);

#endif
