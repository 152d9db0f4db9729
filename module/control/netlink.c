// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family, as ghost688.yaml describes it.
 *
 * Operations run in parallel. The mutexes of the namespace's policy, counters, listeners and
 * sources protect the state that they share.
 */
#include <linux/slab.h>
#include <net/genetlink.h>

#include "compat.h"
#include "control/family.h"
#include "control/netlink.h"
#include "control/nlcounters.h"
#include "control/nlhits.h"
#include "control/nlpolicy.h"
#include "control/nlsources.h"
#include "netns.h"
#include "state/log_backend.h"
#include "state/net.h"

static const struct genl_multicast_group groups[] = {
	[GHOST_GROUP_POLICY] = { .name = GHOST688_MCGRP_POLICY },
	[GHOST_GROUP_HITS] = { .name = GHOST688_MCGRP_HITS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

/* Refuse all attributes: type 0 is never valid, and type 1 is rejected here. */
static const struct nla_policy no_attributes[2] = {
	[1] = { .type = NLA_REJECT, .reject_message = "this command takes no attributes" },
};

static int ghost_netlink_fill_policy(struct sk_buff *msg, u32 portid, u32 seq, u8 cmd,
				     const struct ghost_policy *policy)
{
	void *header = genlmsg_put(msg, portid, seq, &ghost_netlink_family, 0, cmd);

	if (!header)
		return -EMSGSIZE;
	if (ghost_nlpolicy_fill(msg, policy)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

static int ghost_netlink_policy_get(struct sk_buff *request, struct genl_info *info)
{
	struct ghost_net *gn = ghost_net(genl_info_net(info));
	struct sk_buff *msg = genlmsg_new(GHOST_NLPOLICY_SIZE, GFP_KERNEL);
	int err;

	if (!msg)
		return -ENOMEM;
	rcu_read_lock();
	err = ghost_netlink_fill_policy(msg, info->snd_portid, info->snd_seq,
					GHOST688_CMD_POLICY_GET, rcu_dereference(gn->policy));
	rcu_read_unlock();
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

/* Called under the policy mutex, so that notifications follow the order of changes. */
static void ghost_netlink_policy_notify(struct net *net, const struct ghost_policy *policy)
{
	struct sk_buff *msg;

	if (!genl_has_listeners(&ghost_netlink_family, net, GHOST_GROUP_POLICY))
		return;
	msg = genlmsg_new(GHOST_NLPOLICY_SIZE, GFP_KERNEL);
	if (!msg || ghost_netlink_fill_policy(msg, 0, 0, GHOST688_CMD_POLICY_NTF, policy)) {
		nlmsg_free(msg);
		/* Let the listeners know that they missed a change. */
		genl_set_err(&ghost_netlink_family, net, 0, GHOST_GROUP_POLICY, -ENOBUFS);
		return;
	}
	genlmsg_multicast_netns(&ghost_netlink_family, net, msg, 0, GHOST_GROUP_POLICY, GFP_KERNEL);
}

static int ghost_netlink_policy_replace(struct genl_info *info, struct ghost_policy *policy)
{
	const struct nlattr *expected = info->attrs[GHOST688_A_POLICY_EXPECTED_GENERATION];
	struct net *net = genl_info_net(info);
	struct ghost_net *gn = ghost_net(net);
	const struct ghost_policy *old;
	int err;

	mutex_lock(&gn->policy_mutex);
	old = rcu_dereference_protected(gn->policy, lockdep_is_held(&gn->policy_mutex));
	if (expected && nla_get_u32(expected) != old->generation) {
		NL_SET_ERR_MSG_ATTR(info->extack, expected,
				    "the policy has changed since; read it again");
		err = -EBUSY;
		goto unlock;
	}
	err = ghost_net_policy_replace(net, policy);
	if (err)
		NL_SET_ERR_MSG(info->extack, "a netfilter hook could not be registered");
	else
		ghost_netlink_policy_notify(net, policy);
unlock:
	mutex_unlock(&gn->policy_mutex);
	return err;
}

static void ghost_netlink_refuse_log(struct genl_info *info, enum ghost688_log_target target)
{
	if (target == GHOST688_LOG_TARGET_NFLOG)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[GHOST688_A_POLICY_LOG_TARGET],
				    "log-target nflog needs nfnetlink_log, which cannot be loaded");
	else
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[GHOST688_A_POLICY_LOG_TARGET],
				    "log-target syslog needs nf_log_syslog, which cannot be loaded");
}

static int ghost_netlink_policy_set(struct sk_buff *request, struct genl_info *info)
{
	struct ghost_policy *policy = ghost_nlpolicy_parse(info);
	enum ghost688_log_target target;
	bool logs;
	int err = 0;

	if (IS_ERR(policy))
		return PTR_ERR(policy);

	/*
	 * Not under the policy mutex: modprobe may wait for a namespace that is
	 * being dismantled, and that in turn waits for the mutex.
	 */
	target = policy->log.target;
	logs = ghost_policy_logs(policy);
	if (logs) {
		err = ghost_log_request(target);
		if (err) {
			ghost_netlink_refuse_log(info, target);
			goto free;
		}
	}

	err = ghost_netlink_policy_replace(info, policy);
	if (err)
		goto put;
	return 0;

put:
	if (logs)
		ghost_log_put(target);
free:
	kfree(policy);
	return err;
}

static const struct genl_ops ops[] = {
	{
		.cmd		= GHOST688_CMD_POLICY_GET,
		.policy		= no_attributes,
		.maxattr	= ARRAY_SIZE(no_attributes) - 1,
		.doit		= ghost_netlink_policy_get,
	},
	{
		.cmd		= GHOST688_CMD_POLICY_SET,
		.policy		= ghost_nlpolicy,
		.maxattr	= GHOST688_A_POLICY_MAX,
		.flags		= GENL_UNS_ADMIN_PERM,
		.doit		= ghost_netlink_policy_set,
	},
	{
		.cmd		= GHOST688_CMD_STATUS_GET,
		.policy		= no_attributes,
		.maxattr	= ARRAY_SIZE(no_attributes) - 1,
		.doit		= ghost_nlcounters_status_get,
	},
	{
		.cmd		= GHOST688_CMD_COUNTERS_GET,
		.policy		= no_attributes,
		.maxattr	= ARRAY_SIZE(no_attributes) - 1,
		.start		= ghost_nlcounters_start,
		.dumpit		= ghost_nlcounters_dump,
		.done		= ghost_nlcounters_done,
	},
	{
		.cmd		= GHOST688_CMD_COUNTERS_RESET,
		.policy		= no_attributes,
		.maxattr	= ARRAY_SIZE(no_attributes) - 1,
		.flags		= GENL_UNS_ADMIN_PERM,
		.doit		= ghost_nlcounters_reset,
	},
	{
		.cmd		= GHOST688_CMD_HITS_LISTEN,
		.policy		= no_attributes,
		.maxattr	= ARRAY_SIZE(no_attributes) - 1,
		.flags		= GENL_UNS_ADMIN_PERM,
		.doit		= ghost_nlhits_listen,
	},
	{
		.cmd		= GHOST688_CMD_SOURCES_GET,
		.policy		= no_attributes,
		.maxattr	= ARRAY_SIZE(no_attributes) - 1,
		.flags		= GENL_UNS_ADMIN_PERM,
		.start		= ghost_nlsources_start,
		.dumpit		= ghost_nlsources_dump,
		.done		= ghost_nlsources_done,
	},
	{
		.cmd		= GHOST688_CMD_SOURCES_RESET,
		.policy		= no_attributes,
		.maxattr	= ARRAY_SIZE(no_attributes) - 1,
		.flags		= GENL_UNS_ADMIN_PERM,
		.start		= ghost_nlsources_start_reset,
		.dumpit		= ghost_nlsources_dump,
		.done		= ghost_nlsources_done,
	},
};

struct genl_family ghost_netlink_family __ro_after_init = {
	.name		= GHOST688_FAMILY_NAME,
	.version	= GHOST688_FAMILY_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= true,
	.parallel_ops	= true,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

/*
 * While no family owns the number of a group, anybody may join it, and stays when a family
 * gets it. So register again, which throws out everybody, until nobody is in group "hits".
 */
static int __init ghost_netlink_register(void)
{
	int tries, err;

	for (tries = 0; tries < 8; tries++) {
		err = genl_register_family(&ghost_netlink_family);
		if (err)
			return err;
		if (!genl_has_listeners(&ghost_netlink_family, &init_net, GHOST_GROUP_HITS)) {
			ghost_nlhits_open();
			return 0;
		}
		genl_unregister_family(&ghost_netlink_family);
	}
	pr_warn("ghost688: somebody occupies the group for hits, so none are sent\n");
	return genl_register_family(&ghost_netlink_family);
}

/**
 * ghost_netlink_init() - register the family; everything it serves must be ready
 *
 * Return: 0 or a negative error.
 */
int __init ghost_netlink_init(void)
{
	int err = ghost_nlhits_init();

	if (err)
		return err;
	err = ghost_netlink_register();
	if (err)
		ghost_nlhits_exit();
	return err;
}

/**
 * ghost_netlink_exit() - unregister the family; no operation runs when it returns
 */
void ghost_netlink_exit(void)
{
	/* Before the group's number can go to somebody else. */
	ghost_nlhits_close();
	genl_unregister_family(&ghost_netlink_family);
	ghost_nlhits_exit();
}
