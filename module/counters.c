// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters: each CPU writes its own, readers add them up.
 *
 * A writer is softirq, or a process that sends, with bottom halves off: no two
 * writers of one CPU's counters interleave, so no write needs a lock. Where
 * PREEMPT_RT lets them, u64_stats makes do: its adds are local atomics on 64
 * bits, and its update_begin forbids preemption on 32. Nothing else will do.
 * Nobody else writes them, ever: a reset moves the baseline that readers
 * subtract, so it can lose nothing that is counted meanwhile.
 */
#include <linux/bottom_half.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/u64_stats_sync.h>

#include "counters.h"

struct ghost_cpu_count {
	u64_stats_t packets;
	u64_stats_t bytes;
};

struct ghost_cpu_counters {
	struct ghost_cpu_count visits[GHOST_CELLS];
	struct ghost_cpu_count truncated[GHOST_ENDS];
	u64_stats_t log_lines;
	u64_stats_t log_suppressed;
	u64_stats_t last_visit;
	unsigned long looked; /* at the clock, in jiffies */
	/* Without it a 32-bit reader could see half of a 64-bit value. */
	struct u64_stats_sync sync;
};

/**
 * ghost_counters_init() - allocate a namespace's counters
 * @counters: to set up
 *
 * Return: 0 or -ENOMEM.
 */
int ghost_counters_init(struct ghost_counters *counters)
{
	int cpu;

	counters->cpu = alloc_percpu_gfp(struct ghost_cpu_counters, GFP_KERNEL_ACCOUNT);
	if (!counters->cpu)
		return -ENOMEM;

	counters->baseline = kzalloc(sizeof(*counters->baseline), GFP_KERNEL_ACCOUNT);
	if (!counters->baseline) {
		free_percpu(counters->cpu);
		return -ENOMEM;
	}

	for_each_possible_cpu(cpu) {
		u64_stats_init(&per_cpu_ptr(counters->cpu, cpu)->sync);
		per_cpu_ptr(counters->cpu, cpu)->looked = jiffies - 1;
	}
	mutex_init(&counters->mutex);
	return 0;
}

/**
 * ghost_counters_exit() - free them
 * @counters: that nobody counts on any more
 */
void ghost_counters_exit(struct ghost_counters *counters)
{
	mutex_destroy(&counters->mutex);
	kfree(counters->baseline);
	free_percpu(counters->cpu);
}

/*
 * What comes in, and much of what goes out, comes by with bottom halves off. Only
 * where they are on, as when a process sends, are they to be switched off here.
 */
static __always_inline struct ghost_cpu_counters *
ghost_counters_begin(struct ghost_counters *counters, bool bottom_halves)
{
	struct ghost_cpu_counters *cpu;

	if (bottom_halves)
		local_bh_disable();
	cpu = this_cpu_ptr(counters->cpu);
	u64_stats_update_begin(&cpu->sync);
	return cpu;
}

static __always_inline void ghost_counters_end(struct ghost_cpu_counters *cpu, bool bottom_halves)
{
	u64_stats_update_end(&cpu->sync);
	if (bottom_halves)
		local_bh_enable();
}

static void ghost_cpu_count_add(struct ghost_cpu_count *count, const struct ghost_visit *visit)
{
	u64_stats_add(&count->packets, visit->packets);
	u64_stats_add(&count->bytes, visit->bytes);
}

static void ghost_cpu_line_add(struct ghost_cpu_counters *cpu, enum ghost_line line)
{
	if (line == GHOST_LINE_WRITTEN)
		u64_stats_inc(&cpu->log_lines);
	else if (line == GHOST_LINE_SUPPRESSED)
		u64_stats_inc(&cpu->log_suppressed);
}

/* The clock shows seconds: once a tick is enough. */
static void ghost_cpu_look(struct ghost_cpu_counters *cpu)
{
	const unsigned long now = jiffies;

	if (likely(cpu->looked == now))
		return;
	cpu->looked = now;
	u64_stats_set(&cpu->last_visit, ktime_get_real_seconds());
}

/**
 * ghost_counters_visit() - count a visit
 * @counters: the namespace's
 * @direction: where it was met
 * @visit: what it was
 * @verdict: what becomes of it
 * @line: what becomes of its log line
 *
 * Softirq or process context.
 */
void ghost_counters_visit(struct ghost_counters *counters, enum ghost688_direction direction,
			  const struct ghost_visit *visit, enum ghost688_verdict verdict,
			  enum ghost_line line)
{
	const struct ghost_key key = { direction, visit->family, visit->protocol, verdict };
	const bool bottom_halves = !in_softirq();
	struct ghost_cpu_counters *cpu = ghost_counters_begin(counters, bottom_halves);

	ghost_cpu_count_add(&cpu->visits[ghost_cell(&key)], visit);
	ghost_cpu_line_add(cpu, line);
	if (verdict != GHOST688_VERDICT_REPLY)
		ghost_cpu_look(cpu);
	ghost_counters_end(cpu, bottom_halves);
}

/**
 * ghost_counters_truncated() - count a packet that ends before its ports
 * @counters: the namespace's
 * @direction: where it was met
 * @visit: its family, and its size
 * @line: what becomes of its log line
 *
 * Softirq or process context.
 */
void ghost_counters_truncated(struct ghost_counters *counters, enum ghost688_direction direction,
			      const struct ghost_visit *visit, enum ghost_line line)
{
	const bool bottom_halves = !in_softirq();
	struct ghost_cpu_counters *cpu = ghost_counters_begin(counters, bottom_halves);

	ghost_cpu_count_add(&cpu->truncated[ghost_end(direction, visit->family)], visit);
	ghost_cpu_line_add(cpu, line);
	ghost_counters_end(cpu, bottom_halves);
}

/* One CPU's cell at a time: a look at all of them at once might never come to rest. */
static void ghost_cpu_count_read(const struct ghost_cpu_counters *cpu,
				 const struct ghost_cpu_count *from, struct ghost_count *to)
{
	u64 packets, bytes;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&cpu->sync);
		packets = u64_stats_read(&from->packets);
		bytes = u64_stats_read(&from->bytes);
	} while (u64_stats_fetch_retry(&cpu->sync, start));

	to->packets += packets;
	to->bytes += bytes;
}

static u64 ghost_cpu_value_read(const struct ghost_cpu_counters *cpu, const u64_stats_t *from)
{
	unsigned int start;
	u64 value;

	do {
		start = u64_stats_fetch_begin(&cpu->sync);
		value = u64_stats_read(from);
	} while (u64_stats_fetch_retry(&cpu->sync, start));
	return value;
}

/* Everything since the module was loaded, whatever was reset. */
static void ghost_counters_sum(const struct ghost_counters *counters, struct ghost_totals *totals)
{
	int cpu, i;

	memset(totals, 0, sizeof(*totals));
	for_each_possible_cpu(cpu) {
		const struct ghost_cpu_counters *from = per_cpu_ptr(counters->cpu, cpu);

		for (i = 0; i < GHOST_CELLS; i++)
			ghost_cpu_count_read(from, &from->visits[i], &totals->visits[i]);
		for (i = 0; i < GHOST_ENDS; i++)
			ghost_cpu_count_read(from, &from->truncated[i], &totals->truncated[i]);
		totals->log_lines += ghost_cpu_value_read(from, &from->log_lines);
		totals->log_suppressed += ghost_cpu_value_read(from, &from->log_suppressed);
		totals->last_visit = max(totals->last_visit,
					 ghost_cpu_value_read(from, &from->last_visit));
	}
	for (i = 0; i < GHOST_CELLS; i++)
		if (totals->visits[i].packets)
			__set_bit(i, totals->ever);
}

static void ghost_count_subtract(struct ghost_count *count, const struct ghost_count *baseline)
{
	count->packets -= baseline->packets;
	count->bytes -= baseline->bytes;
}

static void ghost_totals_subtract(struct ghost_totals *totals, const struct ghost_totals *baseline)
{
	int i;

	for (i = 0; i < GHOST_CELLS; i++)
		ghost_count_subtract(&totals->visits[i], &baseline->visits[i]);
	for (i = 0; i < GHOST_ENDS; i++)
		ghost_count_subtract(&totals->truncated[i], &baseline->truncated[i]);
	totals->log_lines -= baseline->log_lines;
	totals->log_suppressed -= baseline->log_suppressed;
}

/**
 * ghost_counters_read() - what was counted since the last reset
 * @counters: the namespace's
 * @totals: where to put it
 *
 * Process context; may sleep.
 */
void ghost_counters_read(struct ghost_counters *counters, struct ghost_totals *totals)
{
	mutex_lock(&counters->mutex);
	ghost_counters_sum(counters, totals);
	ghost_totals_subtract(totals, counters->baseline);
	mutex_unlock(&counters->mutex);
}

/**
 * ghost_counters_reset() - start all counts anew
 * @counters: the namespace's
 * @totals: where to put what was counted since the last reset
 * @answer: hands @totals to whoever asked; where it fails, nothing is reset
 * @context: handed to @answer
 *
 * Resets follow one another under the mutex: each packet is in the answer of
 * exactly one. Process context; may sleep.
 *
 * Return: what @answer returned, or -ENOMEM.
 */
int ghost_counters_reset(struct ghost_counters *counters, struct ghost_totals *totals,
			 int (*answer)(const struct ghost_totals *totals, void *context),
			 void *context)
{
	struct ghost_totals *sum;
	int err;

	sum = kmalloc(sizeof(*sum), GFP_KERNEL_ACCOUNT);
	if (!sum)
		return -ENOMEM;

	mutex_lock(&counters->mutex);
	ghost_counters_sum(counters, sum);
	*totals = *sum;
	ghost_totals_subtract(totals, counters->baseline);
	err = answer(totals, context);
	if (!err)
		swap(counters->baseline, sum);
	mutex_unlock(&counters->mutex);

	kfree(sum);
	return err;
}
