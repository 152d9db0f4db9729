/* SPDX-License-Identifier: GPL-2.0-only */
/* A line for what is no hit: for people, or of JSON. */
#ifndef GHOST_EVENTLINE_H
#define GHOST_EVENTLINE_H

#include <stdint.h>

struct nlmsghdr;

int ghost_event_policy(const struct nlmsghdr *message);
int ghost_event_reset(const struct nlmsghdr *message);
int ghost_event_missed(uint64_t hits, uint64_t too_slow, uint64_t suppressed);
int ghost_event_gone(void);
int ghost_event_back(void);

#endif
