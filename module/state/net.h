/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NET_H
#define GHOST_NET_H

#include <linux/mutex.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "state/audience.h"
#include "state/counters.h"
#include "state/policy.h"
#include "state/sources.h"
#include "state/visitors.h"

/**
 * struct ghost_net - per-namespace state
 * @policy: the policy in force; never NULL while a hook, netlink or /proc can read it
 * @armed: a bit for each direction whose hooks are registered; under @policy_mutex
 * @policy_mutex: serializes policy changes, and keeps their notifications in order
 * @counters: the counters
 * @audience: the hits and who listens to them; NULL before anybody listened
 * @sources: who came
 * @visitors: the UDP visitors; set by the data path, cleared under @policy_mutex
 */
struct ghost_net {
	struct ghost_policy __rcu *policy;
	unsigned int armed;
	struct mutex policy_mutex; /* serializes changes of @policy and @armed */
	struct ghost_counters counters;
	struct ghost_audience *audience;
	struct ghost_sources sources;
	struct ghost_visitors visitors;
};

extern unsigned int ghost_net_id;

static inline struct ghost_net *ghost_net(const struct net *net)
{
	return net_generic(net, ghost_net_id);
}

/**
 * ghost_net_rcu() - ghost_net() for hooks
 * @net: the namespace
 *
 * Netfilter calls hooks under RCU, so this need not enter RCU as ghost_net() does.
 */
static inline struct ghost_net *ghost_net_rcu(const struct net *net)
{
	return rcu_dereference(net->gen)->ptr[ghost_net_id];
}

#endif
