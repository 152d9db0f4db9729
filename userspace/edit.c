// SPDX-License-Identifier: GPL-2.0-only
/* Read, change, write: never over another writer's change. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "edit.h"
#include "failure.h"
#include "genl.h"
#include "message.h"
#include "module.h"
#include "nlpolicy.h"
#include "policy.h"

/* With the waits below more than enough for writers that do not write all the time. */
#define EDIT_TRIES 32
#define EDIT_WAIT_USEC 2000

/**
 * ghost_policy_whole() - refuse to write back a policy of which a part is not known here
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_policy_whole(const struct ghost_policy *policy)
{
	if (!policy->unknown)
		return GHOST_OK;
	return ghost_refuse("the policy has a setting (%u) that this tool does not know; install the same version of both",
			    policy->unknown);
}

/**
 * ghost_policy_read() - get the policy in force and close the socket
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_policy_read(struct ghost_policy *policy)
{
	struct ghost_genl genl;
	int err = ghost_module_open(&genl);

	if (err)
		return err;
	err = ghost_policy_get(&genl, policy);
	if (err)
		err = ghost_genl_failed(&genl, err, "reading the policy", NULL);
	ghost_genl_close(&genl);
	return err;
}

static int edit_once(struct ghost_genl *genl, struct ghost_policy *policy,
		     int (*change)(struct ghost_policy *policy, void *arg), void *arg)
{
	uint32_t generation;
	int err;

	err = ghost_policy_get(genl, policy);
	if (err)
		return ghost_genl_failed(genl, err, "reading the policy", NULL);
	err = ghost_policy_whole(policy);
	if (err)
		return err;
	generation = policy->generation;
	err = change(policy, arg);
	if (err)
		return err;
	err = ghost_policy_set(genl, policy, &generation);
	return err && err != -EBUSY ? ghost_policy_refused(genl, err) : err;
}

/**
 * ghost_policy_edit() - change the policy in force, atomically
 * @change: gets the policy in force, perhaps more than once; a status other than 0 ends it all, and
 * -EALREADY is a success that leaves the policy as it is
 *
 * Return: the exit status.
 */
int ghost_policy_edit(int (*change)(struct ghost_policy *policy, void *arg), void *arg)
{
	struct ghost_policy policy;
	struct ghost_genl genl;
	int err, tries;

	err = ghost_module_open(&genl);
	if (err)
		return err;
	/* Two that wait equally long would meet again. */
	srandom(getpid());
	for (tries = 0; tries < EDIT_TRIES; tries++) {
		err = edit_once(&genl, &policy, change, arg);
		if (err != -EBUSY)
			break;
		usleep(random() % EDIT_WAIT_USEC);
	}
	ghost_genl_close(&genl);
	if (err == -EALREADY)
		return GHOST_OK;
	if (err == -EBUSY)
		return ghost_refuse("another writer keeps changing the policy; try again");
	return err;
}
