/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_ORIGIN_H
#define GHOST_ORIGIN_H

/**
 * enum ghost_origin - what a witness has to say of a packet to port 688
 * @GHOST_ORIGIN_UNKNOWN: nothing that would be proof
 * @GHOST_OPENED_TO_688: its connection was opened to port 688, or is none
 * @GHOST_OPENED_FROM_688: its connection was opened from port 688
 */
enum ghost_origin {
	GHOST_ORIGIN_UNKNOWN,
	GHOST_OPENED_TO_688,
	GHOST_OPENED_FROM_688
};

#endif
