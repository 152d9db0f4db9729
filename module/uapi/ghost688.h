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

/* May be overridden at build time, to test a version mismatch. */
#ifndef GHOST688_FAMILY_VERSION
#define GHOST688_FAMILY_VERSION	1
#endif

/* realm-rusd in IANA's registry */
#define GHOST688_PORT		688

#define GHOST688_ALLOW_MAX	256
#define GHOST688_LOG_RATE_MAX	1000000
#define GHOST688_LOG_BURST_MAX	10000

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
 * enum ghost688_log_per - the unit of a log rate
 * @GHOST688_LOG_PER_SECOND: lines a second
 * @GHOST688_LOG_PER_MINUTE: lines a minute
 * @GHOST688_LOG_PER_HOUR: lines an hour
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
 */
enum ghost688_cmd {
	GHOST688_CMD_POLICY_GET = 1,
	GHOST688_CMD_POLICY_SET,
	GHOST688_CMD_POLICY_NTF,
	GHOST688_CMD_STATUS_GET,
	GHOST688_CMD_COUNTERS_GET,
	GHOST688_CMD_COUNTERS_RESET,
};

#define GHOST688_CMD_MAX	GHOST688_CMD_COUNTERS_RESET

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
};

#define GHOST688_A_POLICY_MAX	GHOST688_A_POLICY_ALLOW

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
};

#define GHOST688_A_STATUS_MAX	GHOST688_A_STATUS_COUNTER

#endif /* _UAPI_GHOST688_H */
