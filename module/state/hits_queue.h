/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_HITS_QUEUE_H
#define GHOST_HITS_QUEUE_H

#include <linux/cache.h>
#include <linux/pid_namespace.h>

#include "state/hit.h"

/**
 * struct ghost_hits_cpu - one CPU's hits that wait to be sent
 * @seq: number of its last hit; written by this CPU alone
 * @suppressed: hits that the hit rate has suppressed; written by this CPU alone
 * @head: how many hits were put into @ring; written by this CPU alone
 * @tail: how many were taken out; written by the taker
 * @taken_seq: number of the last hit that was taken out or found lost; the taker's
 * @taken_suppressed: how many suppressed hits the taker has seen
 * @ring: the hits
 *
 * A hit that meets a full ring still gets a number, so a gap in the numbers tells how
 * many were lost.
 */
struct ghost_hits_cpu {
	unsigned long seq;
	unsigned long suppressed;
	unsigned int head;
	unsigned int tail ____cacheline_aligned_in_smp;
	u64 taken_seq;
	u64 taken_suppressed;
	struct ghost_hit ring[];
};

/**
 * struct ghost_hits_queue - the hits of a namespace that wait to be sent
 * @pid_ns: the first listener's PID namespace, with a reference
 * @several: listeners have several PID namespaces, so none of them is told a PID
 * @room: how many hits each ring has room for, a power of two
 * @cpu: by CPU number
 *
 * Each ring has one writer, its CPU. The caller serializes those who take.
 */
struct ghost_hits_queue {
	struct pid_namespace *pid_ns;
	bool several;
	unsigned int room;
	struct ghost_hits_cpu *cpu[];
};

/**
 * typedef ghost_hits_taker - gets a hit out of a queue
 * @cpu: the CPU that met it
 * @seq: its number on that CPU
 * @suppressed: how many hits of that CPU were suppressed before
 * @hit: the hit
 * @context: the caller's
 */
typedef void (*ghost_hits_taker)(int cpu, u64 seq, u64 suppressed, const struct ghost_hit *hit,
				 void *context);

struct ghost_hits_queue *ghost_hits_queue_alloc(void);
void ghost_hits_queue_free(struct ghost_hits_queue *queue);

struct ghost_hit *ghost_hits_reserve(struct ghost_hits_queue *queue);
void ghost_hits_commit(struct ghost_hits_queue *queue, const struct ghost_hit *hit);
void ghost_hits_suppress(struct ghost_hits_queue *queue);

u64 ghost_hits_take(struct ghost_hits_queue *queue, int cpu, ghost_hits_taker taker, void *context);
u64 ghost_hits_take_suppressed(struct ghost_hits_queue *queue, int cpu);

#endif
