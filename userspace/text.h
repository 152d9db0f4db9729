/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEXT_H
#define GHOST_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Holds any message about one word. */
#define GHOST_ERR_LEN 512

#define GHOST_QUOTE_MAX 64
#define GHOST_QUOTE_LEN (GHOST_QUOTE_MAX * 4 + 4)

char *ghost_quote(char *buf, const char *word);
char *ghost_clean(char *text);
int ghost_number(const char *text, uint32_t min, uint32_t max, uint32_t *value);

#endif
