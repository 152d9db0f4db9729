// SPDX-License-Identifier: GPL-2.0-only
/* Converts struct ghost_policy to netlink messages and back. */
#include <errno.h>
#include <stdio.h>

#include <linux/genetlink.h>

#include "attr.h"
#include "failure.h"
#include "genl.h"
#include "keys.h"
#include "nlpolicy.h"
#include "policy.h"

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

/* Whether the attribute is one of the few that are shorter than 32 bits. */
static bool is_u16(const struct ghost_key *key, uint16_t type)
{
	return key->number.is_u16 && key->number.attr == type;
}

static int attr_read(const struct nlattr *attr, struct ghost_policy *policy)
{
	uint16_t number, type = mnl_attr_get_type(attr);
	const struct ghost_key *key;
	int err;

	if (type == GHOST688_A_POLICY_GENERATION)
		return ghost_attr_u32(attr, &policy->generation);
	if (type == GHOST688_A_POLICY_ALLOW) {
		if (policy->n_allow == GHOST688_ALLOW_MAX)
			return -EPROTO;
		return prefix_read(attr, &policy->allow[policy->n_allow++]);
	}
	key = ghost_key_of_attr(type);
	if (!key) {
		policy->unknown = type;
		return 0;
	}
	if (!is_u16(key, type))
		return ghost_attr_u32(attr, &policy->value[type]);
	err = ghost_attr_u16(attr, &number);
	if (!err)
		policy->value[type] = number;
	return err;
}

/*
 * Marks a key that the answer lacks as absent: the module is older than this tool. But no module
 * lacks half of a key, or a direction.
 */
static int key_check(const struct ghost_key *key, const bool *seen, struct ghost_policy *policy)
{
	uint16_t word = key->word.attr, number = key->number.attr;

	if (!key->required && !seen[word] && !seen[number]) {
		ghost_key_set_absent(key, policy);
		return 0;
	}
	if (word && !seen[word])
		return -EPROTO;
	if (number && !seen[number] && ghost_key_has_attr(key, policy, number))
		return -EPROTO;
	return 0;
}

static int policy_read(const struct nlmsghdr *answer, void *arg)
{
	bool seen[GHOST688_A_POLICY_MAX + 1] = { false };
	struct ghost_policy *policy = arg;
	const struct ghost_key *key;
	const struct nlattr *attr;
	int err;

	*policy = (struct ghost_policy){ 0 };
	mnl_attr_for_each(attr, answer, GENL_HDRLEN) {
		err = attr_read(attr, policy);
		if (err)
			return err;
		if (mnl_attr_get_type(attr) <= GHOST688_A_POLICY_MAX)
			seen[mnl_attr_get_type(attr)] = true;
	}
	seen[0] = false;	/* no attribute; a key has it for the half that it lacks */
	for (key = ghost_keys; key->name; key++) {
		err = key_check(key, seen, policy);
		if (err)
			return err;
	}
	return seen[GHOST688_A_POLICY_GENERATION] ? 0 : -EPROTO;
}

/**
 * ghost_policy_message() - read a message with a whole policy: an answer, or an event
 *
 * Return: 0 or -EPROTO.
 */
int ghost_policy_message(const struct nlmsghdr *message, struct ghost_policy *policy)
{
	return policy_read(message, policy);
}

/**
 * ghost_policy_get() - get the policy in force
 *
 * Return: 0, or a negative errno of ghost_genl_talk().
 */
int ghost_policy_get(struct ghost_genl *genl, struct ghost_policy *policy)
{
	int err;

	*policy = (struct ghost_policy){ 0 };
	ghost_genl_request(genl, GHOST688_CMD_POLICY_GET, 0);
	err = ghost_genl_talk(genl, policy_read, policy);
	/* No policy has a rate of 0: there was no answer at all. */
	return err || policy->value[GHOST688_A_POLICY_LOG_RATE] ? err : -EPROTO;
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
	uint16_t type;

	if (expected_generation)
		mnl_attr_put_u32(nlh, GHOST688_A_POLICY_EXPECTED_GENERATION, *expected_generation);
	for (type = 1; type <= GHOST688_A_POLICY_MAX; type++) {
		const struct ghost_key *key = ghost_key_of_attr(type);

		if (!key || !ghost_key_has_attr(key, policy, type))
			continue;
		if (is_u16(key, type))
			mnl_attr_put_u16(nlh, type, policy->value[type]);
		else
			mnl_attr_put_u32(nlh, type, policy->value[type]);
	}
	for (i = 0; i < policy->n_allow; i++) {
		const struct ghost_prefix *prefix = &policy->allow[i];
		struct nlattr *nest = mnl_attr_nest_start(nlh, GHOST688_A_POLICY_ALLOW);

		mnl_attr_put(nlh, GHOST688_A_PREFIX_ADDRESS, prefix->bytes, prefix->address);
		mnl_attr_put_u8(nlh, GHOST688_A_PREFIX_LENGTH, prefix->length);
		mnl_attr_nest_end(nlh, nest);
	}
	return ghost_genl_talk(genl, NULL, NULL);
}

/* The name of an attribute in a policy file; for allow with its prefix. */
static const char *attr_name(uint16_t type, const struct nlattr *attr, char *buf, size_t size)
{
	const struct ghost_key *key = ghost_key_of_attr(type);
	char text[GHOST_PREFIX_LEN];
	struct ghost_prefix prefix;

	if (key)
		return key->name;
	if (type != GHOST688_A_POLICY_ALLOW)
		return NULL;
	if (!attr || prefix_read(attr, &prefix))
		return "allow";
	snprintf(buf, size, "allow %s", ghost_prefix_format(&prefix, text));
	return buf;
}

/**
 * ghost_policy_refused() - say why the kernel did not take a policy
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
