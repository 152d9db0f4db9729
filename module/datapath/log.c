// SPDX-License-Identifier: GPL-2.0-only
/*
 * Log lines go through the kernel's own log backends, so that every tool that reads
 * iptables LOG lines or an NFLOG group can read ours.
 */
#include <linux/jiffies.h>
#include <net/netfilter/nf_log.h>

#include "datapath/log.h"
#include "state/log_backend.h"
#include "state/words.h"

/* The default level of iptables' LOG target. */
#define GHOST_LOG_LEVEL	LOGLEVEL_WARNING

/* The syslog backend writes nothing outside init_net unless a sysctl permits it. */
static bool ghost_log_is_mute(enum ghost688_log_target target, const struct net *net)
{
	return target == GHOST688_LOG_TARGET_SYSLOG && !net_eq(net, &init_net) &&
	       !READ_ONCE(sysctl_nf_log_all_netns);
}

/**
 * ghost_log_take() - may one more packet be logged?
 * @log: the log part of the policy in force
 * @net: the namespace
 *
 * Any context; no locks. Writes to memory only when the answer is yes.
 *
 * Return: false if the log rate or a muted log target suppresses the line.
 */
bool ghost_log_take(struct ghost_policy_log *log, const struct net *net)
{
	/* A tick is exact enough here, and reading jiffies is cheap. */
	return !ghost_log_is_mute(log->target, net) &&
	       ghost_limit_take(&log->limit, &log->limit_rate, get_jiffies_64() * TICK_NSEC);
}

/**
 * ghost_log_packet() - log a packet
 * @log: the log part of the policy in force
 * @direction: where the packet was met
 * @what: the word for its verdict, or "truncated"
 * @translated: the packet was sent to port 688, but translation changed its destination
 * @skb: the packet
 * @state: the hook's state
 *
 * Softirq or process context, under RCU.
 */
void ghost_log_packet(const struct ghost_policy_log *log, enum ghost688_direction direction,
		      const char *what, bool translated, const struct sk_buff *skb,
		      const struct nf_hook_state *state)
{
	struct nf_loginfo info = { .type = ghost_log_type(log->target) };

	if (log->target == GHOST688_LOG_TARGET_NFLOG) {
		info.u.ulog.group = log->group;
		info.u.ulog.qthreshold = 1;
	} else {
		info.u.log.level = GHOST_LOG_LEVEL;
		/* Log the sender's uid; in other hooks the socket is the receiver's. */
		if (direction == GHOST688_DIRECTION_OUT)
			info.u.log.logflags = NF_LOG_UID;
	}
	nf_log_packet(state->net, state->pf, state->hook, skb, state->in, state->out, &info,
		      "ghost688 %s %s%s: ", ghost_word_direction(direction), what,
		      translated ? " translated" : "");
}
