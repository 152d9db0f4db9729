// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hits are queued by packets and sent by a work item, because to send one, netlink looks
 * at every socket of the machine that has joined a group of generic netlink, and anybody
 * can open many of those.
 */
#include <linux/rwsem.h>

#include "state/hits.h"

static struct workqueue_struct *workqueue __read_mostly;

/* Held while hits are sent, so that nothing is sent after the sender was changed. */
static DECLARE_RWSEM(sender_lock);
static ghost_hits_sender sender;

/**
 * ghost_hits_prepare() - allocate what all namespaces share; before the first one
 *
 * Return: 0 or -ENOMEM.
 */
int ghost_hits_prepare(void)
{
	/* Not bound to a CPU: a flood may leave its own CPU no time for this. */
	workqueue = alloc_workqueue("ghost688", WQ_UNBOUND, 0);
	return workqueue ? 0 : -ENOMEM;
}

/**
 * ghost_hits_finish() - free what all namespaces share; after the last one
 */
void ghost_hits_finish(void)
{
	destroy_workqueue(workqueue);
}

/**
 * ghost_hits_set_sender() - say who sends hits
 * @new: the sender, or NULL: then all hits are lost
 *
 * Process context; may sleep. The old sender is not running when this returns.
 */
void ghost_hits_set_sender(ghost_hits_sender new)
{
	down_write(&sender_lock);
	sender = new;
	up_write(&sender_lock);
}

struct ghost_sending {
	struct net *net;
	bool several;
	u64 sent;
	u64 lost;
};

static void ghost_hits_send(int cpu, u64 seq, u64 suppressed, const struct ghost_hit *hit,
			    void *context)
{
	struct ghost_sending *sending = context;

	if (sender && !sender(sending->net, cpu, seq, suppressed, hit, sending->several))
		sending->sent++;
	else
		sending->lost++;
	cond_resched();
}

/* Sends what is in a queue, and adds up what became of it. The caller holds hits->sending. */
static void ghost_hits_empty(struct ghost_hits *hits, struct ghost_hits_queue *queue)
{
	struct ghost_sending sending = { .net = hits->net, .several = queue->several };
	int cpu;

	down_read(&sender_lock);
	for_each_possible_cpu(cpu) {
		sending.lost += ghost_hits_take(queue, cpu, ghost_hits_send, &sending);
		hits->sums.suppressed += ghost_hits_take_suppressed(queue, cpu);
	}
	up_read(&sender_lock);
	hits->sums.sent += sending.sent;
	hits->sums.lost += sending.lost;
}

static struct ghost_hits_queue *ghost_hits_queue(struct ghost_hits *hits)
{
	return rcu_dereference_protected(hits->queue, lockdep_is_held(&hits->sending));
}

static void ghost_hits_work(struct work_struct *work)
{
	struct ghost_hits *hits = container_of(work, struct ghost_hits, work);

	mutex_lock(&hits->sending);
	if (ghost_hits_queue(hits))
		ghost_hits_empty(hits, ghost_hits_queue(hits));
	mutex_unlock(&hits->sending);
}

/**
 * ghost_hits_init() - set up a namespace's hits, with nobody who listens
 * @hits: the hits
 * @net: the namespace
 */
void ghost_hits_init(struct ghost_hits *hits, struct net *net)
{
	hits->net = net;
	ghost_limit_init(&hits->limit);
	INIT_WORK(&hits->work, ghost_hits_work);
	mutex_init(&hits->sending);
}

/**
 * ghost_hits_exit() - free a namespace's hits
 * @hits: the hits, with no packet in a hook, and nobody who starts or stops them
 */
void ghost_hits_exit(struct ghost_hits *hits)
{
	/* No packet queues it again. */
	cancel_work_sync(&hits->work);
	ghost_hits_queue_free(rcu_dereference_protected(hits->queue, true));
	mutex_destroy(&hits->sending);
}

/**
 * ghost_hits_start() - build hits from now on
 * @hits: the hits, which are not built yet; the caller serializes
 * @pid_ns: the listener's PID namespace
 *
 * Process context; may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int ghost_hits_start(struct ghost_hits *hits, struct pid_namespace *pid_ns)
{
	struct ghost_hits_queue *queue = ghost_hits_queue_alloc();

	if (!queue)
		return -ENOMEM;
	queue->pid_ns = get_pid_ns(pid_ns);
	mutex_lock(&hits->sending);
	rcu_assign_pointer(hits->queue, queue);
	mutex_unlock(&hits->sending);
	return 0;
}

/**
 * ghost_hits_set_several() - say whether all listeners are in the first one's PID namespace
 * @hits: the hits, which are built; the caller serializes
 * @several: they are not, so no PID is told, not even in hits that wait
 *
 * Process context; may sleep.
 */
void ghost_hits_set_several(struct ghost_hits *hits, bool several)
{
	mutex_lock(&hits->sending);
	WRITE_ONCE(ghost_hits_queue(hits)->several, several);
	mutex_unlock(&hits->sending);
}

/**
 * ghost_hits_stop() - build no more hits
 * @hits: the hits, which are built; the caller serializes
 *
 * What waits had a listener, so it is still sent, or counted as lost. Process context; may
 * sleep.
 */
void ghost_hits_stop(struct ghost_hits *hits)
{
	struct ghost_hits_queue *queue;

	mutex_lock(&hits->sending);
	queue = ghost_hits_queue(hits);
	RCU_INIT_POINTER(hits->queue, NULL);
	mutex_unlock(&hits->sending);

	/* Wait for packets that still put their hits there. */
	synchronize_rcu();
	mutex_lock(&hits->sending);
	ghost_hits_empty(hits, queue);
	mutex_unlock(&hits->sending);
	ghost_hits_queue_free(queue);
}

/**
 * ghost_hits_positions() - send what waits, and tell how far each CPU's hits have come
 * @hits: the hits
 * @teller: told of each CPU that has had a hit since somebody listens
 * @context: the teller's
 *
 * A listener who compares this with the last hits that it got knows how many it missed.
 * Process context; may sleep.
 *
 * Return: 0, or what stopped @teller.
 */
int ghost_hits_positions(struct ghost_hits *hits, ghost_hits_teller teller, void *context)
{
	struct ghost_hits_queue *queue;
	int cpu, err = 0;

	mutex_lock(&hits->sending);
	queue = ghost_hits_queue(hits);
	if (queue) {
		ghost_hits_empty(hits, queue);
		for_each_possible_cpu(cpu) {
			const struct ghost_hits_cpu *of = queue->cpu[cpu];

			if (of->taken_seq || of->taken_suppressed)
				err = teller(cpu, of->taken_seq, of->taken_suppressed, context);
			if (err)
				break;
		}
	}
	mutex_unlock(&hits->sending);
	return err;
}

/**
 * ghost_hits_wake() - have the hits in the queue sent soon
 * @hits: the hits
 *
 * Any context.
 */
void ghost_hits_wake(struct ghost_hits *hits)
{
	queue_work(workqueue, &hits->work);
}

/**
 * ghost_hits_read() - what became of the hits since the last reset
 * @hits: the hits
 * @sums: the result
 *
 * What waits is sent first, so that each hit until now is in one of the sums; by the work
 * item, because anybody may read, and a slow reader must not delay others. Process context;
 * may sleep.
 */
void ghost_hits_read(struct ghost_hits *hits, struct ghost_hits_sums *sums)
{
	ghost_hits_wake(hits);
	flush_work(&hits->work);
	mutex_lock(&hits->sending);
	*sums = hits->sums;
	mutex_unlock(&hits->sending);
}

/**
 * ghost_hits_reset() - subtract what was reported
 * @hits: the hits
 * @sums: from ghost_hits_read(); the caller serializes resets
 *
 * Process context; may sleep.
 */
void ghost_hits_reset(struct ghost_hits *hits, const struct ghost_hits_sums *sums)
{
	mutex_lock(&hits->sending);
	hits->sums.sent -= sums->sent;
	hits->sums.suppressed -= sums->suppressed;
	hits->sums.lost -= sums->lost;
	mutex_unlock(&hits->sending);
}
