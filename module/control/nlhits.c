// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hits over netlink: who listens, and the group that they are sent to.
 */
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/pid_namespace.h>

#include "control/family.h"
#include "control/nlhit.h"
#include "control/nlhits.h"
#include "state/net.h"

/* The most bytes that a CPU's position takes as a nest. */
#define GHOST_POSITION_SIZE	(nla_total_size(0) + nla_total_size(sizeof(u32)) +	\
				 2 * nla_total_size_64bit(sizeof(u64)))

/* Set while the module is loaded, if nobody occupies the group; see ghost_netlink_register(). */
static bool opened __ro_after_init;

static int ghost_nlhits_send(struct net *net, int cpu, u64 seq, u64 suppressed,
			     const struct ghost_hit *hit, bool several)
{
	struct sk_buff *msg = genlmsg_new(GHOST_NLHIT_SIZE, GFP_KERNEL);
	void *header;

	if (!msg)
		return -ENOMEM;
	header = genlmsg_put(msg, 0, 0, &ghost_netlink_family, 0, GHOST688_CMD_HIT_NTF);
	if (!header || ghost_nlhit_put_position(msg, cpu, seq, suppressed) ||
	    ghost_nlhit_fill(msg, hit, net->user_ns, !several)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return genlmsg_multicast_netns(&ghost_netlink_family, net, msg, 0, GHOST_GROUP_HITS,
				       GFP_KERNEL);
}

static int ghost_nlhits_tell(int cpu, u64 seq, u64 suppressed, void *context)
{
	struct sk_buff *msg = context;
	struct nlattr *nest = nla_nest_start(msg, GHOST688_A_HITS_CPU);

	if (!nest || ghost_nlhit_put_position(msg, cpu, seq, suppressed))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * ghost_nlhits_listen() - answer hits-listen
 * @request: the request
 * @info: the parsed request
 *
 * Return: 0 or a negative error. If only the answer could not be sent, the socket listens.
 */
int ghost_nlhits_listen(struct sk_buff *request, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sk_buff *msg = genlmsg_new(num_possible_cpus() * GHOST_POSITION_SIZE, GFP_KERNEL);
	struct ghost_audience *audience;
	void *header;
	int err;

	if (!msg)
		return -ENOMEM;
	err = -EBUSY;
	if (!READ_ONCE(opened)) {
		NL_SET_ERR_MSG(info->extack,
			       "somebody was in the group for hits when the module was loaded; load it again");
		goto free;
	}
	err = -EMSGSIZE;
	header = genlmsg_put_reply(msg, info, &ghost_netlink_family, 0, GHOST688_CMD_HITS_LISTEN);
	if (!header)
		goto free;
	err = -ENOMEM;
	audience = ghost_audience_get(&ghost_net(net)->audience, net);
	if (!audience)
		goto free;
	err = ghost_listeners_add(&audience->listeners, &audience->hits, info->snd_portid,
				  NETLINK_CB(request).sk, task_active_pid_ns(current));
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack, "256 sockets listen already");
	if (!err)
		err = ghost_hits_positions(&audience->hits, ghost_nlhits_tell, msg);
	if (err)
		goto free;
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);

free:
	nlmsg_free(msg);
	return err;
}

static int ghost_nlhits_released(struct notifier_block *block, unsigned long event, void *data)
{
	const struct netlink_notify *socket = data;
	struct ghost_audience *audience;

	if (event != NETLINK_URELEASE || socket->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	audience = READ_ONCE(ghost_net(socket->net)->audience);
	if (audience)
		ghost_listeners_remove(&audience->listeners, &audience->hits, socket->portid);
	return NOTIFY_DONE;
}

static struct notifier_block released = { .notifier_call = ghost_nlhits_released };

/**
 * ghost_nlhits_init() - get ready for listeners; before the family is registered
 *
 * Return: 0 or a negative error.
 */
int __init ghost_nlhits_init(void)
{
	return netlink_register_notifier(&released);
}

/**
 * ghost_nlhits_open() - send hits; the family is registered, and nobody is in its group
 */
void __init ghost_nlhits_open(void)
{
	ghost_hits_set_sender(ghost_nlhits_send);
	WRITE_ONCE(opened, true);
}

/**
 * ghost_nlhits_close() - send no more hits; before the family is unregistered
 */
void ghost_nlhits_close(void)
{
	ghost_hits_set_sender(NULL);
}

/**
 * ghost_nlhits_exit() - look after no more listeners; after the family is unregistered
 *
 * Those that are left are freed with their namespace's state.
 */
void ghost_nlhits_exit(void)
{
	netlink_unregister_notifier(&released);
}
