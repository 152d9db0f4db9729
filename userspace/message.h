/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user is told on standard error, one line each, and the exit status that goes with it. */
#ifndef GHOST_MESSAGE_H
#define GHOST_MESSAGE_H

/* Exit statuses; they are part of the interface. */
enum { GHOST_OK, GHOST_REFUSED, GHOST_MISUSE };

int ghost_refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int ghost_misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void ghost_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
