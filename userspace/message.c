// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "message.h"

__attribute__((format(printf, 1, 0)))
static void print(const char *fmt, va_list args)
{
	fputs("ghost688: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

/**
 * ghost_refuse() - say why a command cannot be carried out
 *
 * Return: %GHOST_REFUSED.
 */
int ghost_refuse(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print(fmt, args);
	va_end(args);
	return GHOST_REFUSED;
}

/**
 * ghost_misuse() - say what is wrong with the command line
 *
 * Return: %GHOST_MISUSE.
 */
int ghost_misuse(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print(fmt, args);
	va_end(args);
	return GHOST_MISUSE;
}

/**
 * ghost_note() - say something that is not an error
 */
void ghost_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print(fmt, args);
	va_end(args);
}
