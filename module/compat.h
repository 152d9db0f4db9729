/* SPDX-License-Identifier: GPL-2.0-only */
/* All differences between kernels. Test for features, not versions: distributions backport. */
#ifndef GHOST_COMPAT_H
#define GHOST_COMPAT_H
#include <net/genetlink.h>
#include <net/udp.h>

/* Older 6.1 releases take another flag for the same. */
#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN	GENL_UNS_ADMIN_PERM
#endif

/* Since 6.2 a namespace may have a UDP table of its own. */
#ifdef GHOST_ONE_UDP_TABLE
#define ghost_udp_table(net)	(&udp_table)
#else
#define ghost_udp_table(net)	((net)->ipv4.udp_table)
#endif

/* 6.6 added both IP_CMSG_ALL and inet_cmsg_flags(). */
#ifndef IP_CMSG_ALL
#define inet_cmsg_flags(inet)	((inet)->cmsg_flags)
#endif

/* Before 6.18 look-ups took the hash table as an argument, because DCCP had its own. */
#ifdef GHOST_LOOKUP_TAKES_TABLE
#define ghost_tcp_lookup(find, net, ...) find(net, (net)->ipv4.tcp_death_row.hashinfo, __VA_ARGS__)
#else
#define ghost_tcp_lookup(find, net, ...) find(net, __VA_ARGS__)
#endif

/* Did connect() pick the port of a TIME_WAIT socket? -1: this kernel does not record that. */
#ifdef SOCK_CONNECT_BIND
#define ghost_timewait_picked(sk)	((int)inet_twsk(sk)->tw_connect_bind)
#else
#define SOCK_CONNECT_BIND		0
#define ghost_timewait_picked(sk)	(-1)
#endif
#endif
