# SPDX-License-Identifier: GPL-2.0-only
"""What an action does to a packet, as the socket at the far end sees it."""
import errno
import ipaddress
import socket

import pytest

from lib import wire
from lib.ghost import DIRECTIONS, arm_only
from lib.kernellog import fields
from lib.netns import until

ACTIONS = ["count", "log", "drop", "drop,log"]
CASES = [(place, action, family) for place in DIRECTIONS for action in ACTIONS for family in wire.FAMILIES]


@pytest.mark.parametrize("place,action,family", CASES)
def test_an_action_decides_whether_a_datagram_arrives_and_whether_a_line_is_logged(
        street, visitor, router, host, logging, kmsg, place, action, family):
    ghost = arm_only(place, visitor, router, host, action)
    lines, drops = action.endswith("log"), action.startswith("drop")
    address = street.h0.address(family)
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    with street.host.socket(kind, socket.SOCK_DGRAM) as server, \
            street.visitor.socket(kind, socket.SOCK_DGRAM) as client:
        server.bind((address, 688))
        server.setblocking(False)
        client.bind((street.v0.address(family), 40688))
        if drops and place == "out":
            with pytest.raises(PermissionError) as refused:
                client.sendto(b"boo", (address, 688))
            assert refused.value.errno == errno.EPERM
        else:
            client.sendto(b"boo", (address, 688))
        street.settle()
        assert wire.received(server) == ([] if drops else [b"boo"])

    verdict = "dropped" if drops else "passed"
    size = 8 + 3 + (40 if family == 6 else 20)
    assert ghost.rows() == {(place, wire.FAMILIES[family], "udp", verdict): (1, size)}
    status = ghost.status()
    assert (status["log-lines"], status["log-suppressed"]) == (lines, 0)

    found = kmsg.lines("^ghost688 ")
    if not lines:
        assert found == []
        return
    line, = found
    assert line.startswith(f"ghost688 {place} {verdict}: IN=")
    told = fields(line)
    devices = {"in": ("h0", ""), "forward": ("r1", "r2"), "out": ("", "v0")}[place]
    assert (told["IN"], told["OUT"]) == devices
    assert ipaddress.ip_address(told["SRC"]) == ipaddress.ip_address(street.v0.address(family))
    assert ipaddress.ip_address(told["DST"]) == ipaddress.ip_address(address)
    assert (told["PROTO"], told["SPT"], told["DPT"]) == ("UDP", "40688", "688")
    if place == "out":
        assert (told["UID"], told["GID"]) == ("0", "0")


@pytest.mark.parametrize("place", DIRECTIONS)
@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_connection_is_established_unless_its_packets_are_dropped(street, visitor, router, host, place, family):
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    address = street.h0.address(family), 688
    with street.host.socket(kind, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(address)
        server.listen()
        for action in "count", "drop":
            ghost = arm_only(place, visitor, router, host, action)
            ghost.reset()
            with street.visitor.socket(kind, socket.SOCK_STREAM) as client:
                client.setblocking(False)
                assert client.connect_ex(address) == errno.EINPROGRESS
                street.settle()
                # SYN_SENT to the end, or ESTABLISHED once the answer is there, which settle() does not wait for.
                state = lambda: client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
                assert state() == b"\2" if action == "drop" else until(lambda: state() == b"\1")
            verdicts = {key[3] for key in ghost.rows()}
            assert verdicts == {"dropped" if action == "drop" else "passed"}


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("place", ["in", "forward"])
def test_drop_holds_for_each_protocol_and_for_nothing_else(
        street, visitor, router, host, protocol, family, place):
    ghost = arm_only(place, visitor, router, host, "drop")
    packets = [wire.packet(protocol, street.v0.address(family), street.h0.address(family), port,
                           payload=b"to %d" % port, tcp_flags=4) for port in (687, 688, 689)]
    number = wire.PROTOCOLS[protocol]
    with wire.receiver(street.host, family, number) as got:
        street.inject(packets)
        street.settle()
        arrived = b"".join(wire.received(got))
    assert (b"to 687" in arrived, b"to 688" in arrived, b"to 689" in arrived) == (True, False, True)
    assert ghost.rows() == {(place, wire.FAMILIES[family], protocol, "dropped"): (1, len(packets[1]))}


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_sender_whose_packet_is_dropped_gets_an_error(street, visitor, router, host, protocol, family):
    ghost = arm_only("out", visitor, router, host, "drop")
    ends = street.v0.address(family), street.h0.address(family)
    with pytest.raises(PermissionError):
        wire.send(street.visitor, wire.packet(protocol, *ends))
    wire.send(street.visitor, wire.packet(protocol, *ends, port=689))
    assert [key[2:] for key in ghost.rows()] == [(protocol, "dropped")]


def test_a_drop_sends_no_answer(street, visitor, router, host):
    """The visitor gets no ICMP error and no reset."""
    arm_only("in", visitor, router, host, "drop")
    with wire.receiver(street.visitor, 4, socket.IPPROTO_ICMP) as icmp, \
            wire.receiver(street.visitor, 4, socket.IPPROTO_TCP) as tcp:
        for protocol in "udp", "tcp":
            wire.send(street.visitor, wire.packet(protocol, street.v0.ipv4, street.h0.ipv4))
        wire.send(street.visitor, wire.packet("tcp", street.v0.ipv4, street.h0.ipv4, 689))
        until(lambda: wire.received(tcp), what="the reset from a port that is not 688")
        assert wire.received(icmp) == []
