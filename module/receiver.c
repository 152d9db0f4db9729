// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the socket that gets a packet knows of who opened the connection.
 *
 * Nothing that is found is kept: TCP look-ups take a reference, which is put at
 * once; UDP sockets are freed by RCU, under which all of this runs.
 */
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "compat.h"
#include "reply.h"

/*
 * Next to no host has a socket on port 688, and what comes to the others shall
 * not pay for a look-up. A bucket may also be in use for another port, which
 * costs the look-up and no more. Read without the bucket's lock: a socket is in
 * it before its first packet goes, so before any answer comes.
 */
static bool ghost_receiver_holds_tcp(const struct net *net)
{
	const struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;

	return !hlist_empty(&info->bhash[inet_bhashfn(net, GHOST688_PORT, info->bhash_size)].chain);
}

/*
 * The kernel's own RPC client does not connect, so whatever comes while it is there
 * is taken for its answer. Its RPC servers do not either, but ask for the address
 * that a packet was sent to, as svc_udp_init() says; and tunnels are no clients.
 */
static bool ghost_receiver_is_rpc_client(const struct sock *sk)
{
	return sk->sk_kern_sock && !READ_ONCE(udp_sk(sk)->encap_type) &&
	       !(inet_cmsg_flags(inet_sk(sk)) & IP_CMSG_PKTINFO) &&
	       !(sk->sk_family == AF_INET6 && inet6_sk(sk)->rxopt.bits.rxinfo);
}

/*
 * A connected socket gets answers from one far end, and nothing else. Of what is a
 * program's and not connected nothing tells a client from a server.
 */
static bool ghost_receiver_asks_udp(const struct sock *sk)
{
	if (!sk_fullsock(sk) || sk->sk_protocol != IPPROTO_UDP)
		return false;
	return READ_ONCE(sk->sk_state) == TCP_ESTABLISHED || ghost_receiver_is_rpc_client(sk);
}

/* A server on port 688 is why there are visits: only a client is worth a look-up. */
static bool ghost_receiver_holds_udp(struct net *net)
{
	const struct sock *sk;

	sk_for_each_rcu(sk, &udp_hashslot(ghost_udp_table(net), net, GHOST688_PORT)->head)
		if (sk->sk_num == GHOST688_PORT && net_eq(sock_net(sk), net) &&
		    ghost_receiver_asks_udp(sk))
			return true;
	return false;
}

/* Did the owner of this socket, which @skb is for, open the connection? */
static enum ghost_testimony
ghost_receiver_ask_tcp(const struct sock *sk)
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
		if (ghost_socket_locks(sk) & (SOCK_BINDPORT_LOCK | SOCK_CONNECT_BIND))
			return GHOST_OPENED_FROM_688;
		return ghost_port_is_ephemeral(sock_net(sk), GHOST688_PORT) ?
			GHOST_UNKNOWN : GHOST_OPENED_TO_688;
	}
}

static noinline enum ghost_testimony
ghost_receiver_find_tcp(struct net *net, const struct ghost_visit *visit,
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
	testimony = ghost_receiver_ask_tcp(sk);
	sock_gen_put(sk);
	return testimony;
}

static enum ghost_testimony
ghost_receiver_comes_tcp(struct net *net, const struct ghost_visit *visit,
			 const struct sk_buff *skb)
{
	/* Early demux has found it, or whoever will give it to this socket whatever we think. */
	if (skb->sk)
		return ghost_receiver_ask_tcp(skb->sk);
	if (!ghost_receiver_holds_tcp(net))
		return GHOST_UNKNOWN;
	return ghost_receiver_find_tcp(net, visit, skb);
}

static noinline enum ghost_testimony
ghost_receiver_find_udp(struct net *net, const struct ghost_visit *visit,
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
	return sk && ghost_receiver_asks_udp(sk) ? GHOST_OPENED_FROM_688 : GHOST_UNKNOWN;
}

static enum ghost_testimony
ghost_receiver_comes_udp(struct net *net, const struct ghost_visit *visit,
			 const struct sk_buff *skb)
{
	if (skb->sk)
		return ghost_receiver_asks_udp(skb->sk) ? GHOST_OPENED_FROM_688 : GHOST_UNKNOWN;
	if (!ghost_receiver_holds_udp(net))
		return GHOST_UNKNOWN;
	return ghost_receiver_find_udp(net, visit, skb);
}

/**
 * ghost_receiver_ask() - of a packet that came in
 * @visit: what it is, not truncated
 * @skb: the packet
 * @net: the namespace
 *
 * Softirq or process context, under RCU.
 */
enum ghost_testimony ghost_receiver_ask(const struct ghost_visit *visit, const struct sk_buff *skb,
					struct net *net)
{
	switch (visit->protocol) {
	case GHOST_TCP:
		return ghost_receiver_comes_tcp(net, visit, skb);
	case GHOST_UDP:
		return ghost_receiver_comes_udp(net, visit, skb);
	default:
		return GHOST_UNKNOWN;
	}
}
