/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels that ghost688 supports; no other line asks.
 * Never for the version: distributions backport. A wrong answer does not compile.
 */
#ifndef GHOST_COMPAT_H
#define GHOST_COMPAT_H
#include <net/inet_sock.h>
#include <net/udp.h>

/* Since 6.2 a namespace may have a UDP table of its own. */
#ifdef GHOST_ONE_UDP_TABLE
#define ghost_udp_table(net)	(&udp_table)
#else
#define ghost_udp_table(net)	((net)->ipv4.udp_table)
#endif

/* Came with the function of that name, in 6.6. */
#ifndef IP_CMSG_ALL
#define inet_cmsg_flags(inet)	((inet)->cmsg_flags)
#endif

/* Until 6.18 look-ups were told the table, for DCCP had one too. */
#ifdef GHOST_LOOKUP_IS_TOLD_TABLE
#define ghost_tcp_lookup(find, net, ...) find(net, (net)->ipv4.tcp_death_row.hashinfo, __VA_ARGS__)
#else
#define ghost_tcp_lookup(find, net, ...) find(net, __VA_ARGS__)
#endif

/* Where the kernel remembers that connect() has picked the port, in TIME_WAIT too; else -1. */
#ifdef SOCK_CONNECT_BIND
#define ghost_timewait_picked(sk)	((int)inet_twsk(sk)->tw_connect_bind)
#else
#define SOCK_CONNECT_BIND		0
#define ghost_timewait_picked(sk)	(-1)
#endif
#endif
