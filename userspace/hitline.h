/* SPDX-License-Identifier: GPL-2.0-only */
/* A hit as a line for people, and as one of JSON. */
#ifndef GHOST_HITLINE_H
#define GHOST_HITLINE_H

struct ghost_hit;

void ghost_hit_print(const struct ghost_hit *hit);
int ghost_hit_print_json(const struct ghost_hit *hit);

#endif
