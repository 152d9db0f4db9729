// SPDX-License-Identifier: GPL-2.0-only
/* atomicfile_run PATH CHARACTER COUNT: write a file at PATH: CHARACTER, COUNT times. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomicfile.h"
#include "text.h"

int main(int argc, char **argv)
{
	char err[GHOST_ERR_LEN];
	size_t count;
	char *data;
	int bad;

	if (argc != 4)
		return 2;
	count = strtoul(argv[3], NULL, 10);
	data = malloc(count + 1);
	if (!data)
		return 2;
	memset(data, argv[2][0], count);
	bad = ghost_atomicfile_write(argv[1], data, count, err);
	free(data);
	if (bad)
		fprintf(stderr, "%s\n", err);
	return !!bad;
}
