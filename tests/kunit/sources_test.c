// SPDX-License-Identifier: GPL-2.0-only
/*
 * sources: the life of the tables, with and without memory, and under load: every CPU records, in
 * process context and in softirq, while others read, reset and resize.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/cpu.h>
#include <linux/rcupdate.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "random.h"
#include "state/source_merge.h"
#include "state/sources.h"
#include "stream.h"

#define ROUNDS		20000
#define FREE_WRITERS	3
#define KEEP		256

/* So few that all of them are early comers, and exact; or more. */
#define FEW		40
#define MANY		3000

struct writer {
	struct work_struct work;
	struct race *race;
	struct rnd_state random;
	u64 packets[FEW];
};

struct race {
	struct ghost_sources sources;
	struct writer *writers[NR_CPUS + FREE_WRITERS + 1];
	struct timer_list timer;
	unsigned int count;
	u32 ids;
	u32 keep;
	atomic_t running;
	u64 answered[FEW];
	u64 errors;
};

static void visit(struct ghost_sources *sources, u32 keep, u32 id, u32 packets)
{
	const struct ghost_arrival arrival = stream_arrival(id, packets);

	rcu_read_lock();
	ghost_sources_visit(sources, keep, &arrival);
	rcu_read_unlock();
}

static struct ghost_sources *sources_of(struct kunit *test)
{
	struct race *race = test->priv;

	return &race->sources;
}

static u32 tables_of(struct kunit *test)
{
	const struct ghost_sources *sources = sources_of(test);
	u32 cpu, count = 0;

	for (cpu = 0; sources->cpus && cpu < nr_cpu_ids; cpu++)
		count += !!rcu_access_pointer(sources->cpus->table[cpu]);
	return count;
}

static void a_namespace_without_visits_has_no_memory(struct kunit *test)
{
	struct ghost_source_list *list = ghost_sources_read(sources_of(test));

	KUNIT_EXPECT_NULL(test, sources_of(test)->cpus);
	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_EXPECT_EQ(test, list->count, 0);
	KUNIT_EXPECT_EQ(test, list->threshold, 0);
	ghost_source_list_free(list);
	list = ghost_sources_reset(sources_of(test));
	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_EXPECT_EQ(test, list->count, 0);
	ghost_source_list_free(list);
	ghost_sources_resize(sources_of(test), 8);
	KUNIT_EXPECT_NULL(test, sources_of(test)->cpus);
}

static void expect_one(struct kunit *test, struct ghost_source_list *list, u32 id, u64 packets)
{
	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_EXPECT_EQ(test, list->count, 1);
	if (list->count) {
		KUNIT_EXPECT_EQ(test, stream_id(&list->row[0].source), id);
		KUNIT_EXPECT_EQ(test, list->row[0].packets, packets);
		KUNIT_EXPECT_EQ(test, list->row[0].error, 0);
	}
	ghost_source_list_free(list);
}

static void a_reset_answers_with_what_it_forgets(struct kunit *test)
{
	struct ghost_sources *sources = sources_of(test);
	struct ghost_source_list *list;

	visit(sources, KEEP, 5, 3);
	expect_one(test, ghost_sources_read(sources), 5, 3);
	expect_one(test, ghost_sources_reset(sources), 5, 3);
	KUNIT_EXPECT_EQ(test, tables_of(test), 0);
	list = ghost_sources_reset(sources);
	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_EXPECT_EQ(test, list->count, 0);
	ghost_source_list_free(list);
	visit(sources, KEEP, 6, 1);
	expect_one(test, ghost_sources_read(sources), 6, 1);
}

static void another_size_forgets_and_the_same_does_not(struct kunit *test)
{
	struct ghost_sources *sources = sources_of(test);
	struct ghost_source_list *list;

	visit(sources, KEEP, 5, 1);
	ghost_sources_resize(sources, KEEP);
	KUNIT_EXPECT_EQ(test, tables_of(test), 1);
	ghost_sources_resize(sources, 8);
	KUNIT_EXPECT_EQ(test, tables_of(test), 0);
	visit(sources, 8, 6, 1);
	expect_one(test, ghost_sources_read(sources), 6, 1);
	atomic64_set(&sources->unrecorded, 9);
	ghost_sources_resize(sources, 0);
	KUNIT_EXPECT_EQ(test, tables_of(test), 0);
	list = ghost_sources_read(sources);
	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_EXPECT_EQ(test, list->threshold, 0);
	ghost_source_list_free(list);
}

static void a_number_of_sources_is_rounded_up_to_whole_sets(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ghost_source_sets(0), 0);
	KUNIT_EXPECT_EQ(test, ghost_source_sets(1), 1);
	KUNIT_EXPECT_EQ(test, ghost_source_sets(8), 1);
	KUNIT_EXPECT_EQ(test, ghost_source_sets(9), 2);
	KUNIT_EXPECT_EQ(test, ghost_source_sets(GHOST688_SOURCES_MAX), GHOST_SOURCE_SETS_MAX);
}

#ifdef CONFIG_FAULT_INJECTION
/* Lets the n-th allocation fail. Returns false if there were not so many. */
static bool visit_failing(struct ghost_sources *sources, u32 nth, u32 packets)
{
	bool failed;

	/* The last failure was in another tick. */
	sources->failed = jiffies - 10;
	current->fail_nth = nth;
	visit(sources, KEEP, 5, packets);
	failed = !current->fail_nth;
	current->fail_nth = 0;
	return failed;
}

/* The slab allocator survives some failures. */
static void packets_that_get_no_memory_are_unrecorded(struct kunit *test)
{
	struct ghost_sources *sources = sources_of(test);
	struct ghost_source_list *list;
	u32 nth, lost = 0;

	for (nth = 1; visit_failing(sources, nth, 10); nth++) {
		if (tables_of(test)) {
			ghost_sources_resize(sources, 8);
		} else {
			lost += 10;
			list = ghost_sources_read(sources);
			KUNIT_ASSERT_NOT_NULL(test, list);
			KUNIT_EXPECT_EQ(test, list->unrecorded, lost);
			KUNIT_EXPECT_EQ(test, list->threshold, lost);
			KUNIT_EXPECT_EQ(test, list->count, 0);
			ghost_source_list_free(list);
		}
		kfree(sources->cpus);
		sources->cpus = NULL;
	}
	/* The array of CPUs, the table, its filter. */
	KUNIT_EXPECT_GE(test, lost, 30);

	list = ghost_sources_reset(sources);
	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_EXPECT_EQ(test, list->count, 1);
	KUNIT_EXPECT_EQ(test, list->row[0].packets, lost + 10);
	KUNIT_EXPECT_EQ(test, list->row[0].error, lost);
	ghost_source_list_free(list);
	KUNIT_EXPECT_EQ(test, atomic64_read(&sources->unrecorded), 0);
}

static void a_reset_without_memory_resets_nothing(struct kunit *test)
{
	struct ghost_sources *sources = sources_of(test);
	struct ghost_source_list *list;

	visit(sources, KEEP, 5, 3);
	current->fail_nth = 1;
	list = ghost_sources_reset(sources);
	current->fail_nth = 0;
	/* A large answer may come from vmalloc(), which tries again. */
	if (list)
		expect_one(test, list, 5, 3);
	else
		expect_one(test, ghost_sources_reset(sources), 5, 3);
}
#endif

static void after_a_failure_nothing_is_tried_in_the_same_tick(struct kunit *test)
{
	struct ghost_sources *sources = sources_of(test);
	u64 unrecorded = 0;

	unsigned int tries;

	/* The tick may end in between. */
	for (tries = 0; !unrecorded && tries < 10; tries++) {
		ghost_sources_resize(sources, 0);
		sources->failed = jiffies;
		visit(sources, KEEP, 5, 2);
		unrecorded = atomic64_read(&sources->unrecorded);
	}
	KUNIT_EXPECT_EQ(test, unrecorded, 2);
	sources->failed = jiffies - 10;
	visit(sources, KEEP, 5, 1);
	KUNIT_EXPECT_EQ(test, tables_of(test), 1);
}

static void writer_visit(struct writer *writer)
{
	struct race *race = writer->race;
	const u32 id = below(&writer->random, race->ids);
	const u32 packets = 1 + below(&writer->random, 3);

	visit(&race->sources, READ_ONCE(race->keep), id, packets);
	if (id < FEW)
		writer->packets[id] += packets;
}

static void writer_run(struct work_struct *work)
{
	struct writer *writer = container_of(work, struct writer, work);
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		writer_visit(writer);
		if (i % 64 == 0)
			cond_resched();
	}
	atomic_dec(&writer->race->running);
}

/* Interrupts processes while they record. */
static void race_tick(struct timer_list *timer)
{
	struct race *race = container_of(timer, struct race, timer);
	unsigned int i;

	for (i = 0; i < 50; i++)
		writer_visit(race->writers[race->count]);
	if (atomic_read(&race->running) > 1)
		mod_timer(timer, jiffies + 1);
	else
		atomic_dec(&race->running);
}

static void race_end(struct race *race)
{
	unsigned int i;

	for (i = 0; i < race->count; i++)
		flush_work(&race->writers[i]->work);
	while (atomic_read(&race->running))
		cond_resched();
}

static int race_init(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	unsigned int i;

	if (!race)
		return -ENOMEM;
	race->count = num_online_cpus() + FREE_WRITERS;
	race->keep = KEEP;
	for (i = 0; i <= race->count; i++) {
		struct writer *writer = kunit_kzalloc(test, sizeof(*writer), GFP_KERNEL);

		if (!writer)
			return -ENOMEM;
		race->writers[i] = writer;
		writer->race = race;
		prandom_seed_state(&writer->random, i);
		INIT_WORK(&writer->work, writer_run);
	}
	timer_setup(&race->timer, race_tick, 0);
	ghost_sources_init(&race->sources);
	test->priv = race;
	return 0;
}

static void race_exit(struct kunit *test)
{
	struct race *race = test->priv;

	if (race)
		ghost_sources_exit(&race->sources);
}

/* One writer is bound to each CPU, others are unbound, and one is in softirq. */
static void race_start(struct race *race, u32 ids)
{
	unsigned int i = 0;
	int cpu;

	race->ids = ids;
	atomic_set(&race->running, race->count + 1);
	cpus_read_lock();
	for_each_online_cpu(cpu)
		if (i < race->count)
			schedule_work_on(cpu, &race->writers[i++]->work);
	cpus_read_unlock();
	while (i < race->count)
		queue_work(system_unbound_wq, &race->writers[i++]->work);
	mod_timer(&race->timer, jiffies + 1);
}

static void race_answer(struct race *race, struct ghost_source_list *list)
{
	unsigned int i;

	if (!list) {
		race->errors++;
		return;
	}
	for (i = 0; i < list->count; i++) {
		race->answered[stream_id(&list->row[i].source)] += list->row[i].packets;
		race->errors += list->row[i].error ||
				list->row[i].source.bytes != 100 * list->row[i].packets;
	}
	ghost_source_list_free(list);
}

static void answers_of_resets_add_up_to_all_packets(struct kunit *test)
{
	struct race *race = test->priv;
	unsigned int resets = 0, id, i;

	race_start(race, FEW);
	while (atomic_read(&race->running)) {
		race_answer(race, ghost_sources_reset(&race->sources));
		resets++;
	}
	race_end(race);
	KUNIT_EXPECT_GT(test, resets, 5);
	race_answer(race, ghost_sources_reset(&race->sources));
	KUNIT_EXPECT_EQ(test, race->errors, 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&race->sources.unrecorded), 0);
	for (id = 0; id < FEW; id++) {
		u64 packets = 0;

		for (i = 0; i <= race->count; i++)
			packets += race->writers[i]->packets[id];
		KUNIT_EXPECT_EQ(test, race->answered[id], packets);
	}
}

static void a_reader_sees_counts_and_bytes_together(struct kunit *test)
{
	struct race *race = test->priv;
	unsigned int torn = 0, crossed = 0, reads = 0, i;
	struct ghost_source_list *list;

	race_start(race, MANY);
	while (atomic_read(&race->running)) {
		list = ghost_sources_read(&race->sources);
		for (i = 0; list && i < list->count; i++) {
			const struct ghost_source_row *row = &list->row[i];

			torn += row->source.bytes != 100 * (row->packets - row->error);
			crossed += stream_arrival(stream_id(&row->source), 1).prefix !=
				   row->source.prefix ||
				   row->source.first > row->source.last;
		}
		reads += !!list;
		ghost_source_list_free(list);
		cond_resched();
	}
	race_end(race);
	KUNIT_EXPECT_GT(test, reads, 10);
	KUNIT_EXPECT_EQ(test, torn, 0);
	KUNIT_EXPECT_EQ(test, crossed, 0);
}

static void the_size_may_change_at_any_time(struct kunit *test)
{
	struct race *race = test->priv;
	u32 keep = KEEP;

	race_start(race, MANY);
	while (atomic_read(&race->running)) {
		keep = keep == KEEP ? 8 : KEEP;
		WRITE_ONCE(race->keep, keep);
		ghost_sources_resize(&race->sources, keep);
		ghost_source_list_free(ghost_sources_read(&race->sources));
	}
	race_end(race);
	ghost_sources_resize(&race->sources, 0);
	KUNIT_EXPECT_EQ(test, tables_of(test), 0);
}

static struct kunit_case sources_cases[] = {
	KUNIT_CASE(a_namespace_without_visits_has_no_memory),
	KUNIT_CASE(a_reset_answers_with_what_it_forgets),
	KUNIT_CASE(another_size_forgets_and_the_same_does_not),
	KUNIT_CASE(a_number_of_sources_is_rounded_up_to_whole_sets),
#ifdef CONFIG_FAULT_INJECTION
	KUNIT_CASE(packets_that_get_no_memory_are_unrecorded),
	KUNIT_CASE(a_reset_without_memory_resets_nothing),
#endif
	KUNIT_CASE(after_a_failure_nothing_is_tried_in_the_same_tick),
	KUNIT_CASE(answers_of_resets_add_up_to_all_packets),
	KUNIT_CASE(a_reader_sees_counts_and_bytes_together),
	KUNIT_CASE(the_size_may_change_at_any_time),
	{}
};

static struct kunit_suite sources_suite = {
	.name = "ghost688_sources",
	.init = race_init,
	.exit = race_exit,
	.test_cases = sources_cases,
};

kunit_test_suites(&sources_suite);
