// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the socket that gets a TCP segment knows of who opened the connection.
 *
 * Nothing that is found is kept: the look-up takes a reference, which is put at
 * once. No look is longer than what is said of it here, whatever sockets a
 * program without privilege opens.
 */
#include <net/dst.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "compat.h"
#include "datapath/conntrack.h"
#include "datapath/receiver.h"

/*
 * An ipvlan in mode l3s receives in its parent's namespace for sockets of its own. Of
 * a namespace whose owner is another, root may be anybody: its sockets prove nothing.
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
 * Next to no host has a socket on port 688, and what comes to the others shall
 * not pay for a look-up. A bucket may also be in use for another port, which
 * costs the look-up and no more. Read without the bucket's lock: a socket is in
 * it before its first packet goes, so before any answer comes. The bucket is not
 * walked.
 */
static bool ghost_receiver_holds_tcp(const struct net *net)
{
	const struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;

	return !hlist_empty(&info->bhash[inet_bhashfn(net, GHOST688_PORT, info->bhash_size)].chain);
}

/*
 * A port that connect() or bind() has picked has no lock that says so on older
 * kernels. It is one of those that may be picked, and what was accepted has its
 * listener's backlog. A listener's own backlog of 0 would not do; but that a
 * program without privilege may listen on 688 is as much a choice of the
 * administrator's as that the port may be picked, and SYNs are visits still.
 */
static enum ghost_origin ghost_receiver_tells_picked(const struct sock *sk)
{
	int low, high;

	inet_get_local_port_range(sock_net(sk), &low, &high);
	if (GHOST688_PORT < low || GHOST688_PORT > high)
		return GHOST_OPENED_TO_688;
	return READ_ONCE(sk->sk_max_ack_backlog) ? GHOST_OPENED_TO_688 : GHOST_OPENED_FROM_688;
}

/*
 * Did the owner of this socket open the connection? Whoever binds a port and
 * connects keeps SOCK_BINDPORT_LOCK, and sk_clone() takes it from what a listener
 * accepts. The locks are set before the first packet goes; what may change beside
 * them is other bits. To restore a connection with another lock, by TCP_REPAIR,
 * takes CAP_NET_ADMIN.
 */
static enum ghost_origin ghost_receiver_tells(const struct sock *sk)
{
	if (sk->sk_num != GHOST688_PORT)
		return GHOST_OPENED_TO_688;
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
		if (sk->sk_userlocks & (SOCK_BINDPORT_LOCK | SOCK_CONNECT_BIND))
			return GHOST_OPENED_FROM_688;
		return ghost_receiver_tells_picked(sk);
	}
}

/*
 * The buckets that these walk are chosen by a secret: nobody can fill one. The far
 * end is whom the socket will hear, where what it has sent was translated to go
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
	origin = ghost_receiver_tells(sk);
	sock_gen_put(sk);
	return origin;
}

/**
 * ghost_receiver_ask_tcp() - of a TCP segment that came in
 * @visit: what it is, not truncated, and no SYN
 * @skb: the packet
 * @net: the hook's namespace
 *
 * Softirq or process context, under RCU.
 */
enum ghost_origin ghost_receiver_ask_tcp(const struct ghost_visit *visit,
					 const struct sk_buff *skb, struct net *net)
{
	/* Early demux has found it, or whoever will give it to this socket whatever we think. */
	if (skb->sk && sock_net(skb->sk)->user_ns == net->user_ns)
		return ghost_receiver_tells(skb->sk);
	net = ghost_receiver_net(skb, net);
	if (!ghost_receiver_holds_tcp(net))
		return GHOST_ORIGIN_UNKNOWN;
	return ghost_receiver_find_tcp(net, visit, skb);
}
