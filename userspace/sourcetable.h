/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SOURCETABLE_H
#define GHOST_SOURCETABLE_H

#include <stddef.h>
#include <stdio.h>

struct ghost_sources;

void ghost_sources_text(const struct ghost_sources *sources, size_t shown, FILE *file);
int ghost_sources_json(const struct ghost_sources *sources, size_t shown);

#endif
