/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEXT_H
#define GHOST_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Holds any message about one word. */
#define GHOST_ERR_LEN 512

/* Four bytes for each, three dots, two quotes and a NUL. */
#define GHOST_QUOTE_MAX 64
#define GHOST_QUOTE_LEN (GHOST_QUOTE_MAX * 4 + 6)

/* A thread's name has 15 bytes; a module may send more. */
#define GHOST_COMM_LEN 64

char *ghost_quote(char *buf, const char *word);
char *ghost_quote_name(char *buf, const char *name);
char *ghost_clean(char *text);
int ghost_number(const char *text, uint32_t min, uint32_t max, uint32_t *value);

#endif
