// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/ghost688: for cat and awk, so the formats are ABI.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/slab.h>

#include "control/proc.h"
#include "control/proc_sources.h"
#include "state/net.h"
#include "state/words.h"
#include "version.h"

static struct ghost_totals *ghost_proc_totals(struct ghost_net *gn)
{
	struct ghost_totals *totals = kmalloc(sizeof(*totals), GFP_KERNEL_ACCOUNT);

	if (totals)
		ghost_counters_read(&gn->counters, totals);
	return totals;
}

static void ghost_proc_show_actions(struct seq_file *seq, const struct ghost_policy *policy)
{
	int direction;

	for (direction = 0; direction < GHOST_DIRECTIONS; direction++)
		seq_printf(seq, "%s %s\n", ghost_word_direction(direction),
			   ghost_word_action(policy->action[direction]));
}

static void ghost_proc_show_sums(struct seq_file *seq, const struct ghost_totals *totals)
{
	struct ghost_count all = {}, by_verdict[GHOST_VERDICTS] = {};
	int i;

	for (i = 0; i < GHOST_CELLS; i++) {
		by_verdict[ghost_cell_key(i).verdict].packets += totals->visits[i].packets;
		if (ghost_cell_key(i).verdict == GHOST688_VERDICT_REPLY)
			continue;
		all.packets += totals->visits[i].packets;
		all.bytes += totals->visits[i].bytes;
	}

	seq_printf(seq, "visits %llu\n", all.packets);
	seq_printf(seq, "bytes %llu\n", all.bytes);
	for (i = 0; i < GHOST_VERDICTS; i++)
		seq_printf(seq, "%s %llu\n", ghost_word_verdict(i), by_verdict[i].packets);
	for (i = 0; i < GHOST_DIRECTIONS; i++)
		seq_printf(seq, "truncated-%s %llu\n", ghost_word_direction(i),
			   totals->truncated[ghost_truncated_cell(i, GHOST_IPV4)].packets +
			   totals->truncated[ghost_truncated_cell(i, GHOST_IPV6)].packets);
}

static int ghost_proc_show_status(struct seq_file *seq, void *v)
{
	struct ghost_net *gn = ghost_net(seq_file_single_net(seq));
	struct ghost_totals *totals = ghost_proc_totals(gn);
	const struct ghost_policy *policy;
	struct ghost_hits_sums hits;

	if (!totals)
		return -ENOMEM;

	seq_printf(seq, "version %s\nabi %u\n", GHOST688_VERSION, GHOST688_FAMILY_VERSION);
	rcu_read_lock();
	policy = rcu_dereference(gn->policy);
	seq_printf(seq, "generation %u\n", policy->generation);
	ghost_proc_show_actions(seq, policy);
	rcu_read_unlock();

	ghost_proc_show_sums(seq, totals);
	if (totals->last_visit)
		seq_printf(seq, "last-visit %llu\n", totals->last_visit);
	else
		seq_puts(seq, "last-visit never\n");
	seq_printf(seq, "log-lines %llu\nlog-suppressed %llu\n", totals->log_lines,
		   totals->log_suppressed);
	ghost_audience_read(READ_ONCE(gn->audience), &hits);
	seq_printf(seq, "hits-sent %llu\nhits-suppressed %llu\nhits-lost %llu\n", hits.sent,
		   hits.suppressed, hits.lost);

	kfree(totals);
	return 0;
}

static void ghost_proc_show_prefix(struct seq_file *seq, const struct ghost_prefix *prefix)
{
	if (prefix->family == GHOST_IPV4) {
		__be32 address = ghost_prefix_get_ipv4(prefix);

		seq_printf(seq, "%-10s %pI4/%u\n", "allow", &address, prefix->length);
	} else {
		struct in6_addr address;

		ghost_prefix_get_ipv6(prefix, &address);
		seq_printf(seq, "%-10s %pI6c/%u\n", "allow", &address, prefix->length);
	}
}

static void ghost_proc_show_key(struct seq_file *seq, const struct ghost_policy *policy,
				const struct ghost_policy_key *key)
{
	u32 value = ghost_policy_key_get(key, policy);

	if (key->name)
		seq_printf(seq, "%-10s ", key->name);
	else
		seq_putc(seq, '/');

	if (key->words)
		seq_puts(seq, key->words[value]);
	else
		seq_printf(seq, "%u", value);
	if (key->attr == GHOST688_A_POLICY_LOG_TARGET && value == GHOST688_LOG_TARGET_NFLOG)
		seq_printf(seq, ":%u", policy->log.group);

	/* The second half of a value stays on the line of the first. */
	if (key[1].name || !key[1].attr)
		seq_putc(seq, '\n');
}

/* In the format that ghost688 apply reads. */
static int ghost_proc_show_policy(struct seq_file *seq, void *v)
{
	struct ghost_net *gn = ghost_net(seq_file_single_net(seq));
	const struct ghost_policy_key *key;
	const struct ghost_policy *policy;
	int i;

	rcu_read_lock();
	policy = rcu_dereference(gn->policy);
	for (key = ghost_policy_keys; key->attr; key++)
		ghost_proc_show_key(seq, policy, key);
	for (i = 0; i < policy->allow.count; i++)
		ghost_proc_show_prefix(seq, &policy->allow.prefix[i]);
	rcu_read_unlock();
	return 0;
}

/* One row for each direction, family and protocol that was ever hit. */
static void ghost_proc_show_row(struct seq_file *seq, const struct ghost_totals *totals,
				struct ghost_key key)
{
	unsigned int first = ghost_cell(&key);

	if (find_next_bit(totals->ever, first + GHOST_VERDICTS, first) == first + GHOST_VERDICTS)
		return;

	seq_printf(seq, "%s %s %s", ghost_word_direction(key.direction),
		   ghost_word_family(key.family), ghost_word_protocol(key.protocol));
	for (; key.verdict < GHOST_VERDICTS; key.verdict++)
		seq_printf(seq, " %llu %llu", totals->visits[ghost_cell(&key)].packets,
			   totals->visits[ghost_cell(&key)].bytes);
	seq_putc(seq, '\n');
}

static int ghost_proc_show_counters(struct seq_file *seq, void *v)
{
	struct ghost_totals *totals = ghost_proc_totals(ghost_net(seq_file_single_net(seq)));
	int i;

	if (!totals)
		return -ENOMEM;

	seq_puts(seq, "direction family protocol");
	for (i = 0; i < GHOST_VERDICTS; i++)
		seq_printf(seq, " %s-packets %s-bytes", ghost_word_verdict(i),
			   ghost_word_verdict(i));
	seq_putc(seq, '\n');
	for (i = 0; i < GHOST_CELLS; i += GHOST_VERDICTS)
		ghost_proc_show_row(seq, totals, ghost_cell_key(i));

	kfree(totals);
	return 0;
}

/* Waits for readers. */
static void __net_exit ghost_proc_net_exit(struct net *net)
{
	remove_proc_subtree("ghost688", net->proc_net);
}

static int __net_init ghost_proc_net_init(struct net *net)
{
	struct proc_dir_entry *dir = proc_net_mkdir(net, "ghost688", net->proc_net);

	if (!dir)
		return -ENOMEM;
	if (proc_create_net_single("status", 0444, dir, ghost_proc_show_status, NULL) &&
	    proc_create_net_single("policy", 0444, dir, ghost_proc_show_policy, NULL) &&
	    proc_create_net_single("counters", 0444, dir, ghost_proc_show_counters, NULL) &&
	    ghost_proc_sources_create(net, dir))
		return 0;

	ghost_proc_net_exit(net);
	return -ENOMEM;
}

/* Created after a namespace's policy and counters, and removed before them. */
static struct pernet_operations ghost_proc_ops = {
	.init	= ghost_proc_net_init,
	.exit	= ghost_proc_net_exit,
};

/**
 * ghost_proc_init() - create /proc/net/ghost688 in every namespace
 *
 * After ghost_net_init().
 *
 * Return: 0 or a negative error.
 */
int __init ghost_proc_init(void)
{
	return register_pernet_subsys(&ghost_proc_ops);
}

/**
 * ghost_proc_exit() - remove /proc/net/ghost688 from every namespace
 */
void ghost_proc_exit(void)
{
	unregister_pernet_subsys(&ghost_proc_ops);
}
