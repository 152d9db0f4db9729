// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-CPU counters: each CPU writes only its own, and readers add them up.
 *
 * Writers run in softirq, or in a sending process with bottom halves off. So two writers never
 * interleave on one CPU, and need no lock. PREEMPT_RT lets them interleave, but u64_stats copes:
 * its adds are local atomics on 64-bit kernels, and update_begin disables preemption on 32-bit
 * ones. Plain additions would not do.
 *
 * A reset does not write the counters. It moves the baseline that readers subtract, so no
 * concurrent count is lost.
 *
 * Most namespaces are never visited, so a CPU's counters are allocated at its first visit to the
 * namespace. They live as long as the namespace. If the allocation fails, the visit is counted
 * in the spare counters under their lock, and the next visit tries again.
 */
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>

#include "state/counters.h"
#include "state/cpu_counters.h"
#include "state/spare.h"

/* An all-NULL table that is shared by every namespace without a visit so far. */
static struct ghost_cpu_counters **empty_table __read_mostly;

/* For per-CPU and spare counters: kmalloc() would round both up to 4 KiB. */
static struct kmem_cache *cache __read_mostly;

/**
 * ghost_counters_prepare() - allocate what all namespaces share; before the first one
 *
 * Return: 0 or -ENOMEM.
 */
int ghost_counters_prepare(void)
{
	empty_table = kcalloc(nr_cpu_ids, sizeof(*empty_table), GFP_KERNEL);
	if (!empty_table)
		return -ENOMEM;
	cache = kmem_cache_create("ghost688_counters",
				  max(sizeof(struct ghost_cpu_counters),
				      sizeof(struct ghost_spare)), 0, SLAB_ACCOUNT, NULL);
	if (cache)
		return 0;
	kfree(empty_table);
	return -ENOMEM;
}

/**
 * ghost_counters_finish() - free what all namespaces share; after the last one
 */
void ghost_counters_finish(void)
{
	kmem_cache_destroy(cache);
	kfree(empty_table);
}

/**
 * ghost_counters_init() - set up a namespace's counters
 * @counters: the counters
 *
 * Return: 0 or -ENOMEM.
 */
int ghost_counters_init(struct ghost_counters *counters)
{
	counters->spare = kmem_cache_zalloc(cache, GFP_KERNEL);
	if (!counters->spare)
		return -ENOMEM;
	ghost_spare_init(counters->spare);
	counters->cpu = empty_table;
	counters->baseline = NULL;
	mutex_init(&counters->spare->readers);
	return 0;
}

/**
 * ghost_counters_exit() - free a namespace's counters
 * @counters: the counters, with no writer left
 */
void ghost_counters_exit(struct ghost_counters *counters)
{
	int cpu;

	mutex_destroy(&counters->spare->readers);
	kfree(counters->baseline);
	kmem_cache_free(cache, counters->spare);
	if (counters->cpu == empty_table)
		return;
	for_each_possible_cpu(cpu)
		if (counters->cpu[cpu])
			kmem_cache_free(cache, counters->cpu[cpu]);
	kfree(counters->cpu);
}

/* Charged to a process that sends; to nobody in softirq, see README.md. */
#define GHOST_COUNTERS_GFP	(GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT)

/* Gives the namespace its own table. Nobody writes to the shared one, so no count is lost. */
static struct ghost_cpu_counters **ghost_counters_own_table(struct ghost_counters *counters)
{
	struct ghost_cpu_counters **table = READ_ONCE(counters->cpu), **other;

	if (table != empty_table)
		return table;
	table = kcalloc(nr_cpu_ids, sizeof(*table), GHOST_COUNTERS_GFP);
	if (!table)
		return NULL;
	other = cmpxchg(&counters->cpu, empty_table, table);
	if (other == empty_table)
		return table;
	kfree(table);
	return other;
}

/*
 * Allocates counters at this CPU's first visit in the namespace. With bottom halves
 * off nobody else can set this CPU's entry, except on PREEMPT_RT: there the loser of a
 * race uses the winner's counters.
 */
static noinline struct ghost_cpu_counters *ghost_counters_grow(struct ghost_counters *counters)
{
	const int here = smp_processor_id();
	struct ghost_cpu_counters **table, *cpu, *other;

	table = ghost_counters_own_table(counters);
	if (!table)
		return NULL;
	cpu = kmem_cache_zalloc(cache, GHOST_COUNTERS_GFP);
	if (!cpu)
		return NULL;
	u64_stats_init(&cpu->sync);
	/* The full barrier publishes initialized counters to readers. */
	other = cmpxchg(&table[here], NULL, cpu);
	if (!other)
		return cpu;
	kmem_cache_free(cache, cpu);
	return other;
}

static __always_inline void ghost_cpu_count_add(struct ghost_cpu_count *count,
						const struct ghost_visit *visit)
{
	u64_stats_add(&count->packets, visit->packets);
	u64_stats_add(&count->bytes, visit->bytes);
}

static __always_inline void ghost_cpu_line_add(struct ghost_cpu_counters *cpu, enum ghost_line line)
{
	if (line == GHOST_LINE_WRITTEN)
		u64_stats_inc(&cpu->log_lines);
	else if (line == GHOST_LINE_SUPPRESSED)
		u64_stats_inc(&cpu->log_suppressed);
}

/* The wall clock is read once a tick, which is enough for whole seconds. */
static __always_inline void ghost_cpu_stamp(struct ghost_cpu_counters *cpu)
{
	const u64 now = get_jiffies_64();

	if (likely(u64_stats_read(&cpu->last_jiffies) == now))
		return;
	u64_stats_set(&cpu->last_jiffies, now);
	u64_stats_set(&cpu->last_visit, ktime_get_real_seconds());
}

static __always_inline void ghost_cpu_visit(struct ghost_cpu_counters *cpu, unsigned int cell,
					    const struct ghost_visit *visit, bool reply,
					    enum ghost_line line)
{
	u64_stats_update_begin(&cpu->sync);
	ghost_cpu_count_add(&cpu->visits[cell], visit);
	ghost_cpu_line_add(cpu, line);
	if (!reply)
		ghost_cpu_stamp(cpu);
	u64_stats_update_end(&cpu->sync);
}

static __always_inline void ghost_cpu_truncated(struct ghost_cpu_counters *cpu, unsigned int cell,
						const struct ghost_visit *visit,
						enum ghost_line line)
{
	u64_stats_update_begin(&cpu->sync);
	ghost_cpu_count_add(&cpu->truncated[cell], visit);
	ghost_cpu_line_add(cpu, line);
	u64_stats_update_end(&cpu->sync);
}

/* Out of line, so that later visits save no registers for this path. */
static noinline void ghost_counters_first_visit(struct ghost_counters *counters, unsigned int cell,
						const struct ghost_visit *visit, bool reply,
						enum ghost_line line)
{
	struct ghost_cpu_counters *cpu = ghost_counters_grow(counters);

	if (cpu)
		ghost_cpu_visit(cpu, cell, visit, reply, line);
	else
		ghost_spare_visit(counters->spare, cell, visit, reply, line);
}

static noinline void ghost_counters_first_truncated(struct ghost_counters *counters,
						    unsigned int cell,
						    const struct ghost_visit *visit,
						    enum ghost_line line)
{
	struct ghost_cpu_counters *cpu = ghost_counters_grow(counters);

	if (cpu)
		ghost_cpu_truncated(cpu, cell, visit, line);
	else
		ghost_spare_truncated(counters->spare, cell, visit, line);
}

/* Call with bottom halves off. NULL before this CPU's first visit in the namespace. */
static __always_inline struct ghost_cpu_counters *
ghost_counters_here(const struct ghost_counters *counters)
{
	return READ_ONCE(READ_ONCE(counters->cpu)[smp_processor_id()]);
}

/**
 * ghost_counters_visit() - count a visit
 * @counters: the namespace's counters
 * @direction: where the visit was met
 * @visit: the visit
 * @verdict: what becomes of it
 * @line: what becomes of its log line
 *
 * Bottom halves are off for incoming packets and for many outgoing ones. They are
 * disabled here only if they are on, as when a process sends.
 *
 * Softirq or process context.
 */
void ghost_counters_visit(struct ghost_counters *counters, enum ghost688_direction direction,
			  const struct ghost_visit *visit, enum ghost688_verdict verdict,
			  enum ghost_line line)
{
	const struct ghost_key key = { direction, visit->family, visit->protocol, verdict };
	const bool reply = verdict == GHOST688_VERDICT_REPLY;
	const bool bottom_halves = !in_softirq();
	const unsigned int cell = ghost_cell(&key);
	struct ghost_cpu_counters *cpu;

	if (bottom_halves)
		local_bh_disable();
	cpu = ghost_counters_here(counters);
	if (likely(cpu))
		ghost_cpu_visit(cpu, cell, visit, reply, line);
	else
		ghost_counters_first_visit(counters, cell, visit, reply, line);
	if (bottom_halves)
		local_bh_enable();
}

/**
 * ghost_counters_truncated() - count a packet that ends before its ports
 * @counters: the namespace's counters
 * @direction: where the packet was met
 * @visit: the packet's family and size
 * @line: what becomes of its log line
 *
 * Softirq or process context.
 */
void ghost_counters_truncated(struct ghost_counters *counters, enum ghost688_direction direction,
			      const struct ghost_visit *visit, enum ghost_line line)
{
	const unsigned int cell = ghost_truncated_cell(direction, visit->family);
	const bool bottom_halves = !in_softirq();
	struct ghost_cpu_counters *cpu;

	if (bottom_halves)
		local_bh_disable();
	cpu = ghost_counters_here(counters);
	if (likely(cpu))
		ghost_cpu_truncated(cpu, cell, visit, line);
	else
		ghost_counters_first_truncated(counters, cell, visit, line);
	if (bottom_halves)
		local_bh_enable();
}
