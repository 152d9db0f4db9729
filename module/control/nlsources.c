// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources over netlink.
 */
#include <net/genetlink.h>

#include "control/family.h"
#include "control/nlreset.h"
#include "control/nlsources.h"
#include "state/net.h"
#include "state/source_merge.h"

static int ghost_nlsources_put_head(struct sk_buff *msg, const struct ghost_source_list *list)
{
	if (nla_put_u64_64bit(msg, GHOST688_A_SOURCE_THRESHOLD, list->threshold,
			      GHOST688_A_SOURCE_PAD) ||
	    nla_put_u64_64bit(msg, GHOST688_A_SOURCE_UNRECORDED, list->unrecorded,
			      GHOST688_A_SOURCE_PAD))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlsources_put_key(struct sk_buff *msg, const struct ghost_source *source)
{
	const bool ipv4 = ghost_source_family(source->flags) == GHOST_IPV4;
	const struct in6_addr ipv6 = ghost_source_ipv6(source);

	if (nla_put_u32(msg, GHOST688_A_SOURCE_DIRECTION, ghost_source_direction(source->flags)) ||
	    nla_put_u32(msg, GHOST688_A_SOURCE_FAMILY, ipv4 ? 4 : 6) ||
	    (ipv4 ? nla_put_in_addr(msg, GHOST688_A_SOURCE_ADDRESS, ghost_source_ipv4(source)) :
		    nla_put_in6_addr(msg, GHOST688_A_SOURCE_ADDRESS, &ipv6)) ||
	    nla_put_u8(msg, GHOST688_A_SOURCE_PREFIX_LENGTH, ipv4 ? 32 : 64))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlsources_put_counts(struct sk_buff *msg, const struct ghost_source_row *row)
{
	const struct ghost_source *source = &row->source;

	if (nla_put_u64_64bit(msg, GHOST688_A_SOURCE_PACKETS, row->packets,
			      GHOST688_A_SOURCE_PAD) ||
	    nla_put_u64_64bit(msg, GHOST688_A_SOURCE_ERROR, row->error, GHOST688_A_SOURCE_PAD) ||
	    nla_put_u64_64bit(msg, GHOST688_A_SOURCE_BYTES, source->bytes,
			      GHOST688_A_SOURCE_PAD) ||
	    nla_put_u64_64bit(msg, GHOST688_A_SOURCE_FIRST_SEEN, source->first,
			      GHOST688_A_SOURCE_PAD) ||
	    nla_put_u64_64bit(msg, GHOST688_A_SOURCE_LAST_SEEN, source->last,
			      GHOST688_A_SOURCE_PAD))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlsources_put_rest(struct sk_buff *msg, const struct ghost_source_row *row,
				    struct user_namespace *owner)
{
	const struct ghost_source *source = &row->source;
	const uid_t uid = ghost_source_uid(source, owner);

	if (nla_put_u32(msg, GHOST688_A_SOURCE_PROTOCOLS, ghost_source_protocols(source->flags)) ||
	    nla_put_u32(msg, GHOST688_A_SOURCE_VERDICTS, ghost_source_verdicts(source->flags)) ||
	    (source->flags & GHOST_SOURCE_HAS_PORTS &&
	     (nla_put_u16(msg, GHOST688_A_SOURCE_LOCAL_PORT, ntohs(source->ports.local)) ||
	      nla_put_u16(msg, GHOST688_A_SOURCE_REMOTE_PORT, ntohs(source->ports.remote)))) ||
	    (uid != (uid_t)-1 && nla_put_u32(msg, GHOST688_A_SOURCE_UID, uid)) ||
	    (source->flags & GHOST_SOURCE_HAS_COMM &&
	     nla_put_string(msg, GHOST688_A_SOURCE_COMM, source->comm)) ||
	    (row->early && nla_put_flag(msg, GHOST688_A_SOURCE_EARLY)))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlsources_put_row(struct sk_buff *msg, const struct ghost_source_row *row,
				   struct user_namespace *owner)
{
	return ghost_nlsources_put_key(msg, &row->source) ?:
	       ghost_nlsources_put_counts(msg, row) ?:
	       ghost_nlsources_put_rest(msg, row, owner);
}

/**
 * ghost_nlsources_start() - begin sources-get with one answer for the whole dump
 * @cb: the dump's state; args[0] points to the answer, args[1] counts the messages
 *
 * Return: 0 or -ENOMEM.
 */
int ghost_nlsources_start(struct netlink_callback *cb)
{
	struct ghost_net *gn = ghost_net(sock_net(cb->skb->sk));
	struct ghost_source_list *list = ghost_sources_read(&gn->sources);

	cb->args[0] = (long)list;
	return list ? 0 : -ENOMEM;
}

/**
 * ghost_nlsources_start_reset() - begin sources-reset: forget the sources
 * @cb: the dump's state, as in ghost_nlsources_start()
 *
 * Return: 0, or -ENOMEM, with nothing reset.
 */
int ghost_nlsources_start_reset(struct netlink_callback *cb)
{
	struct net *net = sock_net(cb->skb->sk);
	struct ghost_source_list *list = ghost_sources_reset(&ghost_net(net)->sources);

	cb->args[0] = (long)list;
	if (!list)
		return -ENOMEM;
	ghost_nlreset_notify(net, GHOST688_TABLE_SOURCES);
	return 0;
}

/**
 * ghost_nlsources_done() - end a dump, even if it was not read to the end
 * @cb: the dump's state
 *
 * Return: 0.
 */
int ghost_nlsources_done(struct netlink_callback *cb)
{
	ghost_source_list_free((void *)cb->args[0]);
	return 0;
}

/**
 * ghost_nlsources_dump() - fill a buffer of sources-get or sources-reset with what fits
 * @msg: the buffer
 * @cb: the dump's state
 *
 * Return: the buffer's length; 0 when nothing is left.
 */
int ghost_nlsources_dump(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct genlmsghdr *request = nlmsg_data(cb->nlh);
	const struct ghost_source_list *list = (void *)cb->args[0];
	struct user_namespace *owner = sock_net(cb->skb->sk)->user_ns;
	void *header;
	int err;

	/* The first message has what is true of all sources, and the others a source each. */
	for (; cb->args[1] <= list->count; cb->args[1]++) {
		header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &ghost_netlink_family, NLM_F_MULTI, request->cmd);
		if (!header)
			break;
		if (cb->args[1])
			err = ghost_nlsources_put_row(msg, &list->row[cb->args[1] - 1], owner);
		else
			err = ghost_nlsources_put_head(msg, list);
		if (err) {
			genlmsg_cancel(msg, header);
			break;
		}
		genlmsg_end(msg, header);
	}
	return msg->len;
}
