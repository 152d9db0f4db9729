// SPDX-License-Identifier: GPL-2.0-only
/*
 * One hit as netlink attributes.
 */
#include <linux/user_namespace.h>

#include "control/nlhit.h"
#include "state/words.h"

static int ghost_nlhit_put_u64(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, GHOST688_A_HIT_PAD);
}

/**
 * ghost_nlhit_put_position() - put in how far a CPU's hits have come
 * @msg: the message
 * @cpu: the CPU
 * @seq: number of its hit
 * @suppressed: how many of its hits were suppressed
 *
 * Return: 0 or -EMSGSIZE.
 */
int ghost_nlhit_put_position(struct sk_buff *msg, int cpu, u64 seq, u64 suppressed)
{
	if (nla_put_u32(msg, GHOST688_A_HIT_CPU, cpu) ||
	    ghost_nlhit_put_u64(msg, GHOST688_A_HIT_SEQ, seq) ||
	    ghost_nlhit_put_u64(msg, GHOST688_A_HIT_SUPPRESSED, suppressed))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlhit_put_end(struct sk_buff *msg, const struct ghost_hit *hit, int attr,
			       const struct ghost_end *end)
{
	const int size = hit->visit.family == GHOST_IPV4 ? sizeof(struct in_addr) :
							   sizeof(struct in6_addr);

	if (nla_put(msg, attr, size, &end->address))
		return -EMSGSIZE;
	if (hit->known & GHOST_HIT_TRUNCATED)
		return 0;
	/* The port's attribute follows the address's. */
	return nla_put_u16(msg, attr + 1, ntohs(end->port));
}

static int ghost_nlhit_put_ends(struct sk_buff *msg, const struct ghost_hit *hit)
{
	if (ghost_nlhit_put_end(msg, hit, GHOST688_A_HIT_SOURCE, &hit->source) ||
	    ghost_nlhit_put_end(msg, hit, GHOST688_A_HIT_DESTINATION, &hit->destination))
		return -EMSGSIZE;
	if (!(hit->known & GHOST_HIT_ORIGINAL))
		return 0;
	if (ghost_nlhit_put_end(msg, hit, GHOST688_A_HIT_ORIGINAL_SOURCE,
				&hit->original_source) ||
	    ghost_nlhit_put_end(msg, hit, GHOST688_A_HIT_ORIGINAL_DESTINATION,
				&hit->original_destination))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlhit_put_reason(struct sk_buff *msg, const struct ghost_hit *hit)
{
	enum ghost688_reason reason;

	if (hit->known & GHOST_HIT_TRUNCATED)
		reason = GHOST688_REASON_TRUNCATED;
	else if (hit->verdict == GHOST688_VERDICT_ALLOWED)
		reason = GHOST688_REASON_ALLOWED;
	else if (hit->known & GHOST_HIT_TRANSLATED)
		reason = GHOST688_REASON_TRANSLATED;
	else
		return 0;
	return nla_put_u32(msg, GHOST688_A_HIT_REASON, reason);
}

static int ghost_nlhit_put_packet(struct sk_buff *msg, const struct ghost_hit *hit)
{
	const struct ghost_visit *visit = &hit->visit;

	if (nla_put_u32(msg, GHOST688_A_HIT_FAMILY, visit->family == GHOST_IPV4 ? 4 : 6) ||
	    nla_put_u32(msg, GHOST688_A_HIT_PACKETS, visit->packets) ||
	    nla_put_u32(msg, GHOST688_A_HIT_BYTES, visit->bytes))
		return -EMSGSIZE;
	if (!(hit->known & GHOST_HIT_TRUNCATED) &&
	    nla_put_u32(msg, GHOST688_A_HIT_PROTOCOL, ghost_protocol_number(visit->protocol)))
		return -EMSGSIZE;
	if (hit->known & GHOST_HIT_TCP_FLAGS &&
	    nla_put_u8(msg, GHOST688_A_HIT_TCP_FLAGS, hit->tcp_flags))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlhit_put_interfaces(struct sk_buff *msg, const struct ghost_hit *hit)
{
	if (hit->in_ifindex &&
	    (nla_put_u32(msg, GHOST688_A_HIT_IN_IFINDEX, hit->in_ifindex) ||
	     nla_put_string(msg, GHOST688_A_HIT_IN_IFNAME, hit->in_name)))
		return -EMSGSIZE;
	if (hit->out_ifindex &&
	    (nla_put_u32(msg, GHOST688_A_HIT_OUT_IFINDEX, hit->out_ifindex) ||
	     nla_put_string(msg, GHOST688_A_HIT_OUT_IFNAME, hit->out_name)))
		return -EMSGSIZE;
	return 0;
}

static int ghost_nlhit_put_owner(struct sk_buff *msg, const struct ghost_hit *hit,
				 struct user_namespace *user_ns, bool pid)
{
	uid_t uid;

	if (!(hit->known & GHOST_HIT_SOCKET))
		return 0;
	/* A user without a number there stays unknown. */
	uid = from_kuid(user_ns, hit->uid);
	if ((uid != (uid_t)-1 && nla_put_u32(msg, GHOST688_A_HIT_UID, uid)) ||
	    ghost_nlhit_put_u64(msg, GHOST688_A_HIT_COOKIE, hit->cookie) ||
	    (hit->cgroup && ghost_nlhit_put_u64(msg, GHOST688_A_HIT_CGROUP, hit->cgroup)))
		return -EMSGSIZE;
	if (!(hit->known & GHOST_HIT_TASK))
		return 0;
	if ((pid && hit->pid && nla_put_u32(msg, GHOST688_A_HIT_PID, hit->pid)) ||
	    nla_put_string(msg, GHOST688_A_HIT_COMM, hit->comm))
		return -EMSGSIZE;
	return 0;
}

/**
 * ghost_nlhit_fill() - put a hit into a message
 * @msg: the message; GHOST_NLHIT_SIZE is always room enough, the position included
 * @hit: the hit
 * @user_ns: the user namespace that owns the network namespace
 * @pid: the PID may be told
 *
 * Return: 0 or -EMSGSIZE.
 */
int ghost_nlhit_fill(struct sk_buff *msg, const struct ghost_hit *hit,
		     struct user_namespace *user_ns, bool pid)
{
	if (ghost_nlhit_put_u64(msg, GHOST688_A_HIT_TIME, hit->time) ||
	    ghost_nlhit_put_u64(msg, GHOST688_A_HIT_BOOT_TIME, hit->boot_time) ||
	    nla_put_u32(msg, GHOST688_A_HIT_DIRECTION, hit->direction) ||
	    nla_put_u32(msg, GHOST688_A_HIT_VERDICT, hit->verdict) ||
	    ghost_nlhit_put_reason(msg, hit) || ghost_nlhit_put_packet(msg, hit) ||
	    ghost_nlhit_put_ends(msg, hit) || ghost_nlhit_put_interfaces(msg, hit) ||
	    ghost_nlhit_put_owner(msg, hit, user_ns, pid))
		return -EMSGSIZE;
	return 0;
}
