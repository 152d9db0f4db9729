// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "edit.h"
#include "keys.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "policy.h"
#include "policyfile.h"
#include "verbs/verb.h"

static int json_print(const struct ghost_policy *policy)
{
	char value[GHOST_VALUE_LEN], prefix[GHOST_PREFIX_LEN];
	json_t *array = json_array(), *object = json_object(), *allow = json_array();
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
	ghost_json_append(array, object);
	return ghost_json_print(array);
}

static int show_run(int argc, char **argv)
{
	struct ghost_policy policy;
	int err = ghost_policy_read(&policy);

	(void)argc;
	(void)argv;
	if (err)
		return err;
	if (ghost_options.json)
		return json_print(&policy);
	ghost_policyfile_print(&policy, stdout);
	return GHOST_OK;
}

const struct ghost_verb ghost_verb_show = {
	.name = "show",
	.run = show_run,
	.args = "",
	.summary = "print the policy as a policy file",
	.about = "Prints the policy in the form that apply reads.",
	.examples =
		"  ghost688 show > policy\n"
		"  ghost688 -j show",
	.exit = GHOST_EXIT_READS,
};
