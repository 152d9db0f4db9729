// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests as userspace would send them.
 */
#include <linux/slab.h>

#include "control/nlpolicy.h"
#include "request.h"

int request_init(struct kunit *test)
{
	struct request *request = kunit_kzalloc(test, sizeof(*request), GFP_KERNEL);

	if (!request)
		return -ENOMEM;
	/* Leave room for one prefix more than is allowed. */
	request->msg = nlmsg_new(GHOST_NLPOLICY_SIZE + 1024, GFP_KERNEL);
	if (!request->msg)
		return -ENOMEM;
	test->priv = request;
	return 0;
}

void request_exit(struct kunit *test)
{
	struct request *request = test->priv;

	if (!request)
		return;
	kfree(request->policy);
	nlmsg_free(request->msg);
}

void request_begin(struct request *request)
{
	skb_trim(request->msg, 0);
	nlmsg_put(request->msg, 0, 0, 0x1f, GENL_HDRLEN, NLM_F_REQUEST);
}

void request_put(struct request *request, int attr, u32 value)
{
	WARN_ON(nla_put_u32(request->msg, attr, value));
}

void request_put_actions(struct request *request)
{
	request_put(request, GHOST688_A_POLICY_IN, GHOST688_ACTION_DROP_LOG);
	request_put(request, GHOST688_A_POLICY_FORWARD, GHOST688_ACTION_COUNT);
	request_put(request, GHOST688_A_POLICY_OUT, GHOST688_ACTION_OFF);
}

void request_put_prefix(struct request *request, const u8 *address, int bytes, int length)
{
	struct nlattr *nest = nla_nest_start(request->msg, GHOST688_A_POLICY_ALLOW);

	if (bytes)
		WARN_ON(nla_put(request->msg, GHOST688_A_PREFIX_ADDRESS, bytes, address));
	if (length >= 0)
		WARN_ON(nla_put_u8(request->msg, GHOST688_A_PREFIX_LENGTH, length));
	nla_nest_end(request->msg, nest);
}

/* Validates and parses in the same order as generic netlink. */
int request_parse(struct request *request)
{
	struct nlmsghdr *nlh = nlmsg_hdr(request->msg);
	struct genl_info info = {
		.nlhdr = nlh,
		.attrs = request->attrs,
		.extack = &request->extack,
	};
	struct ghost_policy *policy;
	int err;

	memset(&request->extack, 0, sizeof(request->extack));
	kfree(request->policy);
	request->policy = NULL;
	nlmsg_end(request->msg, nlh);
	err = __nla_parse(request->attrs, GHOST688_A_POLICY_MAX, nlmsg_attrdata(nlh, GENL_HDRLEN),
			  nlmsg_attrlen(nlh, GENL_HDRLEN), ghost_nlpolicy, NL_VALIDATE_STRICT,
			  &request->extack);
	if (err)
		return err;
	policy = ghost_nlpolicy_parse(&info);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	request->policy = policy;
	return 0;
}

/* Expects a refusal with this error, a message, and the offending attribute. */
void request_expect_refused(struct kunit *test, int err, int attr, const char *what)
{
	struct request *request = test->priv;
	const struct nlattr *bad;

	KUNIT_EXPECT_EQ_MSG(test, request_parse(request), err, "%s", what);
	KUNIT_EXPECT_NOT_NULL_MSG(test, request->extack._msg, "%s", what);
	bad = request->extack.bad_attr;
	KUNIT_ASSERT_NOT_NULL_MSG(test, bad, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, nla_type(bad), attr, "%s", what);
}
