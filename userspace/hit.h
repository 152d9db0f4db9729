/* SPDX-License-Identifier: GPL-2.0-only */
/* A hit: what the module tells of one visit. */
#ifndef GHOST_HIT_H
#define GHOST_HIT_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <ghost688.h>

#include "text.h"

struct nlmsghdr;

/**
 * struct ghost_address - an address of either family
 * @bytes: 4, 16, or 0 if there is none
 */
struct ghost_address {
	uint8_t bytes;
	uint8_t address[16];
};

/**
 * struct ghost_hit - a hit
 * @seen: a bit for each &enum ghost688_a_hit that it has; the other members are 0 or empty
 *
 * The other members are those of the netlink message; names may have any bytes.
 */
struct ghost_hit {
	uint64_t seen;
	uint64_t seq;
	uint64_t suppressed;
	uint64_t time;
	uint64_t boot_time;
	uint64_t cookie;
	uint64_t cgroup;
	uint32_t cpu;
	uint32_t direction;
	uint32_t family;
	uint32_t protocol;
	uint32_t verdict;
	uint32_t reason;
	uint32_t in_ifindex;
	uint32_t out_ifindex;
	uint32_t packets;
	uint32_t bytes;
	uint32_t uid;
	uint32_t pid;
	uint16_t source_port;
	uint16_t destination_port;
	uint16_t original_source_port;
	uint16_t original_destination_port;
	uint8_t tcp_flags;
	struct ghost_address source;
	struct ghost_address destination;
	struct ghost_address original_source;
	struct ghost_address original_destination;
	char in_ifname[IFNAMSIZ];
	char out_ifname[IFNAMSIZ];
	char comm[GHOST_COMM_LEN];
};

int ghost_hit_read(const struct nlmsghdr *message, struct ghost_hit *hit);
bool ghost_hit_has(const struct ghost_hit *hit, enum ghost688_a_hit attr);

#endif
