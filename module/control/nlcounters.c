// SPDX-License-Identifier: GPL-2.0-only
/*
 * Status and counters over netlink.
 */
#include <linux/slab.h>

#include "control/family.h"
#include "control/nlcounters.h"
#include "control/nlreset.h"
#include "state/net.h"
#include "state/words.h"
#include "version.h"

static int ghost_nlcounters_put(struct sk_buff *msg, enum ghost688_direction direction,
				enum ghost_family ip, const struct ghost_count *count)
{
	if (nla_put_u32(msg, GHOST688_A_COUNTER_DIRECTION, direction) ||
	    nla_put_u32(msg, GHOST688_A_COUNTER_FAMILY, ip == GHOST_IPV4 ? 4 : 6) ||
	    nla_put_u64_64bit(msg, GHOST688_A_COUNTER_PACKETS, count->packets,
			      GHOST688_A_COUNTER_PAD) ||
	    nla_put_u64_64bit(msg, GHOST688_A_COUNTER_BYTES, count->bytes,
			      GHOST688_A_COUNTER_PAD))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlcounters_put_cell(struct sk_buff *msg, unsigned int cell,
				     const struct ghost_totals *totals)
{
	struct ghost_key key = ghost_cell_key(cell);

	if (nla_put_u32(msg, GHOST688_A_COUNTER_PROTOCOL, ghost_protocol_number(key.protocol)) ||
	    nla_put_u32(msg, GHOST688_A_COUNTER_VERDICT, key.verdict))
		return -EMSGSIZE;
	return ghost_nlcounters_put(msg, key.direction, key.family, &totals->visits[cell]);
}

/* The most bytes that one counter takes as a nest. */
#define GHOST_COUNTER_SIZE	(nla_total_size(0) + 4 * nla_total_size(sizeof(u32)) +	\
				 2 * nla_total_size_64bit(sizeof(u64)))

static int ghost_nlcounters_put_hits(struct sk_buff *msg, const struct ghost_hits_sums *hits)
{
	if (nla_put_u64_64bit(msg, GHOST688_A_STATUS_HITS_SENT, hits->sent,
			      GHOST688_A_STATUS_PAD) ||
	    nla_put_u64_64bit(msg, GHOST688_A_STATUS_HITS_SUPPRESSED, hits->suppressed,
			      GHOST688_A_STATUS_PAD) ||
	    nla_put_u64_64bit(msg, GHOST688_A_STATUS_HITS_LOST, hits->lost,
			      GHOST688_A_STATUS_PAD))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlcounters_put_log(struct sk_buff *msg, const struct ghost_totals *totals)
{
	const struct ghost_count *count;
	struct nlattr *nest;
	int direction, ip;

	if (nla_put_u64_64bit(msg, GHOST688_A_STATUS_LOG_LINES, totals->log_lines,
			      GHOST688_A_STATUS_PAD) ||
	    nla_put_u64_64bit(msg, GHOST688_A_STATUS_LOG_SUPPRESSED, totals->log_suppressed,
			      GHOST688_A_STATUS_PAD))
		return -EMSGSIZE;

	for (direction = 0; direction < GHOST_DIRECTIONS; direction++) {
		for (ip = 0; ip < GHOST_FAMILIES; ip++) {
			count = &totals->truncated[ghost_truncated_cell(direction, ip)];
			if (!count->packets)
				continue;
			nest = nla_nest_start(msg, GHOST688_A_STATUS_TRUNCATED);
			if (!nest || ghost_nlcounters_put(msg, direction, ip, count))
				return -EMSGSIZE;
			nla_nest_end(msg, nest);
		}
	}
	return 0;
}

static int ghost_nlcounters_put_status(struct sk_buff *msg, struct net *net,
				       const struct ghost_totals *totals)
{
	struct ghost_hits_sums hits;
	const struct ghost_policy *policy;
	int err;

	rcu_read_lock();
	policy = rcu_dereference(ghost_net(net)->policy);
	err = nla_put_u32(msg, GHOST688_A_STATUS_GENERATION, policy->generation) ||
	      nla_put_u32(msg, GHOST688_A_STATUS_IN, policy->action[GHOST688_DIRECTION_IN]) ||
	      nla_put_u32(msg, GHOST688_A_STATUS_FORWARD,
			  policy->action[GHOST688_DIRECTION_FORWARD]) ||
	      nla_put_u32(msg, GHOST688_A_STATUS_OUT, policy->action[GHOST688_DIRECTION_OUT]);
	rcu_read_unlock();

	if (err || nla_put_string(msg, GHOST688_A_STATUS_VERSION, GHOST688_VERSION) ||
	    (totals->last_visit &&
	     nla_put_u64_64bit(msg, GHOST688_A_STATUS_LAST_VISIT, totals->last_visit,
			       GHOST688_A_STATUS_PAD)))
		return -EMSGSIZE;
	ghost_audience_read(READ_ONCE(ghost_net(net)->audience), &hits);
	err = ghost_nlcounters_put_hits(msg, &hits);
	return err ? err : ghost_nlcounters_put_log(msg, totals);
}

/**
 * ghost_nlcounters_status_get() - answer status-get
 * @request: the request
 * @info: the parsed request
 *
 * Return: 0, -ENOMEM, or the error of sending the answer.
 */
int ghost_nlcounters_status_get(struct sk_buff *request, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct ghost_totals *totals;
	struct sk_buff *msg;
	void *header;
	int err = -ENOMEM;

	totals = kmalloc(sizeof(*totals), GFP_KERNEL_ACCOUNT);
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!totals || !msg)
		goto free;
	ghost_counters_read(&ghost_net(net)->counters, totals);

	err = -EMSGSIZE;
	header = genlmsg_put_reply(msg, info, &ghost_netlink_family, 0, GHOST688_CMD_STATUS_GET);
	if (!header || ghost_nlcounters_put_status(msg, net, totals))
		goto free;
	genlmsg_end(msg, header);
	kfree(totals);
	return genlmsg_reply(msg, info);

free:
	nlmsg_free(msg);
	kfree(totals);
	return err;
}

/**
 * ghost_nlcounters_start() - begin counters-get with a snapshot for the whole dump
 * @cb: the dump's state; args[0] points to the snapshot, args[1] is the next cell
 *
 * Return: 0 or -ENOMEM.
 */
int ghost_nlcounters_start(struct netlink_callback *cb)
{
	struct ghost_net *gn = ghost_net(sock_net(cb->skb->sk));
	struct ghost_totals *totals = kmalloc(sizeof(*totals), GFP_KERNEL_ACCOUNT);

	if (!totals)
		return -ENOMEM;
	ghost_counters_read(&gn->counters, totals);
	cb->args[0] = (long)totals;
	return 0;
}

/**
 * ghost_nlcounters_done() - end counters-get, even if it was not read to the end
 * @cb: the dump's state
 *
 * Return: 0.
 */
int ghost_nlcounters_done(struct netlink_callback *cb)
{
	kfree((void *)cb->args[0]);
	return 0;
}

/**
 * ghost_nlcounters_dump() - fill one message of counters-get with as many counters as fit
 * @msg: the message
 * @cb: the dump's state
 *
 * Return: the message's length; 0 when no counters are left.
 */
int ghost_nlcounters_dump(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct ghost_totals *totals = (void *)cb->args[0];
	unsigned int cell;
	void *header;

	cell = cb->args[1];
	for_each_set_bit_from(cell, totals->ever, GHOST_CELLS) {
		header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &ghost_netlink_family, NLM_F_MULTI,
				     GHOST688_CMD_COUNTERS_GET);
		if (!header)
			break;
		if (ghost_nlcounters_put_cell(msg, cell, totals)) {
			genlmsg_cancel(msg, header);
			break;
		}
		genlmsg_end(msg, header);
	}
	cb->args[1] = cell;
	return msg->len;
}

struct ghost_reset {
	struct genl_info *info;
	struct sk_buff *msg;
	struct ghost_audience *audience;
};

static int ghost_nlcounters_put_cells(struct sk_buff *msg, const struct ghost_totals *totals)
{
	struct nlattr *nest;
	unsigned int cell;

	for_each_set_bit(cell, totals->ever, GHOST_CELLS) {
		nest = nla_nest_start(msg, GHOST688_A_STATUS_COUNTER);
		if (!nest || ghost_nlcounters_put_cell(msg, cell, totals))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

/* The counters are reset only if this succeeds in sending the answer. */
static int ghost_nlcounters_answer_reset(const struct ghost_totals *totals, void *context)
{
	struct ghost_reset *reset = context;
	struct sk_buff *msg = reset->msg;
	void *header = genlmsg_put_reply(msg, reset->info, &ghost_netlink_family, 0,
					 GHOST688_CMD_COUNTERS_RESET);
	struct ghost_hits_sums hits;
	int err;

	ghost_audience_read(reset->audience, &hits);
	if (!header || ghost_nlcounters_put_hits(msg, &hits) ||
	    ghost_nlcounters_put_log(msg, totals) || ghost_nlcounters_put_cells(msg, totals))
		return -EMSGSIZE;
	genlmsg_end(msg, header);
	/* genlmsg_reply() frees the message even when it fails. */
	reset->msg = NULL;
	err = genlmsg_reply(msg, reset->info);
	if (!err)
		ghost_audience_reset(reset->audience, &hits);
	return err;
}

/**
 * ghost_nlcounters_reset() - answer counters-reset
 * @request: the request
 * @info: the parsed request
 *
 * Return: 0, or a negative error, with nothing reset.
 */
int ghost_nlcounters_reset(struct sk_buff *request, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct ghost_net *gn = ghost_net(net);
	struct ghost_reset reset = { .info = info, .audience = READ_ONCE(gn->audience) };
	struct ghost_totals *totals;
	int err = -ENOMEM;

	totals = kmalloc(sizeof(*totals), GFP_KERNEL_ACCOUNT);
	reset.msg = genlmsg_new((GHOST_CELLS + GHOST_TRUNCATED_CELLS) * GHOST_COUNTER_SIZE +
				5 * nla_total_size_64bit(sizeof(u64)),
				GFP_KERNEL);
	if (totals && reset.msg)
		err = ghost_counters_reset(&gn->counters, totals, ghost_nlcounters_answer_reset,
					   &reset);
	if (!err)
		ghost_nlreset_notify(net, GHOST688_TABLE_COUNTERS);
	nlmsg_free(reset.msg);
	kfree(totals);
	return err;
}
