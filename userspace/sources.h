/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SOURCES_H
#define GHOST_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prefix.h"
#include "text.h"

struct ghost_genl;

/**
 * struct ghost_source - one that came, or that this host talked to
 * @address: its last address; @address.length is how many bits all its packets share
 * @packets: it sent at most so many
 * @error: by how much @packets may be too high
 * @protocols: bits, numbered as in ghost_protocol_bits
 * @verdicts: bits, numbered as in ghost_verdicts
 * @has_ports: @local_port and @remote_port are known; so for @has_uid
 * @comm: any bytes; "" if it is not known
 * @early: it stays until a reset
 */
struct ghost_source {
	uint32_t direction;
	uint32_t family;
	struct ghost_prefix address;
	uint64_t packets;
	uint64_t error;
	uint64_t bytes;
	uint64_t first_seen;
	uint64_t last_seen;
	uint32_t protocols;
	uint32_t verdicts;
	bool has_ports;
	uint16_t local_port;
	uint16_t remote_port;
	bool has_uid;
	uint32_t uid;
	char comm[GHOST_COMM_LEN];
	bool early;
};

/**
 * struct ghost_sources - an answer of sources-get or sources-reset
 * @threshold: whoever sent more packets is in @row
 * @unrecorded: packets that met no memory
 * @row: sorted: who sent most comes first
 * @n: how many
 */
struct ghost_sources {
	uint64_t threshold;
	uint64_t unrecorded;
	bool has_threshold;
	struct ghost_source *row;
	size_t n;
};

int ghost_sources_get(struct ghost_genl *genl, struct ghost_sources *sources);
int ghost_sources_reset(struct ghost_genl *genl, struct ghost_sources *sources);
void ghost_sources_free(struct ghost_sources *sources);

#endif
