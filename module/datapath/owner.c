// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who in this host sends a packet. What is not certain stays unknown.
 */
#include <linux/sched/task_stack.h>
#include <net/inet_sock.h>
#include <net/tcp.h>

#include "datapath/owner.h"

/*
 * Is the current task sending this packet? Not if softirq work or a task with bottom
 * halves off got here: it may be forwarding, as whoever writes to a tun device, or
 * answering. Not a kernel thread. And not somebody who gives back a packet out of
 * NFQUEUE: then the hook's state is in the queue's memory, and on no stack.
 */
static bool ghost_owner_is_current(const struct nf_hook_state *state)
{
	return in_task() && !in_softirq() && !(current->flags & PF_KTHREAD) &&
	       object_is_on_stack(state);
}

/**
 * ghost_owner_get() - who sends this packet?
 * @owner: the answer
 * @skb: a packet in LOCAL_OUT
 * @state: the hook's state, as netfilter passed it
 *
 * The kernel's own sockets have no owner that means anything. A socket of another
 * namespace may be left on a packet that crossed over.
 *
 * Softirq or process context, under RCU; before anything turns bottom halves off.
 */
void ghost_owner_get(struct ghost_owner *owner, const struct sk_buff *skb,
		     const struct nf_hook_state *state)
{
	struct sock *sk = skb_to_full_sk(skb);

	owner->sk = NULL;
	owner->task = NULL;
	if (!sk || !sk_fullsock(sk) || sk->sk_kern_sock || !net_eq(sock_net(sk), state->net))
		return;
	owner->sk = sk;
	owner->uid = sock_net_uid(state->net, sk);
	if (ghost_owner_is_current(state))
		owner->task = current;
}
