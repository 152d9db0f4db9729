# SPDX-License-Identifier: GPL-2.0-only
"""Conntrack, brought into a namespace as a firewall brings it: by a rule that asks for a state."""
import contextlib

TABLE = "table inet tracked { " + " ".join(
    f"chain {hook} {{ type filter hook {hook} priority 0; ct state new counter; }};"
    for hook in ("input", "forward", "output")) + " }"

MEANS = "sockets", "conntrack"


@contextlib.contextmanager
def tracked(*namespaces, table=TABLE):
    """Conntrack is at work in these namespaces, and knows of nothing from before."""
    try:
        for netns in namespaces:
            netns.run("nft", table)
        yield
    finally:
        for netns in namespaces:
            netns.run("nft", "flush ruleset")


@contextlib.contextmanager
def told_by(means, *namespaces):
    """Replies are told by conntrack in these namespaces, or by sockets."""
    with tracked(*namespaces if means == "conntrack" else ()):
        yield means
