// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is an incoming datagram an answer to a UDP client on port 688?
 *
 * No socket is kept: UDP sockets are freed by RCU, and all of this runs under RCU.
 * Each look-up is bounded as its comment says, no matter how many sockets an
 * unprivileged program opens.
 */
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "compat.h"
#include "datapath/client.h"
#include "datapath/conntrack.h"
#include "datapath/rpc.h"

/* Sockets examined in a bucket; each takes about 25 instructions. */
#define GHOST_UDP_MAX_SOCKETS	8

/* Is there any UDP socket, client or server, on port 688? Does not walk the bucket. */
static bool ghost_client_may_exist(struct net *net)
{
	return !hlist_empty(&udp_hashslot(ghost_udp_table(net), net, GHOST688_PORT)->head);
}

static bool ghost_client_is_connected(struct net *net, const struct sock *sk,
				      const struct ghost_far_end *far,
				      const struct ghost_visit *visit, const struct sk_buff *skb)
{
	const __portpair ports = INET_COMBINED_PORTS(far->port, GHOST688_PORT);

	if (!sk_fullsock(sk) || sk->sk_protocol != IPPROTO_UDP ||
	    READ_ONCE(sk->sk_state) != TCP_ESTABLISHED)
		return false;
	if (visit->family == GHOST_IPV4) {
		INET_ADDR_COOKIE(addresses, far->address.s6_addr32[3], ip_hdr(skb)->daddr);

		return inet_match(net, sk, addresses, ports, inet_iif(skb), inet_sdif(skb));
	}
#if IS_ENABLED(CONFIG_IPV6)
	return inet6_match(net, sk, &far->address, &ipv6_hdr(skb)->daddr, ports,
			   inet6_iif(skb), inet6_sdif(skb));
#else
	return false;
#endif
}

/* The kernel's RPC client does not connect its socket: any far end may answer it. */
static bool ghost_client_is_rpc(const struct net *net, const struct sock *sk,
				const struct ghost_visit *visit)
{
	return sk->sk_kern_sock && sk->sk_num == GHOST688_PORT && net_eq(sock_net(sk), net) &&
	       sk->sk_protocol == IPPROTO_UDP &&
	       sk->sk_family == (visit->family == GHOST_IPV4 ? AF_INET : AF_INET6) &&
	       ghost_rpc(sk) == GHOST_RPC_CLIENT;
}

enum ghost_owner { GHOST_NOBODY, GHOST_CONNECTED, GHOST_RPC };

static enum ghost_owner ghost_client_search(struct net *net, u32 hash,
					    const struct ghost_far_end *far,
					    const struct ghost_visit *visit,
					    const struct sk_buff *skb)
{
	const struct udp_hslot *bucket = udp_hashslot2(ghost_udp_table(net), hash);
	int left = GHOST_UDP_MAX_SOCKETS;
	const struct sock *sk;

	udp_portaddr_for_each_entry_rcu(sk, &bucket->head) {
		if (!left--)
			break;
		if (ghost_client_is_connected(net, sk, far, visit, skb))
			return GHOST_CONNECTED;
		if (ghost_client_is_rpc(net, sk, visit))
			return GHOST_RPC;
	}
	return GHOST_NOBODY;
}

/*
 * A connected socket is bound to a local address; the kernel's RPC client may be
 * bound to the wildcard.
 */
static noinline enum ghost_owner ghost_client_find(struct net *net,
						   const struct ghost_far_end *far,
						   const struct ghost_visit *visit,
						   const struct sk_buff *skb)
{
	enum ghost_owner owner;
	u32 hash;

	if (visit->family == GHOST_IPV4)
		hash = ipv4_portaddr_hash(net, ip_hdr(skb)->daddr, GHOST688_PORT);
	else
		hash = ipv6_portaddr_hash(net, &ipv6_hdr(skb)->daddr, GHOST688_PORT);
	owner = ghost_client_search(net, hash, far, visit, skb);
	if (owner != GHOST_NOBODY)
		return owner;
	/* The IPv6 wildcard has the same hash. */
	hash = ipv4_portaddr_hash(net, htonl(INADDR_ANY), GHOST688_PORT);
	return ghost_client_search(net, hash, far, visit, skb);
}

/**
 * ghost_client_owns() - is this datagram for a UDP client on port 688?
 * @visit: what the packet is, not truncated
 * @skb: the packet
 * @net: the hook's namespace
 * @visitors: the namespace's UDP visitors
 *
 * A socket connected to the packet's far end belongs to a client, unless that far
 * end had come before: then a server may have connected to a peer that it heard.
 * An unconnected socket of a program may belong to either, so it proves nothing.
 *
 * The far end is the one that the socket will see: destination NAT may have sent
 * the client's datagram elsewhere.
 *
 * Softirq or process context, under RCU.
 */
bool ghost_client_owns(const struct ghost_visit *visit, const struct sk_buff *skb,
		       struct net *net, const struct ghost_visitors *visitors)
{
	struct ghost_far_end far;
	enum ghost_owner owner;

	if (!ghost_client_may_exist(net))
		return false;
	ghost_far_end_set(&far, visit, skb);
	ghost_conntrack_far_end(skb, net, &far);
	if (skb->sk && ghost_client_is_connected(net, skb->sk, &far, visit, skb))
		owner = GHOST_CONNECTED;
	else
		owner = ghost_client_find(net, &far, visit, skb);
	if (owner != GHOST_CONNECTED)
		return owner == GHOST_RPC;
	return !ghost_visitors_contain(visitors, &far);
}

/**
 * ghost_client_remember() - remember the far end of a visit that is let in
 * @visit: what the packet is: UDP, not truncated, and no reply
 * @skb: the packet
 * @net: the hook's namespace
 * @visitors: the namespace's UDP visitors
 *
 * Must run before the packet goes on: a server that connects to the packet's
 * sender must have read it first. Softirq or process context, under RCU.
 */
void ghost_client_remember(const struct ghost_visit *visit, const struct sk_buff *skb,
			   struct net *net, struct ghost_visitors *visitors)
{
	struct ghost_far_end far;

	if (!ghost_client_may_exist(net))
		return;
	ghost_far_end_set(&far, visit, skb);
	ghost_visitors_add(visitors, &far);
}

/**
 * ghost_client_begin() - set up the memory of visitors from sockets that exist already
 * @net: the namespace, whose incoming packets are watched from now on
 * @visitors: the namespace's UDP visitors, after ghost_visitors_start()
 *
 * Nobody knows who spoke first on an older socket. So the far end of each connected
 * socket counts as a visitor. If any socket is not connected yet, everybody does: it
 * may connect to a peer that it heard. Sockets of the kernel's RPC are left out.
 *
 * Process context; the caller serializes. Walks the whole bucket, however long.
 */
void ghost_client_begin(struct net *net, struct ghost_visitors *visitors)
{
	struct ghost_far_end far;
	const struct sock *sk;

	rcu_read_lock();
	sk_for_each_rcu(sk, &udp_hashslot(ghost_udp_table(net), net, GHOST688_PORT)->head) {
		if (sk->sk_num != GHOST688_PORT || !net_eq(sock_net(sk), net) ||
		    ghost_rpc(sk) != GHOST_RPC_NONE)
			continue;
		if (READ_ONCE(sk->sk_state) != TCP_ESTABLISHED) {
			ghost_visitors_add_all(visitors);
			continue;
		}
		ipv6_addr_set_v4mapped(sk->sk_daddr, &far.address);
#if IS_ENABLED(CONFIG_IPV6)
		if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr))
			far.address = sk->sk_v6_daddr;
#endif
		far.port = sk->sk_dport;
		ghost_visitors_add(visitors, &far);
	}
	rcu_read_unlock();
	ghost_visitors_started(visitors);
}
