// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "cli.h"
#include "counters.h"
#include "genl.h"
#include "output.h"

/* Of the module all is null where there is none, or where it could not be asked. */
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

/* The tool's own version is told whatever is wrong with the module. */
static int module_ask(struct ghost_state *state, uint32_t *abi)
{
	struct ghost_genl genl;
	int err = ghost_genl_open_any(&genl);

	if (err)
		return err == -ENOENT ? GHOST_OK : err;
	/* Another ABI's answer would only be guessed at. */
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

int ghost_version(int argc, char **argv)
{
	struct ghost_state state = { 0 };
	uint32_t abi = 0;
	int err;

	(void)argc;
	(void)argv;
	if (!ghost_cli.json)
		printf("ghost688 %s (ABI %d)\n", GHOST_VERSION, GHOST688_FAMILY_VERSION);
	err = module_ask(&state, &abi);
	if (ghost_cli.json)
		return json_print(err ? "" : state.version, abi) || err;
	return err ? err : text_print(state.version, abi);
}
