/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_RPC_H
#define GHOST_RPC_H

#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/inet_sock.h>

#include "compat.h"

/**
 * enum ghost_rpc - what a UDP socket is to the kernel's RPC
 * @GHOST_RPC_NONE: none of its
 * @GHOST_RPC_CLIENT: a client's, which is not connected
 * @GHOST_RPC_SERVER: a server's
 */
enum ghost_rpc {
	GHOST_RPC_NONE,
	GHOST_RPC_CLIENT,
	GHOST_RPC_SERVER
};

/* What others than sunrpc put into the lower bits of their user data: BPF and sock maps do. */
#define GHOST_RPC_TAGS	7UL

/**
 * ghost_rpc() - is this UDP socket one of the kernel's RPC?
 * @sk: a full socket of UDP
 *
 * Sunrpc's have user data, for xs_udp_finish_connecting() and svc_setup_socket()
 * set it, and no encapsulation, as tunnels have; what IPVS synchronizes by has
 * neither. No program can give its socket user data without privilege. Servers
 * ask for the address that a packet was sent to, as svc_udp_init() says, and
 * rpc.nfsd opens their sockets for them. The data is not followed.
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
