# SPDX-License-Identifier: GPL-2.0-only
"""Fragments, and packets that end before their ports."""
import struct

import pytest

from lib import wire
from lib.fragments import TWO, pieces, server
from lib.topology import SILENT


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_forwarded_fragments_count_as_the_first_one_and_arrive(street, router, host, family):
    sent = pieces(street, family, TWO)
    with server(street, family) as sock:
        street.inject(sent)
        street.settle()
        assert [len(data) for data in wire.received(sock)] == [1992]
    assert router.rows() == {("forward", wire.FAMILIES[family], "udp", "passed"): (1, len(sent[0]))}
    # LOCAL_IN sees an IPv4 datagram reassembled. IPv6 is reassembled after it, so the first fragment is counted.
    size = len(sent[0]) if family == 6 else 20 + 2000
    assert host.rows() == {("in", wire.FAMILIES[family], "udp", "passed"): (1, size)}


@pytest.mark.parametrize("place", ["in", "forward"])
@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("order", [1, -1])
def test_under_drop_no_fragment_makes_a_datagram(street, router, host, family, place, order):
    owner = {"in": host, "forward": router}[place]
    (host if place == "forward" else router).set("off")
    owner.set("drop")
    with server(street, family) as sock, server(street, family, 689) as other:
        street.inject(pieces(street, family, TWO)[::order] + pieces(street, family, TWO, 689)[::order])
        street.settle()
        assert wire.received(sock) == []
        assert len(wire.received(other)) == 1
    (key, count), = owner.rows().items()
    assert key == (place, wire.FAMILIES[family], "udp", "dropped") and count[0] == 1


def test_later_fragments_pass_even_with_688_in_place_of_the_port(street, router):
    router.set("drop")
    later = [wire.ipv4(SILENT[4], street.h0.ipv4, 17, struct.pack("!HH", 1, 688) * 8, offset=80),
             wire.ipv6(SILENT[6], street.h0.ipv6, 17, struct.pack("!HH", 1, 688) * 8, [wire.fragment(80, 0)])]
    street.inject(later)
    street.settle()
    assert router.rows() == {} and router.status()["truncated-forward"] == 0


SHORT = {
    "an IPv4 fragment without a port": lambda s, d: wire.ipv4(s, d, 17, b"\x9c\x40", flags=1),
    "an IPv4 packet of half a port": lambda s, d: wire.ipv4(s, d, 6, b"\x9c\x40\x02"),
    "an IPv4 packet of a header alone": lambda s, d: wire.ipv4(s, d, 132, b""),
    "an IPv6 packet of half a port": lambda s, d: wire.ipv6(s, d, 17, b"\x9c\x40\x02"),
    "an IPv6 fragment without a port": lambda s, d: wire.ipv6(s, d, 6, b"", [wire.fragment(0, 1)]),
    "an IPv6 header chain cut off by a fragment":
        lambda s, d: wire.ipv6(s, d, 60, b"\x11\x02\x01\x04\0\0\0\0", [wire.fragment(0, 1)]),
}


@pytest.mark.parametrize("action", ["count", "drop", "log", "drop,log"])
@pytest.mark.parametrize("name", SHORT)
def test_a_packet_too_short_to_tell_its_port_is_counted_apart_and_dropped_under_drop(
        street, router, host, logging, kmsg, name, action):
    host.set("off")
    router.set("off", action, "off")
    family = 4 if "IPv4" in name else 6
    packet = SHORT[name](SILENT[family], street.h0.address(family))
    street.inject([packet])
    street.settle()
    assert router.rows() == {}
    status = router.status()
    assert (status["truncated-forward"], status["truncated-in"]) == (1, 0)
    assert len(kmsg.lines("^ghost688 forward truncated: IN=r1 OUT=r2 ")) == action.endswith("log")


@pytest.mark.parametrize("action", ["count", "drop"])
@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_truncated_packet_goes_on_unless_it_is_dropped(street, router, host, family, action):
    router.set("off", action, "off")
    packet = SHORT[f"an IPv{family} packet of half a port"](SILENT[family], street.h0.address(family))
    street.inject([packet])
    street.settle()
    # The host cannot read the port of this packet either.
    assert host.status()["truncated-in"] == (action == "count")


def test_an_allowed_source_may_send_short_packets(street, router, host):
    router.set("off", "drop", "off", allow=[f"{SILENT[4]}/32"])
    street.inject([wire.ipv4(SILENT[4], street.h0.ipv4, 17, b"\x9c\x40")])
    street.settle()
    assert host.status()["truncated-in"] == 1
