// SPDX-License-Identifier: GPL-2.0-only
/*
 * What conntrack tells, without linking to it or switching it on.
 */
#include <linux/netfilter_ipv4.h>
#include <net/netfilter/nf_conntrack.h>

#include "conntrack.h"

/**
 * ghost_conntrack_is_reply() - does the packet go against its connection's first one?
 * @skb: a packet behind conntrack's place, wherever that is
 *
 * Any context, under RCU.
 */
bool ghost_conntrack_is_reply(const struct sk_buff *skb)
{
	enum ip_conntrack_info info;

	return nf_ct_get(skb, &info) && CTINFO2DIR(info) == IP_CT_DIR_REPLY;
}

static bool ghost_conntrack_owns(const struct nf_hook_ops *ops)
{
	return ops->priority == NF_IP_PRI_CONNTRACK && ops->hook_ops_type == NF_HOOK_OP_UNDEFINED;
}

/**
 * ghost_conntrack_is_at_work() - does conntrack see this namespace's packets?
 * @net: the namespace
 * @family: the network protocol
 *
 * Conntrack's hooks come and go with whoever asks for it, and nothing that
 * vmlinux exports tells of them but the hooks themselves: nothing else but
 * nftables, whose hooks say so, stands at conntrack's priority. Whoever takes
 * a hook away keeps its ops until readers are done; BPF links do since
 * "netfilter: bpf: defer hook memory release until rcu readers are done".
 *
 * Any context.
 */
bool ghost_conntrack_is_at_work(const struct net *net, enum ghost_family family)
{
	const struct nf_hook_entries *entries;
	struct nf_hook_ops **ops;
	bool found = false;
	int i;

	rcu_read_lock();
	if (family == GHOST_IPV4)
		entries = rcu_dereference(net->nf.hooks_ipv4[NF_INET_PRE_ROUTING]);
	else
		entries = rcu_dereference(net->nf.hooks_ipv6[NF_INET_PRE_ROUTING]);
	if (entries) {
		ops = nf_hook_entries_get_hook_ops(entries);
		for (i = 0; i < entries->num_hook_entries; i++)
			found |= ghost_conntrack_owns(READ_ONCE(ops[i]));
	}
	rcu_read_unlock();
	return found;
}
