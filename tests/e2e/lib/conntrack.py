# SPDX-License-Identifier: GPL-2.0-only
"""Conntrack, brought into a namespace as a firewall brings it: by a rule that asks for a state."""
import contextlib

CHAINS = "".join(f"chain {hook} {{ type filter hook {hook} priority 0; ct state new counter; }}; "
                 for hook in ("input", "forward", "output"))
TABLE = f"table inet tracked {{ {CHAINS}}}"

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


class Means:
    """By what replies are told in some namespaces. Changing it takes a while, so it stays until it has to change."""

    def __init__(self, namespaces):
        self.namespaces, self.now = namespaces, contextlib.ExitStack()
        self.word = "sockets"

    def set(self, word):
        if word != self.word:
            self.now.close()
            if word == "conntrack":
                self.now.enter_context(tracked(*self.namespaces))
            self.word = word
