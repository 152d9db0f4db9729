/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_ORIGIN_H
#define GHOST_ORIGIN_H

/**
 * enum ghost_origin - which end opened a packet's connection, as far as can be proved
 * @GHOST_ORIGIN_UNKNOWN: nothing is proved
 * @GHOST_OPENED_TO_688: it was opened to port 688, or there is no connection
 * @GHOST_OPENED_FROM_688: it was opened from port 688
 */
enum ghost_origin {
	GHOST_ORIGIN_UNKNOWN,
	GHOST_OPENED_TO_688,
	GHOST_OPENED_FROM_688
};

#endif
