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

/* The controller's groups are listed before those of the module, in messages of their own. */
static const struct {
	const char *family;
	const char *name;
} groups[GHOST_GROUPS] = {
	[GHOST_GROUP_NOTIFY] = { "nlctrl", "notify" },
	[GHOST_GROUP_POLICY] = { GHOST688_FAMILY_NAME, GHOST688_MCGRP_POLICY },
	[GHOST_GROUP_HITS] = { GHOST688_FAMILY_NAME, GHOST688_MCGRP_HITS },
};

static void group_read(const struct nlattr *nest, const char *family, struct ghost_genl *genl)
{
	char name[GENL_NAMSIZ] = "";
	const struct nlattr *attr;
	uint32_t number = 0;
	unsigned int i;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			ghost_attr_string(attr, name, sizeof(name));
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
			ghost_attr_u32(attr, &number);
	}
	for (i = 0; i < GHOST_GROUPS; i++) {
		if (!strcmp(groups[i].family, family) && !strcmp(groups[i].name, name))
			genl->group[i] = number;
	}
}

static void groups_read(const struct nlattr *nest, const char *family, struct ghost_genl *genl)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		group_read(attr, family, genl);
}

/**
 * ghost_module_family() - read what the controller says about a family
 * @message: an answer of the controller, or an event
 * @arg: struct ghost_genl; if this is the module's family, gets @found, @abi and @group
 *
 * Return: 0, also for another family; or -EPROTO.
 */
int ghost_module_family(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attr, *list = NULL;
	struct ghost_genl *genl = arg, found = { 0 };
	char name[GENL_NAMSIZ] = "";

	mnl_attr_for_each(attr, message, GENL_HDRLEN) {
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
		case CTRL_ATTR_MCAST_GROUPS:
			list = attr;
			break;
		}
	}
	if (list)
		groups_read(list, name, genl);
	if (strcmp(name, GHOST688_FAMILY_NAME))
		return 0;
	if (!found.id || !found.abi)
		return -EPROTO;
	genl->abi = found.abi;
	/* genl->id is still the controller's, because the rest of the answer comes from it. */
	genl->found = found.id;
	return 0;
}

/**
 * ghost_module_find() - look for the module's family, and for the groups
 *
 * Asks for the list of all families. Asking for one by name would make the kernel load a missing
 * module, and a query must not change anything.
 *
 * Return: 0, -ENOENT when the module is not loaded, or another negative errno of ghost_genl_talk().
 */
int ghost_module_find(struct ghost_genl *genl)
{
	int err, tries = GHOST_DUMP_TRIES;

	do {
		genl->id = GENL_ID_CTRL;
		genl->abi = 0;
		ghost_genl_request(genl, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
		err = ghost_genl_talk(genl, ghost_module_family, genl);
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
	err = ghost_module_find(genl);
	if (err && err != -ENOENT)
		err = ghost_genl_failed(genl, err, "looking for the module", NULL);
	if (err)
		ghost_genl_close(genl);
	return err;
}

/**
 * ghost_module_abi() - make sure that the module that was found has the ABI of this tool
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_module_abi(const struct ghost_genl *genl)
{
	if (genl->abi == GHOST688_FAMILY_VERSION)
		return GHOST_OK;
	return ghost_refuse("module speaks ABI %u, this tool ABI %d; install the same version of both",
			    genl->abi, GHOST688_FAMILY_VERSION);
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
	err = ghost_module_abi(genl);
	if (err)
		ghost_genl_close(genl);
	return err;
}
