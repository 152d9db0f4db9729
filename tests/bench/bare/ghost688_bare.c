// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cheapest possible hooks: they read nothing. They are registered where ghost688
 * registers its own, in every namespace, or only in LOCAL_IN of the loader's namespace.
 */
#include <linux/module.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <net/net_namespace.h>

static bool in_only;
module_param(in_only, bool, 0444);
MODULE_PARM_DESC(in_only, "only in LOCAL_IN, and only in the loader's namespace");

static bool drops;
module_param(drops, bool, 0444);
MODULE_PARM_DESC(drops, "drop every packet");

static const struct net *here;

static unsigned int bare_accept(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static unsigned int bare_drop(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return NF_DROP;
}

#define BARE(family, where, order) {		\
	.hook		= bare_accept,		\
	.pf		= (family),		\
	.hooknum	= (where),		\
	.priority	= (order),		\
}

static struct nf_hook_ops bare_ops[] = {
	BARE(NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_FIRST),
	BARE(NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_FIRST),
	BARE(NFPROTO_IPV4, NF_INET_FORWARD, NF_IP_PRI_FIRST),
	BARE(NFPROTO_IPV6, NF_INET_FORWARD, NF_IP6_PRI_FIRST),
	BARE(NFPROTO_IPV4, NF_INET_LOCAL_OUT, NF_IP_PRI_CONNTRACK + 1),
	BARE(NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP6_PRI_CONNTRACK + 1),
};

static unsigned int bare_count(const struct net *net)
{
	if (!in_only)
		return ARRAY_SIZE(bare_ops);
	return net == here ? 2 : 0;
}

static int __net_init bare_net_init(struct net *net)
{
	return nf_register_net_hooks(net, bare_ops, bare_count(net));
}

static void __net_exit bare_net_exit(struct net *net)
{
	nf_unregister_net_hooks(net, bare_ops, bare_count(net));
}

static struct pernet_operations bare_net_ops = {
	.init		= bare_net_init,
	.pre_exit	= bare_net_exit,
};

static int __init bare_init(void)
{
	int i;

	here = current->nsproxy->net_ns;
	for (i = 0; drops && i < ARRAY_SIZE(bare_ops); i++)
		bare_ops[i].hook = bare_drop;
	return register_pernet_subsys(&bare_net_ops);
}

static void __exit bare_exit(void)
{
	unregister_pernet_subsys(&bare_net_ops);
}

module_init(bare_init);
module_exit(bare_exit);
MODULE_DESCRIPTION("A hook that does nothing, for comparison");
MODULE_LICENSE("GPL");
