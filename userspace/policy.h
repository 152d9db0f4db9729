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
 * @value: what the keys are set to, by the netlink attribute: &enum ghost688_a_policy
 * @absent: attributes of keys that are not there: in the answer of an older module, or in a file;
 *	they are not sent, and so take their defaults
 * @unknown: an attribute that only a newer module knows; 0 if there is none
 * @n_allow: entries of @allow
 * @allow: the allow-list
 */
struct ghost_policy {
	uint32_t generation;
	uint32_t value[GHOST688_A_POLICY_MAX + 1];
	bool absent[GHOST688_A_POLICY_MAX + 1];
	uint16_t unknown;
	unsigned int n_allow;
	struct ghost_prefix allow[GHOST688_ALLOW_MAX];
};

#endif
