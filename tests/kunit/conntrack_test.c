// SPDX-License-Identifier: GPL-2.0-only
/*
 * conntrack: what a packet's connection says about it.
 */
#include <kunit/test.h>
#include <linux/ip.h>
#include <net/netfilter/nf_conntrack.h>

#include "datapath/classify.h"
#include "datapath/conntrack.h"

struct connection {
	struct nf_conn *ct;
	struct sk_buff *skb;
	struct ghost_visit visit;
};

/* A packet between two ports, of a connection that was opened between two others. */
static struct connection *packet(struct kunit *test, u8 number, u16 source, u16 destination,
				 u16 first_source, u16 first_destination)
{
	struct connection *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct nf_conntrack_tuple *first;
	__be16 *ports;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->ct = kunit_kzalloc(test, sizeof(*c->ct), GFP_KERNEL);
	c->skb = alloc_skb(128, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c->ct);
	KUNIT_ASSERT_NOT_NULL(test, c->skb);

	skb_reset_network_header(c->skb);
	*(struct iphdr *)skb_put_zero(c->skb, sizeof(struct iphdr)) = (struct iphdr) {
		.version = 4, .ihl = 5, .protocol = number,
	};
	ports = skb_put_zero(c->skb, 20);
	ports[0] = htons(source);
	ports[1] = htons(destination);

	write_pnet(&c->ct->ct_net, &init_net);
	first = &c->ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	first->src.u.all = htons(first_source);
	first->dst.u.all = htons(first_destination);
	first->dst.protonum = number;
	return c;
}

static enum ghost_class classify(struct connection *c, enum ip_conntrack_info info)
{
	enum ghost_class class;

	nf_ct_set(c->skb, c->ct, info);
	class = ghost_classify_ipv4(c->skb, &c->visit);
	if (class == GHOST_MISS)
		class = ghost_conntrack_misses(c->skb) ? GHOST_MISS : class;
	skb_set_nfct(c->skb, 0);
	return class;
}

static enum ghost_origin ask(struct connection *c, enum ip_conntrack_info info,
			     const struct net *net)
{
	enum ghost_origin origin;

	nf_ct_set(c->skb, c->ct, info);
	origin = ghost_conntrack_origin(&c->visit, c->skb, net);
	skb_set_nfct(c->skb, 0);
	return origin;
}

static void a_packet_sent_to_688_is_a_visit_after_translation(struct kunit *test)
{
	struct connection *c = packet(test, IPPROTO_UDP, 5000, 2222, 5000, 688);

	KUNIT_EXPECT_EQ(test, classify(c, IP_CT_NEW), GHOST_TRANSLATED);
	KUNIT_EXPECT_EQ(test, classify(c, IP_CT_ESTABLISHED), GHOST_TRANSLATED);
	/* In the reply direction. */
	KUNIT_EXPECT_EQ(test, classify(c, IP_CT_ESTABLISHED_REPLY), GHOST_MISS);
	/* An ICMP error about the connection, and a connection to another port. */
	ip_hdr(c->skb)->protocol = IPPROTO_TCP;
	KUNIT_EXPECT_EQ(test, classify(c, IP_CT_RELATED), GHOST_MISS);
	kfree_skb(c->skb);

	c = packet(test, IPPROTO_UDP, 5000, 2222, 5000, 80);
	KUNIT_EXPECT_EQ(test, classify(c, IP_CT_NEW), GHOST_MISS);
	kfree_skb(c->skb);
}

static void a_packet_translated_to_688_is_an_ordinary_visit(struct kunit *test)
{
	struct connection *c = packet(test, IPPROTO_UDP, 5000, 688, 5000, 80);

	KUNIT_EXPECT_EQ(test, classify(c, IP_CT_NEW), GHOST_VISIT);
	kfree_skb(c->skb);
}

static void the_first_packets_sender_opened_the_connection(struct kunit *test)
{
	struct connection *c = packet(test, IPPROTO_UDP, 2049, 688, 688, 2049);

	classify(c, IP_CT_ESTABLISHED_REPLY);
	KUNIT_EXPECT_EQ(test, ask(c, IP_CT_ESTABLISHED_REPLY, &init_net), GHOST_OPENED_FROM_688);
	KUNIT_EXPECT_EQ(test, ask(c, IP_CT_NEW, &init_net), GHOST_OPENED_TO_688);
	/* A connection of another namespace, a template, none, and one from another port. */
	KUNIT_EXPECT_EQ(test, ask(c, IP_CT_ESTABLISHED_REPLY, NULL), GHOST_ORIGIN_UNKNOWN);
	__set_bit(IPS_TEMPLATE_BIT, &c->ct->status);
	KUNIT_EXPECT_EQ(test, ask(c, IP_CT_ESTABLISHED_REPLY, &init_net), GHOST_ORIGIN_UNKNOWN);
	c->ct->status = 0;
	skb_set_nfct(c->skb, IP_CT_UNTRACKED);
	KUNIT_EXPECT_EQ(test, ghost_conntrack_origin(&c->visit, c->skb, &init_net),
			GHOST_ORIGIN_UNKNOWN);
	c->ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u.all = htons(5000);
	KUNIT_EXPECT_EQ(test, ask(c, IP_CT_ESTABLISHED_REPLY, &init_net), GHOST_ORIGIN_UNKNOWN);
	skb_set_nfct(c->skb, 0);
	kfree_skb(c->skb);
}

static void tcp_is_believed_only_if_its_syn_was_seen(struct kunit *test)
{
	struct connection *c = packet(test, IPPROTO_TCP, 2049, 688, 688, 2049);
	u8 *flags = &c->ct->proto.tcp.seen[IP_CT_DIR_ORIGINAL].flags;

	classify(c, IP_CT_ESTABLISHED_REPLY);
	KUNIT_EXPECT_EQ(test, ask(c, IP_CT_ESTABLISHED_REPLY, &init_net), GHOST_OPENED_FROM_688);
	*flags = IP_CT_TCP_FLAG_SACK_PERM | IP_CT_TCP_FLAG_BE_LIBERAL;
	KUNIT_EXPECT_EQ(test, ask(c, IP_CT_ESTABLISHED_REPLY, &init_net), GHOST_ORIGIN_UNKNOWN);
	KUNIT_EXPECT_EQ(test, ask(c, IP_CT_ESTABLISHED, &init_net), GHOST_ORIGIN_UNKNOWN);
	/* As if a flow table had taken the connection over. */
	*flags |= IP_CT_TCP_FLAG_WINDOW_SCALE;
	KUNIT_EXPECT_EQ(test, ask(c, IP_CT_ESTABLISHED_REPLY, &init_net), GHOST_OPENED_FROM_688);
	kfree_skb(c->skb);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_packet_sent_to_688_is_a_visit_after_translation),
	KUNIT_CASE(a_packet_translated_to_688_is_an_ordinary_visit),
	KUNIT_CASE(the_first_packets_sender_opened_the_connection),
	KUNIT_CASE(tcp_is_believed_only_if_its_syn_was_seen),
	{}
};

static struct kunit_suite suite = {
	.name = "ghost688-conntrack",
	.test_cases = cases,
};

kunit_test_suites(&suite);
