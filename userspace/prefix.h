/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_PREFIX_H
#define GHOST_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct ghost_prefix - an entry of the allow-list
 * @bytes: length of the address: 4 is IPv4, 16 is IPv6
 * @length: the prefix length in bits
 * @address: in network byte order; the bits beyond @length are zero
 */
struct ghost_prefix {
	uint8_t bytes;
	uint8_t length;
	uint8_t address[16];
};

/* INET6_ADDRSTRLEN and "/128". */
#define GHOST_PREFIX_LEN 52

int ghost_prefix_parse(const char *text, struct ghost_prefix *prefix, char *err);
int ghost_prefix_parse_any(const char *text, struct ghost_prefix *prefix, char *err);
int ghost_prefix_make(struct ghost_prefix *prefix, const void *address, size_t bytes,
		      uint8_t length);
const char *ghost_prefix_format(const struct ghost_prefix *prefix, char *buf);
bool ghost_prefix_mask(struct ghost_prefix *prefix);
bool ghost_prefix_equal(const struct ghost_prefix *a, const struct ghost_prefix *b);

#endif
