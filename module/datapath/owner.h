/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_OWNER_H
#define GHOST_OWNER_H

#include <linux/netfilter.h>
#include <linux/sched.h>
#include <linux/skbuff.h>

/**
 * struct ghost_owner - who in this host sends a packet
 * @sk: the sending socket, a full one that is not the kernel's; NULL if it is not known
 * @uid: the owner of @sk
 * @task: the thread that is at work on @sk, which is current; NULL if it is not known
 */
struct ghost_owner {
	struct sock *sk;
	kuid_t uid;
	const struct task_struct *task;
};

void ghost_owner_get(struct ghost_owner *owner, const struct sk_buff *skb,
		     const struct nf_hook_state *state);

#endif
