# SPDX-License-Identifier: GPL-2.0-only
"""What is a visit, and what is not. Each counts in its own row, with its bytes on the wire."""
import struct

import pytest

from lib import wire
from lib.netns import until
from lib.topology import SILENT
from lib.wire import FAMILIES, PORT, PROTOCOLS

EVERY = [(protocol, family) for protocol in PROTOCOLS for family in FAMILIES]


def ends(street, family):
    return street.v0.address(family), street.h0.address(family)


def rows_everywhere(*ghosts):
    return [ghost.rows() for ghost in ghosts]


@pytest.mark.parametrize("protocol,family", EVERY)
def test_a_packet_to_688_is_counted_once_where_it_was_sent_forwarded_and_received(
        street, visitor, router, host, protocol, family):
    sent = [wire.packet(protocol, *ends(street, family), payload=b"x" * size) for size in (0, 1, 100, 1200)]
    for packet in sent:
        wire.send(street.visitor, packet)
    street.settle()
    total = len(sent), sum(map(len, sent))
    for ghost, direction in (visitor, "out"), (router, "forward"), (host, "in"):
        rows = ghost.rows()
        assert rows == ghost.netlink_rows()
        # The host's answers do not go to 688.
        assert rows == {(direction, FAMILIES[family], protocol, "passed"): total}


@pytest.mark.parametrize("protocol,family", EVERY)
def test_neighbour_ports_and_source_port_688_are_no_visits(
        street, visitor, router, host, protocol, family):
    source, destination = SILENT[family], street.h0.address(family)
    swapped = struct.unpack("<H", struct.pack(">H", PORT))[0]
    assert swapped == 0xb002
    for source_port, port in (40000, 687), (40000, 689), (40000, swapped), (PORT, 40000), (PORT, PORT + 256):
        wire.send(street.visitor, wire.packet(protocol, source, destination, port, source_port))
    street.settle()
    assert rows_everywhere(visitor, router) == [{}, {}]
    # A kernel that speaks DCCP answers what came from 688. That answer goes to 688, and is a visit.
    assert {key for key in host.rows() if key[0] != "out" or protocol != "dccp"} == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_packet_from_688_to_688_is_a_visit(street, host, family):
    packet = wire.packet("udp", SILENT[family], street.h0.address(family), source_port=PORT)
    street.inject([packet])
    street.settle()
    assert host.rows() == {("in", FAMILIES[family], "udp", "passed"): (1, len(packet))}


@pytest.mark.parametrize("family", FAMILIES)
def test_icmp_errors_and_other_protocols_with_688_in_the_ports_place_are_no_visits(
        street, visitor, router, host, family):
    source, destination = SILENT[family], street.h0.address(family)
    make = wire.ipv6 if family == 6 else wire.ipv4
    like_ports = struct.pack("!HH", 40000, PORT) + bytes(60)
    sent = [wire.quoted(source, destination, wire.packet("udp", destination, source)),
            make(source, destination, 58 if family == 6 else 1, struct.pack("!BBH", 200, 0, PORT) + bytes(60))]
    sent += [make(source, destination, number, like_ports) for number in (4, 41, 46, 47, 50, 88, 103, 112, 253)]
    for packet in sent:
        wire.send(street.visitor, packet)
    street.settle()
    assert rows_everywhere(visitor, router, host) == [{}, {}, {}]
    assert [ghost.status()["truncated-in"] for ghost in (visitor, router, host)] == [0, 0, 0]


def test_ipv4_options_do_not_hide_a_visit(street, router, host):
    packets = [wire.packet("tcp", SILENT[4], street.h0.ipv4, options=b"\1" * size) for size in (4, 20, 40)]
    # The bytes of the options must not be taken for ports.
    packets.append(wire.packet("tcp", SILENT[4], street.h0.ipv4, 80, options=struct.pack("!BBH", 1, 1, PORT)))
    packets.append(wire.packet("tcp", SILENT[4], street.h0.ipv4, options=struct.pack("!BBH", 1, 1, 80)))
    street.inject(packets)
    street.settle()
    total = sum(map(len, packets)) - len(packets[3])
    assert router.rows() == {("forward", "ipv4", "tcp", "passed"): (4, total)}
    assert host.rows() == {("in", "ipv4", "tcp", "passed"): (4, total)}


CHAINS = {
    "hop-by-hop": [wire.padded(wire.IPv6ExtHdrHopByHop)],
    "destination": [wire.padded()],
    "routing": [wire.IPv6ExtHdrRouting(type=4)],
    "atomic fragment": [wire.fragment(0, 0)],
    "authentication": [wire.AH(payloadlen=4, icv=bytes(12))],
}
CHAINS["all"] = sum(CHAINS.values(), []) + CHAINS["destination"]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("protocol", ["tcp", "udp", "sctp"])
def test_ipv6_extension_headers_do_not_hide_a_visit(street, router, host, chain, protocol):
    packets = [wire.packet(protocol, SILENT[6], street.h0.ipv6, port, extensions=CHAINS[chain])
               for port in (PORT, 80)]
    street.inject(packets)
    street.settle()
    count = 1, len(packets[0])
    assert router.rows() == {("forward", "ipv6", protocol, "passed"): count}
    assert host.rows() == {("in", "ipv6", protocol, "passed"): count}


def test_an_unused_extension_number_with_688_behind_it_is_no_visit(street, router, host):
    mobility = wire.MIP6MH_Generic(len=0, mhtype=1, msg=bytes(2))
    street.inject([wire.packet("udp", SILENT[6], street.h0.ipv6, extensions=[mobility])])
    street.settle()
    assert rows_everywhere(router, host) == [{}, {}]


@pytest.mark.parametrize("family", FAMILIES)
def test_loopback_is_counted_once_as_out_and_once_as_in(street, host, family):
    address = "::1" if family == 6 else "127.0.0.1"
    packets = [wire.packet("udp", address, address, payload=b"x" * 10) for _ in range(3)]
    for packet in packets:
        wire.send(street.host, packet)
    count = 3, 3 * len(packets[0])
    name = FAMILIES[family]
    until(lambda: ("in", name, "udp", "passed") in host.rows() and host.status()["visits"] >= 6)
    street.settle()
    assert host.rows() == {("out", name, "udp", "passed"): count, ("in", name, "udp", "passed"): count}


def test_the_last_visit_has_the_time_of_the_last_visit(street, host):
    import time
    before = int(time.time())
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
    street.settle()
    assert before <= host.status()["last-visit"] <= time.time()


def test_namespaces_count_apart(street, visitor, router, host):
    wire.send(street.visitor, wire.packet("udp", street.v0.ipv4, street.r1.ipv4))
    assert list(visitor.rows()) == [("out", "ipv4", "udp", "passed")]
    assert list(router.rows()) == [("in", "ipv4", "udp", "passed")]
    assert host.rows() == {}
