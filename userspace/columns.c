// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "columns.h"
#include "output.h"

/* More than any table has. */
#define COLUMNS_MAX 16

static void cell_print(FILE *file, const struct ghost_column *column, int width, bool is_first,
		       bool is_last, const char *text)
{
	/* No blanks at the end of a line. */
	if (is_last && !column->is_number)
		width = 0;
	fprintf(file, "%s%*s", is_first ? "" : "  ", column->is_number ? width : -width, text);
	if (is_last)
		fputc('\n', file);
}

/**
 * ghost_columns_print() - print a head, and a line for each row, with columns as wide as they need
 * @columns: at most 16
 * @n: how many
 * @rows: an array
 * @size: of one of its elements
 * @count: how many elements
 * @cell: makes a cell's text
 */
void ghost_columns_print(FILE *file, const struct ghost_column *columns, size_t n,
			 const void *rows, size_t size, size_t count, ghost_cell_fn cell)
{
	const char *bold = file == stdout ? ghost_colour(GHOST_BOLD) : "";
	const char *plain = file == stdout ? ghost_colour(GHOST_PLAIN) : "";
	char buf[GHOST_CELL_LEN];
	int width[COLUMNS_MAX];
	size_t row, i;

	for (i = 0; i < n; i++) {
		width[i] = strlen(columns[i].name);
		for (row = 0; row < count; row++) {
			int length = strlen(cell((const char *)rows + row * size, i, buf));

			if (length > width[i])
				width[i] = length;
		}
	}

	fputs(bold, file);
	for (i = 0; i < n; i++)
		cell_print(file, &columns[i], width[i], !i, i + 1 == n, columns[i].name);
	fputs(plain, file);
	for (row = 0; row < count; row++) {
		for (i = 0; i < n; i++)
			cell_print(file, &columns[i], width[i], !i, i + 1 == n,
				   cell((const char *)rows + row * size, i, buf));
	}
}
