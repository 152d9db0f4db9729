// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers of the counters: the sum over all CPUs since the last reset.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>

#include "state/counters.h"
#include "state/cpu_counters.h"
#include "state/spare.h"

/* Reads one cell at a time: under load, reading all of them in one section might never end. */
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

static void ghost_cpu_read(const struct ghost_cpu_counters *from, struct ghost_totals *totals)
{
	u64 last_jiffies = ghost_cpu_value_read(from, &from->last_jiffies);
	int i;

	for (i = 0; i < GHOST_CELLS; i++)
		ghost_cpu_count_read(from, &from->visits[i], &totals->visits[i]);
	for (i = 0; i < GHOST_TRUNCATED_CELLS; i++)
		ghost_cpu_count_read(from, &from->truncated[i], &totals->truncated[i]);
	totals->log_lines += ghost_cpu_value_read(from, &from->log_lines);
	totals->log_suppressed += ghost_cpu_value_read(from, &from->log_suppressed);
	if (last_jiffies > totals->last_jiffies) {
		totals->last_jiffies = last_jiffies;
		totals->last_visit = ghost_cpu_value_read(from, &from->last_visit);
	}
}

/* Everything since the namespace was set up; resets are ignored. */
static void ghost_counters_sum(struct ghost_counters *counters, struct ghost_totals *totals)
{
	struct ghost_cpu_counters *const *table = READ_ONCE(counters->cpu);
	const struct ghost_cpu_counters *from;
	int cpu, i;

	ghost_spare_read(counters->spare, totals);
	for_each_possible_cpu(cpu) {
		from = READ_ONCE(table[cpu]);
		if (from)
			ghost_cpu_read(from, totals);
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

	if (!baseline)
		return;
	for (i = 0; i < GHOST_CELLS; i++)
		ghost_count_subtract(&totals->visits[i], &baseline->visits[i]);
	for (i = 0; i < GHOST_TRUNCATED_CELLS; i++)
		ghost_count_subtract(&totals->truncated[i], &baseline->truncated[i]);
	totals->log_lines -= baseline->log_lines;
	totals->log_suppressed -= baseline->log_suppressed;
}

/**
 * ghost_counters_read() - read the counters since the last reset
 * @counters: the namespace's counters
 * @totals: the result
 *
 * Process context; may sleep.
 */
void ghost_counters_read(struct ghost_counters *counters, struct ghost_totals *totals)
{
	mutex_lock(&counters->spare->readers);
	ghost_counters_sum(counters, totals);
	ghost_totals_subtract(totals, counters->baseline);
	mutex_unlock(&counters->spare->readers);
}

/**
 * ghost_counters_reset() - reset all counters
 * @counters: the namespace's counters
 * @totals: the counters since the previous reset
 * @answer: reports @totals to the requester; if it fails, nothing is reset
 * @context: passed to @answer
 *
 * The mutex serializes resets, so each packet is reported by exactly one. Process
 * context; may sleep.
 *
 * Return: the result of @answer, or -ENOMEM.
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

	mutex_lock(&counters->spare->readers);
	ghost_counters_sum(counters, sum);
	*totals = *sum;
	ghost_totals_subtract(totals, counters->baseline);
	err = answer(totals, context);
	if (!err)
		swap(counters->baseline, sum);
	mutex_unlock(&counters->spare->readers);

	kfree(sum);
	return err;
}
