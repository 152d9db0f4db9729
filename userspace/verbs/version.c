// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "counters.h"
#include "failure.h"
#include "genl.h"
#include "message.h"
#include "module.h"
#include "options.h"
#include "output.h"
#include "verbs/verb.h"

/* The module's values are null if it is not loaded or could not be asked. */
static int json_print(const char *module, uint32_t abi)
{
	json_t *array = json_array(), *object = json_object();

	ghost_json_add(object, "version", json_string(GHOST_VERSION));
	ghost_json_add(object, "abi", json_integer(GHOST688_FAMILY_VERSION));
	ghost_json_add(object, "module-version", *module ? json_string(module) : json_null());
	ghost_json_add(object, "module-abi", abi ? json_integer(abi) : json_null());
	ghost_json_append(array, object);
	return ghost_json_print(array);
}

static int text_print(const char *module, uint32_t abi)
{
	if (!abi)
		puts("module   not loaded");
	else
		printf("module   %s (ABI %u)%s\n", *module ? module : "unknown", abi,
		       abi == GHOST688_FAMILY_VERSION ? "" :
		       "; install the same version of both");
	return GHOST_OK;
}

/* Asks the module for its version. Return: 0, also if none is loaded, or the exit status. */
static int module_ask(struct ghost_state *state, uint32_t *abi)
{
	struct ghost_genl genl;
	int err = ghost_module_open_any(&genl);

	if (err)
		return err == -ENOENT ? GHOST_OK : err;
	/* The answer of another ABI could be misread. */
	if (genl.abi == GHOST688_FAMILY_VERSION)
		err = ghost_state_get(&genl, state);
	if (err)
		err = ghost_genl_failed(&genl, err, "reading the module's version", NULL);
	else
		*abi = genl.abi;
	ghost_counters_free(&state->counters);
	ghost_genl_close(&genl);
	return err;
}

static int version_run(int argc, char **argv)
{
	struct ghost_state state = { 0 };
	uint32_t abi = 0;
	int err;

	(void)argc;
	(void)argv;
	if (!ghost_options.json)
		printf("ghost688 %s (ABI %d)\n", GHOST_VERSION, GHOST688_FAMILY_VERSION);
	err = module_ask(&state, &abi);
	if (ghost_options.json)
		return json_print(err ? "" : state.version, abi) || err;
	return err ? err : text_print(state.version, abi);
}

const struct ghost_verb ghost_verb_version = {
	.name = "version",
	.run = version_run,
	.args = "",
	.summary = "versions of this tool and of the module",
	.about =
		"Prints versions and ABIs. A module that is not loaded is no error here. The version of\n"
		"this tool is printed even if the module cannot be asked.",
	.examples = "  ghost688 version",
	.exit = "Exit status: 0 done; 1 the module does not answer; 2 wrong usage.",
};
