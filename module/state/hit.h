/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_HIT_H
#define GHOST_HIT_H

#include <linux/if.h>
#include <linux/in6.h>
#include <linux/sched.h>
#include <linux/uidgid.h>

#include "state/visit.h"

/**
 * struct ghost_end - the address and port of one end
 * @address: the address; IPv4 is in the first 32 bits
 * @port: the port
 */
struct ghost_end {
	struct in6_addr address;
	__be16 port;
};

/* What is known of a hit, beside what is known of every one. */
#define GHOST_HIT_TRUNCATED	BIT(0)	/* no protocol and no ports */
#define GHOST_HIT_TRANSLATED	BIT(1)	/* was to port 688 before translation */
#define GHOST_HIT_ORIGINAL	BIT(2)	/* @original_source, @original_destination */
#define GHOST_HIT_TCP_FLAGS	BIT(3)	/* @tcp_flags */
#define GHOST_HIT_SOCKET	BIT(4)	/* @uid, @cookie, @cgroup */
#define GHOST_HIT_TASK		BIT(5)	/* @comm, and @pid if it is not 0 */

/**
 * struct ghost_hit - one visit, as listeners are told of it
 * @seq: number among its CPU's hits; wraps where a long has 32 bits
 * @suppressed: how many hits of its CPU were suppressed before; wraps likewise
 * @time: nanoseconds since the epoch
 * @boot_time: nanoseconds since boot, those of suspend included
 * @known: GHOST_HIT_*
 * @direction: where the packet was met
 * @verdict: what happens to it
 * @visit: what it is, as on the wire
 * @source: where it comes from
 * @destination: where it goes to
 * @original_source: @source before translation
 * @original_destination: @destination before translation
 * @in_ifindex: the interface that it came in by; 0 for none
 * @out_ifindex: the interface that it is to leave by; 0 for none
 * @in_name: name of @in_ifindex
 * @out_name: name of @out_ifindex
 * @tcp_flags: byte 13 of the TCP header
 * @uid: owner of the sending socket
 * @cookie: the sending socket's cookie
 * @cgroup: id of the sending socket's cgroup; 0 if sockets have none
 * @pid: the sending process in the listeners' PID namespace; 0 if it is not visible there
 * @comm: name of the sending thread
 */
struct ghost_hit {
	unsigned long seq;
	unsigned long suppressed;
	u64 time;
	u64 boot_time;
	u8 known;
	enum ghost688_direction direction;
	enum ghost688_verdict verdict;
	struct ghost_visit visit;
	struct ghost_end source;
	struct ghost_end destination;
	struct ghost_end original_source;
	struct ghost_end original_destination;
	int in_ifindex;
	int out_ifindex;
	char in_name[IFNAMSIZ];
	char out_name[IFNAMSIZ];
	u8 tcp_flags;
	kuid_t uid;
	u64 cookie;
	u64 cgroup;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

#endif
