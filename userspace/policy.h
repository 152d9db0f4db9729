/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_POLICY_H
#define GHOST_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include <ghost688.h>

#include "prefix.h"

/**
 * struct ghost_policy - the policy of one network namespace
 * @generation: of the policy that was read
 * @action: by &enum ghost688_direction
 * @log_group: 0 unless @log_target is nflog
 * @unknown: an attribute that only a newer module knows; 0 if there is none
 * @n_allow: entries of @allow
 */
struct ghost_policy {
	uint32_t generation;
	uint32_t action[GHOST688_DIRECTION_MAX + 1];
	uint32_t replies;
	uint32_t log_rate;
	uint32_t log_per;
	uint32_t log_burst;
	uint32_t log_target;
	uint16_t log_group;
	uint16_t unknown;
	unsigned int n_allow;
	struct ghost_prefix allow[GHOST688_ALLOW_MAX];
};

#endif
