// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the socket that gets a packet knows of who opened the connection.
 *
 * Nothing that is found is kept: TCP look-ups take a reference, which is put at
 * once; UDP sockets are freed by RCU, under which all of this runs.
 *
 * No look-up is longer than what is said of it here, whatever sockets a program
 * without privilege opens.
 */
#include <net/dst.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "compat.h"
#include "receiver.h"
#include "rpc.h"

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
static enum ghost_testimony ghost_receiver_tells_picked(const struct sock *sk)
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
static enum ghost_testimony ghost_receiver_tells(const struct sock *sk)
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

/* The buckets that these walk are chosen by a secret: nobody can fill one. */
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
	testimony = ghost_receiver_tells(sk);
	sock_gen_put(sk);
	return testimony;
}

/**
 * ghost_receiver_ask_tcp() - of a TCP segment that came in
 * @visit: what it is, not truncated, and no SYN
 * @skb: the packet
 * @net: the hook's namespace
 *
 * Softirq or process context, under RCU.
 */
enum ghost_testimony ghost_receiver_ask_tcp(const struct ghost_visit *visit,
					    const struct sk_buff *skb, struct net *net)
{
	/* Early demux has found it, or whoever will give it to this socket whatever we think. */
	if (skb->sk && sock_net(skb->sk)->user_ns == net->user_ns)
		return ghost_receiver_tells(skb->sk);
	net = ghost_receiver_net(skb, net);
	if (!ghost_receiver_holds_tcp(net))
		return GHOST_UNKNOWN;
	return ghost_receiver_find_tcp(net, visit, skb);
}

/* How many sockets of a bucket are looked at. Of as many the kernel's own early demux makes do. */
#define GHOST_UDP_LOOKS	10

/* A server on port 688 or a client: does anybody hear UDP there at all? The bucket is not walked. */
static bool ghost_receiver_holds_udp(struct net *net)
{
	return !hlist_empty(&udp_hashslot(ghost_udp_table(net), net, GHOST688_PORT)->head);
}

static bool ghost_receiver_is_connected(struct net *net, const struct sock *sk,
					const struct ghost_visit *visit, const struct sk_buff *skb)
{
	const __portpair ports = INET_COMBINED_PORTS(visit->source, GHOST688_PORT);

	if (!sk_fullsock(sk) || sk->sk_protocol != IPPROTO_UDP ||
	    READ_ONCE(sk->sk_state) != TCP_ESTABLISHED)
		return false;
	if (visit->family == GHOST_IPV4) {
		INET_ADDR_COOKIE(addresses, ip_hdr(skb)->saddr, ip_hdr(skb)->daddr);

		return inet_match(net, sk, addresses, ports, inet_iif(skb), inet_sdif(skb));
	}
	return inet6_match(net, sk, &ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, ports,
			   inet6_iif(skb), inet6_sdif(skb));
}

/* The kernel's own RPC client does not connect, so whatever comes is for it. */
static bool ghost_receiver_is_rpc_client(const struct net *net, const struct sock *sk,
					 const struct ghost_visit *visit)
{
	return sk->sk_kern_sock && sk->sk_num == GHOST688_PORT && net_eq(sock_net(sk), net) &&
	       sk->sk_protocol == IPPROTO_UDP &&
	       sk->sk_family == (visit->family == GHOST_IPV4 ? AF_INET : AF_INET6) &&
	       ghost_rpc(sk) == GHOST_RPC_CLIENT;
}

enum ghost_owner { GHOST_NOBODY, GHOST_CONNECTED, GHOST_RPC };

static enum ghost_owner ghost_receiver_search(struct net *net, u32 hash,
					      const struct ghost_visit *visit,
					      const struct sk_buff *skb)
{
	const struct udp_hslot *bucket = udp_hashslot2(ghost_udp_table(net), hash);
	int left = GHOST_UDP_LOOKS;
	const struct sock *sk;

	udp_portaddr_for_each_entry_rcu(sk, &bucket->head) {
		if (!left--)
			break;
		if (ghost_receiver_is_connected(net, sk, visit, skb))
			return GHOST_CONNECTED;
		if (ghost_receiver_is_rpc_client(net, sk, visit))
			return GHOST_RPC;
	}
	return GHOST_NOBODY;
}

/* A connected socket has an address of its own; the kernel's RPC client may have any. */
static noinline enum ghost_owner ghost_receiver_find_udp(struct net *net,
							 const struct ghost_visit *visit,
							 const struct sk_buff *skb)
{
	enum ghost_owner owner;
	u32 hash;

	if (visit->family == GHOST_IPV4)
		hash = ipv4_portaddr_hash(net, ip_hdr(skb)->daddr, GHOST688_PORT);
	else
		hash = ipv6_portaddr_hash(net, &ipv6_hdr(skb)->daddr, GHOST688_PORT);
	owner = ghost_receiver_search(net, hash, visit, skb);
	if (owner != GHOST_NOBODY)
		return owner;
	/* So does the hash of IPv6's any. */
	hash = ipv4_portaddr_hash(net, htonl(INADDR_ANY), GHOST688_PORT);
	return ghost_receiver_search(net, hash, visit, skb);
}

static void ghost_far_end_set(struct ghost_far_end *far, const struct ghost_visit *visit,
			      const struct sk_buff *skb)
{
	if (visit->family == GHOST_IPV4)
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &far->address);
	else
		far->address = ipv6_hdr(skb)->saddr;
	far->port = visit->source;
}

/**
 * ghost_receiver_owns_udp() - is this datagram for a client on port 688?
 * @visit: what it is, not truncated
 * @skb: the packet
 * @net: the hook's namespace
 * @visitors: who has come to it by UDP
 *
 * A socket that is connected to the packet's far end is a client's, unless that
 * far end has come before: then it may be a server's that connects to whom it
 * heard. Of what is a program's and not connected nothing tells a client from a
 * server.
 *
 * Softirq or process context, under RCU.
 */
bool ghost_receiver_owns_udp(const struct ghost_visit *visit, const struct sk_buff *skb,
			     struct net *net, const struct ghost_visitors *visitors)
{
	struct ghost_far_end far;
	enum ghost_owner owner;

	if (!ghost_receiver_holds_udp(net))
		return false;
	if (skb->sk && ghost_receiver_is_connected(net, skb->sk, visit, skb))
		owner = GHOST_CONNECTED;
	else
		owner = ghost_receiver_find_udp(net, visit, skb);
	if (owner != GHOST_CONNECTED)
		return owner == GHOST_RPC;
	ghost_far_end_set(&far, visit, skb);
	return !ghost_visitors_had(visitors, &far);
}

/**
 * ghost_receiver_remember_udp() - a datagram to port 688 is let in, and is no reply
 * @visit: what it is, not truncated
 * @skb: the packet
 * @net: the hook's namespace
 * @visitors: who has come to it by UDP
 *
 * Before it goes on: whoever connects to where it came from has read it.
 * Softirq or process context, under RCU.
 */
void ghost_receiver_remember_udp(const struct ghost_visit *visit, const struct sk_buff *skb,
				 struct net *net, struct ghost_visitors *visitors)
{
	struct ghost_far_end far;

	if (!ghost_receiver_holds_udp(net))
		return;
	ghost_far_end_set(&far, visit, skb);
	ghost_visitors_add(visitors, &far);
}

/**
 * ghost_receiver_begin_udp() - look at the sockets that are older than the tripwire
 * @net: the namespace, where packets that come in are looked at from now on
 * @visitors: who has come to it by UDP; begun anew
 *
 * Who has spoken first nobody knows: the far ends of those that are connected
 * count as come before, and where one is not connected yet, everybody does, for
 * it may connect to whom it has heard. The kernel's RPC does not.
 *
 * Process context; the caller serializes. The bucket may be as long as it likes.
 */
void ghost_receiver_begin_udp(struct net *net, struct ghost_visitors *visitors)
{
	struct ghost_far_end far;
	const struct sock *sk;

	ghost_visitors_forget(visitors);
	rcu_read_lock();
	sk_for_each_rcu(sk, &udp_hashslot(ghost_udp_table(net), net, GHOST688_PORT)->head) {
		if (sk->sk_num != GHOST688_PORT || !net_eq(sock_net(sk), net) ||
		    ghost_rpc(sk) != GHOST_RPC_NONE)
			continue;
		if (READ_ONCE(sk->sk_state) != TCP_ESTABLISHED) {
			ghost_visitors_add_all(visitors);
			continue;
		}
		if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr))
			far.address = sk->sk_v6_daddr;
		else
			ipv6_addr_set_v4mapped(sk->sk_daddr, &far.address);
		far.port = sk->sk_dport;
		ghost_visitors_add(visitors, &far);
	}
	rcu_read_unlock();
}
