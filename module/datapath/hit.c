// SPDX-License-Identifier: GPL-2.0-only
/*
 * Describes a visit for those who listen to hits.
 */
#include <linux/bottom_half.h>
#include <linux/cgroup.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/preempt.h>
#include <linux/sock_diag.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "datapath/conntrack.h"
#include "datapath/hit.h"
#include "datapath/owner.h"
#include "datapath/transport.h"

static void ghost_hit_set_ends(struct ghost_hit *hit, const struct sk_buff *skb)
{
	const struct ghost_visit *visit = &hit->visit;
	__be16 ports[2], *port;

	if (visit->family == GHOST_IPV4) {
		hit->source.address.s6_addr32[0] = ip_hdr(skb)->saddr;
		hit->destination.address.s6_addr32[0] = ip_hdr(skb)->daddr;
	} else {
		hit->source.address = ipv6_hdr(skb)->saddr;
		hit->destination.address = ipv6_hdr(skb)->daddr;
	}
	if (hit->known & GHOST_HIT_TRUNCATED)
		return;
	port = skb_header_pointer(skb, visit->transport, sizeof(ports), ports);
	if (!port) {
		hit->known |= GHOST_HIT_TRUNCATED;
		return;
	}
	hit->source.port = port[0];
	hit->destination.port = port[1];
}

static void ghost_hit_set_tcp_flags(struct ghost_hit *hit, const struct sk_buff *skb)
{
	int flags;

	if (hit->known & GHOST_HIT_TRUNCATED || hit->visit.protocol != GHOST_TCP)
		return;
	flags = ghost_transport_byte(skb, &hit->visit, GHOST_TCP_FLAGS);
	if (flags < 0)
		return;
	hit->tcp_flags = flags;
	hit->known |= GHOST_HIT_TCP_FLAGS;
}

static void ghost_hit_set_original(struct ghost_hit *hit, const struct sk_buff *skb,
				   const struct net *net)
{
	if (hit->known & GHOST_HIT_TRUNCATED ||
	    !ghost_conntrack_translated(&hit->visit, skb, net, &hit->original_source,
					&hit->original_destination))
		return;
	hit->known |= GHOST_HIT_ORIGINAL;
}

static void ghost_hit_set_interface(const struct net_device *dev, int *index, char *name)
{
	*index = dev ? dev->ifindex : 0;
	/* A device that is being renamed may show a mix of both names. */
	if (dev)
		strscpy(name, dev->name, IFNAMSIZ);
}

static void ghost_hit_set_owner(struct ghost_hit *hit, const struct ghost_owner *owner,
				struct pid_namespace *pid_ns)
{
	u32 cookie[2];

	if (!owner->sk)
		return;
	hit->known |= GHOST_HIT_SOCKET;
	hit->uid = owner->uid;
	sock_diag_save_cookie(owner->sk, cookie);
	hit->cookie = (u64)cookie[1] << 32 | cookie[0];
	hit->cgroup = 0;
#ifdef CONFIG_SOCK_CGROUP_DATA
	hit->cgroup = cgroup_id(sock_cgroup_ptr(&owner->sk->sk_cgrp_data));
#endif
	if (!owner->task)
		return;
	hit->known |= GHOST_HIT_TASK;
	hit->pid = pid_ns ? task_tgid_nr_ns(current, pid_ns) : 0;
	strscpy(hit->comm, current->comm, sizeof(hit->comm));
}

static void ghost_hit_fill(struct ghost_hit *hit, enum ghost688_direction direction,
			   enum ghost_class class, const struct ghost_visit *visit,
			   enum ghost688_verdict verdict, const struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	hit->time = ktime_get_real_ns();
	hit->boot_time = ktime_get_boottime_ns();
	hit->known = 0;
	if (class == GHOST_TRUNCATED)
		hit->known |= GHOST_HIT_TRUNCATED;
	if (class == GHOST_TRANSLATED)
		hit->known |= GHOST_HIT_TRANSLATED;
	hit->direction = direction;
	hit->verdict = verdict;
	hit->visit = *visit;
	ghost_hit_set_ends(hit, skb);
	ghost_hit_set_tcp_flags(hit, skb);
	ghost_hit_set_original(hit, skb, state->net);
	ghost_hit_set_interface(state->in, &hit->in_ifindex, hit->in_name);
	ghost_hit_set_interface(state->out, &hit->out_ifindex, hit->out_name);
}

/* As for the log, a tick is exact enough. */
static bool ghost_hit_may_be_sent(struct ghost_hits *hits, const struct ghost_rate *rate)
{
	const s64 now = get_jiffies_64() * TICK_NSEC;

	ghost_limit_adopt(&hits->limit, rate, now);
	return ghost_limit_take(&hits->limit, rate, now);
}

/**
 * ghost_hit_report() - queue a hit, if somebody listens and the hit rate permits
 * @hits: the namespace's hits
 * @rate: the policy's hit rate
 * @direction: where the visit was met
 * @class: how it was classified; not GHOST_MISS
 * @visit: what it is
 * @verdict: what happens to it; no reply
 * @skb: the packet
 * @state: the hook's state, as netfilter passed it
 *
 * Softirq or process context, under RCU. Bottom halves and, on PREEMPT_RT, preemption are
 * off while this CPU's ring is used.
 */
void ghost_hit_report(struct ghost_hits *hits, const struct ghost_rate *rate,
		      enum ghost688_direction direction, enum ghost_class class,
		      const struct ghost_visit *visit, enum ghost688_verdict verdict,
		      const struct sk_buff *skb, const struct nf_hook_state *state)
{
	const bool bottom_halves = !in_softirq();
	struct ghost_hits_queue *queue;
	struct ghost_owner owner = {};
	struct ghost_hit *hit = NULL;

	if (direction == GHOST688_DIRECTION_OUT)
		ghost_owner_get(&owner, skb, state);
	if (bottom_halves)
		local_bh_disable();
	preempt_disable_nested();
	queue = rcu_dereference(hits->queue);
	if (!queue)
		goto done;
	if (!ghost_hit_may_be_sent(hits, rate)) {
		ghost_hits_suppress(queue);
		goto done;
	}
	hit = ghost_hits_reserve(queue);
	if (hit) {
		ghost_hit_fill(hit, direction, class, visit, verdict, skb, state);
		ghost_hit_set_owner(hit, &owner, READ_ONCE(queue->several) ? NULL : queue->pid_ns);
		ghost_hits_commit(queue, hit);
	}
done:
	preempt_enable_nested();
	if (bottom_halves)
		local_bh_enable();
	if (hit)
		ghost_hits_wake(hits);
}
