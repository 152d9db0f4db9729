/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TESTIMONY_H
#define GHOST_TESTIMONY_H

/**
 * enum ghost_testimony - what a witness has to say of a packet to port 688
 * @GHOST_UNKNOWN: nothing that would be proof
 * @GHOST_OPENED_TO_688: its connection was opened to port 688, or is none
 * @GHOST_OPENED_FROM_688: its connection was opened from port 688
 */
enum ghost_testimony {
	GHOST_UNKNOWN,
	GHOST_OPENED_TO_688,
	GHOST_OPENED_FROM_688
};

#endif
