/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_GENERATE_H
#define GHOST_TEST_GENERATE_H

#include "packet.h"
#include "random.h"

/**
 * generate() - a packet of any shape: most of them could be, some could not
 * @packet: where to
 * @family: its family
 * @random: what it is made from
 */
void generate(struct packet *packet, enum ghost_family family, struct rnd_state *random);

/**
 * mutate() - breaks a packet in one to three places
 * @packet: the packet; its network header stays whole in length
 * @random: what decides
 */
void mutate(struct packet *packet, struct rnd_state *random);

#endif
