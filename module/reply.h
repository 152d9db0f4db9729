/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_REPLY_H
#define GHOST_REPLY_H

#include <linux/netfilter.h>
#include <net/ip.h>

#include "classify.h"

/**
 * enum ghost_testimony - what a socket has to say of a packet to port 688
 * @GHOST_UNKNOWN: nothing
 * @GHOST_OPENED_TO_688: its connection was opened to port 688, or is none
 * @GHOST_OPENED_FROM_688: its connection was opened from port 688
 */
enum ghost_testimony {
	GHOST_UNKNOWN,
	GHOST_OPENED_TO_688,
	GHOST_OPENED_FROM_688
};

bool ghost_reply_is(enum ghost688_direction direction, const struct ghost_visit *visit,
		    const struct sk_buff *skb, const struct nf_hook_state *state);
enum ghost688_replies_by ghost_reply_by(const struct net *net, enum ghost_family family,
					enum ghost688_replies replies);

enum ghost_testimony ghost_receiver_ask(const struct ghost_visit *visit, const struct sk_buff *skb,
					struct net *net);
enum ghost_testimony ghost_sender_ask(const struct ghost_visit *visit, const struct sk_buff *skb,
				      struct net *net);

/* The flags of a TCP packet, which stand in byte 13 of its header; 0 where it ends before. */
static inline u8 ghost_tcp_flags(const struct sk_buff *skb, const struct ghost_visit *visit)
{
	const u8 *flags;
	u8 _flags;

	flags = skb_header_pointer(skb, visit->transport + 13, sizeof(_flags), &_flags);
	return flags ? *flags : 0;
}

/* SOCK_BINDPORT_LOCK and the like. */
static inline unsigned int ghost_socket_locks(const struct sock *sk)
{
	/*
	 * Set before the first packet goes; what may change beside them is other bits.
	 * Who closes gives a port back that connect() had picked, and says so no more.
	 */
	return sk->sk_userlocks;
}

/* Can this be a port that the stack picks for whoever does not care? */
static inline bool ghost_port_is_ephemeral(const struct net *net, unsigned int port)
{
	int low, high;

	inet_get_local_port_range(net, &low, &high);
	return port >= low && port <= high;
}

#endif
