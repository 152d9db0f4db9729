// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hits on their way from a packet to a work item: one ring for each CPU.
 *
 * The packet's CPU fills a slot and then moves the head; whoever takes hits reads the
 * slot and then moves the tail. So neither needs a lock. A writer has bottom halves and
 * preemption off: no other packet interrupts it on its CPU.
 */
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/mm.h>

#include "state/hits_queue.h"

/* Hits that wait in a namespace: CPUs share this, but each has room for GHOST_RING_MIN. */
#define GHOST_QUEUE_HITS	4096
#define GHOST_RING_MIN		64

/**
 * ghost_hits_queue_alloc() - allocate a queue with a ring for each possible CPU
 *
 * Process context; may sleep. Charged to the caller, who wants to listen.
 *
 * Return: the queue, or NULL if there is no memory.
 */
struct ghost_hits_queue *ghost_hits_queue_alloc(void)
{
	const unsigned int room = rounddown_pow_of_two(max(GHOST_QUEUE_HITS / num_possible_cpus(),
							   (unsigned int)GHOST_RING_MIN));
	struct ghost_hits_queue *queue;
	int cpu;

	queue = kzalloc(struct_size(queue, cpu, nr_cpu_ids), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return NULL;
	queue->room = room;
	for_each_possible_cpu(cpu) {
		queue->cpu[cpu] = kvzalloc_node(struct_size(queue->cpu[cpu], ring, room),
						GFP_KERNEL_ACCOUNT, cpu_to_node(cpu));
		if (!queue->cpu[cpu]) {
			ghost_hits_queue_free(queue);
			return NULL;
		}
	}
	return queue;
}

/**
 * ghost_hits_queue_free() - free a queue
 * @queue: the queue, which no packet and no taker uses; may be NULL
 */
void ghost_hits_queue_free(struct ghost_hits_queue *queue)
{
	int cpu;

	if (!queue)
		return;
	for_each_possible_cpu(cpu)
		kvfree(queue->cpu[cpu]);
	if (queue->pid_ns)
		put_pid_ns(queue->pid_ns);
	kfree(queue);
}

/**
 * ghost_hits_reserve() - number this CPU's next hit, and get a slot for it
 * @queue: the queue
 *
 * Bottom halves and preemption are off, until ghost_hits_commit().
 *
 * Return: a slot to fill and commit, or NULL if the ring is full: the hit is lost then.
 */
struct ghost_hit *ghost_hits_reserve(struct ghost_hits_queue *queue)
{
	struct ghost_hits_cpu *cpu = queue->cpu[smp_processor_id()];
	struct ghost_hit *hit;

	/* Pairs with the release in ghost_hits_take(): the slot has been read. */
	if (cpu->head - smp_load_acquire(&cpu->tail) >= queue->room) {
		/* Pairs with the acquire in ghost_hits_take(), as below. */
		smp_store_release(&cpu->seq, cpu->seq + 1);
		return NULL;
	}
	hit = &cpu->ring[cpu->head & (queue->room - 1)];
	hit->seq = cpu->seq + 1;
	hit->suppressed = cpu->suppressed;
	return hit;
}

/**
 * ghost_hits_commit() - put the slot that was reserved into the queue
 * @queue: the queue
 * @hit: the slot
 */
void ghost_hits_commit(struct ghost_hits_queue *queue, const struct ghost_hit *hit)
{
	struct ghost_hits_cpu *cpu = queue->cpu[smp_processor_id()];

	/* Pairs with the acquire in ghost_hits_take(): the slot is filled. */
	smp_store_release(&cpu->head, cpu->head + 1);
	/* After the head: whoever sees this number sees the hit in the ring. */
	smp_store_release(&cpu->seq, hit->seq);
}

/**
 * ghost_hits_suppress() - count a hit that the hit rate suppresses
 * @queue: the queue
 *
 * Bottom halves and preemption are off.
 */
void ghost_hits_suppress(struct ghost_hits_queue *queue)
{
	struct ghost_hits_cpu *cpu = queue->cpu[smp_processor_id()];

	WRITE_ONCE(cpu->suppressed, cpu->suppressed + 1);
}

/* Continues a count of 64 bits by one that may have 32, and that may lag behind a little. */
static u64 ghost_hits_widen(u64 last, unsigned long now)
{
	const long more = now - (unsigned long)last;

	return more > 0 ? last + more : last;
}

/**
 * ghost_hits_take() - take a CPU's hits out of the queue
 * @queue: the queue
 * @cpu: the CPU
 * @taker: gets each hit, in the order of their numbers
 * @context: the taker's
 *
 * Takes no more than were there when it began. Process context; the caller serializes.
 *
 * Return: how many hits were lost since the last time.
 */
u64 ghost_hits_take(struct ghost_hits_queue *queue, int cpu, ghost_hits_taker taker, void *context)
{
	struct ghost_hits_cpu *from = queue->cpu[cpu];
	/*
	 * The number first. A hit with this number or a lower one is before the head that
	 * is read next, or it is lost.
	 */
	u64 last = ghost_hits_widen(from->taken_seq, smp_load_acquire(&from->seq));
	const unsigned int head = smp_load_acquire(&from->head); /* the slots are filled */
	unsigned int tail = from->tail;
	u64 numbered, taken = 0;

	while (tail != head) {
		const struct ghost_hit *hit = &from->ring[tail & (queue->room - 1)];
		const u64 seq = ghost_hits_widen(from->taken_seq, hit->seq);

		taker(cpu, seq, ghost_hits_widen(from->taken_suppressed, hit->suppressed), hit,
		      context);
		last = max(last, seq);
		taken++;
		/* Pairs with the acquire in ghost_hits_reserve(). */
		smp_store_release(&from->tail, ++tail);
	}
	numbered = last - from->taken_seq;
	from->taken_seq = last;
	return numbered - taken;
}

/**
 * ghost_hits_take_suppressed() - how many of a CPU's hits were suppressed since the last time
 * @queue: the queue
 * @cpu: the CPU
 *
 * Process context; the caller serializes.
 *
 * Return: the number.
 */
u64 ghost_hits_take_suppressed(struct ghost_hits_queue *queue, int cpu)
{
	struct ghost_hits_cpu *from = queue->cpu[cpu];
	const u64 before = from->taken_suppressed;

	from->taken_suppressed = ghost_hits_widen(before, READ_ONCE(from->suppressed));
	return from->taken_suppressed - before;
}
