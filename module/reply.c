// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a packet to port 688 answer a connection that was opened from port
 * 688? TCP's sockets know for sure: whoever binds a reserved port and connects
 * keeps SOCK_BINDPORT_LOCK, and sk_clone() takes it from what a listener
 * accepts. Where no socket knows, conntrack's direction tells, if it is at
 * work: it takes whom it sees first for whoever has opened the connection,
 * which is wrong for half of those that are older than itself.
 *
 * All of this runs under RCU, and nothing that it finds is kept: TCP look-ups
 * take a reference, which is put at once; UDP sockets are freed by RCU.
 */
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "compat.h"
#include "conntrack.h"
#include "reply.h"

/* What a socket has to say of a packet. */
enum ghost_testimony {
	GHOST_UNKNOWN,
	GHOST_OPENED_TO_688,
	GHOST_OPENED_FROM_688
};

static enum ghost_testimony ghost_testify(bool opened_from_688)
{
	return opened_from_688 ? GHOST_OPENED_FROM_688 : GHOST_OPENED_TO_688;
}

/* Byte 13 of the TCP header. */
static u8 ghost_reply_flags(const struct sk_buff *skb, const struct ghost_visit *visit)
{
	const u8 *flags;
	u8 _flags;

	flags = skb_header_pointer(skb, visit->transport + 13, sizeof(_flags), &_flags);
	return flags ? *flags : 0;
}

/*
 * Next to no host has a socket on port 688, and what comes to the others shall
 * not pay for a look-up. A bucket may also be in use for another port, which
 * costs the look-up and no more. Read without the bucket's lock: a socket is in
 * it before its first packet goes, so before any answer comes.
 */
static bool ghost_reply_holds_tcp(const struct net *net)
{
	const struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;

	return !hlist_empty(&info->bhash[inet_bhashfn(net, GHOST688_PORT, info->bhash_size)].chain);
}

/*
 * A connected socket waits for answers from one far end, and gets nothing else.
 * So does the kernel's own RPC client, which does not connect; the kernel's
 * tunnels do not either, and those are no clients. Of what is not connected
 * and a program's, nothing tells a client from a server.
 */
static bool ghost_reply_asks_udp(const struct sock *sk)
{
	return READ_ONCE(sk->sk_state) == TCP_ESTABLISHED ||
	       (sk->sk_kern_sock && !READ_ONCE(udp_sk(sk)->encap_type));
}

/* A server on port 688 is why there are visits: only a client is worth a look-up. */
static bool ghost_reply_holds_udp(struct net *net)
{
	const struct sock *sk;

	sk_for_each_rcu(sk, &udp_hashslot(ghost_udp_table(net), net, GHOST688_PORT)->head)
		if (sk->sk_num == GHOST688_PORT && net_eq(sock_net(sk), net) &&
		    ghost_reply_asks_udp(sk))
			return true;
	return false;
}

/* Did the owner of this socket, which @skb is for, open the connection? */
static enum ghost_testimony ghost_reply_ask_tcp(const struct sock *sk)
{
	switch (READ_ONCE(sk->sk_state)) {
	case TCP_SYN_SENT:
	/* Nothing is behind it any more. */
	case TCP_TIME_WAIT:
		return GHOST_OPENED_FROM_688;
	/* Not full sockets, or no connection. */
	case TCP_NEW_SYN_RECV:
	case TCP_LISTEN:
	case TCP_CLOSE:
		return GHOST_OPENED_TO_688;
	default:
		return ghost_testify(data_race(sk->sk_userlocks) & SOCK_BINDPORT_LOCK);
	}
}

static noinline enum ghost_testimony ghost_reply_find_tcp(struct net *net,
							  const struct ghost_visit *visit,
							  const struct sk_buff *skb)
{
	enum ghost_testimony testimony;
	struct sock *sk;

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
		return GHOST_UNKNOWN;
	testimony = ghost_reply_ask_tcp(sk);
	sock_gen_put(sk);
	return testimony;
}

static enum ghost_testimony ghost_reply_comes_tcp(struct net *net, const struct ghost_visit *visit,
						  const struct sk_buff *skb)
{
	/* Early demux has found it, or whoever will give it to this socket whatever we think. */
	if (skb->sk)
		return ghost_reply_ask_tcp(skb->sk);
	return ghost_reply_holds_tcp(net) ? ghost_reply_find_tcp(net, visit, skb) : GHOST_UNKNOWN;
}

static noinline enum ghost_testimony ghost_reply_find_udp(struct net *net,
							  const struct ghost_visit *visit,
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
	return sk && ghost_reply_asks_udp(sk) ? GHOST_OPENED_FROM_688 : GHOST_UNKNOWN;
}

static enum ghost_testimony ghost_reply_comes_udp(struct net *net, const struct ghost_visit *visit,
						  const struct sk_buff *skb)
{
	if (skb->sk)
		return ghost_reply_asks_udp(skb->sk) ? GHOST_OPENED_FROM_688 : GHOST_UNKNOWN;
	return ghost_reply_holds_udp(net) ? ghost_reply_find_udp(net, visit, skb) : GHOST_UNKNOWN;
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

/* Can this be a port that the stack picks for whoever does not care? */
static bool ghost_reply_is_ephemeral(const struct net *net, unsigned int port)
{
	int low, high;

	inet_get_local_port_range(net, &low, &high);
	return port >= low && port <= high;
}

/*
 * A connected socket whose port is not by its owner's bind() has it from connect(),
 * which takes an ephemeral one that nobody listens on, or from its listener.
 */
static bool ghost_reply_accepted(struct net *net, const struct ghost_visit *visit,
				 const struct sk_buff *skb, const struct sock *sk)
{
	if (data_race(sk->sk_userlocks) & SOCK_BINDPORT_LOCK)
		return false;
	return !ghost_reply_is_ephemeral(net, sk->sk_num) ||
	       ghost_reply_has_listener(net, visit, skb, sk);
}

static enum ghost_testimony ghost_reply_goes_tcp(struct net *net, const struct ghost_visit *visit,
						 const struct sk_buff *skb)
{
	const u8 flags = ghost_reply_flags(skb, visit);
	const struct sock *sk = skb->sk;

	if (flags & TCPHDR_SYN)
		return GHOST_OPENED_FROM_688;
	/* What no socket sends: a reject's reset. */
	if (!sk)
		return flags & TCPHDR_RST ? GHOST_OPENED_FROM_688 : GHOST_UNKNOWN;
	/* Half open, or closed and gone; or the stack's own for packets without one: they answer. */
	if (!sk_fullsock(sk) || sk->sk_type != SOCK_STREAM ||
	    READ_ONCE(sk->sk_state) == TCP_LISTEN)
		return GHOST_OPENED_FROM_688;
	return ghost_testify(ghost_reply_accepted(net, visit, skb, sk));
}

/*
 * A server's socket is not connected, and has by bind() a port that people know.
 * A tunnel's packets have other source ports than its socket.
 */
static enum ghost_testimony ghost_reply_goes_udp(const struct net *net,
						 const struct ghost_visit *visit,
						 const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	/* So much is a guess; conntrack has seen whether there was a question. */
	if (!skb_nfct(skb) && sk && READ_ONCE(sk->sk_state) != TCP_ESTABLISHED &&
	    visit->source == htons(sk->sk_num) &&
	    data_race(sk->sk_userlocks) & SOCK_BINDPORT_LOCK &&
	    !ghost_reply_is_ephemeral(net, sk->sk_num))
		return GHOST_OPENED_FROM_688;
	return GHOST_UNKNOWN;
}

/* Programs craft what they like; the stack's own raw sockets belong to no program. */
static bool ghost_reply_is_crafted(const struct sock *sk)
{
	return sk && sk_fullsock(sk) && sk->sk_type == SOCK_RAW && !sk->sk_kern_sock;
}

static enum ghost_testimony ghost_reply_ask(enum ghost688_direction direction,
					    const struct ghost_visit *visit,
					    const struct sk_buff *skb, struct net *net)
{
	bool out = direction == GHOST688_DIRECTION_OUT;

	/* Of somebody else's connection no socket of this host knows. */
	if (direction == GHOST688_DIRECTION_FORWARD)
		return GHOST_UNKNOWN;
	if (out && ghost_reply_is_crafted(skb->sk))
		return GHOST_OPENED_TO_688;

	switch (visit->protocol) {
	case GHOST_TCP:
		return out ? ghost_reply_goes_tcp(net, visit, skb) :
			     ghost_reply_comes_tcp(net, visit, skb);
	case GHOST_UDP:
		return out ? ghost_reply_goes_udp(net, visit, skb) :
			     ghost_reply_comes_udp(net, visit, skb);
	default:
		return GHOST_UNKNOWN;
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
	/* Whoever opened it, from 688 or not, has opened it to port 688. */
	if (visit->source == htons(GHOST688_PORT))
		return false;
	/* A SYN alone opens something, and answers nothing. */
	if (visit->protocol == GHOST_TCP &&
	    (ghost_reply_flags(skb, visit) & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN)
		return false;

	switch (ghost_reply_ask(direction, visit, skb, state->net)) {
	case GHOST_OPENED_FROM_688:
		return true;
	case GHOST_OPENED_TO_688:
		return false;
	default:
		return ghost_conntrack_is_reply(skb);
	}
}

/**
 * ghost_reply_by() - by which means are replies told now?
 * @net: the namespace
 * @family: the network protocol
 * @replies: what the policy says of them
 *
 * Any context.
 */
enum ghost688_replies_by ghost_reply_by(const struct net *net, enum ghost_family family,
					enum ghost688_replies replies)
{
	if (replies == GHOST688_REPLIES_MATCH)
		return GHOST688_REPLIES_BY_NOTHING;
	return ghost_conntrack_is_at_work(net, family) ? GHOST688_REPLIES_BY_CONNTRACK :
							 GHOST688_REPLIES_BY_SOCKETS;
}
