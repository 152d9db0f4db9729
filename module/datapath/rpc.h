/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_RPC_H
#define GHOST_RPC_H

#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/inet_sock.h>

#include "compat.h"

/**
 * enum ghost_rpc - how the kernel's RPC uses a UDP socket
 * @GHOST_RPC_NONE: not at all
 * @GHOST_RPC_CLIENT: as a client, which does not connect it
 * @GHOST_RPC_SERVER: as a server
 */
enum ghost_rpc {
	GHOST_RPC_NONE,
	GHOST_RPC_CLIENT,
	GHOST_RPC_SERVER
};

/* Sock maps and BPF tag the lower bits of sk_user_data; sunrpc does not. */
#define GHOST_RPC_TAGS	7UL

/**
 * ghost_rpc() - does this UDP socket belong to the kernel's RPC?
 * @sk: a full UDP socket
 *
 * Sunrpc sets user data in xs_udp_finish_connecting() and svc_setup_socket(), and no
 * encapsulation. Tunnels have an encapsulation; IPVS' synchronization sockets have
 * neither. No unprivileged program can set user data in its socket.
 *
 * Servers ask for the address that a packet was sent to, see svc_udp_init(); rpc.nfsd
 * opens their sockets for them, so those are not kernel sockets. The user data is not
 * dereferenced.
 *
 * Any context, under RCU.
 */
static inline enum ghost_rpc ghost_rpc(const struct sock *sk)
{
	const unsigned long data = (unsigned long)READ_ONCE(sk->sk_user_data);

	if (!data || data & GHOST_RPC_TAGS || READ_ONCE(udp_sk(sk)->encap_type) ||
	    READ_ONCE(sk->sk_state) == TCP_ESTABLISHED)
		return GHOST_RPC_NONE;
	if (inet_cmsg_flags(inet_sk(sk)) & IP_CMSG_PKTINFO)
		return GHOST_RPC_SERVER;
	if (sk->sk_family == AF_INET6 && inet6_sk(sk)->rxopt.bits.rxinfo)
		return GHOST_RPC_SERVER;
	return sk->sk_kern_sock ? GHOST_RPC_CLIENT : GHOST_RPC_NONE;
}

#endif
