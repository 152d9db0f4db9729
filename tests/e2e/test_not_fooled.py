# SPDX-License-Identifier: GPL-2.0-only
"""Visits that look like replies. host is visited, unless a test says otherwise."""
import socket

import pytest

from lib import genl, wire
from lib.conntrack import tracked
from lib.dialogue import (ACK, ESTABLISHED, FIN, FORMS, LISTEN, PUSH, RST, SYN, SYN_ACK, SYN_RECV, TIME_WAIT, address,
                          connection, datagram, ends, exchange, family, forged, listener, mute, pair, ports, put, state,
                          stream)
from lib.ghost import Ghost
from lib.netns import Netns, until
from lib.topology import Port, veth

# Also a segment without flags, and one with all of them.
SPOOFS = SYN, SYN_ACK, ACK, PUSH, FIN, RST, RST | ACK, 0, 0xff


@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_a_packet_for_no_socket_is_a_visit(street, host, shut, form):
    packets = [forged(street, form, next(ports), tcp_flags=flags, payload=b"boo") for flags in SPOOFS]
    packets.append(wire.packet("udp", street.v0.address(FORMS[form]), street.h0.address(FORMS[form]), source_port=2049))
    put(street, *packets)
    assert host.rows() == {
        ("in", family(form), "tcp", "dropped"): (len(packets) - 1, sum(map(len, packets[:-1]))),
        ("in", family(form), "udp", "dropped"): (1, len(packets[-1]))}


@pytest.mark.parametrize("form", FORMS)
def test_a_packet_from_another_port_or_address_than_the_servers_is_a_visit(street, host, shut, form):
    """host has a connected client on 688. The packet is from another port or from another address than its server's."""
    other = "10.88.1.77" if FORMS[form] == 4 else "fd88:1::77"
    with pair(street, form) as (client, server):
        exchange(client, server)
        host.reset()
        port, elsewhere = server.getsockname()[1], next(ports)
        packets = [forged(street, form, elsewhere, tcp_flags=flags) for flags in SPOOFS]
        packets += [wire.packet("tcp", other, street.h0.address(FORMS[form]), source_port=port, tcp_flags=flags)
                    for flags in SPOOFS]
        put(street, *packets)
        assert host.rows() == {("in", family(form), "tcp", "dropped"): (len(packets), sum(map(len, packets)))}
        exchange(client, server)
        assert host.rows()["in", family(form), "tcp", "reply"][0] >= 2


@pytest.mark.parametrize("form", FORMS)
def test_a_udp_socket_that_is_not_connected_is_visited(street, host, shut, form):
    _, here = ends(street, form)
    with datagram(street.host, here) as server:
        packet = wire.packet("udp", street.v0.address(FORMS[form]), street.h0.address(FORMS[form]), payload=b"boo")
        put(street, packet)
        server.setblocking(False)
        assert wire.received(server) == []
    assert host.rows() == {("in", family(form), "udp", "dropped"): (1, len(packet))}


def frames(ghost, direction, form, verdict, protocol="tcp"):
    return ghost.rows().get((direction, family(form), protocol, verdict), (0, 0))


def visit(street, form):
    """A connection from visitor to a listener on 688 in host."""
    return connection(stream(street.visitor, (address(street.v0, form), next(ports))),
                      listener(street.host, (address(street.h0, form), 688)))


@pytest.mark.parametrize("form", FORMS)
def test_a_connection_to_688_is_a_visit_everywhere(street, visitor, router, host, means, form):
    for ghost in visitor, router, host:
        ghost.set("count", replies=genl.EXEMPT)
    with visit(street, form) as both:
        exchange(*both)
    until(lambda: frames(visitor, "out", form, "passed") == frames(router, "forward", form, "passed") ==
          frames(host, "in", form, "passed"))
    for ghost in visitor, router, host:
        assert len(ghost.rows()) == 1
    assert frames(host, "in", form, "passed")[0] > 4


@pytest.mark.parametrize("before", ["off", "count"])
@pytest.mark.parametrize("place", ["in", "out"])
@pytest.mark.parametrize("form", FORMS)
def test_a_connection_to_688_that_is_older_than_the_policy_is_a_visit(
        street, visitor, router, host, means, form, place, before):
    """Both to the host that accepted it and to the one that opened it."""
    for ghost in visitor, router, host:
        ghost.set(before, replies=genl.EXEMPT)
    with visit(street, form) as (client, server):
        exchange(client, server)
        ghost = host if place == "in" else visitor
        ghost.set("drop", replies=genl.EXEMPT)
        ghost.reset()
        client.sendall(b"boo")
        until(lambda: frames(ghost, place, form, "dropped")[0] >= 2)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.recv(10)
        # The acknowledgement of what the far end sends is a visit as well.
        server.sendall(b"boo")
        client.recv(10)
        assert {key[3] for key in ghost.rows()} == {"dropped"}
        ghost.set("off")


@pytest.mark.parametrize("form", FORMS)
def test_from_688_to_688_is_a_visit_both_ways(street, visitor, router, host, means, form):
    for ghost in visitor, router, host:
        ghost.set("count", replies=genl.EXEMPT)
    there, here = (address(street.v0, form), 688), (address(street.h0, form), 688)
    with connection(stream(street.visitor, there), listener(street.host, here)) as both:
        exchange(*both)
    with datagram(street.visitor, there) as client, datagram(street.host, here) as server:
        client.connect(here)
        server.connect(there)
        for sender, receiver in (client, server), (server, client):
            sender.send(b"boo")
            assert receiver.recv(10) == b"boo"
    for ghost, directions in (visitor, "in out"), (router, "forward"), (host, "in out"):
        assert set(ghost.rows()) == {(direction, family(form), protocol, "passed")
                                     for direction in directions.split() for protocol in ("tcp", "udp")}


def test_a_client_that_shares_its_port_with_a_listener_visits_a_remote_688(street, visitor, host, means):
    """A listener on the source port of a packet proves nothing."""
    shared = {"options": (socket.SO_REUSEPORT, socket.SO_REUSEADDR)}
    own = street.v0.ipv4, 1000	# outside of the ports that connect() picks
    for ghost in visitor, host:
        ghost.set("count", replies=genl.EXEMPT)
    with listener(street.visitor, own, **shared), \
            connection(stream(street.visitor, own, **shared), listener(street.host, (street.h0.ipv4, 688))) as both:
        exchange(*both)
    assert {key[3] for ghost in (visitor, host) for key in ghost.rows()} == {"passed"}


@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_a_segment_from_a_raw_socket_is_a_visit(street, visitor, means, form):
    """Sent by a raw socket, to port 688 of another host."""
    visitor.set("drop", replies=genl.EXEMPT)
    for flags in SYN, PUSH, ACK:
        with pytest.raises(PermissionError):
            wire.send(street.visitor, wire.packet(
                "tcp", street.v0.address(FORMS[form]), street.h0.address(FORMS[form]), tcp_flags=flags))
    assert {key[3] for key in visitor.rows()} == {"dropped"}


@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_a_client_on_688_that_is_older_than_conntrack_is_answered(street, host, form):
    """Conntrack sees an answer first, and takes it for the packet that opened the connection."""
    host.set("drop", replies=genl.EXEMPT)
    with pair(street, form) as (client, server):
        exchange(client, server)
        with tracked(street.host):
            server.sendall(b"answer")
            assert client.recv(10) == b"answer"
            exchange(client, server)
    assert {key[3] for key in host.rows()} == {"reply"}


@pytest.mark.parametrize("place", ["in", "out"])
@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_a_visit_that_is_older_than_conntrack_stays_one(street, visitor, host, form, place):
    """Conntrack sees the host's answer first, and takes the visitor's packets for replies."""
    ghost, netns = (host, street.host) if place == "in" else (visitor, street.visitor)
    ghost.set("count", replies=genl.EXEMPT)
    with visit(street, form) as (client, server):
        exchange(client, server)
        with tracked(netns):
            server.sendall(b"answer")
            assert client.recv(10) == b"answer"
            exchange(client, server)
            assert {key[3] for key in ghost.rows()} == {"passed"}


def references(netns, form, far):
    """{(protocol, state, far end's port): references} of each socket on 688, from /proc/net."""
    found = {}
    for protocol in "tcp", "udp":
        lines = netns.read(f"/proc/net/{protocol}{'6' if form == 'ipv6' else ''}").splitlines()[1:]
        for words in map(str.split, lines):
            port = int(words[2].rsplit(":", 1)[1], 16)
            if words[1].endswith(":02B0") and port in far:
                found[protocol, int(words[3], 16), port] = int(words[10])
    return found


@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_a_look_up_keeps_no_reference(street, host, form):
    """The sockets: a client, a TIME_WAIT, a listener, an accepted one and a UDP socket."""
    shared = {"options": (socket.SO_REUSEPORT, socket.SO_REUSEADDR)}
    there, here = ends(street, form)
    with pair(street, form, shared) as (_, server):
        left = server.getsockname()[1]
    with mute(street.visitor, left), pair(street, form, shared) as (_, server), \
            datagram(street.host, here) as connected, \
            connection(stream(street.visitor, there), listener(street.host, here, **shared)):
        connected.connect(there)
        host.set("drop", replies=genl.EXEMPT)
        until(lambda: state(street.host, form, left) == [TIME_WAIT])
        client = server.getsockname()[1]
        far = client, left, there[1], 0
        before = references(street.host, form, far)
        assert set(before) == {("tcp", ESTABLISHED, client), ("tcp", TIME_WAIT, left), ("tcp", ESTABLISHED, there[1]),
                               ("tcp", LISTEN, 0), ("udp", ESTABLISHED, there[1])}
        host.reset()
        packets = [forged(street, form, port, tcp_flags=ACK) for port in far[:3] for _ in range(20)]
        packets += [wire.packet("udp", street.v0.address(FORMS[form]), street.h0.address(FORMS[form]),
                                source_port=port) for port in far[:3] for _ in range(20)]
        put(street, *packets)
        assert sum(count[0] for count in host.rows().values()) >= 120
        after = references(street.host, form, far)
        assert set(after) == set(before)
        # Each timer holds one, and comes and goes. A leak in the look-up would show as 20.
        assert [(key, after[key] - before[key]) for key in before if abs(after[key] - before[key]) > 5] == []
        host.set("off")


def test_a_namespace_whose_sockets_were_looked_up_can_die(street, router):
    """A leaked reference to a socket would keep its namespace alive."""
    mortal = Netns("mortal")
    try:
        here = Port(street.router, "here", 0x41, "10.88.4.1", "fd88:4::1")
        there = Port(mortal, "there", 0x42, "10.88.4.2", "fd88:4::2")
        veth(here, there)
        ghosts = Ghost(mortal)
        for form, visitor in ("ipv4", "10.88.4.77"), ("ipv6", "fd88:4::77"):
            look_up_everything(street, ghosts, here, there, form, visitor)
    finally:
        mortal.close()
    # When the namespace ends, its end of the wire goes, and ours with it.
    until(lambda: street.router.run("ip", "link", "show", "here", check=False).returncode, timeout=60,
          what="the namespace's end")


def look_up_everything(street, ghosts, here, there, form, visitor):
    """Looks up a client on 688, a connected UDP socket, and a connection to 688 whose handshake is not complete."""
    shared = {"options": (socket.SO_REUSEPORT, socket.SO_REUSEADDR)}
    own, far = address(there, form), address(here, form)
    ghosts.set("count", replies=genl.EXEMPT)
    with connection(stream(there.netns, (own, 688), **shared), listener(here.netns, (far, next(ports)))) as both, \
            listener(there.netns, (own, 688), **shared), datagram(there.netns, (own, 688)) as udp:
        exchange(*both)
        street.inject([wire.packet("tcp", visitor, own)], here, there)
        until(lambda: SYN_RECV in state(there.netns, form, 40000))
        ghosts.set("drop", replies=genl.EXEMPT)
        udp.connect((far, 9))
        port = both[1].getsockname()[1]
        for flags in ACK, FIN:
            street.inject([wire.packet("tcp", far, own, source_port=port, tcp_flags=flags)] * 10 +
                          [wire.packet("tcp", visitor, own, tcp_flags=flags)] * 10 +
                          [wire.packet("udp", far, own, source_port=9)] * 10, here, there)
        until(lambda: frames(ghosts, "in", form, "reply", "udp")[0] == 20)
        assert frames(ghosts, "in", form, "dropped")[0] == 20
