/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of addresses and users, looked up beside the stream and never holding it up for long. */
#ifndef GHOST_NAMES_H
#define GHOST_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

/* Fits any name. */
#define GHOST_NAME_LEN GHOST_QUOTE_LEN

int ghost_names_start(void);
const char *ghost_names_address(const void *address, size_t bytes, char *buf);
const char *ghost_names_user(uint32_t uid, char *buf);

#endif
