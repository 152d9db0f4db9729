# SPDX-License-Identifier: GPL-2.0-only
"""Traffic through a bridge, with and without br_netfilter; a wire that moves between namespaces."""
import os
import pathlib
import socket

import pytest

from lib import wire
from lib.flood import Flood
from lib.ghost import Ghost
from lib.netns import Netns, run, until
from lib.topology import Port, veth

ADDRESSES = {4: ("10.66.0.1", "10.66.0.2"), 6: ("fd66::1", "fd66::2")}


class Bridge:
    """Two namespaces, near and far, joined by a bridge without an address in a third one."""

    def __init__(self):
        self.near, self.middle, self.far = (Netns(name) for name in ("near", "middle", "far"))
        self.near_port = Port(self.near, "n0", 0x61, ADDRESSES[4][0], ADDRESSES[6][0])
        self.far_port = Port(self.far, "f0", 0x62, ADDRESSES[4][1], ADDRESSES[6][1])
        self.middle.run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        for port, peer in (self.near_port, self.far_port), (self.far_port, self.near_port):
            port.netns.sysctl("net.ipv6.conf.default.accept_dad", 0)
            run("ip", "link", "add", port.device, "netns", port.netns.name, "address", port.mac, "type", "veth",
                "peer", "name", "m" + port.device, "netns", "middle")
            self.middle.run("ip", "link", "set", "m" + port.device, "master", "br0", "up")
            for device, owner in (port.device, port.netns), ("m" + port.device, self.middle):
                owner.run("ethtool", "-K", device, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
            port.netns.run("ip", "-batch", "-", input="\n".join([
                f"link set {port.device} up", f"addr add {port.ipv4}/24 dev {port.device}",
                f"addr add {port.ipv6}/64 dev {port.device} nodad",
                f"neigh replace {peer.ipv4} lladdr {peer.mac} nud permanent dev {port.device}",
                f"neigh replace {peer.ipv6} lladdr {peer.mac} nud permanent dev {port.device}"]))
        self.middle.run("ip", "link", "set", "br0", "up")
        for name in ("mn0", "mf0"):
            until(lambda name=name: "forwarding" in self.middle.run(
                "ip", "-d", "link", "show", name).stdout, what="a bridge that forwards")

    def filter(self, on):
        """Does netfilter see bridged frames in this namespace?"""
        for family in ("iptables", "ip6tables"):
            self.middle.sysctl(f"net.bridge.bridge-nf-call-{family}", int(on))

    def close(self):
        for netns in (self.near, self.middle, self.far):
            netns.close()


@pytest.fixture
def bridge(module):
    bridge = Bridge()
    run("modprobe", "br_netfilter", check=False)
    if not os.path.exists("/proc/sys/net/bridge"):
        pytest.skip("this kernel has no br_netfilter")
    yield bridge
    bridge.close()


def visits(bridge, family, port=688, count=3):
    """Sends datagrams. Returns how many the far end's socket received."""
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    with bridge.far.socket(kind, socket.SOCK_DGRAM) as far, bridge.far.socket(kind, socket.SOCK_DGRAM) as last, \
            bridge.near.socket(kind, socket.SOCK_DGRAM) as near:
        far.bind((ADDRESSES[family][1], port))
        far.setblocking(False)
        last.bind((ADDRESSES[family][1], 9))
        last.settimeout(20)
        for _ in range(count):
            near.sendto(b"x" * 72, (ADDRESSES[family][1], port))
        near.sendto(b"", (ADDRESSES[family][1], 9))
        last.recv(10)
        return len(wire.received(far))


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("action", ["count", "drop"])
@pytest.mark.parametrize("seen", [False, True], ids=["br_netfilter off", "br_netfilter on"])
def test_bridged_frames_are_forward_visits_where_br_netfilter_shows_them(bridge, family, action, seen):
    near, middle, far = Ghost(bridge.near), Ghost(bridge.middle), Ghost(bridge.far)
    bridge.filter(seen)
    middle.set(action)
    arrived = visits(bridge, family)
    size, name = 80 + (40 if family == 6 else 20), wire.FAMILIES[family]
    passed = 0 if seen and action == "drop" else 3
    assert arrived == passed
    count = 3, 3 * size
    assert near.rows() == {("out", name, "udp", "passed"): count}
    verdict = "passed" if action == "count" else "dropped"
    assert middle.rows() == ({("forward", name, "udp", verdict): count} if seen else {})
    assert far.rows() == ({("in", name, "udp", "passed"): count} if passed else {})
    # Port 689 is never touched.
    assert visits(bridge, family, 689) == 3


@pytest.mark.parametrize("seen", [False, True], ids=["br_netfilter off", "br_netfilter on"])
def test_a_bridge_with_an_address_is_visited_like_any_host(bridge, seen):
    bridge.filter(seen)
    middle = Ghost(bridge.middle)
    bridge.middle.run("ip", "addr", "add", "10.66.0.3/24", "dev", "br0")
    bridge.near.run("ping", "-c", 1, "-W", 5, "10.66.0.3")
    with bridge.near.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        near.sendto(b"x" * 72, ("10.66.0.3", 688))
    until(lambda: middle.rows() == {("in", "ipv4", "udp", "passed"): (1, 100)})


def test_a_wire_that_moves_between_namespaces_under_traffic_loses_no_count(street, visitor):
    """The far end of a wire moves to another namespace and back while packets are on it. The counts of
    both and the packets sent while the wire was down add up to what was sent."""
    first, second = Netns("first"), Netns("second")
    try:
        here = Port(street.visitor, "here", 0x31, "10.88.3.1", "fd88:3::1")
        there = Port(first, "there", 0x32, "10.88.3.2", "fd88:3::2")
        veth(here, there)
        owners, order = [Ghost(first), Ghost(second)], [first, second]
        for owner in owners:
            owner.set("drop")
            owner.reset()
        with Flood(street.visitor, "10.88.3.2", pace=0.0005) as flood:
            for turn in range(6):
                owner = owners[turn % 2]
                before = owner.status()["dropped"]
                until(lambda: owner.status()["dropped"] > before + 20, what="visits after the move")
                source, target = order[turn % 2], order[1 - turn % 2]
                source.run("ip", "link", "set", "there", "netns", target.name)
                target.run("ip", "-batch", "-", input="link set there up\naddr add 10.88.3.2/24 dev there\n")
            sent = flood.stop()
        out = visitor.rows()["out", "ipv4", "udp", "passed"]
        counts = [owner.rows().get(("in", "ipv4", "udp", "dropped"), (0, 0)) for owner in owners]
        assert out == (sent, sent * 36)
        assert all(count[1] == count[0] * 36 for count in counts)
        assert all(count[0] > 60 for count in counts) and sum(count[0] for count in counts) <= sent
        # No visit is in the wrong row.
        assert [set(owner.rows()) for owner in owners] == [{("in", "ipv4", "udp", "dropped")}] * 2
    finally:
        street.visitor.run("ip", "link", "del", "here", check=False)
        first.close()
        second.close()
        until(lambda: not pathlib.Path("/run/netns/first").exists())
