// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who opened the connection of an incoming TCP segment, as its receiving socket knows.
 *
 * No socket is kept: the reference that the look-up takes is dropped at once. Each
 * look-up is bounded as its comment says, no matter how many sockets an unprivileged
 * program opens.
 */
#include <net/dst.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "compat.h"
#include "datapath/conntrack.h"
#include "datapath/receiver.h"

/*
 * An ipvlan device in mode l3s receives packets in its parent's namespace for sockets
 * of its own namespace. If that namespace has another owner, its sockets prove
 * nothing: any user can be root there.
 */
static struct net *ghost_receiver_net(const struct sk_buff *skb, struct net *net)
{
	const struct dst_entry *dst = skb_dst(skb);
	struct net *own;

	if (!dst)
		return net;
	own = dev_net(dst->dev);
	return likely(net_eq(own, net)) || own->user_ns == net->user_ns ? own : net;
}

/*
 * Hardly any host has a TCP socket on port 688; spare all others the look-up. A
 * bucket that holds only another port costs one needless look-up. No lock is needed:
 * a socket enters the bucket before it sends its first packet, and so before any
 * answer arrives. Does not walk the bucket.
 */
static bool ghost_receiver_holds_tcp(const struct net *net)
{
	const struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;

	return !hlist_empty(&info->bhash[inet_bhashfn(net, GHOST688_PORT, info->bhash_size)].chain);
}

/*
 * On older kernels the socket does not show that connect() or bind(0) picked its port.
 * Such a port lies in the local port range, and an accepted socket inherits its
 * listener's backlog. So a socket without a backlog in that range opened its
 * connection.
 *
 * A listener with a backlog of 0 would defeat this. But only an administrator can let
 * unprivileged programs listen on 688, or put 688 in the port range. Even then SYNs
 * remain visits.
 */
static enum ghost_origin ghost_receiver_autobound_origin(const struct sock *sk)
{
	int low, high;

	inet_get_local_port_range(sock_net(sk), &low, &high);
	if (GHOST688_PORT < low || GHOST688_PORT > high)
		return GHOST_OPENED_TO_688;
	return READ_ONCE(sk->sk_max_ack_backlog) ? GHOST_OPENED_TO_688 : GHOST_OPENED_FROM_688;
}

/*
 * Did this socket open its connection? A socket that binds and connects keeps
 * SOCK_BINDPORT_LOCK; sk_clone() clears it in an accepted socket. The bits are set
 * before the first packet is sent; later changes touch only other bits of the field.
 * TCP_REPAIR can restore a connection with other bits, but takes CAP_NET_ADMIN.
 */
static enum ghost_origin ghost_receiver_socket_origin(const struct sock *sk)
{
	if (sk->sk_num != GHOST688_PORT)
		return GHOST_OPENED_TO_688;
	switch (READ_ONCE(sk->sk_state)) {
	case TCP_SYN_SENT:
	/* No program reads from it any more. */
	case TCP_TIME_WAIT:
		return GHOST_OPENED_FROM_688;
	/* These are not full sockets, or have no connection. */
	case TCP_NEW_SYN_RECV:
	case TCP_LISTEN:
	case TCP_CLOSE:
		return GHOST_OPENED_TO_688;
	default:
		if (sk->sk_userlocks & (SOCK_BINDPORT_LOCK | SOCK_CONNECT_BIND))
			return GHOST_OPENED_FROM_688;
		return ghost_receiver_autobound_origin(sk);
	}
}

/*
 * The look-ups hash with a secret, so nobody can fill a bucket on purpose. The far
 * end is the one that the socket will see: destination NAT may have sent its segments
 * elsewhere.
 */
static noinline enum ghost_origin
ghost_receiver_find_tcp(struct net *net, const struct ghost_visit *visit,
			const struct sk_buff *skb)
{
	enum ghost_origin origin;
	struct ghost_far_end far;
	struct sock *sk = NULL;

	ghost_far_end_set(&far, visit, skb);
	ghost_conntrack_far_end(skb, net, &far);
	if (visit->family == GHOST_IPV4)
		sk = ghost_tcp_lookup(__inet_lookup_established, net,
				      far.address.s6_addr32[3], far.port,
				      ip_hdr(skb)->daddr, GHOST688_PORT,
				      inet_iif(skb), inet_sdif(skb));
#if IS_ENABLED(CONFIG_IPV6)
	else
		sk = ghost_tcp_lookup(__inet6_lookup_established, net,
				      &far.address, far.port,
				      &ipv6_hdr(skb)->daddr, GHOST688_PORT,
				      inet6_iif(skb), inet6_sdif(skb));
#endif
	if (!sk)
		return GHOST_ORIGIN_UNKNOWN;
	origin = ghost_receiver_socket_origin(sk);
	sock_gen_put(sk);
	return origin;
}

/**
 * ghost_receiver_origin() - who opened the connection of an incoming TCP segment?
 * @visit: what the packet is: not truncated, and no SYN
 * @skb: the packet
 * @net: the hook's namespace
 *
 * Softirq or process context, under RCU.
 *
 * Return: the origin of the connection.
 */
enum ghost_origin ghost_receiver_origin(const struct ghost_visit *visit,
					const struct sk_buff *skb, struct net *net)
{
	/* Something like early demux or TPROXY chose this socket, and TCP will deliver to it. */
	if (skb->sk && sock_net(skb->sk)->user_ns == net->user_ns)
		return ghost_receiver_socket_origin(skb->sk);
	net = ghost_receiver_net(skb, net);
	if (!ghost_receiver_holds_tcp(net))
		return GHOST_ORIGIN_UNKNOWN;
	return ghost_receiver_find_tcp(net, visit, skb);
}
