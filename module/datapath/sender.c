// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who opened the connection of an outgoing packet, as its sending socket knows.
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
 * Is this a TCP socket with a connection? An answer that the kernel sends for a listener
 * carries the listener's socket. On some kernels all such answers carry a raw socket of
 * the kernel.
 */
static bool ghost_sender_is_connection(const struct sock *sk)
{
	return sk_fullsock(sk) && sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM &&
	       READ_ONCE(sk->sk_state) != TCP_LISTEN;
}

/* A program can send any packet through a raw socket, unless the socket is the kernel's. */
static bool ghost_sender_is_raw(const struct sock *sk)
{
	return sk_fullsock(sk) && sk->sk_type == SOCK_RAW && !sk->sk_kern_sock;
}

/*
 * Was this socket accepted? An accepted socket keeps its listener's backlog, which
 * only listen() sets. sk_clone() clears SOCK_BINDPORT_LOCK in it, and
 * inet_csk_clone_lock() clears SOCK_RCU_FREE, which a listener has.
 *
 * Two other sockets look the same: one whose listen() failed, and an accepted one
 * that connects again. Either needs a port that the kernel picked, and nothing in the
 * socket shows the difference. But under drop their SYNs are dropped. So they get a
 * connection only if the far end sends a SYN from port 688 too, and any listener would
 * answer that.
 */
static bool ghost_sender_was_accepted(const struct sock *sk)
{
	return !(sk->sk_userlocks & (SOCK_BINDPORT_LOCK | SOCK_CONNECT_BIND)) &&
	       READ_ONCE(sk->sk_max_ack_backlog) && !sock_flag(sk, SOCK_RCU_FREE);
}

/*
 * Until the handshake ends a server has no full socket, except for TCP Fast Open. Any
 * other full socket in that state has sent a SYN itself, and so has the far end at the
 * same time. None of its segments may pass: they would tell the far end the initial
 * sequence number.
 */
static bool ghost_sender_has_opened(const struct sock *sk, int flags)
{
	return (READ_ONCE(sk->sk_state) == TCP_SYN_RECV || flags & TCPHDR_SYN) &&
	       !rcu_access_pointer(tcp_sk(sk)->fastopen_rsk);
}

static bool ghost_sender_is_empty(const struct ghost_visit *visit, const struct sk_buff *skb)
{
	int offset = ghost_transport_byte(skb, visit, GHOST_TCP_OFFSET);

	return offset >= 0 && visit->transport + (offset >> 4) * 4 == skb->len;
}

static bool ghost_sender_is_ipvs(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_IP_VS)
	return skb->ipvs_property;
#else
	return false;
#endif
}

/*
 * Is this an answer that the kernel sends without a connection? The kernel answers for
 * listeners, for the remains of a connection, for closed ports, and for firewalls that
 * reject a packet or answer a SYN in a server's place. All of these answers are empty,
 * and follow a packet that arrived.
 *
 * Some have no socket, and neither has a packet that was sent again on its way here. If
 * there is no socket, only SYN|ACK and RST are believed: no program can cause them.
 */
static bool ghost_sender_is_kernel(const struct sock *sk, const struct ghost_visit *visit,
				   const struct sk_buff *skb, int flags)
{
	return (sk || flags & (TCPHDR_SYN | TCPHDR_RST)) &&
	       !ghost_sender_is_ipvs(skb) && ghost_sender_is_empty(visit, skb);
}

/*
 * An ACK from the remains of a connection, mostly in TIME_WAIT, carries no program's
 * data, so it may pass whoever opened the connection. But if its port is one that
 * connect() picks, the connection was most likely opened here, and so to port 688.
 */
static enum ghost_origin ghost_sender_minisock_origin(const struct sock *sk, const struct net *net,
						      const struct ghost_visit *visit)
{
	int low, high, port = ntohs(visit->source);

	if (READ_ONCE(sk->sk_state) == TCP_TIME_WAIT && ghost_timewait_picked(sk) >= 0)
		return ghost_timewait_picked(sk) ? GHOST_OPENED_TO_688 : GHOST_OPENED_FROM_688;
	inet_get_local_port_range(net, &low, &high);
	return port < low || port > high ? GHOST_OPENED_FROM_688 : GHOST_ORIGIN_UNKNOWN;
}

/**
 * ghost_sender_origin() - who opened the connection of an outgoing TCP segment?
 * @visit: what the packet is: not truncated, and no SYN without ACK
 * @skb: the packet
 * @state: the hook's state
 *
 * A socket of a namespace with another owner proves nothing: any user can be root
 * there. Softirq or process context, under RCU.
 *
 * Return: the origin of the connection.
 */
enum ghost_origin ghost_sender_origin(const struct ghost_visit *visit,
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
	return flags & (TCPHDR_SYN | TCPHDR_RST) ?
	       GHOST_OPENED_FROM_688 : ghost_sender_minisock_origin(sk, state->net, visit);
}

/**
 * ghost_sender_serves_udp() - was this datagram sent by a server?
 * @visit: what the packet is, not truncated
 * @skb: the packet
 * @net: the hook's namespace
 *
 * A server's socket is the kernel RPC server's, or is unconnected and bound to a
 * privileged port. The packet must come from its socket's port: a tunnel's packets do
 * not. Softirq or process context, under RCU.
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
