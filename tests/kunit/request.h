/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_REQUEST_H
#define GHOST_TEST_REQUEST_H

#include <kunit/test.h>
#include <net/genetlink.h>

#include "state/policy.h"

/**
 * struct request - a policy-set request and its result
 * @msg: the message
 * @attrs: the parsed attributes
 * @extack: the extended ack of a refusal
 * @policy: the parsed policy; freed with the request
 *
 * A suite keeps one in test->priv, see request_init() and request_exit().
 */
struct request {
	struct sk_buff *msg;
	struct nlattr *attrs[GHOST688_A_POLICY_MAX + 1];
	struct netlink_ext_ack extack;
	struct ghost_policy *policy;
};

int request_init(struct kunit *test);
void request_exit(struct kunit *test);

void request_begin(struct request *request);
void request_put(struct request *request, int attr, u32 value);
void request_put_actions(struct request *request);

/* Omits the address if @bytes is 0, and the length if @length is negative. */
void request_put_prefix(struct request *request, const u8 *address, int bytes, int length);

int request_parse(struct request *request);
void request_expect_refused(struct kunit *test, int err, int attr, const char *what);

#endif
