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

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define inet_cmsg_flags(inet)	((inet)->cmsg_flags)
#endif

/* Look-ups had to be told the table for as long as DCCP had one too. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
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
