/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_HITS_H
#define GHOST_HITS_H

#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "state/hits_queue.h"
#include "state/limit.h"

/**
 * struct ghost_hits_sums - what became of the hits since the last reset
 * @sent: at least one listener got them
 * @suppressed: suppressed by the hit rate
 * @lost: the queue was full, or no listener got them
 */
struct ghost_hits_sums {
	u64 sent;
	u64 suppressed;
	u64 lost;
};

/**
 * struct ghost_hits - the hits of a network namespace
 * @queue: NULL while nobody listens: then a visit costs one look at it
 * @limit: the token bucket; all CPUs take from it
 * @net: the namespace
 * @work: sends what is in @queue
 * @sending: serializes those who take from @queue
 * @sums: what became of the hits
 *
 * @queue is changed under @sending and the mutex of &struct ghost_listeners, which is the
 * outer one.
 */
struct ghost_hits {
	struct ghost_hits_queue __rcu *queue;
	struct ghost_limit limit;
	struct net *net;
	struct work_struct work;
	struct mutex sending; /* protects @sums and the takers' side of @queue */
	struct ghost_hits_sums sums;
};

/**
 * typedef ghost_hits_sender - sends a hit to the listeners
 * @net: the namespace
 * @cpu: the CPU that met it
 * @seq: its number on that CPU
 * @suppressed: how many hits of that CPU were suppressed before
 * @hit: the hit
 * @several: leave out its PID, because the listeners have several PID namespaces
 *
 * Process context; may sleep.
 *
 * Return: 0 if a listener got it, or a negative error. It is an error if one of several asked
 * for errors (NETLINK_BROADCAST_ERROR) and did not get it.
 */
typedef int (*ghost_hits_sender)(struct net *net, int cpu, u64 seq, u64 suppressed,
				 const struct ghost_hit *hit, bool several);

/**
 * typedef ghost_hits_teller - is told how far a CPU's hits have come
 * @cpu: the CPU
 * @seq: number of its last hit that was sent or lost
 * @suppressed: how many of its hits were suppressed
 * @context: the caller's
 *
 * Return: 0 to go on.
 */
typedef int (*ghost_hits_teller)(int cpu, u64 seq, u64 suppressed, void *context);

/**
 * ghost_hits_wanted() - does anybody listen?
 * @hits: the hits
 *
 * Any context. A plain read, so that the compiler compares in memory: each visit asks.
 *
 * Return: true if so; then look at @hits->queue again, under RCU.
 */
static inline bool ghost_hits_wanted(const struct ghost_hits *hits)
{
	/* What matters is read again. */
	return data_race(hits->queue);
}

int ghost_hits_prepare(void);
void ghost_hits_finish(void);
void ghost_hits_set_sender(ghost_hits_sender sender);

void ghost_hits_init(struct ghost_hits *hits, struct net *net);
void ghost_hits_exit(struct ghost_hits *hits);

int ghost_hits_start(struct ghost_hits *hits, struct pid_namespace *pid_ns);
void ghost_hits_set_several(struct ghost_hits *hits, bool several);
void ghost_hits_stop(struct ghost_hits *hits);
int ghost_hits_positions(struct ghost_hits *hits, ghost_hits_teller teller, void *context);

void ghost_hits_wake(struct ghost_hits *hits);
void ghost_hits_read(struct ghost_hits *hits, struct ghost_hits_sums *sums);
void ghost_hits_reset(struct ghost_hits *hits, const struct ghost_hits_sums *sums);

#endif
