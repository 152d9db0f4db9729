// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allow-list, searched by bisection of prefixes that do not overlap.
 */
#include <linux/string.h>
#include <asm/byteorder.h>

#include "state/allow.h"

/**
 * ghost_prefix_set_ipv4() - turn an address into a prefix of full length
 * @prefix: the result
 * @address: the address
 */
void ghost_prefix_set_ipv4(struct ghost_prefix *prefix, __be32 address)
{
	prefix->hi = (u64)be32_to_cpu(address) << 32;
	prefix->lo = 0;
	prefix->family = GHOST_IPV4;
	prefix->length = 32;
}

/**
 * ghost_prefix_set_ipv6() - turn an address into a prefix of full length
 * @prefix: the result
 * @address: the address
 */
void ghost_prefix_set_ipv6(struct ghost_prefix *prefix, const struct in6_addr *address)
{
	const __be32 *word = address->s6_addr32;

	prefix->hi = (u64)be32_to_cpu(word[0]) << 32 | be32_to_cpu(word[1]);
	prefix->lo = (u64)be32_to_cpu(word[2]) << 32 | be32_to_cpu(word[3]);
	prefix->family = GHOST_IPV6;
	prefix->length = 128;
}

/**
 * ghost_prefix_get_ipv4() - the address of an IPv4 prefix
 * @prefix: the prefix
 *
 * Return: the address in network byte order.
 */
__be32 ghost_prefix_get_ipv4(const struct ghost_prefix *prefix)
{
	return cpu_to_be32(prefix->hi >> 32);
}

/**
 * ghost_prefix_get_ipv6() - the address of an IPv6 prefix
 * @prefix: the prefix
 * @address: the result
 */
void ghost_prefix_get_ipv6(const struct ghost_prefix *prefix, struct in6_addr *address)
{
	address->s6_addr32[0] = cpu_to_be32(prefix->hi >> 32);
	address->s6_addr32[1] = cpu_to_be32(prefix->hi);
	address->s6_addr32[2] = cpu_to_be32(prefix->lo >> 32);
	address->s6_addr32[3] = cpu_to_be32(prefix->lo);
}

/* A mask of the upper @bits of 64. A shift by 64 or more, or by less than 0, is undefined. */
static u64 ghost_mask(int bits)
{
	if (bits <= 0)
		return 0;
	return bits >= 64 ? ~0ULL : ~0ULL << (64 - bits);
}

static bool ghost_prefix_covers(const struct ghost_prefix *prefix, const struct ghost_prefix *other)
{
	return prefix->family == other->family && prefix->length <= other->length &&
	       !((prefix->hi ^ other->hi) & ghost_mask(prefix->length)) &&
	       !((prefix->lo ^ other->lo) & ghost_mask(prefix->length - 64));
}

/**
 * ghost_prefix_has_host_bits() - is any bit set beyond the prefix length?
 * @prefix: the prefix
 */
bool ghost_prefix_has_host_bits(const struct ghost_prefix *prefix)
{
	return prefix->hi & ~ghost_mask(prefix->length) ||
	       prefix->lo & ~ghost_mask(prefix->length - 64);
}

/* Ignores the length. Returns <0, 0 or >0. */
static int ghost_address_compare(const struct ghost_prefix *a, const struct ghost_prefix *b)
{
	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	return 0;
}

static int ghost_prefix_compare(const struct ghost_prefix *a, const struct ghost_prefix *b)
{
	int address;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	address = ghost_address_compare(a, b);
	return address ?: (int)a->length - (int)b->length;
}

/**
 * ghost_allow_add() - insert a prefix in order
 * @allow: a list with room for another prefix, not sealed yet
 * @prefix: a prefix without host bits
 *
 * Return: 0, or -EEXIST if the list has it already.
 */
int ghost_allow_add(struct ghost_allow *allow, const struct ghost_prefix *prefix)
{
	unsigned int place = allow->count;
	int order;

	while (place) {
		order = ghost_prefix_compare(&allow->prefix[place - 1], prefix);
		if (!order)
			return -EEXIST;
		if (order < 0)
			break;
		place--;
	}
	memmove(&allow->prefix[place + 1], &allow->prefix[place],
		(allow->count - place) * sizeof(*prefix));
	allow->prefix[place] = *prefix;
	allow->count++;
	return 0;
}

/**
 * ghost_allow_seal() - prepare a list for look-ups; nothing may be added afterwards
 * @allow: the list
 *
 * Two prefixes are either nested or disjoint, and a prefix sorts right before all
 * those that it covers. So one pass finds the prefixes that no other one covers,
 * and those can be searched by bisection.
 */
void ghost_allow_seal(struct ghost_allow *allow)
{
	const struct ghost_prefix *last = NULL;
	unsigned int i, n = 0;

	memset(allow->roots, 0, sizeof(allow->roots));
	for (i = 0; i < allow->count; i++) {
		if (last && ghost_prefix_covers(last, &allow->prefix[i]))
			continue;
		last = &allow->prefix[i];
		allow->root[n++] = i;
		allow->roots[last->family]++;
	}
}

/**
 * ghost_allow_match() - is this address on the list?
 * @allow: a sealed list
 * @address: an address, as ghost_prefix_set_ipv4() or ghost_prefix_set_ipv6() sets it
 *
 * Any context; the caller keeps the list alive.
 */
bool ghost_allow_match(const struct ghost_allow *allow, const struct ghost_prefix *address)
{
	const u8 *root = allow->root + (address->family == GHOST_IPV4 ? 0 :
					allow->roots[GHOST_IPV4]);
	unsigned int low = 0, high = allow->roots[address->family], middle;

	/* Only the last prefix that begins at or before the address can cover it. */
	while (low < high) {
		middle = (low + high) / 2;
		if (ghost_address_compare(&allow->prefix[root[middle]], address) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && ghost_prefix_covers(&allow->prefix[root[low - 1]], address);
}
