// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who came: what a source's record takes from a packet.
 */
#include <linux/build_bug.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ipv6.h>

#include "datapath/owner.h"
#include "datapath/source.h"

/* What translation left in the place of port 688. */
static __be16 ghost_source_destination(enum ghost_class class, const struct ghost_visit *visit,
				       const struct sk_buff *skb)
{
	__be16 *port, _port;

	if (class == GHOST_VISIT)
		return htons(GHOST688_PORT);
	port = skb_header_pointer(skb, visit->transport + sizeof(_port), sizeof(_port), &_port);
	return port ? *port : 0;
}

static void ghost_source_note_owner(struct ghost_arrival *arrival, const struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct ghost_owner owner;

	ghost_owner_get(&owner, skb, state);
	if (owner.sk) {
		arrival->flags |= GHOST_SOURCE_HAS_UID;
		arrival->uid = owner.uid;
	}
	if (owner.task) {
		arrival->flags |= GHOST_SOURCE_HAS_COMM;
		memcpy(arrival->comm, owner.task->comm, sizeof(arrival->comm));
		/* The name may be changing. */
		arrival->comm[sizeof(arrival->comm) - 1] = 0;
	}
}

static __always_inline u64 ghost_source_prefix(enum ghost_family family, bool out,
					       const struct sk_buff *skb)
{
	const struct in6_addr *address;
	u64 prefix;

	if (family == GHOST_IPV4)
		return (__force u32)(out ? ip_hdr(skb)->daddr : ip_hdr(skb)->saddr);
	address = out ? &ipv6_hdr(skb)->daddr : &ipv6_hdr(skb)->saddr;
	memcpy(&prefix, &address->s6_addr32[0], sizeof(prefix));
	return prefix;
}

static __always_inline u64 ghost_source_rest(enum ghost_family family, bool out,
					     const struct sk_buff *skb)
{
	const struct in6_addr *address;
	u64 rest;

	if (family == GHOST_IPV4)
		return 0;
	address = out ? &ipv6_hdr(skb)->daddr : &ipv6_hdr(skb)->saddr;
	memcpy(&rest, &address->s6_addr32[2], sizeof(rest));
	return rest;
}

/*
 * Reads what it needs where it needs it, and calls nothing, so that no register is saved. The first
 * packet of a tick goes the other way, which reads the clock.
 */
static __always_inline bool ghost_source_note_plain(const struct ghost_sources *sources,
						    u32 flags, enum ghost_family family,
						    const struct ghost_visit *visit,
						    const struct sk_buff *skb)
{
	struct ghost_source_table *table;
	enum ghost_source_fate fate;
	struct ghost_source *source;
	seqcount_t *sync;

	if (unlikely(!in_softirq()))
		return false;
	table = ghost_sources_here(sources);
	if (unlikely(!table))
		return false;

	preempt_disable_nested();
	fate = ghost_source_table_meet(table, ghost_source_prefix(family, false, skb), flags,
				       &visit->packets, &source, &sync);
	if (fate == GHOST_SOURCE_KNOWN && unlikely(!ghost_source_now_is_fresh(table)))
		fate = GHOST_SOURCE_UNKNOWN;
	if (fate == GHOST_SOURCE_KNOWN) {
		raw_write_seqcount_begin(sync);
		source->packets += visit->packets;
		source->bytes += visit->bytes;
		if (family == GHOST_IPV6)
			source->rest = ghost_source_rest(family, false, skb);
		source->last = table->now;
		source->flags |= flags | GHOST_SOURCE_PROTOCOL(visit->protocol) |
				 GHOST_SOURCE_HAS_PORTS;
		source->ports.local = htons(GHOST688_PORT);
		source->ports.remote = visit->source;
		raw_write_seqcount_end(sync);
	}
	preempt_enable_nested();
	return fate != GHOST_SOURCE_UNKNOWN;
}

/**
 * ghost_source_note_ipv4() - record a plain visit, if that is cheap
 * @sources: the namespace's sources
 * @flags: the end, which is not of out, and the verdict, as in &struct ghost_source
 * @visit: the visit
 * @skb: the packet
 *
 * Softirq or process context, under RCU.
 *
 * Return: false, with nothing done, if the visit must go to ghost_source_note_any().
 */
noinline bool ghost_source_note_ipv4(const struct ghost_sources *sources, u32 flags,
				     const struct ghost_visit *visit, const struct sk_buff *skb)
{
	return ghost_source_note_plain(sources, flags, GHOST_IPV4, visit, skb);
}

/**
 * ghost_source_note_ipv6() - the same as ghost_source_note_ipv4()
 * @sources: the namespace's sources
 * @flags: the end and the verdict, as in &struct ghost_source
 * @visit: the visit
 * @skb: the packet
 *
 * Return: false, with nothing done, if the visit must go to ghost_source_note_any().
 */
noinline bool ghost_source_note_ipv6(const struct ghost_sources *sources, u32 flags,
				     const struct ghost_visit *visit, const struct sk_buff *skb)
{
	return ghost_source_note_plain(sources, flags, GHOST_IPV6, visit, skb);
}

/**
 * ghost_source_note_any() - record a visit of any kind
 * @sources: the namespace's sources
 * @keep: how many sources the policy keeps, at least 1
 * @flags: the end and the verdict, as in &struct ghost_source
 * @class: GHOST_VISIT, GHOST_TRANSLATED or GHOST_TRUNCATED
 * @visit: the visit
 * @skb: the packet
 * @state: the hook's state
 *
 * Softirq or process context, under RCU; before anything turns bottom halves off.
 */
noinline void ghost_source_note_any(struct ghost_sources *sources, u32 keep, u32 flags,
				    enum ghost_class class, const struct ghost_visit *visit,
				    const struct sk_buff *skb, const struct nf_hook_state *state)
{
	const bool out = ghost_source_direction(flags) == GHOST688_DIRECTION_OUT;
	struct ghost_arrival arrival = {
		.prefix = ghost_source_prefix(visit->family, out, skb),
		.rest = ghost_source_rest(visit->family, out, skb),
		.flags = flags,
		.packets = visit->packets,
		.bytes = visit->bytes,
	};
	__be16 destination;

	BUILD_BUG_ON((int)GHOST_TCP != GHOST688_PROTOCOL_TCP);
	BUILD_BUG_ON((int)GHOST_DCCP != GHOST688_PROTOCOL_DCCP);

	if (out)
		ghost_source_note_owner(&arrival, skb, state);
	if (class == GHOST_TRUNCATED) {
		arrival.flags |= GHOST_SOURCE_PROTOCOL(GHOST688_PROTOCOL_TRUNCATED);
	} else {
		destination = ghost_source_destination(class, visit, skb);
		arrival.flags |= GHOST_SOURCE_PROTOCOL(visit->protocol) | GHOST_SOURCE_HAS_PORTS;
		arrival.ports.local = out ? visit->source : destination;
		arrival.ports.remote = out ? destination : visit->source;
	}
	ghost_sources_visit(sources, keep, &arrival);
}
