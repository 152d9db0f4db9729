/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_COUNTERS_H
#define GHOST_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ghost688.h>

struct ghost_genl;

#define GHOST_DIRECTIONS (GHOST688_DIRECTION_MAX + 1)

/**
 * struct ghost_counter - one row
 * @truncated: packets too short to tell their port; they have no protocol and no verdict
 */
struct ghost_counter {
	bool truncated;
	uint32_t direction;
	uint32_t family;
	uint32_t protocol;
	uint32_t verdict;
	uint64_t packets;
	uint64_t bytes;
};

struct ghost_counters {
	struct ghost_counter *row;
	size_t n;
};

/**
 * struct ghost_state - what status-get and counters-reset answer
 * @version: that of the module
 * @visited: @last_visit is valid
 * @counters: truncated packets; after a reset all the others, too
 */
struct ghost_state {
	char version[64];
	uint32_t generation;
	uint32_t action[GHOST_DIRECTIONS];
	bool visited;
	uint64_t last_visit;
	uint64_t log_lines;
	uint64_t log_suppressed;
	uint64_t hits_sent;
	uint64_t hits_suppressed;
	uint64_t hits_lost;
	struct ghost_counters counters;
};

int ghost_counters_get(struct ghost_genl *genl, struct ghost_counters *counters);
int ghost_state_get(struct ghost_genl *genl, struct ghost_state *state);
int ghost_counters_reset(struct ghost_genl *genl, struct ghost_state *state);
void ghost_counters_free(struct ghost_counters *counters);

#endif
