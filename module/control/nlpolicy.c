// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parses and fills the policy attributes of netlink messages. Root of any user
 * namespace may call the parser: trust nothing.
 */
#include <linux/slab.h>

#include "control/nlpolicy.h"

static const struct nla_policy prefix_policy[GHOST688_A_PREFIX_MAX + 1] = {
	[GHOST688_A_PREFIX_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, sizeof(struct in_addr),
						       sizeof(struct in6_addr)),
	[GHOST688_A_PREFIX_LENGTH] = NLA_POLICY_MAX(NLA_U8, 128),
};

/* Too large for the 16 bits that nla_policy keeps a plain maximum in. */
static struct netlink_range_validation log_rate_range = { 1, GHOST688_LOG_RATE_MAX };
static struct netlink_range_validation hit_rate_range = { 1, GHOST688_HIT_RATE_MAX };
static struct netlink_range_validation hit_burst_range = { 1, GHOST688_HIT_BURST_MAX };

const struct nla_policy ghost_nlpolicy[GHOST688_A_POLICY_MAX + 1] = {
	[GHOST688_A_POLICY_GENERATION] = { .type = NLA_REJECT,
		.reject_message = "generation is read-only; use expected-generation" },
	[GHOST688_A_POLICY_EXPECTED_GENERATION] = { .type = NLA_U32 },
	[GHOST688_A_POLICY_IN] = NLA_POLICY_MAX(NLA_U32, GHOST688_ACTION_MAX),
	[GHOST688_A_POLICY_FORWARD] = NLA_POLICY_MAX(NLA_U32, GHOST688_ACTION_MAX),
	[GHOST688_A_POLICY_OUT] = NLA_POLICY_MAX(NLA_U32, GHOST688_ACTION_MAX),
	[GHOST688_A_POLICY_REPLIES] = NLA_POLICY_MAX(NLA_U32, GHOST688_REPLIES_MAX),
	[GHOST688_A_POLICY_LOG_RATE] = NLA_POLICY_FULL_RANGE(NLA_U32, &log_rate_range),
	[GHOST688_A_POLICY_LOG_PER] = NLA_POLICY_MAX(NLA_U32, GHOST688_LOG_PER_MAX),
	[GHOST688_A_POLICY_LOG_BURST] = NLA_POLICY_RANGE(NLA_U32, 1, GHOST688_LOG_BURST_MAX),
	[GHOST688_A_POLICY_LOG_TARGET] = NLA_POLICY_MAX(NLA_U32, GHOST688_LOG_TARGET_MAX),
	[GHOST688_A_POLICY_LOG_GROUP] = { .type = NLA_U16 },
	[GHOST688_A_POLICY_ALLOW] = NLA_POLICY_NESTED(prefix_policy),
	[GHOST688_A_POLICY_HIT_RATE] = NLA_POLICY_FULL_RANGE(NLA_U32, &hit_rate_range),
	[GHOST688_A_POLICY_HIT_PER] = NLA_POLICY_MAX(NLA_U32, GHOST688_LOG_PER_MAX),
	[GHOST688_A_POLICY_HIT_BURST] = NLA_POLICY_FULL_RANGE(NLA_U32, &hit_burst_range),
	[GHOST688_A_POLICY_SOURCES] = NLA_POLICY_RANGE(NLA_U32, 0, GHOST688_SOURCES_MAX),
};

static void ghost_nlpolicy_parse_keys(struct ghost_policy *policy, struct genl_info *info)
{
	const struct ghost_policy_key *key;

	for (key = ghost_policy_keys; key->attr; key++)
		if (info->attrs[key->attr])
			ghost_policy_key_set(key, policy, nla_get_u32(info->attrs[key->attr]));
}

static int ghost_nlpolicy_check_actions(const struct ghost_policy *policy, struct genl_info *info)
{
	int direction;

	for (direction = 0; direction < GHOST_DIRECTIONS; direction++) {
		int type = ghost_policy_keys[direction].attr;
		const struct nlattr *attr = info->attrs[type];

		if (!attr) {
			NL_SET_ERR_ATTR_MISS(info->extack, NULL, type);
			NL_SET_ERR_MSG(info->extack,
				       "a policy has an action for in, forward and out");
			return -EINVAL;
		}
		if (!ghost_action_supported(policy->action[direction])) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "this module cannot reject yet; use drop");
			return -EOPNOTSUPP;
		}
	}
	return 0;
}

static int ghost_nlpolicy_parse_log_group(struct ghost_policy_log *log, struct genl_info *info)
{
	const struct nlattr *group = info->attrs[GHOST688_A_POLICY_LOG_GROUP];

	if (log->target == GHOST688_LOG_TARGET_NFLOG) {
		if (!group) {
			NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[GHOST688_A_POLICY_LOG_TARGET],
					    "log target nflog needs a log group");
			return -EINVAL;
		}
		log->group = nla_get_u16(group);
	} else if (group) {
		NL_SET_ERR_MSG_ATTR(info->extack, group, "a log group needs log target nflog");
		return -EINVAL;
	}
	return 0;
}

static int ghost_nlpolicy_parse_prefix(struct ghost_prefix *prefix, struct nlattr *attr,
				       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[GHOST688_A_PREFIX_MAX + 1];
	const struct nlattr *address, *length;
	int err;

	err = nla_parse_nested(tb, GHOST688_A_PREFIX_MAX, attr, prefix_policy, extack);
	if (err)
		return err;

	address = tb[GHOST688_A_PREFIX_ADDRESS];
	length = tb[GHOST688_A_PREFIX_LENGTH];
	if (!address || !length) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "a prefix has an address and a length");
		return -EINVAL;
	}

	switch (nla_len(address)) {
	case sizeof(struct in_addr):
		ghost_prefix_set_ipv4(prefix, nla_get_in_addr(address));
		break;
	case sizeof(struct in6_addr): {
		struct in6_addr ipv6 = nla_get_in6_addr(address);

		ghost_prefix_set_ipv6(prefix, &ipv6);
		break;
	}
	default:
		NL_SET_ERR_MSG_ATTR(extack, address, "an address has 4 bytes or 16");
		return -EINVAL;
	}

	if (nla_get_u8(length) > prefix->length) {
		NL_SET_ERR_MSG_ATTR(extack, length, "an IPv4 prefix is no longer than 32 bits");
		return -ERANGE;
	}
	prefix->length = nla_get_u8(length);
	if (ghost_prefix_has_host_bits(prefix)) {
		NL_SET_ERR_MSG_ATTR(extack, address,
				    "the address has bits beyond the prefix length");
		return -EINVAL;
	}
	return 0;
}

static int ghost_nlpolicy_parse_allow(struct ghost_allow *allow, struct genl_info *info)
{
	struct ghost_prefix prefix;
	struct nlattr *attr;
	int rem, err;

	/* The attribute may occur many times; info->attrs has only the last one. */
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != GHOST688_A_POLICY_ALLOW)
			continue;
		err = ghost_nlpolicy_parse_prefix(&prefix, attr, info->extack);
		if (err)
			return err;
		err = ghost_allow_add(allow, &prefix);
		if (err) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "this prefix is listed twice");
			return err;
		}
	}
	return 0;
}

static int ghost_nlpolicy_count_allow(struct genl_info *info)
{
	struct nlattr *attr;
	int rem, count = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != GHOST688_A_POLICY_ALLOW)
			continue;
		if (++count > GHOST688_ALLOW_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "the allow-list holds 256 prefixes at most");
			return -E2BIG;
		}
	}
	return count;
}

/**
 * ghost_nlpolicy_parse() - the policy that a policy-set describes
 * @info: the request, validated by ghost_nlpolicy
 *
 * Absent attributes take their defaults. Process context; may sleep. Free it with kfree().
 *
 * Return: a sealed policy, or an ERR_PTR with extack text: -EINVAL, -ERANGE, -EEXIST, -E2BIG,
 * -EOPNOTSUPP for an action that is not implemented, -ENOMEM.
 */
struct ghost_policy *ghost_nlpolicy_parse(struct genl_info *info)
{
	int prefixes = ghost_nlpolicy_count_allow(info);
	struct ghost_policy *policy;
	int err;

	if (prefixes < 0)
		return ERR_PTR(prefixes);
	policy = ghost_policy_alloc(prefixes);
	if (!policy) {
		NL_SET_ERR_MSG(info->extack, "no memory for a policy");
		return ERR_PTR(-ENOMEM);
	}

	ghost_nlpolicy_parse_keys(policy, info);
	err = ghost_nlpolicy_check_actions(policy, info);
	if (!err)
		err = ghost_nlpolicy_parse_log_group(&policy->log, info);
	if (!err)
		err = ghost_nlpolicy_parse_allow(&policy->allow, info);
	if (err) {
		kfree(policy);
		return ERR_PTR(err);
	}
	ghost_policy_seal(policy);
	return policy;
}

static int ghost_nlpolicy_fill_prefix(struct sk_buff *msg, const struct ghost_prefix *prefix)
{
	struct nlattr *nest = nla_nest_start(msg, GHOST688_A_POLICY_ALLOW);
	struct in6_addr ipv6;
	int err;

	if (!nest)
		return -EMSGSIZE;
	if (prefix->family == GHOST_IPV4) {
		err = nla_put_in_addr(msg, GHOST688_A_PREFIX_ADDRESS,
				      ghost_prefix_get_ipv4(prefix));
	} else {
		ghost_prefix_get_ipv6(prefix, &ipv6);
		err = nla_put_in6_addr(msg, GHOST688_A_PREFIX_ADDRESS, &ipv6);
	}
	if (err || nla_put_u8(msg, GHOST688_A_PREFIX_LENGTH, prefix->length))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * ghost_nlpolicy_fill() - put a policy into a message
 * @msg: the message; GHOST_NLPOLICY_SIZE is always room enough
 * @policy: the policy; the caller keeps it alive
 *
 * Does not sleep.
 *
 * Return: 0, or -EMSGSIZE; the caller cancels the message then.
 */
int ghost_nlpolicy_fill(struct sk_buff *msg, const struct ghost_policy *policy)
{
	const struct ghost_policy_log *log = &policy->log;
	const struct ghost_policy_key *key;
	int i;

	if (nla_put_u32(msg, GHOST688_A_POLICY_GENERATION, policy->generation))
		return -EMSGSIZE;
	for (key = ghost_policy_keys; key->attr; key++)
		if (nla_put_u32(msg, key->attr, ghost_policy_key_get(key, policy)))
			return -EMSGSIZE;
	if (log->target == GHOST688_LOG_TARGET_NFLOG &&
	    nla_put_u16(msg, GHOST688_A_POLICY_LOG_GROUP, log->group))
		return -EMSGSIZE;
	for (i = 0; i < policy->allow.count; i++)
		if (ghost_nlpolicy_fill_prefix(msg, &policy->allow.prefix[i]))
			return -EMSGSIZE;
	return 0;
}
