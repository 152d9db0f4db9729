// SPDX-License-Identifier: GPL-2.0-only
/*
 * Log lines, by the kernel's own log backends: every tool that reads an
 * iptables LOG line or an NFLOG group reads ours.
 */
#include <linux/jiffies.h>
#include <net/netfilter/nf_log.h>

#include "datapath/log.h"
#include "state/log_backend.h"
#include "state/words.h"

/* What iptables logs with unless told otherwise. */
#define GHOST_LOG_LEVEL	LOGLEVEL_WARNING

/* The syslog backend keeps quiet outside the initial namespace unless a sysctl asks for more. */
static bool ghost_log_is_mute(enum ghost688_log_target target, const struct net *net)
{
	return target == GHOST688_LOG_TARGET_SYSLOG && !net_eq(net, &init_net) &&
	       !READ_ONCE(sysctl_nf_log_all_netns);
}

/**
 * ghost_log_take() - is there a line for one more packet?
 * @log: the log part of the policy in force
 * @net: the namespace
 *
 * Any context; no locks. Only a line that is let through writes to memory.
 *
 * Return: false where the log rate, or a mute log target, holds the line back.
 */
bool ghost_log_take(struct ghost_policy_log *log, const struct net *net)
{
	/* A tick is exact enough for lines, and is there to be read. */
	return !ghost_log_is_mute(log->target, net) &&
	       ghost_limit_take(&log->limit, &log->limit_rate, get_jiffies_64() * TICK_NSEC);
}

/**
 * ghost_log_packet() - write a line for this packet
 * @log: the log part of the policy in force
 * @direction: where the packet was met
 * @what: the word for what became of it
 * @translated: it was sent to port 688, and shows another one now
 * @skb: the packet
 * @state: the hook's
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
		/* Who sent it; elsewhere a packet's socket is the receiver's. */
		if (direction == GHOST688_DIRECTION_OUT)
			info.u.log.logflags = NF_LOG_UID;
	}
	nf_log_packet(state->net, state->pf, state->hook, skb, state->in, state->out, &info,
		      "ghost688 %s %s%s: ", ghost_word_direction(direction), what,
		      translated ? " translated" : "");
}
