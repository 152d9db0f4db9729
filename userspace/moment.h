/* SPDX-License-Identifier: GPL-2.0-only */
/* A time to the nanosecond, as text and as JSON. */
#ifndef GHOST_MOMENT_H
#define GHOST_MOMENT_H

#include <stdint.h>

#include <jansson.h>

uint64_t ghost_moment_now(void);
void ghost_moment_print(uint64_t moment);
void ghost_moment_json(json_t *object, uint64_t moment);

#endif
