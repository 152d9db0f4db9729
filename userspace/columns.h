/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables for people. */
#ifndef GHOST_COLUMNS_H
#define GHOST_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "words.h"

/* Fits any cell. */
#define GHOST_CELL_LEN GHOST_BITS_LEN

/**
 * struct ghost_column - a column of a table
 * @name: its head
 * @is_number: its cells end at its right edge
 */
struct ghost_column {
	const char *name;
	bool is_number;
};

/* Returns the text of a cell, which may be in @buf, of %GHOST_CELL_LEN bytes. */
typedef const char *(*ghost_cell_fn)(const void *row, size_t column, char *buf);

void ghost_columns_print(FILE *file, const struct ghost_column *columns, size_t n,
			 const void *rows, size_t size, size_t count, ghost_cell_fn cell);

#endif
