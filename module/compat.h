/* SPDX-License-Identifier: GPL-2.0-only */
/* Every difference between the kernels that ghost688 supports, see Kbuild; no other line asks. */
#ifndef GHOST_COMPAT_H
#define GHOST_COMPAT_H

#include <linux/version.h>
#include <net/udp.h>

/* Since 6.2 a namespace may have a UDP table of its own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define ghost_udp_table(net)	(&udp_table)
#else
#define ghost_udp_table(net)	((net)->ipv4.udp_table)
#endif

/* Look-ups had to be told the table for as long as DCCP, and then UDP-Lite, had one too. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define ghost_tcp_lookup(lookup, net, ...)	\
	lookup(net, (net)->ipv4.tcp_death_row.hashinfo, __VA_ARGS__)
#else
#define ghost_tcp_lookup(lookup, net, ...)	lookup(net, __VA_ARGS__)
#endif
#ifdef IS_UDPLITE
#define ghost_udp_lookup(lookup, net, ...)	\
	lookup(net, __VA_ARGS__, ghost_udp_table(net), NULL)
#else
#define ghost_udp_lookup(lookup, net, ...)	lookup(net, __VA_ARGS__, NULL)
#endif

/* Where the kernel remembers that connect() has picked the port, which it does in TIME_WAIT as well. */
#ifdef SOCK_CONNECT_BIND
#define GHOST_CONNECT_BIND	SOCK_CONNECT_BIND
#define GHOST_TIMEWAIT_TELLS	true
#define ghost_timewait_picked(sk)	(inet_twsk(sk)->tw_connect_bind)
#else
#define GHOST_CONNECT_BIND	0
#define GHOST_TIMEWAIT_TELLS	false
#define ghost_timewait_picked(sk)	false
#endif

/* Since 6.6 they are among all other flags. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define ghost_cmsg_flags(sk)	(inet_sk(sk)->cmsg_flags)
#else
#define ghost_cmsg_flags(sk)	inet_cmsg_flags(inet_sk(sk))
#endif

#endif
