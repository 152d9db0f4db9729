// SPDX-License-Identifier: GPL-2.0-only
/* Reads, changes and writes the policy, but never undoes the change of another writer. */
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

/* Together with the waits, enough unless another program writes all the time. */
#define EDIT_TRIES 32
#define EDIT_WAIT_USEC 2000

/**
 * ghost_policy_whole() - refuse a policy with a setting that this tool would lose by writing it
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
 * ghost_policy_read() - ask the module for the policy in force
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
 * @change: changes the policy that it gets. If another writer was faster, it is called again with
 *	the new policy. Returns 0; or -EALREADY if there is nothing to change, which is a success;
 *	or the exit status after a message
 * @arg: for @change
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
	/* Two writers that wait equally long would collide again. */
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
