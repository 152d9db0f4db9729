/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of the interface and their numbers; keys.c has those of a single key. */
#ifndef GHOST_WORDS_H
#define GHOST_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct ghost_word {
	const char *word;
	uint32_t value;
};

/* Tables end with a NULL word. */
extern const struct ghost_word ghost_actions[];
extern const struct ghost_word ghost_directions[];
extern const struct ghost_word ghost_families[];
extern const struct ghost_word ghost_protocols[];
extern const struct ghost_word ghost_protocol_bits[];
extern const struct ghost_word ghost_verdicts[];
extern const struct ghost_word ghost_reasons[];
extern const struct ghost_word ghost_tables[];

/* Fits any word of any table, and unknown(4294967295). */
#define GHOST_WORD_LEN 24

/* Fits all words of any table. */
#define GHOST_WORDS_LEN 128

/* Fits the words for all bits of a number, with commas between. */
#define GHOST_BITS_LEN (32 * GHOST_WORD_LEN)

int ghost_word_value(const struct ghost_word *table, const char *word, uint32_t *value);
const char *ghost_word_name(const struct ghost_word *table, uint32_t value, char *buf);
const char *ghost_word_list(const struct ghost_word *table, char *buf);
const char *ghost_word_bits(const struct ghost_word *table, uint32_t bits, char *buf);

#endif
