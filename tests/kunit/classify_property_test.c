// SPDX-License-Identifier: GPL-2.0-only
/*
 * classify against a second parser: a million random packets, linear and split, some
 * of them cut at every length. All randomness comes from one seed, so that failures
 * can be repeated.
 */
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/version.h>

#include "generate.h"
#include "oracle.h"
#include "state/words.h"

#define PARTS		4 /* of the work, because KUnit ends a case after five minutes */
#define MUTANTS		16 /* of each generated packet; the first is the packet itself */
#define CUT_ONE_IN	128 /* packets, at every length */
#define CUT_MAX		400 /* lengths at most */

static unsigned int seed = 688;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "seed of the random packets (688)");

static unsigned int packets = 1200000;
module_param(packets, uint, 0444);
MODULE_PARM_DESC(packets, "number of random packets (1200000)");

/* Older kernels run a module's suites before they parse its parameters. */
static int parameters_read(struct kunit_suite *suite)
{
#if KERNEL_VERSION(6, 8, 0) > LINUX_VERSION_CODE
	const char *found;

	found = strstr(THIS_MODULE->args, "seed=");
	if (found)
		sscanf(found, "seed=%u", &seed);
	found = strstr(THIS_MODULE->args, "packets=");
	if (found)
		sscanf(found, "packets=%u", &packets);
#endif
	return 0;
}

/**
 * struct view - how a packet is presented to the module
 * @split: where its bytes are
 * @segments: its GSO fields
 */
struct view {
	struct packet_split split;
	struct segments segments;
};

struct tally {
	unsigned int class[GHOST_TRANSLATED + 1];
	unsigned int misses; /* found by the fast path */
	unsigned int segmented;
	unsigned int calls;
};

static const struct view linear = { .split.linear = PACKET_ALL };

static void random_view(struct view *view, const struct packet *packet,
			const struct opinion *truth, struct rnd_state *random)
{
	unsigned int least = packet_header(packet->family), rest;

	view->split.linear = least + below(random, packet->length - least + 1);
	rest = packet->length - view->split.linear;
	view->split.page[0] = below(random, rest + 1);
	view->split.page[1] = one_in(random, 2) ? PACKET_ALL : below(random, rest + 1);

	memset(&view->segments, 0, sizeof(view->segments));
	if (!one_in(random, 4))
		return;
	view->segments.size = 1 + below(random, one_in(random, 2) ? 8 : 1400);
	view->segments.count = below(random, 50);
	switch (truth->number) {
	case NUMBER_TCP:
		view->segments.type = packet->family == GHOST_IPV4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
		break;
	case NUMBER_UDP:
		view->segments.type = one_in(random, 2) ? SKB_GSO_UDP_L4 : SKB_GSO_UDP;
		break;
	case NUMBER_SCTP:
		view->segments.type = SKB_GSO_SCTP;
		view->segments.size = GSO_BY_FRAGS;
		break;
	default:
		return;
	}
	if (one_in(random, 2))
		view->segments.type |= SKB_GSO_DODGY;
}

/* Classifies the packet in this view. Does the result agree with @truth? */
static bool agrees(struct packet *packet, const struct view *view, const struct opinion *truth,
		   struct ghost_visit *visit, enum ghost_class *class)
{
	struct weight weight;

	packet_show_split(packet, &view->split);
	if (view->segments.type) {
		skb_shinfo(&packet->skb)->gso_type = view->segments.type;
		skb_shinfo(&packet->skb)->gso_size = view->segments.size;
		skb_shinfo(&packet->skb)->gso_segs = view->segments.count;
	}
	*class = packet_ask(packet, visit);
	if (*class != truth->class)
		return false;
	if (*class == GHOST_MISS)
		return true;
	weight = oracle_weigh(truth, packet->bytes, packet->length, &view->segments);
	return !packet_misses(packet) && visit->family == packet->family &&
	       visit->packets == weight.packets && visit->bytes == weight.bytes &&
	       (*class != GHOST_VISIT ||
		(ghost_protocol_number(visit->protocol) == truth->number &&
		 visit->transport == packet->before + truth->at &&
		 ntohs(visit->source) == packet->bytes[truth->at] * 256 +
					 packet->bytes[truth->at + 1]));
}

static bool fails(struct packet *packet, const struct view *view)
{
	struct opinion truth = oracle_classify(packet->family, packet->bytes, packet->length);
	struct ghost_visit visit;
	enum ghost_class class;

	return !agrees(packet, view, &truth, &visit, &class);
}

/* Finds the shortest packet with the fewest nonzero bytes that still fails. */
static void shrink(struct packet *packet, const struct view *view)
{
	unsigned int whole = packet->length, i;
	u8 byte;

	for (packet->length = packet_header(packet->family); packet->length < whole;
	     packet->length++)
		if (fails(packet, view))
			break;
	for (i = 0; i < packet->length; i++) {
		byte = packet->bytes[i];
		packet->bytes[i] = 0;
		if (!fails(packet, view))
			packet->bytes[i] = byte;
	}
}

static void complain(struct kunit *test, const struct view *view, unsigned int index)
{
	const unsigned int *part = test->param_value;
	struct packet *packet = test->priv;
	struct ghost_visit visit;
	enum ghost_class class;
	struct opinion truth;
	struct weight weight;
	unsigned int i;

	shrink(packet, view);
	truth = oracle_classify(packet->family, packet->bytes, packet->length);
	weight = oracle_weigh(&truth, packet->bytes, packet->length, &view->segments);
	agrees(packet, view, &truth, &visit, &class);
	kunit_err(test, "seed %u, part %u, packet %u: class %d for %d, fast path %d", seed, *part,
		  index, class, truth.class, packet_misses(packet));
	kunit_err(test, "family %d, protocol %d for number %u, %u packets for %u, %u bytes for %u",
		  visit.family, visit.protocol, truth.number, visit.packets, weight.packets,
		  visit.bytes, weight.bytes);
	kunit_err(test, "before %u, linear %u, pages %u and %u, type %#x, size %u, count %u",
		  packet->before, view->split.linear, view->split.page[0], view->split.page[1],
		  view->segments.type, view->segments.size, view->segments.count);
	for (i = 0; i < packet->length; i += 32)
		kunit_err(test, "%5u: %*ph", i, min_t(int, packet->length - i, 32),
			  packet->bytes + i);
	KUNIT_FAIL(test, "the module and the second parser disagree");
}

/* Compares the parsers on one packet, linear and in a random view. */
static bool compare(struct kunit *test, struct rnd_state *random, struct tally *tally,
		    unsigned int index)
{
	struct packet *packet = test->priv;
	struct ghost_visit visit;
	enum ghost_class class;
	struct opinion truth;
	struct view view;

	truth = oracle_classify(packet->family, packet->bytes, packet->length);
	if (!agrees(packet, &linear, &truth, &visit, &class)) {
		complain(test, &linear, index);
		return false;
	}
	tally->class[class]++;
	tally->misses += packet_misses(packet);
	random_view(&view, packet, &truth, random);
	if (!agrees(packet, &view, &truth, &visit, &class)) {
		complain(test, &view, index);
		return false;
	}
	tally->segmented += view.segments.type && class == GHOST_VISIT;
	tally->calls += 2;
	return true;
}

static bool compare_cut(struct kunit *test, struct rnd_state *random, struct tally *tally,
			unsigned int index)
{
	struct packet *packet = test->priv;
	unsigned int whole = packet->length;
	unsigned int least = packet_header(packet->family);

	for (packet->length = min(whole, least + CUT_MAX); packet->length > least;) {
		packet->length--;
		if (!compare(test, random, tally, index))
			return false;
	}
	packet->length = whole;
	return true;
}

static const unsigned int parts[PARTS] = { 0, 1, 2, 3 };
KUNIT_ARRAY_PARAM(part, parts, NULL);

static void compare_many(struct kunit *test, enum ghost_family family)
{
	const unsigned int *part = test->param_value;
	struct packet *packet = test->priv;
	struct packet *parent = kunit_kzalloc(test, sizeof(*parent), GFP_KERNEL);
	unsigned int many = packets / GHOST_FAMILIES / PARTS, i;
	struct rnd_state random;
	struct tally tally = {};

	KUNIT_ASSERT_NOT_NULL(test, parent);
	prandom_seed_state(&random, ((u64)seed << 32) + *part * GHOST_FAMILIES + family);
	for (i = 0; i < many; i++) {
		if (i % MUTANTS) {
			memcpy(packet->bytes, parent->bytes, parent->length);
			packet->length = parent->length;
			mutate(packet, &random);
		} else {
			generate(packet, family, &random);
			memcpy(parent->bytes, packet->bytes, packet->length);
			parent->length = packet->length;
		}
		if (!compare(test, &random, &tally, i))
			break;
		if (one_in(&random, CUT_ONE_IN) && !compare_cut(test, &random, &tally, i))
			break;
		if (i % 64 == 0)
			cond_resched();
	}
	kunit_info(test, "seed %u, part %u: %u packets, %u calls: %u visits, %u truncated, %u misses, %u by fast path, %u segmented",
		   seed, *part, i, tally.calls, tally.class[GHOST_VISIT],
		   tally.class[GHOST_TRUNCATED], tally.class[GHOST_MISS], tally.misses,
		   tally.segmented);
	/* Make sure that the test covered enough. */
	KUNIT_EXPECT_GE(test, tally.class[GHOST_VISIT], i / 20);
	KUNIT_EXPECT_GE(test, tally.class[GHOST_TRUNCATED], i / 20);
	KUNIT_EXPECT_GE(test, tally.class[GHOST_MISS], i / 20);
	KUNIT_EXPECT_GE(test, tally.misses, i / 20);
	KUNIT_EXPECT_GE(test, tally.segmented, i / 100);
}

static void random_ipv4_packets_match_a_second_parser(struct kunit *test)
{
	compare_many(test, GHOST_IPV4);
}

static void random_ipv6_packets_match_a_second_parser(struct kunit *test)
{
	compare_many(test, GHOST_IPV6);
}

static struct kunit_case classify_property_cases[] = {
	KUNIT_CASE_PARAM(random_ipv4_packets_match_a_second_parser, part_gen_params),
	KUNIT_CASE_PARAM(random_ipv6_packets_match_a_second_parser, part_gen_params),
	{}
};

static struct kunit_suite classify_property_suite = {
	.name = "ghost688_classify_property",
	.suite_init = parameters_read,
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = classify_property_cases,
};

kunit_test_suites(&classify_property_suite);
