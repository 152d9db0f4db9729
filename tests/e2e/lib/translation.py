# SPDX-License-Identifier: GPL-2.0-only
"""nftables rules that translate destinations: to port 688, and away from it."""
import contextlib
import struct
from typing import NamedTuple

from . import wire
from .conntrack import tracked
from .netns import Netns


def table(family, hook, rule, kind="nat", priority=-100):
    name = "ip6" if family == 6 else "ip"
    return f"table {name} t {{ chain c {{ type {kind} hook {hook} priority {priority}; {rule}; }}; }}"


def rules(match, statement):
    """One rule for each of the five protocols."""
    return "; ".join(f"{name} {match} {statement}" for name in wire.PROTOCOLS)


@contextlib.contextmanager
def unchecked(netns):
    """Conntrack checks no checksums. It would verify those of UDP-Lite with the protocol number of UDP, and find them
    wrong."""
    netns.sysctl("net.netfilter.nf_conntrack_checksum", 0)
    yield
    netns.sysctl("net.netfilter.nf_conntrack_checksum", 1)


class Case(NamedTuple):
    """`who` translates, in `hook`, packets that were `sent` to an address and port. They `arrive` at another end. `met`
    lists where they count: the namespace, the direction, and whether the port there is not 688."""
    who: str
    hook: str
    sent: tuple
    statement: str
    arrives: tuple
    met: tuple

    def rule(self, street, family):
        port = self.statement.rsplit(":", 1)[1]
        address = street.h0.address(family)
        to = f"[{address}]:{port}" if family == 6 else f"{address}:{port}"
        return rules(f"dport {self.sent[1]}", f"dnat to {to}" if "dnat" in self.statement else self.statement)

    @contextlib.contextmanager
    def translating(self, street, family):
        """The rule is in force. It brings conntrack with it."""
        netns = getattr(street, self.who)
        with tracked(netns, table=table(family, self.hook, self.rule(street, family))), unchecked(netns):
            yield

    def end(self, street, family):
        """The address and port that the visitor sends to."""
        return getattr(street, self.sent[0]).address(family), self.sent[1]

    def packets(self, street, family, protocols, source_port, **more):
        """One packet of each protocol, as visitor sends it."""
        address, port = self.end(street, family)
        return {name: wire.packet(name, street.v0.address(family), address, port, source_port, **more)
                for name in protocols}


SEEN = {"visitor": [("visitor", "out", False)], "router": [("router", "forward", False)],
        "host": [("host", "in", False)]}

CASES = {
    # Away from 688.
    "redirected by its host": Case("host", "prerouting", ("h0", 688), "redirect to :2222", ("host", 2222),
                                   (*SEEN["visitor"], *SEEN["router"], ("host", "in", True))),
    "published for another host": Case("router", "prerouting", ("r1", 688), "dnat to :2222", ("host", 2222),
                                       (*SEEN["visitor"], ("router", "forward", True))),
    "sent elsewhere by its sender": Case("visitor", "output", ("r1", 688), "dnat to :2222", ("host", 2222),
                                         (("visitor", "out", True),)),
    "kept by its sender": Case("visitor", "output", ("h0", 688), "redirect to :2222", ("visitor", 2222),
                               (("visitor", "out", True), ("visitor", "in", True))),
    # From 688 to 688.
    "published on the same port": Case("router", "prerouting", ("r1", 688), "dnat to :688", ("host", 688),
                                       (*SEEN["visitor"], *SEEN["router"], *SEEN["host"])),
    # To 688.
    "redirected to 688": Case("host", "prerouting", ("h0", 1234), "redirect to :688", ("host", 688), (*SEEN["host"],)),
    "published from 688": Case("router", "prerouting", ("r1", 1234), "dnat to :688", ("host", 688),
                               (*SEEN["router"], *SEEN["host"])),
    "sent to 688 by its sender": Case("visitor", "output", ("r1", 1234), "dnat to :688", ("host", 688),
                                      (*SEEN["visitor"], *SEEN["router"], *SEEN["host"])),
    "kept on 688 by its sender": Case("visitor", "output", ("h0", 1234), "redirect to :688", ("visitor", 688),
                                      (*SEEN["visitor"], ("visitor", "in", False))),
}


class Arrivals:
    """What raw sockets of a namespace receive for one port, for some protocols."""

    def __init__(self, netns, family, protocols, port):
        self.family, self.port = family, port
        self.sockets = {name: wire.receiver(netns, family, wire.PROTOCOLS[name]) for name in protocols}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in self.sockets.values():
            sock.close()

    def count(self):
        """{protocol: packets} since the last call."""
        found = {}
        for name, sock in self.sockets.items():
            for data in wire.received(sock):
                ports = data[(data[0] & 15) * 4 if self.family == 4 else 0:]
                if struct.unpack_from("!H", ports, 2)[0] == self.port:
                    found[name] = found.get(name, 0) + 1
        return found


def lacks(netns, rule):
    """Adds a rule. Does the kernel lack what the rule needs?"""
    done = netns.run("nft", rule, check=False)
    assert not done.returncode or "No such file or directory" in done.stderr, done.stderr
    return done.returncode


def translated_protocols():
    """The protocols whose ports this kernel translates; newer kernels translate fewer. The list is empty if it cannot
    redirect at all."""
    with contextlib.closing(Netns("probe")) as probe:
        probe.run("ip", "link", "set", "lo", "up")
        if lacks(probe, table(4, "output", rules("dport 9", "redirect to :10"))):
            return []
        with Arrivals(probe, 4, wire.PROTOCOLS, 10) as arrivals:
            for name in wire.PROTOCOLS:
                wire.send(probe, wire.packet(name, "127.0.0.1", "127.0.0.1", 9))
            return list(arrivals.count())


def key(direction, family, protocol, verdict):
    return direction, wire.FAMILIES[family], protocol, verdict


class Known:
    """A listener, with the address that its clients use."""

    def __init__(self, sock, end):
        self.sock, self.end = sock, end
        self.accept = sock.accept

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def getsockname(self):
        return self.end
