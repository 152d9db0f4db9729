// SPDX-License-Identifier: GPL-2.0-only
#include "keys.h"
#include "output.h"
#include "policy.h"
#include "policyjson.h"

/**
 * ghost_policy_json() - add the keys of a policy to an object
 */
void ghost_policy_json(json_t *object, const struct ghost_policy *policy)
{
	char value[GHOST_VALUE_LEN], prefix[GHOST_PREFIX_LEN];
	json_t *allow = json_array();
	const struct ghost_key *key;
	unsigned int i;

	for (key = ghost_keys; key->name; key++) {
		if (ghost_key_is_absent(key, policy))
			continue;
		ghost_json_add(object, key->name, key->kind == GHOST_KEY_NUMBER ?
			       ghost_json_u64(policy->value[key->number.attr]) :
			       json_string(ghost_key_format(key, policy, value)));
	}
	for (i = 0; i < policy->n_allow; i++)
		ghost_json_append(allow, json_string(ghost_prefix_format(&policy->allow[i],
									 prefix)));
	ghost_json_add(object, "allow", allow);
}
