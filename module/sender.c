// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the socket that sends a packet knows of who opened the connection.
 */
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "compat.h"
#include "reply.h"

/* A tunnel's lower device may be in another namespace than the socket, whose port it is. */
static struct net *ghost_sender_net(const struct sock *sk, struct net *net)
{
	return sk ? sock_net(sk) : net;
}

static noinline bool ghost_sender_has_listener(struct net *net, const struct ghost_visit *visit,
					       const struct sk_buff *skb)
{
	int device = skb->sk ? READ_ONCE(skb->sk->sk_bound_dev_if) : 0;
	const u16 port = ntohs(visit->source);
	struct sock *listener;

	if (visit->family == GHOST_IPV4)
		listener = ghost_tcp_lookup(__inet_lookup_listener, net, NULL, 0,
					    ip_hdr(skb)->daddr, htons(GHOST688_PORT),
					    ip_hdr(skb)->saddr, port, device, 0);
	else
		listener = ghost_tcp_lookup(inet6_lookup_listener, net, NULL, 0,
					    &ipv6_hdr(skb)->daddr, htons(GHOST688_PORT),
					    &ipv6_hdr(skb)->saddr, port, device, 0);
	/* No reference was taken, and nothing is asked of it but whether it is. */
	return listener;
}

/*
 * A port that is not by its owner's bind() is connect()'s, which takes an ephemeral
 * one, or the listener's. Somebody may have begun to listen beside what connect()
 * took, so conntrack goes first where it is at work. The port is the packet's: a
 * socket that is closing has given its own back.
 */
static enum ghost_testimony ghost_sender_ask_port(struct net *net,
						  const struct ghost_visit *visit,
						  const struct sk_buff *skb)
{
	net = ghost_sender_net(skb->sk, net);
	if (!ghost_port_is_ephemeral(net, ntohs(visit->source)))
		return GHOST_OPENED_FROM_688;
	if (!ghost_sender_has_listener(net, visit, skb))
		return GHOST_OPENED_TO_688;
	return skb_nfct(skb) ? GHOST_UNKNOWN : GHOST_OPENED_FROM_688;
}

/*
 * sk_clone() gives what is accepted the listener's backlog, and but for listen()
 * nobody sets one. Some servers listen with none, though. And who listens, thinks
 * better of it and connects instead keeps it: that one's SYN alone is a visit.
 */
static bool ghost_sender_was_accepted(const struct sock *sk)
{
	return READ_ONCE(sk->sk_max_ack_backlog);
}

static bool ghost_sender_is_connection(const struct sock *sk)
{
	return sk && sk_fullsock(sk) && sk->sk_type == SOCK_STREAM &&
	       READ_ONCE(sk->sk_state) != TCP_LISTEN;
}

static enum ghost_testimony ghost_sender_ask_connection(struct net *net,
							const struct ghost_visit *visit,
							const struct sk_buff *skb)
{
	if (ghost_socket_locks(skb->sk) & (SOCK_BINDPORT_LOCK | SOCK_CONNECT_BIND))
		return GHOST_OPENED_TO_688;
	if (ghost_sender_was_accepted(skb->sk))
		return GHOST_OPENED_FROM_688;
	return ghost_sender_ask_port(net, visit, skb);
}

/*
 * Of a connection that is half open or in TIME_WAIT there is less than a socket, and
 * older kernels have one socket for all of those, or none, to send by.
 */
static enum ghost_testimony ghost_sender_ask_remnant(struct net *net,
						     const struct ghost_visit *visit,
						     const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	if (skb_nfct(skb))
		return GHOST_UNKNOWN;
	/* A reject's or a listener's, or to what nobody has asked for. */
	if (ghost_tcp_flags(skb, visit) & TCPHDR_RST)
		return GHOST_OPENED_FROM_688;
	if (sk && READ_ONCE(sk->sk_state) == TCP_TIME_WAIT && ghost_timewait_picked(sk) >= 0)
		return ghost_timewait_picked(sk) ? GHOST_OPENED_TO_688 : GHOST_OPENED_FROM_688;
	return ghost_sender_ask_port(net, visit, skb);
}

static enum ghost_testimony ghost_sender_goes_tcp(struct net *net,
						  const struct ghost_visit *visit,
						  const struct sk_buff *skb)
{
	if (ghost_tcp_flags(skb, visit) & TCPHDR_SYN)
		return GHOST_OPENED_FROM_688;
	if (ghost_sender_is_connection(skb->sk))
		return ghost_sender_ask_connection(net, visit, skb);
	return ghost_sender_ask_remnant(net, visit, skb);
}

/*
 * A server's socket is not connected, and has by bind() a port that people know.
 * A tunnel's packets have other source ports than its socket.
 */
static enum ghost_testimony
ghost_sender_goes_udp(const struct net *net, const struct ghost_visit *visit,
		      const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	/* So much is a guess; conntrack has seen whether there was a question. */
	if (!skb_nfct(skb) && sk && sk_fullsock(sk) && sk->sk_protocol == IPPROTO_UDP &&
	    READ_ONCE(sk->sk_state) != TCP_ESTABLISHED &&
	    visit->source == htons(sk->sk_num) &&
	    ghost_socket_locks(sk) & SOCK_BINDPORT_LOCK &&
	    !ghost_port_is_ephemeral(net, sk->sk_num))
		return GHOST_OPENED_FROM_688;
	return GHOST_UNKNOWN;
}

/* Programs craft what they like; the stack's own raw sockets belong to no program. */
static bool ghost_sender_is_crafted(const struct sock *sk)
{
	return sk && sk_fullsock(sk) && sk->sk_type == SOCK_RAW && !sk->sk_kern_sock;
}

/**
 * ghost_sender_ask() - of a packet that goes out
 * @visit: what it is, not truncated
 * @skb: the packet
 * @net: the namespace
 *
 * Softirq or process context, under RCU.
 */
enum ghost_testimony ghost_sender_ask(const struct ghost_visit *visit, const struct sk_buff *skb,
				      struct net *net)
{
	if (ghost_sender_is_crafted(skb->sk))
		return GHOST_OPENED_TO_688;

	switch (visit->protocol) {
	case GHOST_TCP:
		return ghost_sender_goes_tcp(net, visit, skb);
	case GHOST_UDP:
		return ghost_sender_goes_udp(net, visit, skb);
	default:
		return GHOST_UNKNOWN;
	}
}
