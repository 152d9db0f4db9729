/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_WORDS_H
#define GHOST_WORDS_H

#include <linux/types.h>

#include "state/visit.h"

/* The words of the module parameter and /proc. The tool uses the same ones. */
extern const char *const ghost_action_words[GHOST688_ACTION_MAX + 1];
extern const char *const ghost_replies_words[GHOST688_REPLIES_MAX + 1];
extern const char *const ghost_log_per_words[GHOST688_LOG_PER_MAX + 1];
extern const char *const ghost_log_target_words[GHOST688_LOG_TARGET_MAX + 1];

const char *ghost_word_action(enum ghost688_action action);
const char *ghost_word_direction(enum ghost688_direction direction);
const char *ghost_word_verdict(enum ghost688_verdict verdict);
const char *ghost_word_family(enum ghost_family family);
const char *ghost_word_protocol(enum ghost_protocol protocol);
u8 ghost_protocol_number(enum ghost_protocol protocol);

int ghost_word_parse_action(const char *word, enum ghost688_action *action);

#endif
