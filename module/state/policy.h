/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_POLICY_H
#define GHOST_POLICY_H

#include <linux/bits.h>
#include <linux/rcupdate.h>

#include "state/allow.h"
#include "state/limit.h"
#include "state/visit.h"

struct sk_buff;

/**
 * struct ghost_policy_log - how visits are logged
 * @rate: lines in each @per
 * @per: the unit of @rate
 * @burst: lines at once after a quiet time
 * @target: where lines go
 * @group: the NFLOG group; 0 for syslog
 * @limit_rate: @rate, @per and @burst in the token bucket's units
 * @limit: the token bucket; the only member that the data path writes, once for each line
 */
struct ghost_policy_log {
	u32 rate;
	enum ghost688_log_per per;
	u32 burst;
	enum ghost688_log_target target;
	u16 group;
	struct ghost_rate limit_rate;
	struct ghost_limit limit;
};

/**
 * struct ghost_policy_hits - how many visits are announced as hits
 * @rate: hits in each @per
 * @per: the unit of @rate
 * @burst: hits at once after a quiet time
 * @limit_rate: @rate, @per and @burst in the token bucket's units
 *
 * The bucket is not here: namespaces may share a policy, but not a bucket.
 */
struct ghost_policy_hits {
	u32 rate;
	enum ghost688_log_per per;
	u32 burst;
	struct ghost_rate limit_rate;
};

/* A policy's flags for one direction, as the data path tests them. */
#define GHOST_FLAG_DROP		BIT(0)	/* the first, so that it becomes a verdict by itself */
#define GHOST_FLAG_EXEMPT	BIT(1)	/* replies are exempt */
#define GHOST_FLAG_WATCH	BIT(2)	/* the direction is not off */
#define GHOST_FLAG_LOG		BIT(3)
#define GHOST_FLAG_TRUST	BIT(4)	/* trust conntrack about replies, except for TCP */
#define GHOST_FLAG_SOURCES	BIT(5)	/* keep the sources of visits; only with GHOST_FLAG_WATCH */
#define GHOST_FLAG_ALLOW(family)	(BIT(6) << (family))	/* the allow-list has prefixes */

/**
 * struct ghost_policy - the policy of a network namespace
 * @rcu: for freeing
 * @generation: counts the namespace's policies
 * @action: what to do with visits, by direction
 * @replies: what to do with replies
 * @flags: GHOST_FLAG_* by direction, from @action, @replies and @sources
 * @log: how visits are logged
 * @hits: how many visits are announced as hits
 * @sources: how many sources each CPU keeps; 0 for none
 * @allow: the allow-list; last, because it ends in a flexible array
 *
 * Immutable once published, except for the log's bucket. Read under RCU, replaced under
 * the namespace's policy mutex.
 */
struct ghost_policy {
	struct rcu_head rcu;
	u32 generation;
	enum ghost688_action action[GHOST_DIRECTIONS];
	enum ghost688_replies replies;
	u8 flags[GHOST_DIRECTIONS];
	struct ghost_policy_log log;
	struct ghost_policy_hits hits;
	u32 sources;
	struct ghost_allow allow;
};

/**
 * struct ghost_policy_key - a setting that occurs once in a policy
 * @name: its key in a policy file; NULL for the second half of the value above
 * @attr: its netlink attribute, a u32
 * @offset: where its 32 bits are in &struct ghost_policy
 * @initial: its default
 * @words: a word for each value; NULL if the value is a number
 *
 * The allow-list has many entries, and the NFLOG group exists only beside its target: neither
 * has a row.
 */
struct ghost_policy_key {
	const char *name;
	enum ghost688_a_policy attr;
	unsigned int offset;
	u32 initial;
	const char *const *words;
};

/*
 * In the order of a policy file. The directions come first, by &enum ghost688_direction. The last
 * row has no attribute.
 */
extern const struct ghost_policy_key ghost_policy_keys[];

/**
 * ghost_policy_key_get() - the value of a key
 * @key: the key
 * @policy: a policy that the caller keeps alive
 *
 * Any context.
 *
 * Return: the value, as in netlink.
 */
static inline u32 ghost_policy_key_get(const struct ghost_policy_key *key,
				       const struct ghost_policy *policy)
{
	return *(const u32 *)((const char *)policy + key->offset);
}

/**
 * ghost_policy_key_set() - give a key a value
 * @key: the key
 * @policy: a policy that nobody else sees yet
 * @value: the value, which the caller has checked
 */
static inline void ghost_policy_key_set(const struct ghost_policy_key *key,
					struct ghost_policy *policy, u32 value)
{
	*(u32 *)((char *)policy + key->offset) = value;
}

struct ghost_policy *ghost_policy_alloc(unsigned int prefixes);
void ghost_policy_seal(struct ghost_policy *policy);
void ghost_policy_inherit(struct ghost_policy *policy, const struct ghost_policy *old);
unsigned int ghost_policy_armed(const struct ghost_policy *policy);
bool ghost_policy_allows(const struct ghost_policy *policy, enum ghost688_direction direction,
			 enum ghost_family family, const struct sk_buff *skb);

/**
 * ghost_policy_decide() - decide about a visit
 * @policy: a sealed policy whose action for @direction is not off
 * @flags: its flags for @direction
 * @direction: where the visit was met
 * @family: its network protocol
 * @skb: the packet, for its addresses
 *
 * Any context; the caller keeps @policy alive.
 *
 * Return: the verdict.
 */
static inline enum ghost688_verdict ghost_policy_decide(const struct ghost_policy *policy, u8 flags,
							enum ghost688_direction direction,
							enum ghost_family family,
							const struct sk_buff *skb)
{
	if (flags & GHOST_FLAG_ALLOW(family) && ghost_policy_allows(policy, direction, family, skb))
		return GHOST688_VERDICT_ALLOWED;

	return flags & GHOST_FLAG_DROP ? GHOST688_VERDICT_DROPPED : GHOST688_VERDICT_PASSED;
}

/* Does this action log? */
static inline bool ghost_action_logs(enum ghost688_action action)
{
	return action == GHOST688_ACTION_LOG || action == GHOST688_ACTION_DROP_LOG ||
	       action == GHOST688_ACTION_REJECT_LOG;
}

/* Is this action implemented? The others are refused, never accepted and ignored. */
static inline bool ghost_action_supported(enum ghost688_action action)
{
	return action <= GHOST688_ACTION_DROP_LOG;
}

/* Does any direction log? */
static inline bool ghost_policy_logs(const struct ghost_policy *policy)
{
	int direction;

	for (direction = 0; direction < GHOST_DIRECTIONS; direction++)
		if (ghost_action_logs(policy->action[direction]))
			return true;
	return false;
}

#endif
