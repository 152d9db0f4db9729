// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlhit: which attributes a hit has, and that the largest one fits.
 */
#include <kunit/test.h>
#include <linux/tcp.h>

#include "control/nlhit.h"

#define EVERY_BIT	GENMASK(GHOST688_A_HIT_COMM, GHOST688_A_HIT_CPU)
#define ALWAYS		(BIT(GHOST688_A_HIT_CPU) | BIT(GHOST688_A_HIT_SEQ) |			\
			 BIT(GHOST688_A_HIT_SUPPRESSED) | BIT(GHOST688_A_HIT_TIME) |		\
			 BIT(GHOST688_A_HIT_BOOT_TIME) | BIT(GHOST688_A_HIT_DIRECTION) |	\
			 BIT(GHOST688_A_HIT_FAMILY) | BIT(GHOST688_A_HIT_VERDICT) |		\
			 BIT(GHOST688_A_HIT_SOURCE) | BIT(GHOST688_A_HIT_DESTINATION) |		\
			 BIT(GHOST688_A_HIT_PACKETS) | BIT(GHOST688_A_HIT_BYTES))
#define PORTS		(BIT(GHOST688_A_HIT_PROTOCOL) | BIT(GHOST688_A_HIT_SOURCE_PORT) |	\
			 BIT(GHOST688_A_HIT_DESTINATION_PORT))

/* The largest hit: IPv6, TCP, translated, forwarded and sent, with the longest names. */
static const struct ghost_hit largest = {
	.time = 1, .boot_time = 2,
	.known = GHOST_HIT_TRANSLATED | GHOST_HIT_ORIGINAL | GHOST_HIT_TCP_FLAGS |
		 GHOST_HIT_SOCKET | GHOST_HIT_TASK,
	.direction = GHOST688_DIRECTION_OUT,
	.verdict = GHOST688_VERDICT_DROPPED,
	.visit = { .family = GHOST_IPV6, .protocol = GHOST_TCP, .packets = 3, .bytes = 4 },
	.source = { .port = htons(5) },
	.destination = { .port = htons(688) },
	.original_source = { .port = htons(6) },
	.original_destination = { .port = htons(7) },
	.in_ifindex = 8, .out_ifindex = 9,
	.in_name = "in-0123456789ab", .out_name = "out-0123456789a",
	.tcp_flags = 0x12,
	.uid = KUIDT_INIT(0),
	.cookie = 10, .cgroup = 11, .pid = 12, .comm = "comm-0123456789",
};

struct filled {
	struct sk_buff *msg;
	struct nlattr *attrs[GHOST688_A_HIT_COMM + 1];
};

static int filled_init(struct kunit *test)
{
	struct filled *filled = kunit_kzalloc(test, sizeof(*filled), GFP_KERNEL);

	if (!filled)
		return -ENOMEM;
	filled->msg = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	test->priv = filled;
	return filled->msg ? 0 : -ENOMEM;
}

static void filled_exit(struct kunit *test)
{
	struct filled *filled = test->priv;

	if (filled)
		nlmsg_free(filled->msg);
}

/* Fills a message. Returns the attributes that it has, as bits. */
static unsigned long fill(struct kunit *test, const struct ghost_hit *hit)
{
	struct filled *filled = test->priv;
	unsigned long found = 0;
	struct nlattr *attr;
	int left;

	skb_trim(filled->msg, 0);
	memset(filled->attrs, 0, sizeof(filled->attrs));
	KUNIT_EXPECT_EQ(test, ghost_nlhit_put_position(filled->msg, 1, 2, 3), 0);
	KUNIT_EXPECT_EQ(test, ghost_nlhit_fill(filled->msg, hit, &init_user_ns, true), 0);
	nla_for_each_attr(attr, (struct nlattr *)filled->msg->data, filled->msg->len, left) {
		if (nla_type(attr) == GHOST688_A_HIT_PAD)
			continue;
		KUNIT_ASSERT_LE(test, nla_type(attr), GHOST688_A_HIT_COMM);
		KUNIT_EXPECT_FALSE(test, found & BIT(nla_type(attr)));
		found |= BIT(nla_type(attr));
		filled->attrs[nla_type(attr)] = attr;
	}
	KUNIT_EXPECT_EQ(test, left, 0);
	return found;
}

static void the_largest_hit_has_everything_and_fits(struct kunit *test)
{
	struct filled *filled = test->priv;

	KUNIT_EXPECT_EQ(test, fill(test, &largest), EVERY_BIT);
	KUNIT_EXPECT_LE(test, filled->msg->len, GHOST_NLHIT_SIZE);
	/* A larger message would only take room in the listener's buffer. */
	if (IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS))
		KUNIT_EXPECT_EQ(test, filled->msg->len, GHOST_NLHIT_SIZE);
}

static void values_are_in_the_attributes_of_their_names(struct kunit *test)
{
	static const struct {
		int attr;
		u64 value;
	} wanted[] = {
		{ GHOST688_A_HIT_CPU, 1 },
		{ GHOST688_A_HIT_SEQ, 2 },
		{ GHOST688_A_HIT_SUPPRESSED, 3 },
		{ GHOST688_A_HIT_TIME, 1 },
		{ GHOST688_A_HIT_BOOT_TIME, 2 },
		{ GHOST688_A_HIT_DIRECTION, GHOST688_DIRECTION_OUT },
		{ GHOST688_A_HIT_FAMILY, 6 },
		{ GHOST688_A_HIT_PROTOCOL, IPPROTO_TCP },
		{ GHOST688_A_HIT_VERDICT, GHOST688_VERDICT_DROPPED },
		{ GHOST688_A_HIT_REASON, GHOST688_REASON_TRANSLATED },
		{ GHOST688_A_HIT_SOURCE_PORT, 5 },
		{ GHOST688_A_HIT_DESTINATION_PORT, 688 },
		{ GHOST688_A_HIT_ORIGINAL_SOURCE_PORT, 6 },
		{ GHOST688_A_HIT_ORIGINAL_DESTINATION_PORT, 7 },
		{ GHOST688_A_HIT_IN_IFINDEX, 8 },
		{ GHOST688_A_HIT_OUT_IFINDEX, 9 },
		{ GHOST688_A_HIT_PACKETS, 3 },
		{ GHOST688_A_HIT_BYTES, 4 },
		{ GHOST688_A_HIT_TCP_FLAGS, 0x12 },
		{ GHOST688_A_HIT_UID, 0 },
		{ GHOST688_A_HIT_COOKIE, 10 },
		{ GHOST688_A_HIT_CGROUP, 11 },
		{ GHOST688_A_HIT_PID, 12 },
	};
	struct filled *filled = test->priv;
	const struct nlattr *attr;
	unsigned int i;
	u64 value;

	fill(test, &largest);
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		attr = filled->attrs[wanted[i].attr];
		KUNIT_ASSERT_NOT_NULL(test, attr);
		value = nla_len(attr) == 8 ? nla_get_u64(attr) :
			nla_len(attr) == 4 ? nla_get_u32(attr) :
			nla_len(attr) == 2 ? nla_get_u16(attr) : nla_get_u8(attr);
		KUNIT_EXPECT_EQ_MSG(test, value, wanted[i].value, "attribute %d", wanted[i].attr);
	}
	KUNIT_EXPECT_STREQ(test, (char *)nla_data(filled->attrs[GHOST688_A_HIT_IN_IFNAME]),
			   largest.in_name);
	KUNIT_EXPECT_STREQ(test, (char *)nla_data(filled->attrs[GHOST688_A_HIT_OUT_IFNAME]),
			   largest.out_name);
	KUNIT_EXPECT_STREQ(test, (char *)nla_data(filled->attrs[GHOST688_A_HIT_COMM]),
			   largest.comm);
}

static void what_is_not_known_is_not_told(struct kunit *test)
{
	const unsigned long originals = BIT(GHOST688_A_HIT_ORIGINAL_SOURCE) |
					BIT(GHOST688_A_HIT_ORIGINAL_SOURCE_PORT) |
					BIT(GHOST688_A_HIT_ORIGINAL_DESTINATION) |
					BIT(GHOST688_A_HIT_ORIGINAL_DESTINATION_PORT);
	const unsigned long task = BIT(GHOST688_A_HIT_PID) | BIT(GHOST688_A_HIT_COMM);
	const unsigned long owner = BIT(GHOST688_A_HIT_UID) | BIT(GHOST688_A_HIT_COOKIE) |
				    BIT(GHOST688_A_HIT_CGROUP) | task;
	const struct {
		u8 known;
		unsigned long less;
	} wanted[] = {
		{ GHOST_HIT_TRANSLATED, BIT(GHOST688_A_HIT_REASON) },
		{ GHOST_HIT_ORIGINAL, originals },
		{ GHOST_HIT_TCP_FLAGS, BIT(GHOST688_A_HIT_TCP_FLAGS) },
		{ GHOST_HIT_SOCKET, owner },
		{ GHOST_HIT_TASK, task },
	};
	struct ghost_hit hit;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		hit = largest;
		hit.known &= ~wanted[i].known;
		KUNIT_EXPECT_EQ(test, fill(test, &hit), EVERY_BIT & ~wanted[i].less);
	}
	hit = largest;
	hit.pid = 0;
	hit.cgroup = 0;
	hit.in_ifindex = 0;
	KUNIT_EXPECT_EQ(test, fill(test, &hit),
			EVERY_BIT & ~(BIT(GHOST688_A_HIT_PID) | BIT(GHOST688_A_HIT_CGROUP) |
				      BIT(GHOST688_A_HIT_IN_IFINDEX) |
				      BIT(GHOST688_A_HIT_IN_IFNAME)));
	hit.uid = INVALID_UID;
	KUNIT_EXPECT_FALSE(test, fill(test, &hit) & BIT(GHOST688_A_HIT_UID));
	hit.out_ifindex = 0;
	KUNIT_EXPECT_FALSE(test, fill(test, &hit) & BIT(GHOST688_A_HIT_OUT_IFNAME));
}

static void the_smallest_hit_has_only_what_each_has(struct kunit *test)
{
	const struct ghost_hit plain = {
		.visit = { .protocol = GHOST_UDP },
		.source.address.s6_addr32[0] = htonl(0x0a580101),
	};
	struct ghost_hit truncated = plain;
	struct filled *filled = test->priv;

	KUNIT_EXPECT_EQ(test, fill(test, &plain), ALWAYS | PORTS);
	KUNIT_EXPECT_EQ(test, nla_len(filled->attrs[GHOST688_A_HIT_SOURCE]), 4);
	KUNIT_EXPECT_EQ(test, nla_get_u32(filled->attrs[GHOST688_A_HIT_FAMILY]), 4);
	KUNIT_EXPECT_EQ(test, nla_get_in_addr(filled->attrs[GHOST688_A_HIT_SOURCE]),
			htonl(0x0a580101));

	truncated.known = GHOST_HIT_TRUNCATED;
	KUNIT_EXPECT_EQ(test, fill(test, &truncated), ALWAYS | BIT(GHOST688_A_HIT_REASON));
	KUNIT_EXPECT_EQ(test, nla_get_u32(filled->attrs[GHOST688_A_HIT_REASON]),
			GHOST688_REASON_TRUNCATED);
}

/* An allowed packet says why it passed, even if it was translated too. */
static void an_allowed_hit_says_so(struct kunit *test)
{
	struct filled *filled = test->priv;
	struct ghost_hit hit = largest;

	hit.verdict = GHOST688_VERDICT_ALLOWED;
	fill(test, &hit);
	KUNIT_EXPECT_EQ(test, nla_get_u32(filled->attrs[GHOST688_A_HIT_REASON]),
			GHOST688_REASON_ALLOWED);
}

static void a_message_without_room_is_refused(struct kunit *test)
{
	struct filled *filled = test->priv;
	unsigned int size, room;
	int err;

	fill(test, &largest);
	size = filled->msg->len;
	for (room = 0; room < size; room += NLA_ALIGNTO) {
		skb_trim(filled->msg, 0);
		skb_put(filled->msg, skb_tailroom(filled->msg) - room);
		err = ghost_nlhit_put_position(filled->msg, 1, 2, 3);
		if (!err)
			err = ghost_nlhit_fill(filled->msg, &largest, &init_user_ns, true);
		KUNIT_EXPECT_EQ(test, err, -EMSGSIZE);
	}
}

static struct kunit_case nlhit_cases[] = {
	KUNIT_CASE(the_largest_hit_has_everything_and_fits),
	KUNIT_CASE(values_are_in_the_attributes_of_their_names),
	KUNIT_CASE(what_is_not_known_is_not_told),
	KUNIT_CASE(the_smallest_hit_has_only_what_each_has),
	KUNIT_CASE(an_allowed_hit_says_so),
	KUNIT_CASE(a_message_without_room_is_refused),
	{}
};

static struct kunit_suite nlhit_suite = {
	.name = "ghost688_nlhit",
	.init = filled_init,
	.exit = filled_exit,
	.test_cases = nlhit_cases,
};

kunit_test_suites(&nlhit_suite);
