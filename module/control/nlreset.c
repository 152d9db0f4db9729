// SPDX-License-Identifier: GPL-2.0-only
/*
 * Announces resets over netlink.
 */
#include "control/family.h"
#include "control/nlreset.h"

/**
 * ghost_nlreset_notify() - announce a reset on group "policy"
 * @net: the namespace
 * @table: what was reset
 *
 * Process context; may sleep. If there is no memory, listeners learn that they missed
 * something.
 */
void ghost_nlreset_notify(struct net *net, enum ghost688_table table)
{
	struct sk_buff *msg;
	void *header;

	if (!genl_has_listeners(&ghost_netlink_family, net, GHOST_GROUP_POLICY))
		return;
	msg = genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL);
	if (!msg)
		goto missed;
	header = genlmsg_put(msg, 0, 0, &ghost_netlink_family, 0, GHOST688_CMD_RESET_NTF);
	if (!header || nla_put_u32(msg, GHOST688_A_RESET_TABLE, table))
		goto missed;
	genlmsg_end(msg, header);
	genlmsg_multicast_netns(&ghost_netlink_family, net, msg, 0, GHOST_GROUP_POLICY, GFP_KERNEL);
	return;

missed:
	nlmsg_free(msg);
	genl_set_err(&ghost_netlink_family, net, 0, GHOST_GROUP_POLICY, -ENOBUFS);
}
