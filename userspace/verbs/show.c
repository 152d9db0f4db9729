// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "edit.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "policy.h"
#include "policyfile.h"
#include "policyjson.h"
#include "verbs/verb.h"

static int json_print(const struct ghost_policy *policy)
{
	json_t *array = json_array(), *object = json_object();

	ghost_policy_json(object, policy);
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
