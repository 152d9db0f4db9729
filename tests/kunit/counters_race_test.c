// SPDX-License-Identifier: GPL-2.0-only
/*
 * counters under load: every CPU counts, in process context and in softirq, while
 * others read and reset.
 */
#include <kunit/test.h>
#include <linux/cpu.h>
#include <linux/prandom.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "state/counters.h"

#define ROUNDS		20000
#define FREE_WRITERS	3

struct writer {
	struct work_struct work;
	struct ghost_counters *counters;
	u32 seed;
	struct ghost_count counted[GHOST_CELLS];
	u64 lines;
	u64 truncated;
};

struct race {
	struct ghost_counters counters;
	struct writer *writers[NR_CPUS + FREE_WRITERS + 1];
	unsigned int count;
	atomic_t running;
	struct ghost_totals scratch;
	struct ghost_totals sum;
	unsigned int refused;
};

static struct race *race_get(struct ghost_counters *counters)
{
	return container_of(counters, struct race, counters);
}

static void writer_count(struct writer *writer, struct rnd_state *random)
{
	unsigned int cell = prandom_u32_state(random) % GHOST_CELLS;
	const struct ghost_key key = ghost_cell_key(cell);
	const struct ghost_visit visit = {
		.family = key.family,
		.protocol = key.protocol,
		.packets = 1 + prandom_u32_state(random) % 44,
		.bytes = 40 + prandom_u32_state(random) % 65000,
	};

	enum ghost_line line = GHOST_LINE_NONE;

	if (cell % 4 == 1) {
		line = cell % 8 == 1 ? GHOST_LINE_SUPPRESSED : GHOST_LINE_WRITTEN;
		writer->lines++;
	}
	ghost_counters_visit(writer->counters, key.direction, &visit, key.verdict, line);
	if (cell % 4 == 0) {
		ghost_counters_truncated(writer->counters, key.direction, &visit, GHOST_LINE_NONE);
		writer->truncated += visit.packets;
	}
	writer->counted[cell].packets += visit.packets;
	writer->counted[cell].bytes += visit.bytes;
}

static void writer_run(struct work_struct *work)
{
	struct writer *writer = container_of(work, struct writer, work);
	struct rnd_state random;
	unsigned int i;

	prandom_seed_state(&random, writer->seed);
	for (i = 0; i < ROUNDS; i++) {
		writer_count(writer, &random);
		if (i % 64 == 0)
			cond_resched();
	}
	atomic_dec(&race_get(writer->counters)->running);
}

/* Called before any expectation can end the test, so that no worker outlives it. */
static void race_end(struct race *race)
{
	unsigned int i;

	for (i = 0; i < race->count; i++)
		flush_work(&race->writers[i]->work);
}

static int race_init(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!race)
		return -ENOMEM;
	race->count = num_online_cpus() + FREE_WRITERS;
	for (i = 0; i < race->count; i++) {
		struct writer *writer = kunit_kzalloc(test, sizeof(*writer), GFP_KERNEL);

		if (!writer)
			return -ENOMEM;
		race->writers[i] = writer;
		writer->counters = &race->counters;
		writer->seed = i;
		INIT_WORK(&writer->work, writer_run);
	}
	err = ghost_counters_init(&race->counters);
	if (!err)
		test->priv = race;
	return err;
}

static void race_exit(struct kunit *test)
{
	struct race *race = test->priv;

	if (!race)
		return;
	race_end(race);
	ghost_counters_exit(&race->counters);
}

/* One writer is bound to each CPU, others are unbound. */
static void race_start(struct race *race)
{
	unsigned int i = 0;
	int cpu;

	atomic_set(&race->running, race->count);
	cpus_read_lock();
	for_each_online_cpu(cpu)
		if (i < race->count)
			schedule_work_on(cpu, &race->writers[i++]->work);
	cpus_read_unlock();
	while (i < race->count)
		queue_work(system_unbound_wq, &race->writers[i++]->work);
}

static void sum_add(struct ghost_totals *sum, const struct ghost_totals *totals)
{
	unsigned int i;

	for (i = 0; i < GHOST_CELLS; i++) {
		sum->visits[i].packets += totals->visits[i].packets;
		sum->visits[i].bytes += totals->visits[i].bytes;
	}
	for (i = 0; i < GHOST_TRUNCATED_CELLS; i++)
		sum->truncated[i].packets += totals->truncated[i].packets;
	sum->log_lines += totals->log_lines;
	sum->log_suppressed += totals->log_suppressed;
}

/* Every third reset fails to deliver its answer. */
static int race_answer(const struct ghost_totals *totals, void *context)
{
	struct race *race = context;

	if (++race->refused % 3 == 0)
		return -EMSGSIZE;
	sum_add(&race->sum, totals);
	return 0;
}

static void race_expect(struct kunit *test, const struct race *race)
{
	const struct ghost_totals *sum = &race->sum;
	u64 lines = 0, truncated = 0, answered = 0;
	unsigned int cell, i;

	for (cell = 0; cell < GHOST_CELLS; cell++) {
		struct ghost_count counted = {};

		for (i = 0; i < race->count; i++) {
			counted.packets += race->writers[i]->counted[cell].packets;
			counted.bytes += race->writers[i]->counted[cell].bytes;
		}
		KUNIT_EXPECT_EQ(test, sum->visits[cell].packets, counted.packets);
		KUNIT_EXPECT_EQ(test, sum->visits[cell].bytes, counted.bytes);
	}
	for (i = 0; i < race->count; i++) {
		lines += race->writers[i]->lines;
		truncated += race->writers[i]->truncated;
	}
	for (i = 0; i < GHOST_TRUNCATED_CELLS; i++)
		answered += sum->truncated[i].packets;
	KUNIT_EXPECT_EQ(test, answered, truncated);
	KUNIT_EXPECT_EQ(test, sum->log_lines + sum->log_suppressed, lines);
}

static void answers_of_resets_add_up_to_all_counts(struct kunit *test)
{
	struct race *race = test->priv;
	unsigned int resets = 0;

	race_start(race);
	while (atomic_read(&race->running)) {
		ghost_counters_reset(&race->counters, &race->scratch, race_answer, race);
		resets++;
		cond_resched();
	}
	race_end(race);
	KUNIT_EXPECT_GT(test, resets, 10);

	ghost_counters_read(&race->counters, &race->scratch);
	sum_add(&race->sum, &race->scratch);
	race_expect(test, race);
}

static void a_reader_never_sees_a_count_go_back(struct kunit *test)
{
	struct race *race = test->priv;
	struct ghost_totals *last = kunit_kzalloc(test, sizeof(*last), GFP_KERNEL);
	unsigned int cell, back = 0;

	KUNIT_ASSERT_NOT_NULL(test, last);
	race_start(race);
	while (atomic_read(&race->running)) {
		ghost_counters_read(&race->counters, &race->scratch);
		for (cell = 0; cell < GHOST_CELLS; cell++)
			back += race->scratch.visits[cell].packets < last->visits[cell].packets ||
				race->scratch.visits[cell].bytes < last->visits[cell].bytes;
		*last = race->scratch;
		cond_resched();
	}
	race_end(race);
	KUNIT_EXPECT_EQ(test, back, 0);

	ghost_counters_read(&race->counters, &race->sum);
	race_expect(test, race);
}

/* Another writer in softirq, which interrupts processes while they count. */
struct ticker {
	struct timer_list timer;
	struct writer *writer;
	struct rnd_state random;
};

static void ticker_tick(struct timer_list *timer)
{
	struct ticker *ticker = container_of(timer, struct ticker, timer);
	unsigned int i;

	for (i = 0; i < 50; i++)
		writer_count(ticker->writer, &ticker->random);
	if (atomic_read(&race_get(ticker->writer->counters)->running) > 1)
		mod_timer(timer, jiffies + 1);
	else
		atomic_dec(&race_get(ticker->writer->counters)->running);
}

static void softirq_and_process_context_count_together(struct kunit *test)
{
	struct race *race = test->priv;
	struct ticker *ticker = kunit_kzalloc(test, sizeof(*ticker), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ticker);
	ticker->writer = kunit_kzalloc(test, sizeof(*ticker->writer), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ticker->writer);
	ticker->writer->counters = &race->counters;
	prandom_seed_state(&ticker->random, 688);
	timer_setup(&ticker->timer, ticker_tick, 0);

	race_start(race);
	atomic_inc(&race->running);
	mod_timer(&ticker->timer, jiffies + 1);
	while (atomic_read(&race->running)) {
		ghost_counters_reset(&race->counters, &race->scratch, race_answer, race);
		cond_resched();
	}
	race_end(race);
	/* The last tick has signalled completion, but its handler may not have returned yet. */
	synchronize_rcu();

	/* race_expect() takes it for another writer, without a work item. */
	ghost_counters_read(&race->counters, &race->scratch);
	sum_add(&race->sum, &race->scratch);
	race->writers[race->count++] = ticker->writer;
	race_expect(test, race);
	race->count--;
}

static struct kunit_case counters_race_cases[] = {
	KUNIT_CASE(answers_of_resets_add_up_to_all_counts),
	KUNIT_CASE(a_reader_never_sees_a_count_go_back),
	KUNIT_CASE(softirq_and_process_context_count_together),
	{}
};

static int counters_race_suite_begin(struct kunit_suite *suite)
{
	return ghost_counters_prepare();
}

static void counters_race_suite_end(struct kunit_suite *suite)
{
	ghost_counters_finish();
}

static struct kunit_suite counters_race_suite = {
	.name = "ghost688_counters_race",
	.suite_init = counters_race_suite_begin,
	.suite_exit = counters_race_suite_end,
	.init = race_init,
	.exit = race_exit,
	.test_cases = counters_race_cases,
};

kunit_test_suites(&counters_race_suite);
