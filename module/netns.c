// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-namespace state: set up, policy replacement and teardown.
 */
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "datapath/client.h"
#include "datapath/hook.h"
#include "netns.h"
#include "state/log_backend.h"
#include "state/net.h"

unsigned int ghost_net_id __ro_after_init;

/*
 * The policy that every namespace starts with. All namespaces share this object
 * unless it logs: each namespace needs a token bucket of its own.
 */
static struct ghost_policy *first_policy __ro_after_init;
static enum ghost688_action first_action __ro_after_init;

static int ghost_policy_hold_log(const struct ghost_policy *policy)
{
	return ghost_policy_logs(policy) ? ghost_log_get(policy->log.target) : 0;
}

static void ghost_policy_release_log(const struct ghost_policy *policy)
{
	if (ghost_policy_logs(policy))
		ghost_log_put(policy->log.target);
}

static struct ghost_policy *ghost_policy_first(void)
{
	struct ghost_policy *policy = ghost_policy_alloc(0);
	int direction;

	if (!policy)
		return NULL;
	policy->generation = 1;
	for (direction = 0; direction < GHOST_DIRECTIONS; direction++)
		policy->action[direction] = first_action;
	ghost_policy_seal(policy);
	return policy;
}

/* Only for a new namespace: the generation is 1. */
static struct ghost_policy *ghost_policy_get_first(void)
{
	return ghost_policy_logs(first_policy) ? ghost_policy_first() : first_policy;
}

static void ghost_policy_free(struct ghost_policy *policy)
{
	if (policy != first_policy)
		kfree(policy);
}

/**
 * ghost_net_policy_replace() - replace a namespace's policy
 * @net: the namespace
 * @policy: a sealed policy that holds its log backend; owned by the namespace on success
 *
 * New hooks are registered before the policy is published, and find their direction
 * off in the old one. Unneeded hooks are unregistered after it is published. So each
 * packet sees exactly one policy. Process context, under the policy mutex.
 *
 * Return: 0, or a negative error, with nothing changed, if a hook could not be registered.
 */
int ghost_net_policy_replace(struct net *net, struct ghost_policy *policy)
{
	struct ghost_net *gn = ghost_net(net);
	struct ghost_policy *old = rcu_dereference_protected(gn->policy,
							     lockdep_is_held(&gn->policy_mutex));
	unsigned int armed = ghost_policy_armed(policy);
	unsigned int added = armed & ~gn->armed;
	int err;

	/* If this fails, incoming packets are not examined, so nobody reads the memory. */
	if (added & BIT(GHOST688_DIRECTION_IN))
		ghost_visitors_start(&gn->visitors);
	err = ghost_hooks_register(net, added);
	if (err)
		return err;

	ghost_policy_inherit(policy, old);
	rcu_assign_pointer(gn->policy, policy);
	ghost_hooks_unregister(net, gn->armed & ~armed);
	gn->armed = armed;
	if (added & BIT(GHOST688_DIRECTION_IN)) {
		/* Wait for incoming packets that passed unexamined under the old policy. */
		synchronize_net();
		ghost_client_begin(net, &gn->visitors);
	}
	if (policy->sources != old->sources)
		ghost_sources_resize(&gn->sources, policy->sources);

	ghost_policy_release_log(old);
	if (old != first_policy)
		kfree_rcu(old, rcu);
	return 0;
}

static int __net_init ghost_net_start(struct net *net)
{
	struct ghost_net *gn = ghost_net(net);
	struct ghost_policy *policy;
	int err;

	mutex_init(&gn->policy_mutex);
	err = ghost_counters_init(&gn->counters);
	if (err)
		return err;

	err = -ENOMEM;
	policy = ghost_policy_get_first();
	if (!policy)
		goto err_counters;

	err = ghost_policy_hold_log(policy);
	if (err)
		goto err_policy;
	RCU_INIT_POINTER(gn->policy, policy);
	ghost_sources_init(&gn->sources);

	gn->armed = ghost_policy_armed(policy);
	ghost_visitors_start(&gn->visitors);
	err = ghost_hooks_register(net, gn->armed);
	if (err)
		goto err_hooks;
	if (gn->armed & BIT(GHOST688_DIRECTION_IN))
		ghost_client_begin(net, &gn->visitors);
	return 0;

err_hooks:
	/* A few hooks may have been registered briefly: wait for packets inside them. */
	synchronize_net();
	ghost_visitors_exit(&gn->visitors);
	ghost_sources_exit(&gn->sources);
	ghost_policy_release_log(policy);
err_policy:
	ghost_policy_free(policy);
err_counters:
	ghost_counters_exit(&gn->counters);
	return err;
}

/* A grace period passes between pre_exit and exit, so no packet is in a hook at exit. */
static void __net_exit ghost_net_disarm(struct net *net)
{
	struct ghost_net *gn = ghost_net(net);

	mutex_lock(&gn->policy_mutex);
	ghost_hooks_unregister(net, gn->armed);
	gn->armed = 0;
	mutex_unlock(&gn->policy_mutex);
}

static void __net_exit ghost_net_end(struct net *net)
{
	struct ghost_net *gn = ghost_net(net);
	struct ghost_policy *policy = rcu_dereference_protected(gn->policy, true);

	ghost_policy_release_log(policy);
	ghost_policy_free(policy);
	ghost_visitors_exit(&gn->visitors);
	ghost_audience_free(gn->audience);
	ghost_sources_exit(&gn->sources);
	ghost_counters_exit(&gn->counters);
	mutex_destroy(&gn->policy_mutex);
}

static struct pernet_operations ghost_net_ops = {
	.init		= ghost_net_start,
	.pre_exit	= ghost_net_disarm,
	.exit		= ghost_net_end,
	.id		= &ghost_net_id,
	.size		= sizeof(struct ghost_net),
};

/**
 * ghost_net_init() - start watching in every namespace, present and future
 * @action: the first policy's action, for every direction
 *
 * Return: 0 or a negative error.
 */
int __init ghost_net_init(enum ghost688_action action)
{
	int err;

	first_action = action;
	first_policy = ghost_policy_first();
	if (!first_policy)
		return -ENOMEM;
	err = register_pernet_subsys(&ghost_net_ops);
	if (err)
		kfree(first_policy);
	return err;
}

/**
 * ghost_net_exit() - stop watching in every namespace
 *
 * No packet is in a hook when it returns.
 */
void ghost_net_exit(void)
{
	unregister_pernet_subsys(&ghost_net_ops);
	kfree(first_policy);
}
