// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "cli.h"
#include "counters.h"
#include "genl.h"
#include "output.h"

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
	printf("ghost688 %s (ABI %d)\n", GHOST_VERSION, GHOST688_FAMILY_VERSION);
	if (!abi)
		puts("module   not loaded");
	else
		printf("module   %s (ABI %u)%s\n", *module ? module : "unknown", abi,
		       abi == GHOST688_FAMILY_VERSION ? "" :
		       "; install the same version of both");
	return GHOST_OK;
}

int ghost_version(int argc, char **argv)
{
	struct ghost_state state = { 0 };
	struct ghost_genl genl;
	uint32_t abi = 0;
	int err;

	(void)argc;
	(void)argv;
	err = ghost_genl_open_any(&genl);
	if (err > 0)
		return err;
	if (!err) {
		abi = genl.abi;
		/* Another ABI's answer would only be guessed at. */
		if (abi == GHOST688_FAMILY_VERSION)
			err = ghost_state_get(&genl, &state);
		if (err)
			err = ghost_genl_failed(&genl, err, "reading the module's version", NULL);
		ghost_counters_free(&state.counters);
		ghost_genl_close(&genl);
		if (err)
			return err;
	}
	return ghost_cli.json ? json_print(state.version, abi) : text_print(state.version, abi);
}
