// SPDX-License-Identifier: GPL-2.0-only
/*
 * listeners: for whom hits are built, and in which PID namespace. hits: what becomes of them.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/pid_namespace.h>
#include <net/net_namespace.h>

#include "state/listeners.h"

/**
 * struct town - a namespace's listeners and hits
 * @listeners: the listeners
 * @hits: the hits
 * @sockets: those that listen; the index is the port id
 * @pid_ns: copies of the first PID namespace, to tell them apart and to see references
 * @ended: the hits and listeners were freed
 */
struct town {
	struct ghost_listeners listeners;
	struct ghost_hits hits;
	struct sock sockets[5];
	struct pid_namespace pid_ns[2];
	bool ended;
};

static int outcome;	/* of sending */
static unsigned int sent;
static bool told_several;

static int send_hit(struct net *net, int cpu, u64 seq, u64 suppressed, const struct ghost_hit *hit,
		    bool several)
{
	sent++;
	told_several = several;
	return outcome;
}

static void town_end(struct town *town)
{
	ghost_hits_exit(&town->hits);
	ghost_listeners_exit(&town->listeners);
	ghost_hits_finish();
	town->ended = true;
}

static int town_init(struct kunit *test)
{
	struct town *town = kunit_kzalloc(test, sizeof(*town), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!town)
		return -ENOMEM;
	err = ghost_hits_prepare();
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(town->pid_ns); i++)
		memcpy(&town->pid_ns[i], &init_pid_ns, sizeof(init_pid_ns));
	ghost_hits_init(&town->hits, &init_net);
	ghost_listeners_init(&town->listeners);
	outcome = 0;
	sent = 0;
	ghost_hits_set_sender(send_hit);
	test->priv = town;
	return 0;
}

static void town_exit(struct kunit *test)
{
	struct town *town = test->priv;

	if (!town)
		return;
	ghost_hits_set_sender(NULL);
	if (!town->ended)
		town_end(town);
	/* All references were given back. */
	KUNIT_EXPECT_EQ(test, memcmp(&town->pid_ns[0], &town->pid_ns[1], sizeof(town->pid_ns[0])),
			0);
}

static struct ghost_hits_queue *queue_of(struct town *town)
{
	return rcu_dereference_protected(town->hits.queue, true);
}

static void add(struct kunit *test, u32 portid, struct pid_namespace *pid_ns)
{
	struct town *town = test->priv;

	KUNIT_ASSERT_EQ(test, ghost_listeners_add(&town->listeners, &town->hits, portid,
						  &town->sockets[portid], pid_ns), 0);
	KUNIT_ASSERT_NOT_NULL(test, queue_of(town));
}

static void leave(struct town *town, u32 portid)
{
	sock_set_flag(&town->sockets[portid], SOCK_DEAD);
	ghost_listeners_remove(&town->listeners, &town->hits, portid);
	sock_reset_flag(&town->sockets[portid], SOCK_DEAD);
}

static void visit(struct town *town, unsigned int count)
{
	struct ghost_hit *hit;

	local_bh_disable();
	while (count--) {
		hit = ghost_hits_reserve(queue_of(town));
		if (hit)
			ghost_hits_commit(queue_of(town), hit);
	}
	local_bh_enable();
}

static void expect_sums(struct kunit *test, u64 sent, u64 suppressed, u64 lost)
{
	struct town *town = test->priv;
	struct ghost_hits_sums sums;

	ghost_hits_read(&town->hits, &sums);
	KUNIT_EXPECT_EQ(test, sums.sent, sent);
	KUNIT_EXPECT_EQ(test, sums.suppressed, suppressed);
	KUNIT_EXPECT_EQ(test, sums.lost, lost);
}

static void hits_are_built_from_the_first_listener_to_the_last(struct kunit *test)
{
	struct town *town = test->priv;

	KUNIT_EXPECT_NULL(test, queue_of(town));
	add(test, 1, &init_pid_ns);
	add(test, 2, &init_pid_ns);
	leave(town, 1);
	KUNIT_EXPECT_NOT_NULL(test, queue_of(town));
	leave(town, 2);
	KUNIT_EXPECT_NULL(test, queue_of(town));
}

static void who_listens_twice_leaves_once(struct kunit *test)
{
	struct town *town = test->priv;

	add(test, 1, &town->pid_ns[0]);
	add(test, 1, &town->pid_ns[1]);
	KUNIT_EXPECT_PTR_EQ(test, queue_of(town)->pid_ns, &town->pid_ns[0]);
	leave(town, 1);
	KUNIT_EXPECT_NULL(test, queue_of(town));
}

static void who_never_listened_changes_nothing(struct kunit *test)
{
	struct town *town = test->priv;

	leave(town, 1);
	add(test, 1, &town->pid_ns[0]);
	leave(town, 2);
	KUNIT_EXPECT_NOT_NULL(test, queue_of(town));
	KUNIT_EXPECT_PTR_EQ(test, queue_of(town)->pid_ns, &town->pid_ns[0]);
	leave(town, 1);
	leave(town, 1);
	KUNIT_EXPECT_NULL(test, queue_of(town));
}

static void a_port_id_that_is_used_again_takes_nobody_off(struct kunit *test)
{
	struct town *town = test->priv;

	/* The end of a socket that never listened, whose port id has gone to one that does. */
	add(test, 1, &init_pid_ns);
	ghost_listeners_remove(&town->listeners, &town->hits, 1);
	KUNIT_EXPECT_NOT_NULL(test, queue_of(town));

	/* The end of one that listened, after another one has got its port id. */
	KUNIT_ASSERT_EQ(test, ghost_listeners_add(&town->listeners, &town->hits, 1,
						  &town->sockets[2], &init_pid_ns), 0);
	leave(town, 1);
	KUNIT_EXPECT_NOT_NULL(test, queue_of(town));
	sock_set_flag(&town->sockets[2], SOCK_DEAD);
	ghost_listeners_remove(&town->listeners, &town->hits, 1);
	KUNIT_EXPECT_NULL(test, queue_of(town));
}

static void listeners_in_several_pid_namespaces_are_told_no_pid(struct kunit *test)
{
	struct town *town = test->priv;

	add(test, 1, &town->pid_ns[0]);
	KUNIT_EXPECT_PTR_EQ(test, queue_of(town)->pid_ns, &town->pid_ns[0]);
	add(test, 2, &town->pid_ns[0]);
	KUNIT_EXPECT_FALSE(test, queue_of(town)->several);
	add(test, 3, &town->pid_ns[1]);
	KUNIT_EXPECT_TRUE(test, queue_of(town)->several);
	leave(town, 1);
	KUNIT_EXPECT_TRUE(test, queue_of(town)->several);
	/* Only those in the first listener's are told one. */
	leave(town, 2);
	KUNIT_EXPECT_TRUE(test, queue_of(town)->several);
	add(test, 4, &town->pid_ns[0]);
	KUNIT_EXPECT_TRUE(test, queue_of(town)->several);
	visit(town, 1);
	expect_sums(test, 1, 0, 0);
	KUNIT_EXPECT_TRUE(test, told_several);
	leave(town, 3);
	KUNIT_EXPECT_FALSE(test, queue_of(town)->several);
	visit(town, 1);
	expect_sums(test, 2, 0, 0);
	KUNIT_EXPECT_FALSE(test, told_several);
	leave(town, 4);
}

static void there_are_not_too_many(struct kunit *test)
{
	struct town *town = test->priv;
	struct sock *socket = town->sockets;
	unsigned long i;

	for (i = 1; i <= GHOST_LISTENERS_MAX; i++)
		KUNIT_ASSERT_EQ(test, ghost_listeners_add(&town->listeners, &town->hits, 9,
							  (void *)((long)socket + i),
							  &init_pid_ns), 0);
	KUNIT_EXPECT_EQ(test, ghost_listeners_add(&town->listeners, &town->hits, 9, socket,
						  &init_pid_ns), -ENOSPC);
}

static void listeners_that_are_left_go_with_their_namespace(struct kunit *test)
{
	struct town *town = test->priv;

	add(test, 1, &town->pid_ns[0]);
	add(test, 2, &town->pid_ns[0]);
	visit(town, 3);
	town_end(town);
}

static void what_waits_is_sent_before_the_last_listener_has_left(struct kunit *test)
{
	struct town *town = test->priv;

	add(test, 1, &init_pid_ns);
	visit(town, 3);
	leave(town, 1);
	KUNIT_EXPECT_EQ(test, sent, 3);
	expect_sums(test, 3, 0, 0);
}

static void each_hit_is_in_one_of_the_sums(struct kunit *test)
{
	struct town *town = test->priv;
	unsigned int room;

	expect_sums(test, 0, 0, 0);
	add(test, 1, &init_pid_ns);
	room = queue_of(town)->room;
	visit(town, 2);
	local_bh_disable();
	ghost_hits_suppress(queue_of(town));
	local_bh_enable();
	expect_sums(test, 2, 1, 0);

	outcome = -ESRCH;
	visit(town, 3);
	expect_sums(test, 2, 1, 3);

	/* In one go on one CPU; what does not fit is lost. */
	outcome = 0;
	migrate_disable();
	visit(town, room + 7);
	migrate_enable();
	expect_sums(test, 2 + room, 1, 3 + 7);

	ghost_hits_set_sender(NULL);
	visit(town, 1);
	expect_sums(test, 2 + room, 1, 3 + 7 + 1);
	leave(town, 1);
	expect_sums(test, 2 + room, 1, 3 + 7 + 1);
}

static void a_reset_subtracts_what_it_reported(struct kunit *test)
{
	struct town *town = test->priv;
	struct ghost_hits_sums sums;

	add(test, 1, &init_pid_ns);
	visit(town, 4);
	ghost_hits_read(&town->hits, &sums);
	outcome = -ESRCH;
	visit(town, 2);
	expect_sums(test, 4, 0, 2);
	ghost_hits_reset(&town->hits, &sums);
	expect_sums(test, 0, 0, 2);
}

struct position {
	unsigned int cpus;
	u64 seq;
	int answer;
};

static int tell(int cpu, u64 seq, u64 suppressed, void *context)
{
	struct position *position = context;

	position->cpus++;
	position->seq += seq;
	return position->answer;
}

static void a_position_covers_what_waited(struct kunit *test)
{
	struct town *town = test->priv;
	struct position position = {}, stopped = { .answer = -EMSGSIZE };
	int cpu;

	KUNIT_EXPECT_EQ(test, ghost_hits_positions(&town->hits, tell, &position), 0);
	add(test, 1, &init_pid_ns);
	KUNIT_EXPECT_EQ(test, ghost_hits_positions(&town->hits, tell, &position), 0);
	KUNIT_EXPECT_EQ(test, position.cpus, 0);
	visit(town, 5);
	KUNIT_EXPECT_EQ(test, ghost_hits_positions(&town->hits, tell, &position), 0);
	KUNIT_EXPECT_EQ(test, sent, 5);
	KUNIT_EXPECT_EQ(test, position.seq, 5);
	/* Whoever cannot take one is not told of the next. */
	for_each_possible_cpu(cpu)
		queue_of(town)->cpu[cpu]->taken_suppressed = 1;
	KUNIT_EXPECT_EQ(test, ghost_hits_positions(&town->hits, tell, &stopped), -EMSGSIZE);
	KUNIT_EXPECT_EQ(test, stopped.cpus, 1);
}

static struct kunit_case listeners_cases[] = {
	KUNIT_CASE(hits_are_built_from_the_first_listener_to_the_last),
	KUNIT_CASE(who_listens_twice_leaves_once),
	KUNIT_CASE(who_never_listened_changes_nothing),
	KUNIT_CASE(a_port_id_that_is_used_again_takes_nobody_off),
	KUNIT_CASE(listeners_in_several_pid_namespaces_are_told_no_pid),
	KUNIT_CASE(there_are_not_too_many),
	KUNIT_CASE(listeners_that_are_left_go_with_their_namespace),
	KUNIT_CASE(what_waits_is_sent_before_the_last_listener_has_left),
	KUNIT_CASE(each_hit_is_in_one_of_the_sums),
	KUNIT_CASE(a_reset_subtracts_what_it_reported),
	KUNIT_CASE(a_position_covers_what_waited),
	{}
};

static struct kunit_suite listeners_suite = {
	.name = "ghost688_listeners",
	.init = town_init,
	.exit = town_exit,
	.test_cases = listeners_cases,
};

kunit_test_suites(&listeners_suite);
