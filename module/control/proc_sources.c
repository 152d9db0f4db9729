// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/ghost688/sources: for cat and awk, so the format is ABI. Only for the namespace's root.
 */
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/string_helpers.h>
#include <linux/uidgid.h>

#include "control/proc_sources.h"
#include "state/net.h"
#include "state/source_merge.h"
#include "state/words.h"

static void ghost_proc_show_address(struct seq_file *seq, const struct ghost_source *source)
{
	if (ghost_source_family(source->flags) == GHOST_IPV4) {
		const __be32 address = ghost_source_ipv4(source);

		seq_printf(seq, "%pI4", &address);
	} else {
		const struct in6_addr address = ghost_source_ipv6(source);

		seq_printf(seq, "%pI6c", &address);
	}
}

static void ghost_proc_show_bits(struct seq_file *seq, u32 bits, const char *(*word)(u32 bit))
{
	const char *before = " ";
	u32 bit;

	for (bit = 0; bit < 32; bit++) {
		if (!(bits & BIT(bit)))
			continue;
		seq_printf(seq, "%s%s", before, word(bit));
		before = ",";
	}
}

static const char *ghost_proc_protocol(u32 bit)
{
	return bit == GHOST688_PROTOCOL_TRUNCATED ? "truncated" : ghost_word_protocol(bit);
}

static const char *ghost_proc_verdict(u32 bit)
{
	return ghost_word_verdict(bit);
}

/* A thread may have any name: keep it in its column. */
static void ghost_proc_show_comm(struct seq_file *seq, const char *comm)
{
	seq_putc(seq, ' ');
	seq_escape_mem(seq, comm, strlen(comm), ESCAPE_OCTAL | ESCAPE_NP | ESCAPE_APPEND, " \\");
}

static void ghost_proc_show_source(struct seq_file *seq, const struct ghost_source_row *row,
				   struct user_namespace *owner)
{
	const struct ghost_source *source = &row->source;
	const uid_t uid = ghost_source_uid(source, owner);

	seq_printf(seq, "%s %s ", ghost_word_direction(ghost_source_direction(source->flags)),
		   ghost_word_family(ghost_source_family(source->flags)));
	ghost_proc_show_address(seq, source);
	seq_printf(seq, " %llu %llu %llu %u %u", row->packets, source->bytes, row->error,
		   source->first, source->last);
	ghost_proc_show_bits(seq, ghost_source_protocols(source->flags), ghost_proc_protocol);
	ghost_proc_show_bits(seq, ghost_source_verdicts(source->flags), ghost_proc_verdict);
	if (source->flags & GHOST_SOURCE_HAS_PORTS)
		seq_printf(seq, " %u %u", ntohs(source->ports.local), ntohs(source->ports.remote));
	else
		seq_puts(seq, " - -");
	if (uid != (uid_t)-1)
		seq_printf(seq, " %u", uid);
	else
		seq_puts(seq, " -");
	if (source->flags & GHOST_SOURCE_HAS_COMM && source->comm[0])
		ghost_proc_show_comm(seq, source->comm);
	else
		seq_puts(seq, " -");
	seq_puts(seq, row->early ? " yes\n" : " no\n");
}

static int ghost_proc_show_sources(struct seq_file *seq, void *v)
{
	struct net *net = seq_file_single_net(seq);
	struct ghost_source_list *list = ghost_sources_read(&ghost_net(net)->sources);
	unsigned int i;

	if (!list)
		return -ENOMEM;
	seq_printf(seq, "threshold %llu unrecorded %llu\n", list->threshold, list->unrecorded);
	seq_puts(seq, "direction family address packets bytes error first-seen last-seen ");
	seq_puts(seq, "protocols verdicts local-port remote-port uid comm early\n");
	for (i = 0; i < list->count && !seq_has_overflowed(seq); i++)
		ghost_proc_show_source(seq, &list->row[i], net->user_ns);
	ghost_source_list_free(list);
	return 0;
}

/**
 * ghost_proc_sources_create() - create a namespace's file of sources
 * @net: the namespace
 * @dir: its directory
 *
 * Removed together with the directory.
 *
 * Return: false if there is no memory.
 */
bool ghost_proc_sources_create(struct net *net, struct proc_dir_entry *dir)
{
	struct proc_dir_entry *entry = proc_create_net_single("sources", 0400, dir,
							      ghost_proc_show_sources, NULL);
	kuid_t uid = make_kuid(net->user_ns, 0);
	kgid_t gid = make_kgid(net->user_ns, 0);

	if (!entry)
		return false;
	proc_set_user(entry, uid_valid(uid) ? uid : GLOBAL_ROOT_UID,
		      gid_valid(gid) ? gid : GLOBAL_ROOT_GID);
	return true;
}
