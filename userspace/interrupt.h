/* SPDX-License-Identifier: GPL-2.0-only */
/* The signals and the time limit that end a command which would run for ever. */
#ifndef GHOST_INTERRUPT_H
#define GHOST_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

void ghost_interrupt_init(uint32_t timeout);
bool ghost_interrupted(void);

#endif
