// SPDX-License-Identifier: GPL-2.0-only
/*
 * hits_queue: the order and the numbers of hits, and what a full ring loses.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/smp.h>

#include "state/hits_queue.h"

/**
 * struct taken - what was taken out of a queue
 * @test: the test
 * @queue: the queue
 * @count: how many hits
 * @last: the last hit's number; @first is the first one's
 * @suppressed: the last hit's
 * @put: put so many hits into the queue while the first one is taken
 */
struct taken {
	struct kunit *test;
	struct ghost_hits_queue *queue;
	unsigned int count;
	u64 first;
	u64 last;
	u64 suppressed;
	unsigned int put;
};

static int queue_init(struct kunit *test)
{
	test->priv = ghost_hits_queue_alloc();
	return test->priv ? 0 : -ENOMEM;
}

static void queue_exit(struct kunit *test)
{
	ghost_hits_queue_free(test->priv);
}

/* Puts hits into this CPU's ring. Returns how many found room. */
static unsigned int put(struct ghost_hits_queue *queue, unsigned int count)
{
	struct ghost_hit *hit;
	unsigned int i, found = 0;

	for (i = 0; i < count; i++) {
		hit = ghost_hits_reserve(queue);
		if (!hit)
			continue;
		/* The time says which number belongs to the slot. */
		hit->time = hit->seq;
		ghost_hits_commit(queue, hit);
		found++;
	}
	return found;
}

static void count(int cpu, u64 seq, u64 suppressed, const struct ghost_hit *hit, void *context)
{
	struct taken *taken = context;

	KUNIT_EXPECT_EQ(taken->test, (unsigned long)seq, (unsigned long)hit->time);
	if (taken->count++)
		KUNIT_EXPECT_GT(taken->test, seq, taken->last);
	else
		taken->first = seq;
	taken->last = seq;
	taken->suppressed = suppressed;
	put(taken->queue, taken->put);
	taken->put = 0;
}

/* Takes what is in this CPU's ring, and expects so many hits and losses. */
static void take(struct kunit *test, struct taken *taken, unsigned int hits, u64 lost)
{
	struct ghost_hits_queue *queue = test->priv;
	const unsigned int more = taken->put;

	*taken = (struct taken){ .test = test, .queue = queue, .put = more };
	KUNIT_EXPECT_EQ(test, ghost_hits_take(queue, smp_processor_id(), count, taken), lost);
	KUNIT_EXPECT_EQ(test, taken->count, hits);
}

static void hits_come_out_in_order_and_once(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	struct taken taken = {};

	local_bh_disable();
	take(test, &taken, 0, 0);
	put(queue, 3);
	take(test, &taken, 3, 0);
	KUNIT_EXPECT_EQ(test, taken.first, 1);
	KUNIT_EXPECT_EQ(test, taken.last, 3);
	take(test, &taken, 0, 0);
	put(queue, 1);
	take(test, &taken, 1, 0);
	KUNIT_EXPECT_EQ(test, taken.last, 4);
	local_bh_enable();
}

static void a_full_ring_loses_and_the_next_number_tells_how_many(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	struct taken taken = {};

	local_bh_disable();
	KUNIT_EXPECT_EQ(test, put(queue, queue->room + 3), queue->room);
	take(test, &taken, queue->room, 3);
	KUNIT_EXPECT_EQ(test, taken.first, 1);
	KUNIT_EXPECT_EQ(test, taken.last, queue->room);
	put(queue, 1);
	take(test, &taken, 1, 0);
	KUNIT_EXPECT_EQ(test, taken.last, queue->room + 4);
	local_bh_enable();
}

/* What comes while hits are taken is taken, or found lost, the next time. */
static void hits_that_come_meanwhile_are_neither_lost_nor_counted_twice(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	struct taken taken = { .put = 5 };

	local_bh_disable();
	put(queue, 2);
	take(test, &taken, 2, 0);
	take(test, &taken, 5, 0);
	KUNIT_EXPECT_EQ(test, taken.last, 7);

	put(queue, queue->room);
	taken.put = 4;
	take(test, &taken, queue->room, 0);
	put(queue, 1);
	take(test, &taken, 1, 4);
	KUNIT_EXPECT_EQ(test, taken.last, 7 + queue->room + 5);
	local_bh_enable();
}

static void a_slot_is_seen_once_it_is_filled(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	struct taken taken = {};
	struct ghost_hit *hit;

	local_bh_disable();
	hit = ghost_hits_reserve(queue);
	KUNIT_ASSERT_NOT_NULL(test, hit);
	take(test, &taken, 0, 0);
	hit->time = hit->seq;
	ghost_hits_commit(queue, hit);
	take(test, &taken, 1, 0);
	local_bh_enable();
}

static void suppressed_hits_are_counted_and_get_no_number(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	const int cpu = get_cpu();
	struct taken taken = {};
	unsigned int i;

	local_bh_disable();
	for (i = 0; i < 5; i++)
		ghost_hits_suppress(queue);
	put(queue, 1);
	take(test, &taken, 1, 0);
	KUNIT_EXPECT_EQ(test, taken.last, 1);
	KUNIT_EXPECT_EQ(test, taken.suppressed, 5);
	KUNIT_EXPECT_EQ(test, ghost_hits_take_suppressed(queue, cpu), 5);
	KUNIT_EXPECT_EQ(test, ghost_hits_take_suppressed(queue, cpu), 0);
	put(queue, 1);
	ghost_hits_suppress(queue);
	take(test, &taken, 1, 0);
	KUNIT_EXPECT_EQ(test, taken.suppressed, 5);
	KUNIT_EXPECT_EQ(test, ghost_hits_take_suppressed(queue, cpu), 1);
	KUNIT_EXPECT_EQ(test, queue->cpu[cpu]->taken_suppressed, 6);
	local_bh_enable();
	put_cpu();
}

/* A slot says how many were suppressed before it was filled; more may have been taken since. */
static void what_was_suppressed_never_decreases(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	struct taken taken = {};

	local_bh_disable();
	put(queue, 1);
	ghost_hits_suppress(queue);
	ghost_hits_take_suppressed(queue, smp_processor_id());
	take(test, &taken, 1, 0);
	KUNIT_EXPECT_EQ(test, taken.suppressed, 1);
	KUNIT_EXPECT_EQ(test, ghost_hits_take_suppressed(queue, smp_processor_id()), 0);
	local_bh_enable();
}

static void numbers_go_on_beyond_32_bits(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	struct ghost_hits_cpu *cpu;
	struct taken taken = {};

	local_bh_disable();
	cpu = queue->cpu[smp_processor_id()];
	cpu->taken_seq = U32_MAX - 1ULL;
	cpu->seq = (unsigned long)cpu->taken_seq;
	cpu->taken_suppressed = U32_MAX;
	cpu->suppressed = (unsigned long)cpu->taken_suppressed;
	ghost_hits_suppress(queue);
	put(queue, queue->room + 2);
	take(test, &taken, queue->room, 2);
	KUNIT_EXPECT_EQ(test, taken.first, (u64)U32_MAX);
	KUNIT_EXPECT_EQ(test, taken.last, U32_MAX - 1ULL + queue->room);
	KUNIT_EXPECT_EQ(test, taken.suppressed, U32_MAX + 1ULL);
	KUNIT_EXPECT_EQ(test, ghost_hits_take_suppressed(queue, smp_processor_id()), 1);
	local_bh_enable();
}

/* The number of the last hit may be seen late: the hit was in the ring before. */
static void a_number_that_lags_behind_loses_nothing(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	struct ghost_hits_cpu *cpu;
	struct taken taken = {};
	unsigned long seq;

	local_bh_disable();
	cpu = queue->cpu[smp_processor_id()];
	put(queue, 5);
	seq = cpu->seq;
	cpu->seq = seq - 2;
	take(test, &taken, 5, 0);
	take(test, &taken, 0, 0);
	cpu->seq = seq;
	take(test, &taken, 0, 0);
	put(queue, 1);
	take(test, &taken, 1, 0);
	KUNIT_EXPECT_EQ(test, taken.last, 6);
	local_bh_enable();
}

static void the_head_may_wrap(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	struct ghost_hits_cpu *cpu;
	struct taken taken = {};

	local_bh_disable();
	cpu = queue->cpu[smp_processor_id()];
	cpu->head = UINT_MAX - 1;
	cpu->tail = UINT_MAX - 1;
	KUNIT_EXPECT_EQ(test, put(queue, queue->room + 1), queue->room);
	take(test, &taken, queue->room, 1);
	KUNIT_EXPECT_EQ(test, cpu->head, queue->room - 2);
	local_bh_enable();
}

static void put_one(void *queue)
{
	put(queue, 1);
}

static void each_cpu_has_its_own_numbers(struct kunit *test)
{
	struct ghost_hits_queue *queue = test->priv;
	int cpu;

	for_each_online_cpu(cpu)
		KUNIT_ASSERT_EQ(test, smp_call_function_single(cpu, put_one, queue, 1), 0);
	for_each_online_cpu(cpu) {
		struct taken taken = { .test = test, .queue = queue };

		KUNIT_EXPECT_EQ(test, ghost_hits_take(queue, cpu, count, &taken), 0);
		KUNIT_EXPECT_EQ(test, taken.count, 1);
		KUNIT_EXPECT_EQ(test, taken.last, 1);
	}
}

#define WRITES		400000
#define BLOCK		512

struct writer {
	struct ghost_hits_queue *queue;
	struct completion done;
};

static int writer_run(void *data)
{
	struct writer *writer = data;
	unsigned int i;

	for (i = 0; i < WRITES; i += BLOCK) {
		local_bh_disable();
		put(writer->queue, BLOCK);
		local_bh_enable();
		cond_resched();
	}
	complete(&writer->done);
	return 0;
}

/* One CPU fills its ring while another takes. */
static void each_number_is_taken_or_lost(struct kunit *test)
{
	struct taken taken = { .test = test, .queue = test->priv };
	struct writer writer = { .queue = test->priv };
	const int cpu = cpumask_last(cpu_online_mask);
	struct task_struct *task;
	u64 lost = 0;

	init_completion(&writer.done);
	task = kthread_create(writer_run, &writer, "writer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, cpu);
	wake_up_process(task);
	while (!try_wait_for_completion(&writer.done)) {
		lost += ghost_hits_take(writer.queue, cpu, count, &taken);
		cond_resched();
	}
	lost += ghost_hits_take(writer.queue, cpu, count, &taken);
	KUNIT_EXPECT_EQ(test, taken.count + lost, round_up(WRITES, BLOCK));
	KUNIT_EXPECT_GT(test, taken.count, writer.queue->room);
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(hits_come_out_in_order_and_once),
	KUNIT_CASE(a_full_ring_loses_and_the_next_number_tells_how_many),
	KUNIT_CASE(hits_that_come_meanwhile_are_neither_lost_nor_counted_twice),
	KUNIT_CASE(a_slot_is_seen_once_it_is_filled),
	KUNIT_CASE(suppressed_hits_are_counted_and_get_no_number),
	KUNIT_CASE(what_was_suppressed_never_decreases),
	KUNIT_CASE(numbers_go_on_beyond_32_bits),
	KUNIT_CASE(a_number_that_lags_behind_loses_nothing),
	KUNIT_CASE(the_head_may_wrap),
	KUNIT_CASE(each_cpu_has_its_own_numbers),
	KUNIT_CASE(each_number_is_taken_or_lost),
	{}
};

static struct kunit_suite queue_suite = {
	.name = "ghost688_hits_queue",
	.init = queue_init,
	.exit = queue_exit,
	.test_cases = queue_cases,
};

kunit_test_suites(&queue_suite);
