/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_ORACLE_H
#define GHOST_TEST_ORACLE_H

#include "classify.h"

/**
 * oracle_classify() - a second opinion: slow, obvious, and no line of it the module's
 * @bytes: a packet from its network header on
 * @length: all of it
 * @number: the transport protocol's number, for a visit
 */
enum ghost_class oracle_classify(const u8 *bytes, unsigned int length, u8 *number);

#endif
