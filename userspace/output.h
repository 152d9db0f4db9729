/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard output: JSON, and colours for text on a terminal. */
#ifndef GHOST_OUTPUT_H
#define GHOST_OUTPUT_H

#include <stdint.h>

#include <jansson.h>

/* An action is green if its packets pass, yellow if they are also logged, else red. */
enum ghost_colour { GHOST_PLAIN, GHOST_BOLD, GHOST_DIM, GHOST_GREEN, GHOST_YELLOW, GHOST_RED };

void ghost_colour_init(void);
const char *ghost_colour(enum ghost_colour colour);
enum ghost_colour ghost_action_colour(uint32_t action);
json_t *ghost_json_u64(uint64_t value);
json_t *ghost_json_name(const char *name);
void ghost_json_add(json_t *object, const char *word, json_t *value);
void ghost_json_append(json_t *array, json_t *value);
int ghost_json_print(json_t *value);
int ghost_output_settle(int err);

#endif
