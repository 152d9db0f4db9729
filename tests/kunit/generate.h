/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_GENERATE_H
#define GHOST_TEST_GENERATE_H

#include "packet.h"
#include "random.h"

/**
 * generate() - generate a random packet; most are valid, some are not
 * @packet: the result
 * @family: its family
 * @random: the random state
 */
void generate(struct packet *packet, enum ghost_family family, struct rnd_state *random);

/**
 * mutate() - change a packet in one to three places
 * @packet: the packet; its network header keeps its full length
 * @random: the random state
 */
void mutate(struct packet *packet, struct rnd_state *random);

#endif
