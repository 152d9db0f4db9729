// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is there a client of UDP on port 688 that a datagram answers?
 *
 * Nothing that is found is kept: UDP sockets are freed by RCU, under which all of
 * this runs. No look is longer than what is said of it here, whatever sockets a
 * program without privilege opens.
 */
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "compat.h"
#include "datapath/client.h"
#include "datapath/conntrack.h"
#include "datapath/rpc.h"

/* How many sockets of a bucket are looked at, each for some 25 instructions. */
#define GHOST_UDP_LOOKS	8

/* A server on port 688 or a client: does anybody hear UDP there? The bucket is not walked. */
static bool ghost_client_may_be(struct net *net)
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

/* The kernel's own RPC client does not connect, so whatever comes is for it. */
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
	int left = GHOST_UDP_LOOKS;
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

/* A connected socket has an address of its own; the kernel's RPC client may have any. */
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
	/* So does the hash of IPv6's any. */
	hash = ipv4_portaddr_hash(net, htonl(INADDR_ANY), GHOST688_PORT);
	return ghost_client_search(net, hash, far, visit, skb);
}

/**
 * ghost_client_owns() - is this datagram for a client on port 688?
 * @visit: what it is, not truncated
 * @skb: the packet
 * @net: the hook's namespace
 * @visitors: who has come to it by UDP
 *
 * A socket that is connected to the packet's far end is a client's, unless that
 * far end has come before: then it may be a server's that connects to whom it
 * heard. Of what is a program's and not connected nothing tells a client from a
 * server. The far end is whom the socket will hear: what a client has sent may
 * have been translated to go elsewhere.
 *
 * Softirq or process context, under RCU.
 */
bool ghost_client_owns(const struct ghost_visit *visit, const struct sk_buff *skb,
		       struct net *net, const struct ghost_visitors *visitors)
{
	struct ghost_far_end far;
	enum ghost_owner owner;

	if (!ghost_client_may_be(net))
		return false;
	ghost_far_end_set(&far, visit, skb);
	ghost_conntrack_far_end(skb, net, &far);
	if (skb->sk && ghost_client_is_connected(net, skb->sk, &far, visit, skb))
		owner = GHOST_CONNECTED;
	else
		owner = ghost_client_find(net, &far, visit, skb);
	if (owner != GHOST_CONNECTED)
		return owner == GHOST_RPC;
	return !ghost_visitors_had(visitors, &far);
}

/**
 * ghost_client_remember() - a datagram to port 688 is let in, and is no reply
 * @visit: what it is, not truncated
 * @skb: the packet
 * @net: the hook's namespace
 * @visitors: who has come to it by UDP
 *
 * Before it goes on: whoever connects to where it came from has read it.
 * Softirq or process context, under RCU.
 */
void ghost_client_remember(const struct ghost_visit *visit, const struct sk_buff *skb,
			   struct net *net, struct ghost_visitors *visitors)
{
	struct ghost_far_end far;

	if (!ghost_client_may_be(net))
		return;
	ghost_far_end_set(&far, visit, skb);
	ghost_visitors_add(visitors, &far);
}

/**
 * ghost_client_begin() - look at the sockets that are older than the tripwire
 * @net: the namespace, where packets that come in are looked at from now on
 * @visitors: who has come to it by UDP; begun anew
 *
 * Who has spoken first nobody knows: the far ends of those that are connected
 * count as come before, and where one is not connected yet, everybody does, for
 * it may connect to whom it has heard. The kernel's RPC does not.
 *
 * Process context; the caller serializes. The bucket may be as long as it likes.
 */
void ghost_client_begin(struct net *net, struct ghost_visitors *visitors)
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
		ipv6_addr_set_v4mapped(sk->sk_daddr, &far.address);
#if IS_ENABLED(CONFIG_IPV6)
		if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr))
			far.address = sk->sk_v6_daddr;
#endif
		far.port = sk->sk_dport;
		ghost_visitors_add(visitors, &far);
	}
	rcu_read_unlock();
}
