// SPDX-License-Identifier: GPL-2.0-only
/*
 * ghost688: the tripwire for port 688.
 */
#include <linux/module.h>

#include "compat.h"
#include "control/netlink.h"
#include "control/proc.h"
#include "netns.h"
#include "state/counters.h"
#include "state/hits.h"
#include "state/log_backend.h"
#include "state/policy.h"
#include "state/visitors.h"
#include "state/words.h"
#include "version.h"

static char *action = "count";
module_param(action, charp, 0444);
MODULE_PARM_DESC(action, "first action of every namespace: one of off count drop log drop,log");

static enum ghost688_action first __ro_after_init;

static int __init ghost_init(void)
{
	int err;

	if (ghost_word_parse_action(action, &first) || !ghost_action_supported(first)) {
		pr_err("ghost688: action=%s is none of: off count drop log drop,log\n", action);
		return -EINVAL;
	}

	/* Load the log backend now: it cannot be loaded while a namespace is being set up. */
	if (ghost_action_logs(first)) {
		err = ghost_log_request(GHOST688_LOG_TARGET_SYSLOG);
		if (err) {
			pr_err("ghost688: action=%s needs nf_log_syslog, which cannot be loaded\n",
			       action);
			return err;
		}
	}

	ghost_visitors_init();
	err = ghost_counters_prepare();
	if (err)
		goto err_log;
	err = ghost_hits_prepare();
	if (err)
		goto err_counters;
	err = ghost_net_init(first);
	if (err)
		goto err_hits;
	err = ghost_proc_init();
	if (err)
		goto err_net;
	err = ghost_netlink_init();
	if (err)
		goto err_proc;
	return 0;

err_proc:
	ghost_proc_exit();
err_net:
	ghost_net_exit();
err_hits:
	ghost_hits_finish();
err_counters:
	ghost_counters_finish();
err_log:
	if (ghost_action_logs(first))
		ghost_log_put(GHOST688_LOG_TARGET_SYSLOG);
	return err;
}

static void __exit ghost_exit(void)
{
	ghost_netlink_exit();
	ghost_proc_exit();
	ghost_net_exit();
	ghost_hits_finish();
	ghost_counters_finish();
	if (ghost_action_logs(first))
		ghost_log_put(GHOST688_LOG_TARGET_SYSLOG);
}

module_init(ghost_init);
module_exit(ghost_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Tripwire for port 688");
MODULE_VERSION(GHOST688_VERSION);
