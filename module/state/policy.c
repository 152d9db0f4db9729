// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy object, and its decision about a visit.
 */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/time64.h>

#include "state/policy.h"
#include "state/words.h"

#define MEMBER(member)								\
	.offset = offsetof(struct ghost_policy, member) +			\
		  BUILD_BUG_ON_ZERO(sizeof_field(struct ghost_policy, member) != sizeof(u32))

const struct ghost_policy_key ghost_policy_keys[] = {
	{
		.name = "in", .attr = GHOST688_A_POLICY_IN,
		MEMBER(action[GHOST688_DIRECTION_IN]), .words = ghost_action_words,
	}, {
		.name = "forward", .attr = GHOST688_A_POLICY_FORWARD,
		MEMBER(action[GHOST688_DIRECTION_FORWARD]), .words = ghost_action_words,
	}, {
		.name = "out", .attr = GHOST688_A_POLICY_OUT,
		MEMBER(action[GHOST688_DIRECTION_OUT]), .words = ghost_action_words,
	}, {
		.name = "replies", .attr = GHOST688_A_POLICY_REPLIES,
		MEMBER(replies), .words = ghost_replies_words,
		.initial = GHOST688_REPLIES_EXEMPT,
	}, {
		.name = "log-rate", .attr = GHOST688_A_POLICY_LOG_RATE,
		MEMBER(log.rate), .initial = 10,
	}, {
		.attr = GHOST688_A_POLICY_LOG_PER,
		MEMBER(log.per), .words = ghost_log_per_words,
		.initial = GHOST688_LOG_PER_SECOND,
	}, {
		.name = "log-burst", .attr = GHOST688_A_POLICY_LOG_BURST,
		MEMBER(log.burst), .initial = 20,
	}, {
		.name = "log-target", .attr = GHOST688_A_POLICY_LOG_TARGET,
		MEMBER(log.target), .words = ghost_log_target_words,
		.initial = GHOST688_LOG_TARGET_SYSLOG,
	}, {
		.name = "hit-rate", .attr = GHOST688_A_POLICY_HIT_RATE,
		MEMBER(hits.rate), .initial = 50000,
	}, {
		.attr = GHOST688_A_POLICY_HIT_PER,
		MEMBER(hits.per), .words = ghost_log_per_words,
		.initial = GHOST688_LOG_PER_SECOND,
	}, {
		.name = "hit-burst", .attr = GHOST688_A_POLICY_HIT_BURST,
		MEMBER(hits.burst), .initial = 50000,
	}, {
		.name = "sources", .attr = GHOST688_A_POLICY_SOURCES,
		MEMBER(sources), .initial = 256,
	},
	{}
};

static const u64 periods[] = {
	[GHOST688_LOG_PER_SECOND]	= NSEC_PER_SEC,
	[GHOST688_LOG_PER_MINUTE]	= 60ULL * NSEC_PER_SEC,
	[GHOST688_LOG_PER_HOUR]		= 3600ULL * NSEC_PER_SEC,
};

/**
 * ghost_policy_alloc() - allocate a policy with all defaults and every direction off
 * @prefixes: how many allow-list entries to make room for
 *
 * Process context; may sleep. Free it with kfree().
 *
 * Return: the policy, or NULL if there is no memory.
 */
struct ghost_policy *ghost_policy_alloc(unsigned int prefixes)
{
	const struct ghost_policy_key *key;
	struct ghost_policy *policy;

	/* Any user can own a namespace and set policies: charge the caller's cgroup. */
	policy = kzalloc(struct_size(policy, allow.prefix, prefixes), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return NULL;

	for (key = ghost_policy_keys; key->attr; key++)
		ghost_policy_key_set(key, policy, key->initial);
	return policy;
}

static u8 ghost_policy_flags(const struct ghost_policy *policy, enum ghost688_action action)
{
	u8 flags = 0;
	int family;

	if (action != GHOST688_ACTION_OFF)
		flags |= GHOST_FLAG_WATCH | (policy->sources ? GHOST_FLAG_SOURCES : 0);
	if (policy->replies != GHOST688_REPLIES_MATCH)
		flags |= GHOST_FLAG_EXEMPT;
	if (policy->replies == GHOST688_REPLIES_TRUST)
		flags |= GHOST_FLAG_TRUST;
	if (action == GHOST688_ACTION_DROP || action == GHOST688_ACTION_DROP_LOG)
		flags |= GHOST_FLAG_DROP;
	if (ghost_action_logs(action))
		flags |= GHOST_FLAG_LOG;
	for (family = 0; family < GHOST_FAMILIES; family++)
		if (policy->allow.roots[family])
			flags |= GHOST_FLAG_ALLOW(family);
	return flags;
}

/**
 * ghost_policy_seal() - derive the fields that the data path reads
 * @policy: a policy that is not published yet
 */
void ghost_policy_seal(struct ghost_policy *policy)
{
	struct ghost_policy_log *log = &policy->log;
	struct ghost_policy_hits *hits = &policy->hits;
	int direction;

	ghost_allow_seal(&policy->allow);
	for (direction = 0; direction < GHOST_DIRECTIONS; direction++)
		policy->flags[direction] = ghost_policy_flags(policy, policy->action[direction]);
	ghost_rate_set(&log->limit_rate, log->rate, periods[log->per], log->burst);
	/* The clock advances once per tick: allow all lines and hits due in one tick at once. */
	log->limit_rate.tolerance = max_t(s64, log->limit_rate.tolerance, TICK_NSEC);
	ghost_limit_init(&log->limit);
	ghost_rate_set(&hits->limit_rate, hits->rate, periods[hits->per], hits->burst);
	hits->limit_rate.tolerance = max_t(s64, hits->limit_rate.tolerance, TICK_NSEC);
}

/**
 * ghost_policy_inherit() - carry generation and token bucket over from the old policy
 * @policy: a sealed policy that is not published yet
 * @old: the policy in force; the caller holds the policy mutex
 *
 * Without this, changing an action would refill the bucket. If the log rate changes, the
 * new bucket starts full. Tokens that other CPUs take from @old meanwhile are not
 * carried over, so the burst may be exceeded by as many lines.
 */
void ghost_policy_inherit(struct ghost_policy *policy, const struct ghost_policy *old)
{
	const struct ghost_rate *rate = &policy->log.limit_rate;

	policy->generation = old->generation + 1;
	if (rate->interval == old->log.limit_rate.interval &&
	    rate->tolerance == old->log.limit_rate.tolerance)
		atomic64_set(&policy->log.limit.arrival, atomic64_read(&old->log.limit.arrival));
}

/**
 * ghost_policy_armed() - which directions need hooks?
 * @policy: the policy
 *
 * Return: a bit for each &enum ghost688_direction that is not off.
 */
unsigned int ghost_policy_armed(const struct ghost_policy *policy)
{
	unsigned int armed = 0;
	int direction;

	for (direction = 0; direction < GHOST_DIRECTIONS; direction++)
		if (policy->action[direction] != GHOST688_ACTION_OFF)
			armed |= BIT(direction);
	return armed;
}

/**
 * ghost_policy_allows() - is the far end of a visit on the allow-list?
 * @policy: a sealed policy
 * @direction: where the visit was met
 * @family: its network protocol
 * @skb: the packet, for its addresses
 *
 * Any context; the caller keeps @policy alive.
 */
bool ghost_policy_allows(const struct ghost_policy *policy, enum ghost688_direction direction,
			 enum ghost_family family, const struct sk_buff *skb)
{
	/* The far end is the destination in out, and the source elsewhere. */
	bool out = direction == GHOST688_DIRECTION_OUT;
	struct ghost_prefix far;

	if (family == GHOST_IPV4)
		ghost_prefix_set_ipv4(&far, out ? ip_hdr(skb)->daddr : ip_hdr(skb)->saddr);
	else
		ghost_prefix_set_ipv6(&far, out ? &ipv6_hdr(skb)->daddr : &ipv6_hdr(skb)->saddr);
	return ghost_allow_match(&policy->allow, &far);
}
