// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>

#include <ghost688.h>

#include "attr.h"
#include "failure.h"
#include "genl.h"
#include "message.h"
#include "module.h"
#include "netns.h"
#include "options.h"

static int family_read(const struct nlmsghdr *answer, void *arg)
{
	const struct nlattr *attr;
	struct ghost_genl *genl = arg, found = { 0 };
	char name[GENL_NAMSIZ] = "";

	mnl_attr_for_each(attr, answer, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_FAMILY_NAME:
			ghost_attr_string(attr, name, sizeof(name));
			break;
		case CTRL_ATTR_FAMILY_ID:
			ghost_attr_u16(attr, &found.id);
			break;
		case CTRL_ATTR_VERSION:
			ghost_attr_u32(attr, &found.abi);
			break;
		}
	}
	if (strcmp(name, GHOST688_FAMILY_NAME))
		return 0;
	if (!found.id || !found.abi)
		return -EPROTO;
	genl->abi = found.abi;
	/* genl->id is still the controller's, because the rest of the answer comes from it. */
	genl->found = found.id;
	return 0;
}

/*
 * Asks for the list of all families. Asking for one by name would make the kernel load a missing
 * module, and a query must not change anything.
 */
static int family_find(struct ghost_genl *genl)
{
	int err, tries = GHOST_DUMP_TRIES;

	do {
		genl->id = GENL_ID_CTRL;
		genl->abi = 0;
		ghost_genl_request(genl, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
		err = ghost_genl_talk(genl, family_read, genl);
	} while (err == -EAGAIN && --tries);
	if (err)
		return err;
	if (!genl->abi)
		return -ENOENT;
	genl->id = genl->found;
	return 0;
}

/**
 * ghost_module_open_any() - find the module, whatever its ABI
 * @genl: on success, to be closed by ghost_genl_close()
 *
 * Enters the network namespace that the user asked for.
 *
 * Return: 0, -ENOENT when the module is not loaded, or the exit status after a message.
 */
int ghost_module_open_any(struct ghost_genl *genl)
{
	int err;

	if (ghost_options.netns && ghost_netns_enter(ghost_options.netns))
		return GHOST_REFUSED;
	err = ghost_genl_open(genl);
	if (err)
		return err;
	err = family_find(genl);
	if (err && err != -ENOENT)
		err = ghost_genl_failed(genl, err, "looking for the module", NULL);
	if (err)
		ghost_genl_close(genl);
	return err;
}

/**
 * ghost_module_open() - find the module, and make sure that it has the ABI of this tool
 * @genl: on success, to be closed by ghost_genl_close()
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_module_open(struct ghost_genl *genl)
{
	int err = ghost_module_open_any(genl);

	if (err == -ENOENT)
		return ghost_refuse("the ghost688 module is not loaded; load it with: modprobe ghost688");
	if (err)
		return err;
	if (genl->abi == GHOST688_FAMILY_VERSION)
		return GHOST_OK;
	ghost_refuse("module speaks ABI %u, this tool ABI %d; install the same version of both",
		     genl->abi, GHOST688_FAMILY_VERSION);
	ghost_genl_close(genl);
	return GHOST_REFUSED;
}
