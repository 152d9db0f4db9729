/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * ghost688: the generic netlink interface, as ghost688.yaml describes it.
 *
 * Everything here is ABI: values are only ever added, at the end.
 */
#ifndef _UAPI_GHOST688_H
#define _UAPI_GHOST688_H

#define GHOST688_FAMILY_NAME	"ghost688"
#define GHOST688_MCGRP_POLICY	"policy"

/* A build may override the version, which is how a mismatch is tested. */
#ifndef GHOST688_FAMILY_VERSION
#define GHOST688_FAMILY_VERSION	1
#endif

/* IANA calls it realm-rusd. */
#define GHOST688_PORT		688

#define GHOST688_ALLOW_MAX	256
#define GHOST688_LOG_RATE_MAX	1000000
#define GHOST688_LOG_BURST_MAX	10000

/**
 * enum ghost688_action - what the policy says for a direction
 * @GHOST688_ACTION_OFF: no hook at all
 * @GHOST688_ACTION_COUNT: count, let pass
 * @GHOST688_ACTION_LOG: count, log, let pass
 * @GHOST688_ACTION_DROP: count, drop
 * @GHOST688_ACTION_DROP_LOG: count, log, drop
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
 * enum ghost688_replies - what becomes of a packet that answers a connection opened from port 688
 * @GHOST688_REPLIES_MATCH: it is a visit like any other
 * @GHOST688_REPLIES_EXEMPT: it is no visit where that is proved: counted apart, passed, never
 *	logged
 * @GHOST688_REPLIES_TRUST: the same, and for all but TCP conntrack's direction will do, which
 *	whoever can forge a source can forge as well
 */
enum ghost688_replies {
	GHOST688_REPLIES_MATCH,
	GHOST688_REPLIES_EXEMPT,
	GHOST688_REPLIES_TRUST,
};

#define GHOST688_REPLIES_MAX	GHOST688_REPLIES_TRUST

/**
 * enum ghost688_log_per - the time that a log rate counts in
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
 * @GHOST688_LOG_TARGET_SYSLOG: the kernel's log, by nf_log_syslog
 * @GHOST688_LOG_TARGET_NFLOG: an NFLOG group, by nfnetlink_log
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
 * @GHOST688_VERDICT_PASSED: counted, and left to the rest of the stack
 * @GHOST688_VERDICT_DROPPED: dropped here
 * @GHOST688_VERDICT_REJECTED: reserved for reject
 * @GHOST688_VERDICT_ALLOWED: passed, for its far end is on the allow-list
 * @GHOST688_VERDICT_REPLY: passed, for it answers a connection that was opened from port 688
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
 * @GHOST688_CMD_POLICY_GET: do: the policy
 * @GHOST688_CMD_POLICY_SET: do: replace the whole policy, what is absent by its default;
 *	CAP_NET_ADMIN
 * @GHOST688_CMD_POLICY_NTF: sent to group "policy" for each change
 * @GHOST688_CMD_STATUS_GET: do: what is armed, the last visit, log lines, truncated packets
 * @GHOST688_CMD_COUNTERS_GET: dump: a message for each direction, family, protocol and verdict
 *	that was ever hit
 * @GHOST688_CMD_COUNTERS_RESET: do: start all counts anew; answers what it reset; CAP_NET_ADMIN
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
 * @GHOST688_A_POLICY_GENERATION: u32, counts the changes of this namespace's policy; only answered
 * @GHOST688_A_POLICY_EXPECTED_GENERATION: u32, only in policy-set: refuse with -EBUSY unless this
 *	is the generation in force
 * @GHOST688_A_POLICY_IN: u32, &enum ghost688_action; policy-set needs it
 * @GHOST688_A_POLICY_FORWARD: u32, &enum ghost688_action; policy-set needs it
 * @GHOST688_A_POLICY_OUT: u32, &enum ghost688_action; policy-set needs it
 * @GHOST688_A_POLICY_REPLIES: u32, &enum ghost688_replies; default exempt
 * @GHOST688_A_POLICY_LOG_RATE: u32, lines for each @GHOST688_A_POLICY_LOG_PER, from 1 to
 *	%GHOST688_LOG_RATE_MAX; default 10
 * @GHOST688_A_POLICY_LOG_PER: u32, &enum ghost688_log_per; default second
 * @GHOST688_A_POLICY_LOG_BURST: u32, lines at once after a quiet time, from 1 to
 *	%GHOST688_LOG_BURST_MAX; default 20
 * @GHOST688_A_POLICY_LOG_TARGET: u32, &enum ghost688_log_target; default syslog
 * @GHOST688_A_POLICY_LOG_GROUP: u16, the NFLOG group; only with nflog, and needed there
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
 * @GHOST688_A_PREFIX_ADDRESS: binary, network byte order: 4 bytes are IPv4, 16 are IPv6; bits
 *	behind the length must be zero
 * @GHOST688_A_PREFIX_LENGTH: u8, 0 to 32 or 0 to 128
 */
enum ghost688_a_prefix {
	GHOST688_A_PREFIX_ADDRESS = 1,
	GHOST688_A_PREFIX_LENGTH,
};

#define GHOST688_A_PREFIX_MAX	GHOST688_A_PREFIX_LENGTH

/**
 * enum ghost688_a_counter - attributes of one counter: a message of counters-get, a nest elsewhere
 * @GHOST688_A_COUNTER_PAD: aligns 64-bit values
 * @GHOST688_A_COUNTER_DIRECTION: u32, &enum ghost688_direction
 * @GHOST688_A_COUNTER_FAMILY: u32, 4 or 6
 * @GHOST688_A_COUNTER_PROTOCOL: u32, the IANA protocol number; absent for truncated packets
 * @GHOST688_A_COUNTER_VERDICT: u32, &enum ghost688_verdict; absent for truncated packets
 * @GHOST688_A_COUNTER_PACKETS: u64, packets on the wire
 * @GHOST688_A_COUNTER_BYTES: u64, bytes on the wire, from the network header on
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
 * enum ghost688_a_status - attributes of status-get
 * @GHOST688_A_STATUS_PAD: aligns 64-bit values
 * @GHOST688_A_STATUS_VERSION: string, the module's version
 * @GHOST688_A_STATUS_GENERATION: u32, as in a policy
 * @GHOST688_A_STATUS_IN: u32, &enum ghost688_action
 * @GHOST688_A_STATUS_FORWARD: u32, &enum ghost688_action
 * @GHOST688_A_STATUS_OUT: u32, &enum ghost688_action
 * @GHOST688_A_STATUS_LAST_VISIT: u64, seconds since the epoch; absent when there was none
 * @GHOST688_A_STATUS_LOG_LINES: u64, lines handed to the log target
 * @GHOST688_A_STATUS_LOG_SUPPRESSED: u64, lines that the log rate, or a mute target, held back
 * @GHOST688_A_STATUS_TRUNCATED: nest of &enum ghost688_a_counter, once a direction and family that
 *	met a packet too short to tell its port
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
