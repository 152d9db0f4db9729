// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who listens to a namespace's hits. Netlink knows whether anybody listens to a group, but
 * not in which namespace. So listeners have to ask: else root of any namespace could make
 * all others build hits.
 */
#include <linux/slab.h>

#include "state/listeners.h"

/*
 * A port id alone does not name a socket: while one is being closed another one may get its
 * number. The socket is alive as long as it is listed, because its own end takes it off.
 */
struct ghost_listener {
	struct list_head list;
	u32 portid;
	const struct sock *sk;
	struct pid_namespace *pid_ns;
};

/**
 * ghost_listeners_init() - set up a namespace's listeners: nobody yet
 * @listeners: the listeners
 */
void ghost_listeners_init(struct ghost_listeners *listeners)
{
	mutex_init(&listeners->mutex);
	INIT_LIST_HEAD(&listeners->list);
}

static void ghost_listener_free(struct ghost_listener *listener)
{
	put_pid_ns(listener->pid_ns);
	kfree(listener);
}

/**
 * ghost_listeners_exit() - free a namespace's listeners
 * @listeners: the listeners, with nobody who adds or removes, and no packet in a hook
 *
 * Their sockets may be open still, if the module is unloaded.
 */
void ghost_listeners_exit(struct ghost_listeners *listeners)
{
	struct ghost_listener *listener, *next;

	list_for_each_entry_safe(listener, next, &listeners->list, list)
		ghost_listener_free(listener);
	mutex_destroy(&listeners->mutex);
}

static struct ghost_listener *ghost_listeners_find(struct ghost_listeners *listeners,
						   const struct sock *sk)
{
	struct ghost_listener *listener;

	list_for_each_entry(listener, &listeners->list, list)
		if (listener->sk == sk)
			return listener;
	return NULL;
}

/* A socket is marked as dead before its end is announced. */
static struct ghost_listener *ghost_listeners_find_dead(struct ghost_listeners *listeners,
							u32 portid)
{
	struct ghost_listener *listener;

	list_for_each_entry(listener, &listeners->list, list)
		if (listener->portid == portid && sock_flag(listener->sk, SOCK_DEAD))
			return listener;
	return NULL;
}

static bool ghost_listeners_are_full(struct ghost_listeners *listeners)
{
	struct ghost_listener *listener;
	unsigned int count = 0;

	list_for_each_entry(listener, &listeners->list, list)
		count++;
	return count >= GHOST_LISTENERS_MAX;
}

/* PIDs are told as the first listener's PID namespace has them, if all have the same. */
static void ghost_listeners_compare(struct ghost_listeners *listeners, struct ghost_hits *hits)
{
	struct ghost_listener *listener;
	bool several = false;

	list_for_each_entry(listener, &listeners->list, list)
		if (listener->pid_ns != listeners->pid_ns)
			several = true;
	ghost_hits_set_several(hits, several);
}

/**
 * ghost_listeners_add() - have a namespace's hits built for as long as a socket is open
 * @listeners: the namespace's listeners
 * @hits: its hits
 * @portid: the socket's port id in this namespace
 * @sk: the socket; nothing changes if it listens already
 * @pid_ns: its owner's PID namespace
 *
 * Process context; may sleep. The caller keeps the socket open.
 *
 * Return: 0, -ENOMEM, or -ENOSPC if there are %GHOST_LISTENERS_MAX already.
 */
int ghost_listeners_add(struct ghost_listeners *listeners, struct ghost_hits *hits, u32 portid,
			const struct sock *sk, struct pid_namespace *pid_ns)
{
	struct ghost_listener *listener;
	int err = 0;

	mutex_lock(&listeners->mutex);
	if (ghost_listeners_find(listeners, sk))
		goto unlock;
	err = -ENOSPC;
	if (ghost_listeners_are_full(listeners))
		goto unlock;
	err = -ENOMEM;
	listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	if (!listener)
		goto unlock;
	err = list_empty(&listeners->list) ? ghost_hits_start(hits, pid_ns) : 0;
	if (err) {
		kfree(listener);
		goto unlock;
	}
	if (list_empty(&listeners->list))
		listeners->pid_ns = pid_ns;
	listener->portid = portid;
	listener->sk = sk;
	listener->pid_ns = get_pid_ns(pid_ns);
	list_add(&listener->list, &listeners->list);
	ghost_listeners_compare(listeners, hits);
unlock:
	mutex_unlock(&listeners->mutex);
	return err;
}

/**
 * ghost_listeners_remove() - a socket is closed, so it does not listen any more
 * @listeners: the namespace's listeners
 * @hits: its hits
 * @portid: the socket's port id; most sockets never listened
 *
 * Process context; may sleep.
 */
void ghost_listeners_remove(struct ghost_listeners *listeners, struct ghost_hits *hits, u32 portid)
{
	struct ghost_listener *listener;

	/* A listener's own entry is in the list until here, so this sees it. */
	if (list_empty_careful(&listeners->list))
		return;

	mutex_lock(&listeners->mutex);
	listener = ghost_listeners_find_dead(listeners, portid);
	if (!listener)
		goto unlock;
	list_del(&listener->list);
	if (list_empty(&listeners->list))
		ghost_hits_stop(hits);
	else
		ghost_listeners_compare(listeners, hits);
	ghost_listener_free(listener);
unlock:
	mutex_unlock(&listeners->mutex);
}
