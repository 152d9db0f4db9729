/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * ghost688: the generic netlink interface, as described in ghost688.yaml.
 *
 * All of this is ABI: new values may only be added at the end.
 */
#ifndef _UAPI_GHOST688_H
#define _UAPI_GHOST688_H

#define GHOST688_FAMILY_NAME	"ghost688"
#define GHOST688_MCGRP_POLICY	"policy"
#define GHOST688_MCGRP_HITS	"hits"

/* May be overridden at build time, to test a version mismatch. */
#ifndef GHOST688_FAMILY_VERSION
#define GHOST688_FAMILY_VERSION	1
#endif

/* realm-rusd in IANA's registry */
#define GHOST688_PORT		688

#define GHOST688_ALLOW_MAX	256
#define GHOST688_LOG_RATE_MAX	1000000
#define GHOST688_LOG_BURST_MAX	10000
#define GHOST688_HIT_RATE_MAX	1000000
#define GHOST688_HIT_BURST_MAX	1000000
#define GHOST688_SOURCES_MAX	256

/**
 * enum ghost688_action - what to do with visits in one direction
 * @GHOST688_ACTION_OFF: register no hook
 * @GHOST688_ACTION_COUNT: count and pass
 * @GHOST688_ACTION_LOG: count, log and pass
 * @GHOST688_ACTION_DROP: count and drop
 * @GHOST688_ACTION_DROP_LOG: count, log and drop
 * @GHOST688_ACTION_REJECT: reserved; refused with -EOPNOTSUPP
 * @GHOST688_ACTION_REJECT_LOG: reserved; refused with -EOPNOTSUPP
 */
enum ghost688_action {
	GHOST688_ACTION_OFF,
	GHOST688_ACTION_COUNT,
	GHOST688_ACTION_LOG,
	GHOST688_ACTION_DROP,
	GHOST688_ACTION_DROP_LOG,
	GHOST688_ACTION_REJECT,
	GHOST688_ACTION_REJECT_LOG,
};

#define GHOST688_ACTION_MAX	GHOST688_ACTION_REJECT_LOG

/**
 * enum ghost688_replies - how to treat packets that answer a connection opened from port 688
 * @GHOST688_REPLIES_MATCH: as visits
 * @GHOST688_REPLIES_EXEMPT: as replies if proved: counted apart, passed, never logged
 * @GHOST688_REPLIES_TRUST: as with exempt, but conntrack's direction is also proof, except for
 *	TCP. Anyone who can forge source addresses can forge it
 */
enum ghost688_replies {
	GHOST688_REPLIES_MATCH,
	GHOST688_REPLIES_EXEMPT,
	GHOST688_REPLIES_TRUST,
};

#define GHOST688_REPLIES_MAX	GHOST688_REPLIES_TRUST

/**
 * enum ghost688_log_per - the unit of a log rate or hit rate
 * @GHOST688_LOG_PER_SECOND: lines or hits a second
 * @GHOST688_LOG_PER_MINUTE: lines or hits a minute
 * @GHOST688_LOG_PER_HOUR: lines or hits an hour
 */
enum ghost688_log_per {
	GHOST688_LOG_PER_SECOND,
	GHOST688_LOG_PER_MINUTE,
	GHOST688_LOG_PER_HOUR,
};

#define GHOST688_LOG_PER_MAX	GHOST688_LOG_PER_HOUR

/**
 * enum ghost688_log_target - where log lines go
 * @GHOST688_LOG_TARGET_SYSLOG: the kernel log, through nf_log_syslog
 * @GHOST688_LOG_TARGET_NFLOG: an NFLOG group, through nfnetlink_log
 */
enum ghost688_log_target {
	GHOST688_LOG_TARGET_SYSLOG,
	GHOST688_LOG_TARGET_NFLOG,
};

#define GHOST688_LOG_TARGET_MAX	GHOST688_LOG_TARGET_NFLOG

/**
 * enum ghost688_direction - where a visit was met
 * @GHOST688_DIRECTION_IN: LOCAL_IN
 * @GHOST688_DIRECTION_FORWARD: FORWARD
 * @GHOST688_DIRECTION_OUT: LOCAL_OUT
 */
enum ghost688_direction {
	GHOST688_DIRECTION_IN,
	GHOST688_DIRECTION_FORWARD,
	GHOST688_DIRECTION_OUT,
};

#define GHOST688_DIRECTION_MAX	GHOST688_DIRECTION_OUT

/**
 * enum ghost688_verdict - what happened to a visit
 * @GHOST688_VERDICT_PASSED: passed on to the rest of the network stack
 * @GHOST688_VERDICT_DROPPED: dropped
 * @GHOST688_VERDICT_REJECTED: reserved for reject
 * @GHOST688_VERDICT_ALLOWED: passed, because its far end is on the allow-list
 * @GHOST688_VERDICT_REPLY: passed, because it answers a connection opened from port 688
 */
enum ghost688_verdict {
	GHOST688_VERDICT_PASSED,
	GHOST688_VERDICT_DROPPED,
	GHOST688_VERDICT_REJECTED,
	GHOST688_VERDICT_ALLOWED,
	GHOST688_VERDICT_REPLY,
};

#define GHOST688_VERDICT_MAX	GHOST688_VERDICT_REPLY

/**
 * enum ghost688_reason - why a hit is no plain visit; the first of these that is true
 * @GHOST688_REASON_TRUNCATED: the packet ends before its ports
 * @GHOST688_REASON_ALLOWED: its far end is on the allow-list
 * @GHOST688_REASON_TRANSLATED: it was sent to port 688, but translation changed its destination
 */
enum ghost688_reason {
	GHOST688_REASON_TRUNCATED,
	GHOST688_REASON_ALLOWED,
	GHOST688_REASON_TRANSLATED,
};

#define GHOST688_REASON_MAX	GHOST688_REASON_TRANSLATED

/**
 * enum ghost688_protocol - a source's protocols, as bits: 1 << value
 * @GHOST688_PROTOCOL_TCP: TCP
 * @GHOST688_PROTOCOL_UDP: UDP
 * @GHOST688_PROTOCOL_UDPLITE: UDP-Lite
 * @GHOST688_PROTOCOL_SCTP: SCTP
 * @GHOST688_PROTOCOL_DCCP: DCCP
 * @GHOST688_PROTOCOL_TRUNCATED: a packet that ends before its ports
 */
enum ghost688_protocol {
	GHOST688_PROTOCOL_TCP,
	GHOST688_PROTOCOL_UDP,
	GHOST688_PROTOCOL_UDPLITE,
	GHOST688_PROTOCOL_SCTP,
	GHOST688_PROTOCOL_DCCP,
	GHOST688_PROTOCOL_TRUNCATED,
};

#define GHOST688_PROTOCOL_MAX	GHOST688_PROTOCOL_TRUNCATED

/**
 * enum ghost688_table - what was reset
 * @GHOST688_TABLE_COUNTERS: the counters
 * @GHOST688_TABLE_SOURCES: the sources
 */
enum ghost688_table {
	GHOST688_TABLE_COUNTERS,
	GHOST688_TABLE_SOURCES,
};

#define GHOST688_TABLE_MAX	GHOST688_TABLE_SOURCES

/**
 * enum ghost688_cmd - the family's commands
 * @GHOST688_CMD_POLICY_GET: do: get the policy
 * @GHOST688_CMD_POLICY_SET: do: replace the whole policy; absent attributes take their
 *	defaults; needs CAP_NET_ADMIN
 * @GHOST688_CMD_POLICY_NTF: every policy change is announced with this on group "policy"
 * @GHOST688_CMD_STATUS_GET: do: get actions, last visit, log lines and truncated packets
 * @GHOST688_CMD_COUNTERS_GET: dump: one message for each direction, family, protocol and
 *	verdict that was ever hit
 * @GHOST688_CMD_COUNTERS_RESET: do: reset all counters and return their old values; needs
 *	CAP_NET_ADMIN
 * @GHOST688_CMD_RESET_NTF: every reset is announced with this on group "policy"
 * @GHOST688_CMD_HITS_LISTEN: do: have hits sent to group "hits" for as long as the asking socket
 *	is open, and get each CPU's position; the socket must also join the group. Both need
 *	CAP_NET_ADMIN
 * @GHOST688_CMD_HIT_NTF: each hit, on group "hits"; see @GHOST688_CMD_HITS_LISTEN
 * @GHOST688_CMD_SOURCES_GET: dump: first a message with the threshold, then one for each source;
 *	needs CAP_NET_ADMIN
 * @GHOST688_CMD_SOURCES_RESET: dump: as sources-get, but forget the sources; needs CAP_NET_ADMIN
 */
enum ghost688_cmd {
	GHOST688_CMD_POLICY_GET = 1,
	GHOST688_CMD_POLICY_SET,
	GHOST688_CMD_POLICY_NTF,
	GHOST688_CMD_STATUS_GET,
	GHOST688_CMD_COUNTERS_GET,
	GHOST688_CMD_COUNTERS_RESET,
	GHOST688_CMD_RESET_NTF,
	GHOST688_CMD_HITS_LISTEN,
	GHOST688_CMD_HIT_NTF,
	GHOST688_CMD_SOURCES_GET,
	GHOST688_CMD_SOURCES_RESET,
};

#define GHOST688_CMD_MAX	GHOST688_CMD_SOURCES_RESET

/**
 * enum ghost688_a_policy - attributes of a policy
 * @GHOST688_A_POLICY_GENERATION: u32, the number of this namespace's policy; only in answers
 * @GHOST688_A_POLICY_EXPECTED_GENERATION: u32, only in policy-set: fail with -EBUSY unless this
 *	is the generation in force
 * @GHOST688_A_POLICY_IN: u32, &enum ghost688_action; required in policy-set
 * @GHOST688_A_POLICY_FORWARD: u32, &enum ghost688_action; required in policy-set
 * @GHOST688_A_POLICY_OUT: u32, &enum ghost688_action; required in policy-set
 * @GHOST688_A_POLICY_REPLIES: u32, &enum ghost688_replies; default exempt
 * @GHOST688_A_POLICY_LOG_RATE: u32, lines in each @GHOST688_A_POLICY_LOG_PER, from 1 to
 *	%GHOST688_LOG_RATE_MAX; default 10
 * @GHOST688_A_POLICY_LOG_PER: u32, &enum ghost688_log_per; default second
 * @GHOST688_A_POLICY_LOG_BURST: u32, lines at once after a quiet time, from 1 to
 *	%GHOST688_LOG_BURST_MAX; default 20
 * @GHOST688_A_POLICY_LOG_TARGET: u32, &enum ghost688_log_target; default syslog
 * @GHOST688_A_POLICY_LOG_GROUP: u16, the NFLOG group; required with nflog, refused without
 * @GHOST688_A_POLICY_ALLOW: nest of &enum ghost688_a_prefix, at most %GHOST688_ALLOW_MAX times
 * @GHOST688_A_POLICY_HIT_RATE: u32, hits in each @GHOST688_A_POLICY_HIT_PER, from 1 to
 *	%GHOST688_HIT_RATE_MAX; default 50000
 * @GHOST688_A_POLICY_HIT_PER: u32, &enum ghost688_log_per; default second
 * @GHOST688_A_POLICY_HIT_BURST: u32, hits at once after a quiet time, from 1 to
 *	%GHOST688_HIT_BURST_MAX; default 50000
 * @GHOST688_A_POLICY_SOURCES: u32, how many sources each CPU keeps besides its first 64, at most
 *	%GHOST688_SOURCES_MAX, rounded up to a multiple of 8; 0 keeps none, and takes no memory;
 *	a change forgets all; default 256
 */
enum ghost688_a_policy {
	GHOST688_A_POLICY_GENERATION = 1,
	GHOST688_A_POLICY_EXPECTED_GENERATION,
	GHOST688_A_POLICY_IN,
	GHOST688_A_POLICY_FORWARD,
	GHOST688_A_POLICY_OUT,
	GHOST688_A_POLICY_REPLIES,
	GHOST688_A_POLICY_LOG_RATE,
	GHOST688_A_POLICY_LOG_PER,
	GHOST688_A_POLICY_LOG_BURST,
	GHOST688_A_POLICY_LOG_TARGET,
	GHOST688_A_POLICY_LOG_GROUP,
	GHOST688_A_POLICY_ALLOW,
	GHOST688_A_POLICY_HIT_RATE,
	GHOST688_A_POLICY_HIT_PER,
	GHOST688_A_POLICY_HIT_BURST,
	GHOST688_A_POLICY_SOURCES,
};

#define GHOST688_A_POLICY_MAX	GHOST688_A_POLICY_SOURCES

/**
 * enum ghost688_a_prefix - attributes of an allow-list prefix
 * @GHOST688_A_PREFIX_ADDRESS: binary in network byte order, 4 bytes for IPv4, 16 for IPv6; bits
 *	beyond the prefix length must be zero
 * @GHOST688_A_PREFIX_LENGTH: u8, 0 to 32 for IPv4, 0 to 128 for IPv6
 */
enum ghost688_a_prefix {
	GHOST688_A_PREFIX_ADDRESS = 1,
	GHOST688_A_PREFIX_LENGTH,
};

#define GHOST688_A_PREFIX_MAX	GHOST688_A_PREFIX_LENGTH

/**
 * enum ghost688_a_counter - attributes of one counter: a counters-get message, or a nest
 * @GHOST688_A_COUNTER_PAD: aligns 64-bit values
 * @GHOST688_A_COUNTER_DIRECTION: u32, &enum ghost688_direction
 * @GHOST688_A_COUNTER_FAMILY: u32, 4 or 6
 * @GHOST688_A_COUNTER_PROTOCOL: u32, the IANA protocol number; absent for truncated packets
 * @GHOST688_A_COUNTER_VERDICT: u32, &enum ghost688_verdict; absent for truncated packets
 * @GHOST688_A_COUNTER_PACKETS: u64, packets on the wire
 * @GHOST688_A_COUNTER_BYTES: u64, bytes on the wire, counted from the network header
 */
enum ghost688_a_counter {
	GHOST688_A_COUNTER_PAD = 1,
	GHOST688_A_COUNTER_DIRECTION,
	GHOST688_A_COUNTER_FAMILY,
	GHOST688_A_COUNTER_PROTOCOL,
	GHOST688_A_COUNTER_VERDICT,
	GHOST688_A_COUNTER_PACKETS,
	GHOST688_A_COUNTER_BYTES,
};

#define GHOST688_A_COUNTER_MAX	GHOST688_A_COUNTER_BYTES

/**
 * enum ghost688_a_status - attributes of status-get and of counters-reset's answer
 * @GHOST688_A_STATUS_PAD: aligns 64-bit values
 * @GHOST688_A_STATUS_VERSION: string, the module's version
 * @GHOST688_A_STATUS_GENERATION: u32, as in a policy
 * @GHOST688_A_STATUS_IN: u32, &enum ghost688_action
 * @GHOST688_A_STATUS_FORWARD: u32, &enum ghost688_action
 * @GHOST688_A_STATUS_OUT: u32, &enum ghost688_action
 * @GHOST688_A_STATUS_LAST_VISIT: u64, seconds since the epoch; absent if there was none
 * @GHOST688_A_STATUS_LOG_LINES: u64, lines handed to the log target
 * @GHOST688_A_STATUS_LOG_SUPPRESSED: u64, lines suppressed by the log rate or a muted target
 * @GHOST688_A_STATUS_TRUNCATED: nest of &enum ghost688_a_counter, one for each direction and
 *	family that met a packet which ends before its ports
 * @GHOST688_A_STATUS_COUNTER: nest of &enum ghost688_a_counter; only in counters-reset's answer
 * @GHOST688_A_STATUS_HITS_SENT: u64, hits that a listener got, and that none missed who asked
 *	for errors (NETLINK_BROADCAST_ERROR)
 * @GHOST688_A_STATUS_HITS_SUPPRESSED: u64, hits suppressed by the hit rate
 * @GHOST688_A_STATUS_HITS_LOST: u64, the rest: the queue or the listeners' sockets were full, or
 *	there was no memory
 */
enum ghost688_a_status {
	GHOST688_A_STATUS_PAD = 1,
	GHOST688_A_STATUS_VERSION,
	GHOST688_A_STATUS_GENERATION,
	GHOST688_A_STATUS_IN,
	GHOST688_A_STATUS_FORWARD,
	GHOST688_A_STATUS_OUT,
	GHOST688_A_STATUS_LAST_VISIT,
	GHOST688_A_STATUS_LOG_LINES,
	GHOST688_A_STATUS_LOG_SUPPRESSED,
	GHOST688_A_STATUS_TRUNCATED,
	GHOST688_A_STATUS_COUNTER,
	GHOST688_A_STATUS_HITS_SENT,
	GHOST688_A_STATUS_HITS_SUPPRESSED,
	GHOST688_A_STATUS_HITS_LOST,
};

#define GHOST688_A_STATUS_MAX	GHOST688_A_STATUS_HITS_LOST

/**
 * enum ghost688_a_reset - attributes of reset-ntf
 * @GHOST688_A_RESET_TABLE: u32, &enum ghost688_table
 */
enum ghost688_a_reset {
	GHOST688_A_RESET_TABLE = 1,
};

#define GHOST688_A_RESET_MAX	GHOST688_A_RESET_TABLE

/**
 * enum ghost688_a_hit - attributes of a hit
 * @GHOST688_A_HIT_PAD: aligns 64-bit values
 * @GHOST688_A_HIT_CPU: u32, the CPU that met the packet
 * @GHOST688_A_HIT_SEQ: u64, counts this CPU's hits in this namespace, from 1 since the first
 *	listener came; a gap tells how many were lost. Starts again when nobody listened in
 *	between
 * @GHOST688_A_HIT_SUPPRESSED: u64, how many hits of this CPU the hit rate has suppressed since
 *	the first listener came
 * @GHOST688_A_HIT_TIME: u64, nanoseconds since the epoch
 * @GHOST688_A_HIT_BOOT_TIME: u64, nanoseconds since boot, those of suspend included
 * @GHOST688_A_HIT_DIRECTION: u32, &enum ghost688_direction
 * @GHOST688_A_HIT_FAMILY: u32, 4 or 6
 * @GHOST688_A_HIT_PROTOCOL: u32, the IANA protocol number; absent for a truncated packet, as are
 *	the ports
 * @GHOST688_A_HIT_VERDICT: u32, &enum ghost688_verdict
 * @GHOST688_A_HIT_REASON: u32, &enum ghost688_reason; absent for a plain visit
 * @GHOST688_A_HIT_SOURCE: binary in network byte order, 4 bytes for IPv4, 16 for IPv6
 * @GHOST688_A_HIT_SOURCE_PORT: u16
 * @GHOST688_A_HIT_DESTINATION: as @GHOST688_A_HIT_SOURCE
 * @GHOST688_A_HIT_DESTINATION_PORT: u16
 * @GHOST688_A_HIT_ORIGINAL_SOURCE: the same before translation, as conntrack knows it; these
 *	four are absent if the connection is not translated
 * @GHOST688_A_HIT_ORIGINAL_SOURCE_PORT: u16
 * @GHOST688_A_HIT_ORIGINAL_DESTINATION: as @GHOST688_A_HIT_SOURCE
 * @GHOST688_A_HIT_ORIGINAL_DESTINATION_PORT: u16
 * @GHOST688_A_HIT_IN_IFINDEX: u32, the interface that the packet came in by
 * @GHOST688_A_HIT_IN_IFNAME: string
 * @GHOST688_A_HIT_OUT_IFINDEX: u32, the interface that the packet is to leave by
 * @GHOST688_A_HIT_OUT_IFNAME: string
 * @GHOST688_A_HIT_PACKETS: u32, packets on the wire
 * @GHOST688_A_HIT_BYTES: u32, bytes on the wire, counted from the network header
 * @GHOST688_A_HIT_TCP_FLAGS: u8, byte 13 of the TCP header
 * @GHOST688_A_HIT_UID: u32, owner of the sending socket, in the user namespace that owns the
 *	network namespace; this and what follows only in out, and only if known
 * @GHOST688_A_HIT_COOKIE: u64, the sending socket's cookie, as in inet_diag
 * @GHOST688_A_HIT_CGROUP: u64, the id of the sending socket's cgroup
 * @GHOST688_A_HIT_PID: u32, the process that was at work on the socket, in the PID namespace of
 *	the first listener; absent if it is not visible there, or if another listener has another
 * @GHOST688_A_HIT_COMM: string, the name of its thread
 */
enum ghost688_a_hit {
	GHOST688_A_HIT_PAD = 1,
	GHOST688_A_HIT_CPU,
	GHOST688_A_HIT_SEQ,
	GHOST688_A_HIT_SUPPRESSED,
	GHOST688_A_HIT_TIME,
	GHOST688_A_HIT_BOOT_TIME,
	GHOST688_A_HIT_DIRECTION,
	GHOST688_A_HIT_FAMILY,
	GHOST688_A_HIT_PROTOCOL,
	GHOST688_A_HIT_VERDICT,
	GHOST688_A_HIT_REASON,
	GHOST688_A_HIT_SOURCE,
	GHOST688_A_HIT_SOURCE_PORT,
	GHOST688_A_HIT_DESTINATION,
	GHOST688_A_HIT_DESTINATION_PORT,
	GHOST688_A_HIT_ORIGINAL_SOURCE,
	GHOST688_A_HIT_ORIGINAL_SOURCE_PORT,
	GHOST688_A_HIT_ORIGINAL_DESTINATION,
	GHOST688_A_HIT_ORIGINAL_DESTINATION_PORT,
	GHOST688_A_HIT_IN_IFINDEX,
	GHOST688_A_HIT_IN_IFNAME,
	GHOST688_A_HIT_OUT_IFINDEX,
	GHOST688_A_HIT_OUT_IFNAME,
	GHOST688_A_HIT_PACKETS,
	GHOST688_A_HIT_BYTES,
	GHOST688_A_HIT_TCP_FLAGS,
	GHOST688_A_HIT_UID,
	GHOST688_A_HIT_COOKIE,
	GHOST688_A_HIT_CGROUP,
	GHOST688_A_HIT_PID,
	GHOST688_A_HIT_COMM,
};

#define GHOST688_A_HIT_MAX	GHOST688_A_HIT_COMM

/**
 * enum ghost688_a_hits - attributes of hits-listen's answer
 * @GHOST688_A_HITS_CPU: nest of &enum ghost688_a_hit with the CPU, the SEQ of its last hit, and
 *	SUPPRESSED; one for each CPU that has had a hit since somebody listens
 */
enum ghost688_a_hits {
	GHOST688_A_HITS_CPU = 1,
};

#define GHOST688_A_HITS_MAX	GHOST688_A_HITS_CPU

/**
 * enum ghost688_a_source - attributes of sources-get and sources-reset
 * @GHOST688_A_SOURCE_PAD: aligns 64-bit values
 * @GHOST688_A_SOURCE_THRESHOLD: u64, whoever sent more packets than this is among the sources;
 *	this and @GHOST688_A_SOURCE_UNRECORDED are all that the first message has
 * @GHOST688_A_SOURCE_UNRECORDED: u64, packets that met no memory for a table; the threshold and
 *	each upper bound include them
 * @GHOST688_A_SOURCE_DIRECTION: u32, &enum ghost688_direction
 * @GHOST688_A_SOURCE_FAMILY: u32, 4 or 6
 * @GHOST688_A_SOURCE_ADDRESS: binary, the far end's last address in network byte order; 4 bytes
 *	for IPv4, 16 for IPv6
 * @GHOST688_A_SOURCE_PREFIX_LENGTH: u8, how many bits of the address all these packets share: 32
 *	for IPv4, 64 for IPv6
 * @GHOST688_A_SOURCE_PACKETS: u64, an upper bound: at most this many packets on the wire
 * @GHOST688_A_SOURCE_ERROR: u64, by how much the upper bound may be too high
 * @GHOST688_A_SOURCE_BYTES: u64, bytes on the wire, of the packets that were certainly this
 *	source's
 * @GHOST688_A_SOURCE_FIRST_SEEN: u64, seconds since the epoch
 * @GHOST688_A_SOURCE_LAST_SEEN: u64, seconds since the epoch
 * @GHOST688_A_SOURCE_PROTOCOLS: u32, bits by &enum ghost688_protocol
 * @GHOST688_A_SOURCE_VERDICTS: u32, bits by &enum ghost688_verdict
 * @GHOST688_A_SOURCE_LOCAL_PORT: u16, the last packet's port at this end; in forward, its
 *	destination port; absent if no packet had ports
 * @GHOST688_A_SOURCE_REMOTE_PORT: u16, the last packet's port at the far end
 * @GHOST688_A_SOURCE_UID: u32, as in a hit, of the last packet for which it was known
 * @GHOST688_A_SOURCE_COMM: string, as in a hit, of the last packet for which it was known
 * @GHOST688_A_SOURCE_EARLY: flag: one of the first that a CPU met; these stay until a reset
 */
enum ghost688_a_source {
	GHOST688_A_SOURCE_PAD = 1,
	GHOST688_A_SOURCE_THRESHOLD,
	GHOST688_A_SOURCE_UNRECORDED,
	GHOST688_A_SOURCE_DIRECTION,
	GHOST688_A_SOURCE_FAMILY,
	GHOST688_A_SOURCE_ADDRESS,
	GHOST688_A_SOURCE_PREFIX_LENGTH,
	GHOST688_A_SOURCE_PACKETS,
	GHOST688_A_SOURCE_ERROR,
	GHOST688_A_SOURCE_BYTES,
	GHOST688_A_SOURCE_FIRST_SEEN,
	GHOST688_A_SOURCE_LAST_SEEN,
	GHOST688_A_SOURCE_PROTOCOLS,
	GHOST688_A_SOURCE_VERDICTS,
	GHOST688_A_SOURCE_LOCAL_PORT,
	GHOST688_A_SOURCE_REMOTE_PORT,
	GHOST688_A_SOURCE_UID,
	GHOST688_A_SOURCE_COMM,
	GHOST688_A_SOURCE_EARLY,
};

#define GHOST688_A_SOURCE_MAX	GHOST688_A_SOURCE_EARLY

#endif /* _UAPI_GHOST688_H */
