// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a 64-bit counter ever read torn? A 32-bit kernel stores it as two words.
 *
 * One CPU counts visits, each of which carries into the upper word, while another CPU
 * reads. Each value that it reads must be a multiple of one visit, and never less than
 * the value before. Loading this module runs the test.
 */
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "state/counters.h"

#define TORN_STEP	U32_MAX
#define TORN_SECONDS	20

static struct ghost_counters counters;
static struct ghost_totals now, before;

static int torn_count(void *unused)
{
	struct ghost_visit visit = { .packets = TORN_STEP, .bytes = TORN_STEP };
	struct ghost_key key;
	unsigned int cell;

	while (!kthread_should_stop()) {
		for (cell = 0; cell < GHOST_CELLS; cell++) {
			key = ghost_cell_key(cell);
			visit.family = key.family;
			visit.protocol = key.protocol;
			ghost_counters_visit(&counters, key.direction, &visit, key.verdict,
					     GHOST_LINE_NONE);
		}
		cond_resched();
	}
	return 0;
}

static bool torn_value(u64 value, u64 last)
{
	u32 rest;

	div_u64_rem(value, TORN_STEP, &rest);
	return rest || value < last;
}

static int torn_read(void)
{
	unsigned long end = jiffies + TORN_SECONDS * HZ;
	unsigned int cell, looks = 0, torn = 0;

	while (time_before(jiffies, end)) {
		ghost_counters_read(&counters, &now);
		for (cell = 0; cell < GHOST_CELLS; cell++)
			torn += torn_value(now.visits[cell].packets, before.visits[cell].packets) +
				torn_value(now.visits[cell].bytes, before.visits[cell].bytes);
		before = now;
		looks++;
		cond_resched();
	}
	pr_info("ghost688_torn: %llu visits to each cell, %u reads of %u cells, %u values torn\n",
		div_u64(now.visits[0].packets, TORN_STEP), looks, (unsigned int)GHOST_CELLS, torn);
	/* Reader and writer must have met often enough for the result to mean anything. */
	if (looks < 100 || div_u64(now.visits[0].packets, TORN_STEP) < 100)
		return -EAGAIN;
	return torn ? -EILSEQ : 0;
}

static int __init torn_init(void)
{
	struct task_struct *writer;
	int err;

	err = ghost_counters_prepare();
	if (err)
		return err;
	err = ghost_counters_init(&counters);
	if (err)
		goto finish;
	writer = kthread_create(torn_count, NULL, "ghost688_torn");
	if (IS_ERR(writer)) {
		err = PTR_ERR(writer);
		goto exit;
	}
	kthread_bind(writer, cpumask_last(cpu_online_mask));
	wake_up_process(writer);
	err = torn_read();
	kthread_stop(writer);
exit:
	ghost_counters_exit(&counters);
finish:
	ghost_counters_finish();
	return err;
}

static void __exit torn_exit(void)
{
}

module_init(torn_init);
module_exit(torn_exit);
MODULE_DESCRIPTION("ghost688: is a 64-bit counter ever read torn?");
MODULE_LICENSE("GPL");
