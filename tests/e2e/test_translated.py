# SPDX-License-Identifier: GPL-2.0-only
"""NAT hides nothing: what was sent to port 688, or arrives there, is a visit, and counts once wherever it is met."""
import pytest

from lib import hits, wire
from lib.conntrack import tracked
from lib.dialogue import ports
from lib.hits import Listener
from lib.kernellog import fields
from lib.translation import CASES, Arrivals, translated_protocols

# A limit that no test reaches.
LINES = {"rate": 1000000, "per": 0, "burst": 10000}
MET = [(name, *met) for name, case in CASES.items() for met in case.met]


@pytest.fixture(scope="module", name="protocols")
def _protocols(_street):
    found = translated_protocols()
    if not found:
        pytest.skip("this kernel has no redirect in nftables")
    assert {"tcp", "udp"} <= set(found)
    return found


def arriving(street, family, case, protocols):
    who, port = case.arrives
    return Arrivals(getattr(street, who), family, protocols, port)


def send(street, packets, times=1):
    """Sends the packets from visitor. Returns how many were refused."""
    refused = 0
    for packet in packets.values():
        for _ in range(times):
            try:
                wire.send(street.visitor, packet)
            except PermissionError:
                refused += 1
    street.settle()
    return refused


def rows(met, packets, times=1, verdict="passed"):
    """The rows for packets that were met so many times in these directions."""
    return {(direction, wire.FAMILIES[packet[0] >> 4], name, verdict): (times, times * len(packet))
            for direction in met for name, packet in packets.items()}


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("name", CASES)
def test_each_packet_counts_once_where_it_is_met(street, visitor, router, host, protocols, name, family):
    case = CASES[name]
    packets = case.packets(street, family, protocols, next(ports))
    with case.translating(street, family), arriving(street, family, case, protocols) as arrivals:
        assert send(street, packets, 3) == 0
        assert arrivals.count() == dict.fromkeys(protocols, 3)
    for who, ghost in {"visitor": visitor, "router": router, "host": host}.items():
        assert ghost.rows() == rows([met[1] for met in case.met if met[0] == who], packets, 3), who


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("action", ["log", "drop,log"])
@pytest.mark.parametrize("name,who,place,translated", MET)
def test_a_translated_packet_gets_the_action_and_a_line_that_says_translated(
        street, visitor, router, host, protocols, logging, kmsg, name, who, place, translated, action, family):
    case, drops = CASES[name], action.startswith("drop")
    ghost = {"visitor": visitor, "router": router, "host": host}[who]
    ghost.set_one(place, action, "count", **LINES)
    packets = case.packets(street, family, protocols, next(ports))
    with case.translating(street, family), arriving(street, family, case, protocols) as arrivals:
        assert send(street, packets, 2) == (2 * len(protocols) if drops and place == "out" else 0)
        assert arrivals.count() == ({} if drops else dict.fromkeys(protocols, 2))
    verdict = "dropped" if drops else "passed"
    assert {key: count for key, count in ghost.rows().items() if key[0] == place} == \
        rows([place], packets, 2, verdict)
    lines = kmsg.lines("^ghost688 ")
    assert len(lines) == 2 * len(protocols)
    for line in lines:
        assert line.startswith(f"ghost688 {place} {verdict}{' translated' if translated else ''}: IN=")
        # The log prints no ports for SCTP and DCCP.
        assert fields(line).get("DPT") in (str(case.arrives[1]) if translated else "688", None)


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("name,who,place,translated", [met for met in MET if met[3]])
def test_an_allowed_far_end_is_let_through_as_allowed(
        street, visitor, router, host, protocols, logging, kmsg, name, who, place, translated, family):
    """In `out` the far end is the translated destination, not the original one."""
    case = CASES[name]
    ghost = {"visitor": visitor, "router": router, "host": host}[who]
    goes = street.h0.address(family) if case.arrives[0] == "host" else {4: "127.0.0.1", 6: "::1"}[family]
    far = goes if place == "out" else street.v0.address(family)
    near = case.end(street, family)[0]
    packets = case.packets(street, family, protocols, next(ports))
    with case.translating(street, family), arriving(street, family, case, protocols) as arrivals:
        for allowed in far, near:
            ghost.set_one(place, "drop,log", "count", allow=[f"{allowed}/{32 if family == 4 else 128}"], **LINES)
            ghost.reset()
            kmsg.lines()
            send(street, packets)
            assert arrivals.count() == (dict.fromkeys(protocols, 1) if allowed == far else {})
            assert {key: count for key, count in ghost.rows().items() if key[0] == place} == \
                rows([place], packets, 1, "allowed" if allowed == far else "dropped")
            assert len(kmsg.lines("^ghost688 ")) == (0 if allowed == far else len(protocols))


@pytest.mark.parametrize("name", ["redirected by its host", "published for another host", "kept by its sender"])
def test_headers_before_the_ports_do_not_hide_a_translated_packet(street, visitor, router, host, protocols, name):
    """IPv4 options and IPv6 extension headers."""
    case = CASES[name]
    who, place, _ = case.met[-1]
    ghost = {"visitor": visitor, "router": router, "host": host}[who]
    ghost.set_one(place, "drop", "count")
    for family, more in (4, {"options": b"\1\1\1\0"}), (6, {"extensions": [wire.padded(wire.IPv6ExtHdrHopByHop),
                                                                           wire.padded()]}):
        ghost.reset()
        packets = case.packets(street, family, protocols, next(ports), **more)
        with case.translating(street, family), arriving(street, family, case, protocols) as arrivals:
            send(street, packets, 2)
            assert arrivals.count() == {}
        assert {key: count for key, count in ghost.rows().items() if key[0] == place} == \
            rows([place], packets, 2, "dropped")


ORIGINAL = ("original_source", "original_source_port", "original_destination", "original_destination_port")


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("name", CASES)
def test_a_hit_says_what_the_packet_was_before_translation(street, protocols, name, family):
    case, port = CASES[name], next(ports)
    near, far = (street.v0.address(family), port), case.end(street, family)
    with case.translating(street, family), arriving(street, family, case, protocols):
        listeners = {who: Listener(getattr(street, who)) for who, _, _ in case.met}
        send(street, case.packets(street, family, protocols, port))
        found = {who: listener.hits() for who, listener in listeners.items()}
        for listener in listeners.values():
            listener.genl.socket.close()
    for who, place, away in case.met:
        here = [hit for hit in found[who] if hit["direction"] == ["in", "forward", "out"].index(place)]
        assert {hit["protocol"] for hit in here} == {wire.PROTOCOLS[protocol] for protocol in protocols}
        for hit in here:
            assert hit.get("reason") == (hits.TRANSLATED if away else None)
            assert (hit["destination_port"] != wire.PORT) == away
            before = tuple(hit.get(key) for key in ORIGINAL)
            assert before == ((*near, *far) if who == case.who else (None,) * 4)


def test_a_hit_of_a_tracked_connection_that_is_not_translated_says_nothing_of_it(street):
    with tracked(*street.namespaces):
        listeners = [Listener(netns) for netns in street.namespaces]
        wire.send(street.visitor, wire.packet("udp", street.v0.ipv4, street.h0.ipv4))
        street.settle()
        for listener in listeners:
            assert not set(ORIGINAL) & set(listener.hit())
            listener.genl.socket.close()
