# SPDX-License-Identifier: GPL-2.0-only
"""Datagrams fragmented as an attacker would fragment them. The far end's socket shows what got through."""
import itertools
import socket

import pytest

from lib import wire
from lib.fragments import IDENTS, pieces, server
from lib.netns import until
from lib.topology import SILENT

THREE = [(0, 800), (800, 1600), (1600, 2000)]
# The first fragment ends right after the UDP header.
TINY = [(0, 8), (8, 16), (16, 1000), (1000, 2000)]
CUTS = {
    "in order": THREE,
    "last first": THREE[::-1],
    "first last": THREE[1:] + THREE[:1],
    "tiny": TINY,
    "tiny, backwards": TINY[::-1],
    "first twice": [THREE[0], *THREE],
    "last twice": [*THREE[:2], THREE[2], THREE[2]],
    "overlapping": [(0, 808), (800, 1600), (1600, 2000)],
    "overlapping ports": [(0, 800), (0, 16), (800, 2000)],
    "without its first": THREE[1:],
    "without its last": THREE[:2],
}


@pytest.fixture(params=[False, True], ids=["", "conntrack"])
def defragmented(street, request):
    """Without conntrack and with it. With it, `forward` and `in` see whole datagrams."""
    if request.param:
        for netns in (street.router, street.host):
            netns.run("nft", "table inet track { chain c { type filter hook prerouting priority 0; ct state new "
                             "accept; }; }")
    yield request.param
    if request.param:
        for netns in (street.router, street.host):
            netns.run("nft", "flush", "ruleset")


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("place", ["in", "forward"])
def test_under_drop_no_order_of_pieces_makes_a_datagram(street, router, host, defragmented, family, cuts, place):
    for owner, here in (host, "in"), (router, "forward"):
        owner.set("drop" if place == here else "off")
    with server(street, family) as sock, server(street, family, 689) as other:
        street.inject(pieces(street, family, CUTS[cuts]))
        # The same to port 689. What arrives there would arrive at 688 without the drop.
        street.inject(pieces(street, family, CUTS[cuts], 689))
        street.settle()
        assert wire.received(sock) == []
        arrived = len(wire.received(other))
    firsts = sum(first == 0 for first, _ in CUTS[cuts])
    whole = firsts > 0 and "without" not in cuts and "overlapping" not in cuts
    # The host decides what it does with duplicates and overlaps.
    if "overlapping" not in cuts and "twice" not in cuts:
        assert arrived == whole
    rows = (host if place == "in" else router).rows()
    dropped = rows.pop((place, wire.FAMILIES[family], "udp", "dropped"), (0, 0))[0]
    assert rows == {}
    if not defragmented and (place == "forward" or family == 6):
        assert dropped == firsts
    elif "twice" in cuts or "ports" in cuts:
        assert dropped <= 1
    else:
        assert dropped == whole


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_a_datagram_in_pieces_is_one_visit_in_any_order(street, router, host, defragmented, family, order):
    sent = pieces(street, family, THREE)
    with server(street, family) as sock:
        street.inject([sent[i] for i in order])
        street.settle()
        assert [len(data) for data in wire.received(sock)] == [1992]
    head = 40 if family == 6 else 20
    # The first fragment as on the wire, or the whole datagram where it is reassembled.
    first, whole = (1, len(sent[0])), (1, head + 2000)
    name = wire.FAMILIES[family]
    assert router.rows() == {("forward", name, "udp", "passed"): whole if defragmented else first}
    assert host.rows() == {("in", name, "udp", "passed"): whole if defragmented or family == 4 else first}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_pieces_whose_first_never_comes_are_no_visit(street, router, host, defragmented, family):
    street.inject(pieces(street, family, THREE[1:]))
    street.settle()
    assert router.rows() == host.rows() == {}
    assert router.status()["truncated-forward"] == host.status()["truncated-in"] == 0


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_first_piece_without_its_ports_is_truncated_and_lets_nothing_through(street, router, host, family):
    """An IPv4 fragment has eight bytes or more, so the first of two always has the ports. In IPv6 an extension header
    can fill the first fragment."""
    source, destination = SILENT[family], street.h0.address(family)
    data = wire.transport("udp", 40000, 688, b"x" * 100, source, destination)
    ident = next(IDENTS)
    if family == 4:
        sent = [wire.ipv4(source, destination, 17, data[:2], ident=ident, flags=1),
                wire.ipv4(source, destination, 17, data[8:], ident=ident, offset=8)]
    else:
        options = bytes(wire.IPv6ExtHdrDestOpt(nh=17, options=[wire.PadN(optdata=bytes(4))]))
        sent = [wire.ipv6(source, destination, 60, options, [wire.fragment(0, 1, ident)]),
                wire.ipv6(source, destination, 60, data, [wire.fragment(8, 0, ident)])]
    router.set("drop")
    with server(street, family) as sock:
        street.inject(sent)
        street.settle()
        assert wire.received(sock) == []
    assert router.rows() == {} and router.status()["truncated-forward"] == 1
    # The host got the second fragment alone.
    assert host.rows() == {} and host.status()["truncated-in"] == 0


@pytest.mark.parametrize("chain", ["atomic", "atomic twice"])
@pytest.mark.parametrize("action", ["count", "drop"])
def test_an_atomic_fragment_is_a_whole_packet(street, router, host, chain, action):
    host.set(action)
    extensions = [wire.fragment(0, 0, i) for i in range(chain.count(" ") + 1)]
    packet = wire.packet("udp", SILENT[6], street.h0.ipv6, extensions=extensions, payload=b"x")
    with server(street, 6) as sock:
        street.inject([packet])
        street.settle()
        # Linux refuses a fragment of a fragment.
        assert len(wire.received(sock)) == (action == "count" and chain == "atomic")
    verdict = "passed" if action == "count" else "dropped"
    assert router.rows() == {("forward", "ipv6", "udp", "passed"): (1, len(packet))}
    assert host.rows() == {("in", "ipv6", "udp", verdict): (1, len(packet))}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_local_sender_in_pieces_is_one_visit(street, visitor, router, host, family):
    """LOCAL_OUT sees the datagram before it is fragmented; the wire and the forwarder see the fragments."""
    head = 40 if family == 6 else 20
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    with street.visitor.socket(kind, socket.SOCK_DGRAM) as sock, server(street, family) as far:
        sock.sendto(bytes(4000), (street.h0.address(family), 688))
        street.settle()
        until(lambda: [len(data) for data in wire.received(far)] == [4000])
    name = wire.FAMILIES[family]
    assert visitor.rows() == {("out", name, "udp", "passed"): (1, 4008 + head)}
    (key, count), = router.rows().items()
    assert key == ("forward", name, "udp", "passed") and count[0] == 1 and count[1] <= 1500
