/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_ALLOW_H
#define GHOST_ALLOW_H

#include <linux/in6.h>
#include <linux/types.h>

#include "state/visit.h"

/**
 * struct ghost_prefix - an address prefix in host byte order, for comparison
 * @hi: the first 64 bits of the address; an IPv4 address is in the upper 32
 * @lo: the last 64 bits; 0 for IPv4
 * @family: GHOST_IPV4 or GHOST_IPV6
 * @length: the prefix length in bits
 */
struct ghost_prefix {
	u64 hi;
	u64 lo;
	u8 family;
	u8 length;
};

/**
 * struct ghost_allow - the allow-list; read-only once it is built
 * @count: the number of prefixes
 * @roots: the number of entries of @root, by family
 * @root: indices into @prefix of those that no other one covers, IPv4 first; look-ups use these
 * @prefix: all prefixes, sorted by family, address and length
 */
struct ghost_allow {
	u16 count;
	u16 roots[GHOST_FAMILIES];
	u8 root[GHOST688_ALLOW_MAX];
	struct ghost_prefix prefix[];
};

void ghost_prefix_set_ipv4(struct ghost_prefix *prefix, __be32 address);
void ghost_prefix_set_ipv6(struct ghost_prefix *prefix, const struct in6_addr *address);
bool ghost_prefix_has_host_bits(const struct ghost_prefix *prefix);
void ghost_prefix_get_ipv6(const struct ghost_prefix *prefix, struct in6_addr *address);
__be32 ghost_prefix_get_ipv4(const struct ghost_prefix *prefix);

int ghost_allow_add(struct ghost_allow *allow, const struct ghost_prefix *prefix);
void ghost_allow_seal(struct ghost_allow *allow);
bool ghost_allow_match(const struct ghost_allow *allow, const struct ghost_prefix *address);

#endif
