// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the socket that sends a packet knows of who opened the connection.
 */
#include <net/inet_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/ip.h>
#include <net/tcp.h>

#include "compat.h"
#include "datapath/rpc.h"
#include "datapath/sender.h"
#include "datapath/transport.h"

/*
 * Is this a socket of TCP that has ports of its own to speak from? A listener
 * lends its name to what the kernel answers for it, and on some kernels a raw
 * socket of the kernel's does for all of those.
 */
static bool ghost_sender_is_connection(const struct sock *sk)
{
	return sk_fullsock(sk) && sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM &&
	       READ_ONCE(sk->sk_state) != TCP_LISTEN;
}

/* A program writes what it likes into a raw socket; the stack's own belong to no program. */
static bool ghost_sender_is_raw(const struct sock *sk)
{
	return sk_fullsock(sk) && sk->sk_type == SOCK_RAW && !sk->sk_kern_sock;
}

/*
 * Was this socket accepted? sk_clone() takes from it that its port was bound, and
 * inet_csk_clone_lock() that it may have been a listener; it keeps the listener's
 * backlog, which nobody has but by listen().
 *
 * Who has failed to listen has a backlog too, and so has who was accepted once and
 * connects anew; either needs a port that was picked. Nothing in the socket tells.
 * Its SYN does not leave under drop, so there it has a connection only where the
 * far end has sent a SYN from port 688 as well: which any listener would answer.
 */
static bool ghost_sender_was_accepted(const struct sock *sk)
{
	return !(sk->sk_userlocks & (SOCK_BINDPORT_LOCK | SOCK_CONNECT_BIND)) &&
	       READ_ONCE(sk->sk_max_ack_backlog) && !sock_flag(sk, SOCK_RCU_FREE);
}

/*
 * Before the handshake's end a server has no full socket, unless it answers a fast
 * open. Whoever else has one there has sent a SYN himself, as has the far end at the
 * same time: nothing that he says may tell it where his sequence begins.
 */
static bool ghost_sender_has_opened(const struct sock *sk, int flags)
{
	return (READ_ONCE(sk->sk_state) == TCP_SYN_RECV || flags & TCPHDR_SYN) &&
	       !rcu_access_pointer(tcp_sk(sk)->fastopen_rsk);
}

static bool ghost_sender_says_nothing(const struct ghost_visit *visit, const struct sk_buff *skb)
{
	int offset = ghost_transport_byte(skb, visit, GHOST_TCP_OFFSET);

	return offset >= 0 && visit->transport + (offset >> 4) * 4 == skb->len;
}

static bool ghost_sender_is_balanced(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_IP_VS)
	return skb->ipvs_property;
#else
	return false;
#endif
}

/*
 * What the kernel answers without a connection: for a listener, for what is left
 * of a connection, for a port where nobody is, and for firewalls that reject or
 * take SYNs in a server's stead. It carries nothing, and answers what has come.
 * Some of it belongs to no socket, as do packets that are sent on their way here
 * once more: of those only what no program may bring about is taken.
 */
static bool ghost_sender_is_kernel(const struct sock *sk, const struct ghost_visit *visit,
				   const struct sk_buff *skb, int flags)
{
	return (sk || flags & (TCPHDR_SYN | TCPHDR_RST)) &&
	       !ghost_sender_is_balanced(skb) && ghost_sender_says_nothing(visit, skb);
}

/*
 * An ACK of what is left of a connection, mostly in TIME_WAIT, is nobody's word any
 * more, whoever opened it. But where the port is one that connect() picks, it was
 * most likely opened here, and to 688 then.
 */
static enum ghost_origin ghost_sender_ask_minisock(const struct sock *sk, const struct net *net,
						   const struct ghost_visit *visit)
{
	int low, high, port = ntohs(visit->source);

	if (READ_ONCE(sk->sk_state) == TCP_TIME_WAIT && ghost_timewait_picked(sk) >= 0)
		return ghost_timewait_picked(sk) ? GHOST_OPENED_TO_688 : GHOST_OPENED_FROM_688;
	inet_get_local_port_range(net, &low, &high);
	return port < low || port > high ? GHOST_OPENED_FROM_688 : GHOST_ORIGIN_UNKNOWN;
}

/**
 * ghost_sender_ask_tcp() - of a TCP segment that goes out
 * @visit: what it is, not truncated, and no SYN without ACK
 * @skb: the packet
 * @state: the hook's
 *
 * What is of a namespace with another owner proves nothing: root may be anybody
 * there. Softirq or process context, under RCU.
 */
enum ghost_origin ghost_sender_ask_tcp(const struct ghost_visit *visit,
				       const struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	const int flags = ghost_transport_byte(skb, visit, GHOST_TCP_FLAGS);
	const struct sock *sk = skb->sk ? skb->sk : state->sk;

	if (sk && ghost_sender_is_raw(sk))
		return GHOST_OPENED_TO_688;
	if (sk && sock_net(sk)->user_ns != state->net->user_ns)
		return GHOST_ORIGIN_UNKNOWN;
	if (sk && ghost_sender_is_connection(sk))
		return ghost_sender_was_accepted(sk) && !ghost_sender_has_opened(sk, flags) ?
		       GHOST_OPENED_FROM_688 : GHOST_OPENED_TO_688;
	if (!ghost_sender_is_kernel(sk, visit, skb, flags))
		return GHOST_ORIGIN_UNKNOWN;
	return flags & (TCPHDR_SYN | TCPHDR_RST) ? GHOST_OPENED_FROM_688 :
						   ghost_sender_ask_minisock(sk, state->net, visit);
}

/**
 * ghost_sender_serves_udp() - is this datagram a server's?
 * @visit: what it is, not truncated
 * @skb: the packet
 * @net: the hook's namespace
 *
 * The kernel's RPC server, or a socket that is not connected on a port that takes
 * a privilege to bind to. A tunnel's packets have other source ports than its
 * socket. Softirq or process context, under RCU.
 */
bool ghost_sender_serves_udp(const struct ghost_visit *visit, const struct sk_buff *skb,
			     const struct net *net)
{
	const struct sock *sk = skb->sk;

	if (!sk || !sk_fullsock(sk) || sk->sk_protocol != IPPROTO_UDP ||
	    sk->sk_type != SOCK_DGRAM || !net_eq(sock_net(sk), net) ||
	    visit->source != htons(sk->sk_num) || READ_ONCE(sk->sk_state) == TCP_ESTABLISHED)
		return false;
	return inet_port_requires_bind_service(sock_net(sk), sk->sk_num) ||
	       ghost_rpc(sk) == GHOST_RPC_SERVER;
}
