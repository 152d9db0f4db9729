// SPDX-License-Identifier: GPL-2.0-only
/* struct ghost_policy to netlink and back. */
#include <errno.h>
#include <stdio.h>

#include <linux/genetlink.h>

#include "attr.h"
#include "failure.h"
#include "genl.h"
#include "keys.h"
#include "nlpolicy.h"
#include "policy.h"

#define SEEN(attr) (1u << (attr))

/* Without these an answer is no policy. */
#define POLICY_NEEDED (SEEN(GHOST688_A_POLICY_GENERATION) | SEEN(GHOST688_A_POLICY_IN) | \
		       SEEN(GHOST688_A_POLICY_FORWARD) | SEEN(GHOST688_A_POLICY_OUT) | \
		       SEEN(GHOST688_A_POLICY_REPLIES) | SEEN(GHOST688_A_POLICY_LOG_RATE) | \
		       SEEN(GHOST688_A_POLICY_LOG_PER) | SEEN(GHOST688_A_POLICY_LOG_BURST) | \
		       SEEN(GHOST688_A_POLICY_LOG_TARGET))

static int prefix_read(const struct nlattr *nest, struct ghost_prefix *prefix)
{
	const struct nlattr *attr, *address = NULL;
	uint8_t length = UINT8_MAX;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == GHOST688_A_PREFIX_ADDRESS)
			address = attr;
		else if (mnl_attr_get_type(attr) == GHOST688_A_PREFIX_LENGTH &&
			 ghost_attr_u8(attr, &length))
			return -EPROTO;
	}
	if (!address || ghost_prefix_make(prefix, mnl_attr_get_payload(address),
					  mnl_attr_get_payload_len(address), length))
		return -EPROTO;
	return 0;
}

static int attr_read(const struct nlattr *attr, struct ghost_policy *policy)
{
	switch (mnl_attr_get_type(attr)) {
	case GHOST688_A_POLICY_GENERATION:
		return ghost_attr_u32(attr, &policy->generation);
	case GHOST688_A_POLICY_IN:
		return ghost_attr_u32(attr, &policy->action[GHOST688_DIRECTION_IN]);
	case GHOST688_A_POLICY_FORWARD:
		return ghost_attr_u32(attr, &policy->action[GHOST688_DIRECTION_FORWARD]);
	case GHOST688_A_POLICY_OUT:
		return ghost_attr_u32(attr, &policy->action[GHOST688_DIRECTION_OUT]);
	case GHOST688_A_POLICY_REPLIES:
		return ghost_attr_u32(attr, &policy->replies);
	case GHOST688_A_POLICY_LOG_RATE:
		return ghost_attr_u32(attr, &policy->log_rate);
	case GHOST688_A_POLICY_LOG_PER:
		return ghost_attr_u32(attr, &policy->log_per);
	case GHOST688_A_POLICY_LOG_BURST:
		return ghost_attr_u32(attr, &policy->log_burst);
	case GHOST688_A_POLICY_LOG_TARGET:
		return ghost_attr_u32(attr, &policy->log_target);
	case GHOST688_A_POLICY_LOG_GROUP:
		return ghost_attr_u16(attr, &policy->log_group);
	case GHOST688_A_POLICY_ALLOW:
		if (policy->n_allow == GHOST688_ALLOW_MAX)
			return -EPROTO;
		return prefix_read(attr, &policy->allow[policy->n_allow++]);
	default:
		policy->unknown = mnl_attr_get_type(attr);
		return 0;
	}
}

static int policy_read(const struct nlmsghdr *answer, void *arg)
{
	struct ghost_policy *policy = arg;
	const struct nlattr *attr;
	uint32_t seen = 0;

	*policy = (struct ghost_policy){ 0 };
	mnl_attr_for_each(attr, answer, GENL_HDRLEN) {
		int err = attr_read(attr, policy);

		if (err)
			return err;
		if (mnl_attr_get_type(attr) <= GHOST688_A_POLICY_MAX)
			seen |= SEEN(mnl_attr_get_type(attr));
	}
	return (seen & POLICY_NEEDED) == POLICY_NEEDED ? 0 : -EPROTO;
}

/**
 * ghost_policy_get() - the policy in force
 *
 * Return: 0, or a negative errno of ghost_genl_talk().
 */
int ghost_policy_get(struct ghost_genl *genl, struct ghost_policy *policy)
{
	int err;

	*policy = (struct ghost_policy){ 0 };
	ghost_genl_request(genl, GHOST688_CMD_POLICY_GET, 0);
	err = ghost_genl_talk(genl, policy_read, policy);
	/* No valid policy logs never, so this one was not answered at all. */
	return err || policy->log_rate ? err : -EPROTO;
}

/**
 * ghost_policy_set() - replace the policy
 * @expected_generation: refuse with -EBUSY unless this one is in force; NULL for any
 *
 * Return: 0, or a negative errno of ghost_genl_talk().
 */
int ghost_policy_set(struct ghost_genl *genl, const struct ghost_policy *policy,
		     const uint32_t *expected_generation)
{
	struct nlmsghdr *nlh = ghost_genl_request(genl, GHOST688_CMD_POLICY_SET, 0);
	unsigned int i;

	if (expected_generation)
		mnl_attr_put_u32(nlh, GHOST688_A_POLICY_EXPECTED_GENERATION, *expected_generation);
	mnl_attr_put_u32(nlh, GHOST688_A_POLICY_IN, policy->action[GHOST688_DIRECTION_IN]);
	mnl_attr_put_u32(nlh, GHOST688_A_POLICY_FORWARD,
			 policy->action[GHOST688_DIRECTION_FORWARD]);
	mnl_attr_put_u32(nlh, GHOST688_A_POLICY_OUT, policy->action[GHOST688_DIRECTION_OUT]);
	mnl_attr_put_u32(nlh, GHOST688_A_POLICY_REPLIES, policy->replies);
	mnl_attr_put_u32(nlh, GHOST688_A_POLICY_LOG_RATE, policy->log_rate);
	mnl_attr_put_u32(nlh, GHOST688_A_POLICY_LOG_PER, policy->log_per);
	mnl_attr_put_u32(nlh, GHOST688_A_POLICY_LOG_BURST, policy->log_burst);
	mnl_attr_put_u32(nlh, GHOST688_A_POLICY_LOG_TARGET, policy->log_target);
	if (policy->log_target == GHOST688_LOG_TARGET_NFLOG)
		mnl_attr_put_u16(nlh, GHOST688_A_POLICY_LOG_GROUP, policy->log_group);
	for (i = 0; i < policy->n_allow; i++) {
		const struct ghost_prefix *prefix = &policy->allow[i];
		struct nlattr *nest = mnl_attr_nest_start(nlh, GHOST688_A_POLICY_ALLOW);

		mnl_attr_put(nlh, GHOST688_A_PREFIX_ADDRESS, prefix->bytes, prefix->address);
		mnl_attr_put_u8(nlh, GHOST688_A_PREFIX_LENGTH, prefix->length);
		mnl_attr_nest_end(nlh, nest);
	}
	return ghost_genl_talk(genl, NULL, NULL);
}

/* The words for an attribute of a request; an allow nest is told by its prefix. */
static const char *attr_name(uint16_t type, const struct nlattr *attr, char *buf, size_t size)
{
	char text[GHOST_PREFIX_LEN];
	struct ghost_prefix prefix;
	int i;

	if (type == GHOST688_A_POLICY_LOG_PER)
		type = GHOST688_A_POLICY_LOG_RATE;
	if (type == GHOST688_A_POLICY_LOG_GROUP)
		type = GHOST688_A_POLICY_LOG_TARGET;
	for (i = 0; i < GHOST_KEYS; i++) {
		if (ghost_keys[i].attr == type)
			return ghost_keys[i].name;
	}
	if (type != GHOST688_A_POLICY_ALLOW)
		return NULL;
	if (!attr || prefix_read(attr, &prefix))
		return "allow";
	snprintf(buf, size, "allow %s", ghost_prefix_format(&prefix, text));
	return buf;
}

/**
 * ghost_policy_refused() - one line about a policy that the kernel did not take
 *
 * Return: the exit status.
 */
int ghost_policy_refused(const struct ghost_genl *genl, int err)
{
	char buf[GHOST_PREFIX_LEN + 8];
	const char *where = NULL;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, genl->request, GENL_HDRLEN) {
		size_t start = (const char *)attr - (const char *)genl->request;

		if (genl->bad >= start && genl->bad < start + attr->nla_len)
			where = attr_name(mnl_attr_get_type(attr), attr, buf, sizeof(buf));
	}
	if (!where && genl->missing)
		where = attr_name(genl->missing, NULL, buf, sizeof(buf));
	return ghost_genl_failed(genl, err, "changing the policy", where);
}
