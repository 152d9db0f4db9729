// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a packet to port 688 answer a connection that was opened from port
 * 688? Conntrack's direction tells, where it is at work. Else sockets do:
 * whoever binds a reserved port and connects keeps SOCK_BINDPORT_LOCK, and
 * sk_clone() takes it from what a listener accepts.
 *
 * All of this runs under RCU, and nothing that it finds is kept: TCP look-ups
 * take a reference, which is put at once; UDP sockets are freed by RCU.
 */
#include <linux/netfilter_ipv4.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "compat.h"
#include "reply.h"

/* Where the TCP header keeps its flags, and their bits there. */
#define GHOST_TCP_FLAGS	13

static u8 ghost_reply_flags(const struct sk_buff *skb, const struct ghost_visit *visit)
{
	const u8 *flags;
	u8 _flags;

	flags = skb_header_pointer(skb, visit->transport + GHOST_TCP_FLAGS, sizeof(_flags), &_flags);
	return flags ? *flags : 0;
}

/*
 * Whether anybody here holds port 688 at all: next to no host has such a
 * socket, and what comes to the others shall not pay for a look-up. A bucket
 * may also be in use for another port, which costs the look-up and no more.
 * Read without the bucket's lock: a socket is in it before its first packet
 * goes, so before any answer comes.
 */
static bool ghost_reply_holds_tcp(const struct net *net)
{
	const struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;

	return !hlist_empty(&info->bhash[inet_bhashfn(net, GHOST688_PORT, info->bhash_size)].chain);
}

static bool ghost_reply_holds_udp(struct net *net)
{
	return data_race(udp_hashslot(ghost_udp_table(net), net, GHOST688_PORT)->count) != 0;
}

/* Did the owner of this socket, which @skb is for, open the connection? */
static bool ghost_reply_opened(const struct sock *sk)
{
	switch (READ_ONCE(sk->sk_state)) {
	case TCP_SYN_SENT:
	/* Nothing is behind it any more. */
	case TCP_TIME_WAIT:
		return true;
	/* Not full sockets, or no connection. */
	case TCP_NEW_SYN_RECV:
	case TCP_LISTEN:
	case TCP_CLOSE:
		return false;
	default:
		return data_race(sk->sk_userlocks) & SOCK_BINDPORT_LOCK;
	}
}

static noinline bool ghost_reply_finds_tcp(struct net *net, const struct ghost_visit *visit,
					   const struct sk_buff *skb)
{
	struct sock *sk;
	bool opened;

	if (visit->family == GHOST_IPV4)
		sk = ghost_tcp_lookup(__inet_lookup_established, net,
				      ip_hdr(skb)->saddr, visit->source,
				      ip_hdr(skb)->daddr, GHOST688_PORT,
				      inet_iif(skb), inet_sdif(skb));
	else
		sk = ghost_tcp_lookup(__inet6_lookup_established, net,
				      &ipv6_hdr(skb)->saddr, visit->source,
				      &ipv6_hdr(skb)->daddr, GHOST688_PORT,
				      inet6_iif(skb), inet6_sdif(skb));
	if (!sk)
		return false;
	opened = ghost_reply_opened(sk);
	sock_gen_put(sk);
	return opened;
}

static bool ghost_reply_comes_tcp(struct net *net, const struct ghost_visit *visit,
				  const struct sk_buff *skb)
{
	/* A SYN alone opens something, and answers nothing. */
	if ((ghost_reply_flags(skb, visit) & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN)
		return false;
	/* Early demux has found it, or whoever will give it to this socket whatever we think. */
	if (skb->sk)
		return ghost_reply_opened(skb->sk);
	return ghost_reply_holds_tcp(net) && ghost_reply_finds_tcp(net, visit, skb);
}

static noinline bool ghost_reply_finds_udp(struct net *net, const struct ghost_visit *visit,
					   const struct sk_buff *skb)
{
	struct sock *sk;

	if (visit->family == GHOST_IPV4)
		sk = ghost_udp_lookup(__udp4_lib_lookup, net,
				      ip_hdr(skb)->saddr, visit->source,
				      ip_hdr(skb)->daddr, htons(GHOST688_PORT),
				      inet_iif(skb), inet_sdif(skb));
	else
		sk = ghost_udp_lookup(__udp6_lib_lookup, net,
				      &ipv6_hdr(skb)->saddr, visit->source,
				      &ipv6_hdr(skb)->daddr, htons(GHOST688_PORT),
				      inet6_iif(skb), inet6_sdif(skb));
	return sk && READ_ONCE(sk->sk_state) == TCP_ESTABLISHED;
}

/* Only a connected socket waits for answers from one far end, and gets nothing else. */
static bool ghost_reply_comes_udp(struct net *net, const struct ghost_visit *visit,
				  const struct sk_buff *skb)
{
	if (skb->sk)
		return READ_ONCE(skb->sk->sk_state) == TCP_ESTABLISHED;
	return ghost_reply_holds_udp(net) && ghost_reply_finds_udp(net, visit, skb);
}

static noinline bool ghost_reply_has_listener(struct net *net, const struct ghost_visit *visit,
					      const struct sk_buff *skb, const struct sock *sk)
{
	int device = READ_ONCE(sk->sk_bound_dev_if);
	struct sock *listener;

	if (visit->family == GHOST_IPV4)
		listener = ghost_tcp_lookup(__inet_lookup_listener, net, NULL, 0,
					    ip_hdr(skb)->daddr, htons(GHOST688_PORT),
					    ip_hdr(skb)->saddr, sk->sk_num, device, 0);
	else
		listener = ghost_tcp_lookup(inet6_lookup_listener, net, NULL, 0,
					    &ipv6_hdr(skb)->daddr, htons(GHOST688_PORT),
					    &ipv6_hdr(skb)->saddr, sk->sk_num, device, 0);
	/* It may be gone by now, as may have been the answer; no reference was taken. */
	return listener;
}

/*
 * A connected socket that is not its owner's bind() has its port from connect(),
 * which takes one of the local range that nobody listens on, or from its listener.
 */
static bool ghost_reply_accepted(struct net *net, const struct ghost_visit *visit,
				 const struct sk_buff *skb, const struct sock *sk)
{
	int low, high;

	if (data_race(sk->sk_userlocks) & SOCK_BINDPORT_LOCK)
		return false;
	inet_get_local_port_range(net, &low, &high);
	return sk->sk_num < low || sk->sk_num > high ||
	       ghost_reply_has_listener(net, visit, skb, sk);
}

static bool ghost_reply_goes_tcp(struct net *net, const struct ghost_visit *visit,
				 const struct sk_buff *skb)
{
	u8 flags = ghost_reply_flags(skb, visit);
	const struct sock *sk = skb->sk;

	if (flags & TCPHDR_SYN)
		return flags & TCPHDR_ACK;
	/* What no socket sends: a reject's reset. */
	if (!sk)
		return flags & TCPHDR_RST;
	/* Half open, or closed and gone. */
	if (!sk_fullsock(sk))
		return true;
	/* The stack's own socket for packets without one, which only answers. */
	if (sk->sk_type != SOCK_STREAM || READ_ONCE(sk->sk_state) == TCP_LISTEN)
		return true;
	return ghost_reply_accepted(net, visit, skb, sk);
}

/* A server's socket has its port by bind() and is not connected; its port is the packet's. */
static bool ghost_reply_goes_udp(const struct ghost_visit *visit, const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	return sk && READ_ONCE(sk->sk_state) != TCP_ESTABLISHED &&
	       visit->source == htons(sk->sk_num) &&
	       data_race(sk->sk_userlocks) & SOCK_BINDPORT_LOCK;
}

/* Programs craft what they like; the stack's own raw sockets belong to no program. */
static bool ghost_reply_is_crafted(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	return sk && sk_fullsock(sk) && sk->sk_type == SOCK_RAW && !sk->sk_kern_sock;
}

static bool ghost_reply_goes(struct net *net, const struct ghost_visit *visit,
			     const struct sk_buff *skb)
{
	if (ghost_reply_is_crafted(skb))
		return false;
	switch (visit->protocol) {
	case GHOST_TCP:
		return ghost_reply_goes_tcp(net, visit, skb);
	case GHOST_UDP:
		return ghost_reply_goes_udp(visit, skb);
	default:
		return false;
	}
}

static bool ghost_reply_comes(struct net *net, const struct ghost_visit *visit,
			      const struct sk_buff *skb)
{
	switch (visit->protocol) {
	case GHOST_TCP:
		return ghost_reply_comes_tcp(net, visit, skb);
	case GHOST_UDP:
		return ghost_reply_comes_udp(net, visit, skb);
	default:
		return false;
	}
}

/**
 * ghost_reply_is() - does this packet answer a connection that was opened from port 688?
 * @direction: where it was met
 * @visit: what ghost_classify_ipv4() or ghost_classify_ipv6() has made of it, not truncated
 * @skb: the packet
 * @state: the hook's
 *
 * Softirq or process context, under RCU.
 */
bool ghost_reply_is(enum ghost688_direction direction, const struct ghost_visit *visit,
		    const struct sk_buff *skb, const struct nf_hook_state *state)
{
	enum ip_conntrack_info info;

	/* Who opened it, and from where, makes no difference: it goes to port 688. */
	if (visit->source == htons(GHOST688_PORT))
		return false;

	if (nf_ct_get(skb, &info)) {
		if (CTINFO2DIR(info) == IP_CT_DIR_REPLY)
			return true;
		/*
		 * The first packet that conntrack has seen sets its direction. Where it came
		 * to a connection that stood already that may have been an answer. Of TCP's
		 * the sockets know better.
		 */
		if (visit->protocol != GHOST_TCP)
			return false;
	}

	switch (direction) {
	case GHOST688_DIRECTION_IN:
		return ghost_reply_comes(state->net, visit, skb);
	case GHOST688_DIRECTION_OUT:
		return ghost_reply_goes(state->net, visit, skb);
	default:
		/* Whose connection it is no socket of this host knows. */
		return false;
	}
}

/**
 * ghost_reply_by() - by which means are replies told now?
 * @net: the namespace
 * @family: the network protocol
 * @replies: what the policy says of them
 *
 * Conntrack's hooks come and go with whoever asks for it, and nothing that
 * vmlinux exports tells of them but the hooks themselves: nothing else but
 * nftables, whose hooks say so, stands at conntrack's priority.
 *
 * Any context.
 */
enum ghost688_replies_by ghost_reply_by(const struct net *net, enum ghost_family family,
					enum ghost688_replies replies)
{
	enum ghost688_replies_by by = GHOST688_REPLIES_BY_SOCKETS;
	const struct nf_hook_entries *entries;
	struct nf_hook_ops **ops;
	int i;

	if (replies == GHOST688_REPLIES_MATCH)
		return GHOST688_REPLIES_BY_NOTHING;

	rcu_read_lock();
	if (family == GHOST_IPV4)
		entries = rcu_dereference(net->nf.hooks_ipv4[NF_INET_PRE_ROUTING]);
	else
		entries = rcu_dereference(net->nf.hooks_ipv6[NF_INET_PRE_ROUTING]);
	if (entries) {
		ops = nf_hook_entries_get_hook_ops(entries);
		for (i = 0; i < entries->num_hook_entries; i++)
			if (ops[i]->priority == NF_IP_PRI_CONNTRACK &&
			    ops[i]->hook_ops_type == NF_HOOK_OP_UNDEFINED)
				by = GHOST688_REPLIES_BY_CONNTRACK;
	}
	rcu_read_unlock();
	return by;
}
