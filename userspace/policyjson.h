/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_POLICYJSON_H
#define GHOST_POLICYJSON_H

#include <jansson.h>

struct ghost_policy;

void ghost_policy_json(json_t *object, const struct ghost_policy *policy);

#endif
