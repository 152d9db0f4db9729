// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who came to a namespace: the life of its CPUs' tables, which source_table.c fills.
 *
 * A CPU's table is allocated at its first visit to the namespace. A reset takes it away, and the
 * next visit gets a new one: so a reset needs no lock on the path of a packet, and after a grace
 * period the old table has exactly what was reset.
 *
 * Only a table's CPU writes to it, with bottom halves off, as in counters.c. PREEMPT_RT would let
 * two writers interleave, so preemption is off as well, but not while memory is allocated.
 */
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "state/source_merge.h"
#include "state/sources.h"

/* Charged to a process that sends; to nobody in softirq, see README.md. */
#define GHOST_SOURCES_GFP	(GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT)

/**
 * ghost_sources_init() - set up a namespace's sources; takes no memory
 * @sources: the sources
 */
void ghost_sources_init(struct ghost_sources *sources)
{
	sources->cpus = NULL;
	atomic64_set(&sources->unrecorded, 0);
	sources->failed = jiffies - 1;
}

/**
 * ghost_sources_exit() - free a namespace's sources
 * @sources: the sources, with no packet in a hook and no reader left
 */
void ghost_sources_exit(struct ghost_sources *sources)
{
	struct ghost_sources_cpus *cpus = sources->cpus;
	int cpu;

	if (!cpus)
		return;
	for_each_possible_cpu(cpu)
		ghost_source_table_free(rcu_dereference_protected(cpus->table[cpu], true));
	mutex_destroy(&cpus->mutex);
	kfree(cpus);
}

static struct ghost_sources_cpus *ghost_sources_own_cpus(struct ghost_sources *sources)
{
	struct ghost_sources_cpus *cpus = READ_ONCE(sources->cpus), *other;

	if (cpus)
		return cpus;
	cpus = kzalloc(struct_size(cpus, table, nr_cpu_ids), GHOST_SOURCES_GFP);
	if (!cpus)
		return NULL;
	mutex_init(&cpus->mutex);
	other = cmpxchg(&sources->cpus, NULL, cpus);
	if (!other)
		return cpus;
	kfree(cpus);
	return other;
}

/*
 * Allocates this CPU's table. Nobody else sets this CPU's entry, except on PREEMPT_RT: there the
 * loser of a race uses the winner's table.
 */
static struct ghost_source_table *ghost_sources_alloc(struct ghost_sources *sources, u32 keep)
{
	struct ghost_sources_cpus *cpus = ghost_sources_own_cpus(sources);
	struct ghost_source_table *table, *other;

	if (!cpus)
		return NULL;
	table = ghost_source_table_alloc(ghost_source_sets(keep), GHOST_SOURCES_GFP);
	if (!table)
		return NULL;
	/* The full barrier publishes an initialized table to readers. */
	other = unrcu_pointer(cmpxchg(&cpus->table[smp_processor_id()], NULL,
				      RCU_INITIALIZER(table)));
	if (!other)
		return table;
	ghost_source_table_free(table);
	return other;
}

/*
 * Gets the first visit a table, or else counts it as unrecorded. An attempt costs far more than a
 * visit, so after a failure there is no other one in the same tick.
 */
static noinline struct ghost_source_table *ghost_sources_grow(struct ghost_sources *sources,
							      u32 keep, u32 packets)
{
	struct ghost_source_table *table = NULL;
	const unsigned long now = jiffies;

	if (READ_ONCE(sources->failed) != now) {
		table = ghost_sources_alloc(sources, keep);
		if (!table)
			WRITE_ONCE(sources->failed, now);
	}
	if (!table)
		atomic64_add(packets, &sources->unrecorded);
	return table;
}

/**
 * ghost_sources_visit() - record who came
 * @sources: the namespace's sources
 * @keep: how many sources the policy keeps, at least 1
 * @arrival: the packet
 *
 * Softirq or process context, under RCU.
 */
void ghost_sources_visit(struct ghost_sources *sources, u32 keep,
			 const struct ghost_arrival *arrival)
{
	const bool bottom_halves = !in_softirq();
	struct ghost_source_table *table;

	if (bottom_halves)
		local_bh_disable();
	table = ghost_sources_here(sources);
	if (unlikely(!table))
		table = ghost_sources_grow(sources, keep, arrival->packets);
	if (likely(table)) {
		preempt_disable_nested();
		ghost_source_table_add(table, arrival);
		preempt_enable_nested();
	}
	if (bottom_halves)
		local_bh_enable();
}

/* Before the first visit there are no tables, and no mutex. */
static struct ghost_sources_cpus *ghost_sources_lock(struct ghost_sources *sources)
{
	struct ghost_sources_cpus *cpus = READ_ONCE(sources->cpus);

	if (cpus)
		mutex_lock(&cpus->mutex);
	return cpus;
}

static void ghost_sources_unlock(struct ghost_sources_cpus *cpus)
{
	if (cpus)
		mutex_unlock(&cpus->mutex);
}

/*
 * Links the tables that do not have so many sets, in the order of CPUs. Those that appear later
 * are left out. A table stays a CPU's until it is taken away under the mutex.
 */
static struct ghost_source_table *ghost_sources_gather(struct ghost_sources_cpus *cpus,
						       u32 but_sets)
{
	struct ghost_source_table *table, *first = NULL, **link = &first;
	int i;

	for (i = 0; cpus && i < nr_cpu_ids; i++) {
		table = rcu_dereference_protected(cpus->table[i], lockdep_is_held(&cpus->mutex));
		if (!table || table->sets == but_sets)
			continue;
		*link = table;
		link = &table->next;
	}
	*link = NULL;
	return first;
}

/* Takes the gathered tables away from their CPUs. */
static void ghost_sources_take(struct ghost_sources_cpus *cpus,
			       const struct ghost_source_table *table)
{
	int i;

	if (!table)
		return;
	for (i = 0; table; i++) {
		if (rcu_access_pointer(cpus->table[i]) != table)
			continue;
		RCU_INIT_POINTER(cpus->table[i], NULL);
		table = table->next;
	}
	/* Wait for packets that found the tables. */
	synchronize_rcu();
}

static void ghost_sources_free(struct ghost_source_table *table)
{
	struct ghost_source_table *next;

	for (; table; table = next) {
		next = table->next;
		ghost_source_table_free(table);
	}
}

static void ghost_sources_free_copies(struct ghost_source_table *copy)
{
	struct ghost_source_table *next;

	for (; copy; copy = next) {
		next = copy->next;
		ghost_source_table_free_copy(copy);
	}
}

/**
 * ghost_sources_read() - who came?
 * @sources: the namespace's sources
 *
 * Process context.
 *
 * Return: the answer, to free with ghost_source_list_free(), or NULL if there is no memory.
 */
struct ghost_source_list *ghost_sources_read(struct ghost_sources *sources)
{
	struct ghost_source_table *copies = NULL, **link = &copies;
	const struct ghost_source_table *table;
	struct ghost_source_list *list = NULL;
	struct ghost_sources_cpus *cpus;

	cpus = ghost_sources_lock(sources);
	for (table = ghost_sources_gather(cpus, 0); table; table = table->next) {
		*link = ghost_source_table_copy(table);
		if (!*link)
			goto unlock;
		link = &(*link)->next;
	}
	list = ghost_source_list_alloc(copies);
	if (list)
		ghost_source_merge(list, copies, atomic64_read(&sources->unrecorded));
unlock:
	ghost_sources_unlock(cpus);
	ghost_sources_free_copies(copies);
	return list;
}

/**
 * ghost_sources_reset() - who came? And forget them
 * @sources: the namespace's sources
 *
 * Each packet is either in this answer or in a later one. Process context; waits for a grace
 * period.
 *
 * Return: the answer, to free with ghost_source_list_free(), or NULL, with nothing reset, if there
 * is no memory.
 */
struct ghost_source_list *ghost_sources_reset(struct ghost_sources *sources)
{
	struct ghost_source_table *tables;
	struct ghost_source_list *list;
	struct ghost_sources_cpus *cpus;
	u64 unrecorded;

	cpus = ghost_sources_lock(sources);
	tables = ghost_sources_gather(cpus, 0);
	list = ghost_source_list_alloc(tables);
	if (list) {
		unrecorded = atomic64_xchg(&sources->unrecorded, 0);
		ghost_sources_take(cpus, tables);
		ghost_source_merge(list, tables, unrecorded);
		ghost_sources_free(tables);
	}
	ghost_sources_unlock(cpus);
	return list;
}

/**
 * ghost_sources_resize() - forget who came, after the number of sources in the policy has changed
 * @sources: the namespace's sources
 * @keep: the number in the policy in force; 0 gives all memory of tables back
 *
 * Tables that have the new size already stay. Process context; waits for grace periods.
 */
void ghost_sources_resize(struct ghost_sources *sources, u32 keep)
{
	struct ghost_source_table *tables;
	struct ghost_sources_cpus *cpus;

	/* Wait for packets that still get tables by the old policy. */
	synchronize_rcu();
	cpus = ghost_sources_lock(sources);
	tables = ghost_sources_gather(cpus, ghost_source_sets(keep));
	ghost_sources_take(cpus, tables);
	ghost_sources_free(tables);
	/* Otherwise it counts for the tables that stay. */
	if (!keep)
		atomic64_set(&sources->unrecorded, 0);
	ghost_sources_unlock(cpus);
}
