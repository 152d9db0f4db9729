/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module announces: hits, policy changes and resets, and its own coming and going. */
#ifndef GHOST_EVENTS_H
#define GHOST_EVENTS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "gaps.h"
#include "genl.h"

enum ghost_event {
	GHOST_EVENT_HIT,
	GHOST_EVENT_POLICY,
	GHOST_EVENT_RESET,
	GHOST_EVENT_GONE,
	GHOST_EVENT_BACK,
};

/* An error that the user was told of. */
#define GHOST_EVENTS_TOLD (-ECONNABORTED)

/*
 * Called for each event, with its message if it is one of the module's. Returns 0, or a negative
 * errno to get no more of them.
 */
typedef int (*ghost_events_fn)(enum ghost_event event, const struct nlmsghdr *message, void *arg);

struct ghost_events_batch;

/**
 * struct ghost_events - the socket that listens
 * @genl: the socket, and the family while it is there
 * @batch: room for many packets
 * @gone: the module is not loaded
 * @asked: the positions are wanted, and the module has not answered yet
 * @again: it could not be asked, or not answer, for want of memory; ask again
 * @gaps: which hits did not come
 */
struct ghost_events {
	struct ghost_genl genl;
	struct ghost_events_batch *batch;
	bool gone;
	bool asked;
	bool again;
	struct ghost_gaps gaps;
};

int ghost_events_open(struct ghost_events *events, const struct ghost_genl *module);
void ghost_events_close(struct ghost_events *events);
int ghost_events_fd(const struct ghost_events *events);
int ghost_events_read(struct ghost_events *events, ghost_events_fn fn, void *arg);
int ghost_events_ask(struct ghost_events *events);
void ghost_events_leave(struct ghost_events *events);
uint32_t ghost_events_drops(const struct ghost_events *events);

#endif
