# SPDX-License-Identifier: GPL-2.0-only
"""UDP servers on port 688 in host that answer through a socket which they connect to their client. Datagrams to them
are visits. A real client on 688 gets its answers. host has drop and replies=exempt, unless a test says otherwise."""
import contextlib
import os
import re
import signal
import socket

import pytest

from lib import genl, wire
from lib.conntrack import tracked
from lib.dialogue import FORMS, datagram, ends, family, ports, put
from lib.flood import Flood
from lib.forge import counted
from lib.netns import until


def head(form):
    return 28 if FORMS[form] == 4 else 48


@contextlib.contextmanager
def heard(street, client, here, words):
    """A UDP server that connects a socket to its client. Yields once that socket is connected."""
    if words is None:
        with datagram(street.host, here) as server:
            client.sendto(b"first", here)
            server.connect(server.recvfrom(10)[1][:2])
            yield
        return
    process = street.host.start(*[word.format(here[0]) for word in words], stdin=-1, stdout=-3, stderr=-3, start_new_session=True)
    near = client.getsockname()[1]
    try:
        table = f"/proc/net/udp{'6' if ':' in here[0] else ''}"
        until(lambda: ":02B0 " in street.host.read(table), what="the server")
        client.sendto(b"first", here)
        until(lambda: re.search(rf":02B0 \w+:{near:04X} 01 ", street.host.read(table)), what="its connection")
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


SERVERS = {
    "python": None,
    "ncat": ("ncat", "-u", "-l", "{}", "688"),
    "socat": ("socat", "UDP4-LISTEN:688,bind={},fork", "EXEC:cat"),
    "socat6": ("socat", "UDP6-LISTEN:688,bind=[{}],fork", "EXEC:cat"),
}


@pytest.mark.parametrize("before", ["count", "off"])
@pytest.mark.parametrize("server,form", [("python", form) for form in FORMS] + [
    ("ncat", "ipv4"), ("ncat", "ipv6"), ("socat", "ipv4"), ("socat6", "ipv6")])
def test_a_server_that_connects_to_its_client_is_visited(street, visitor, host, means, server, form, before):
    """The client came while packets were counted, or before the direction was armed."""
    host.set(before, replies=genl.EXEMPT)
    visitor.set("off")
    there, here = ends(street, form)
    with datagram(street.visitor, there) as client, heard(street, client, here, SERVERS[server]):
        host.set("drop", replies=genl.EXEMPT)
        for _ in range(5):
            client.sendto(b"boo", here)
        street.settle()
    rows = host.rows()
    host.set("off")	# the server is gone, so later datagrams would be visits to nobody
    assert rows.pop(("in", family(form), "udp", "dropped")) == (5, 5 * (3 + head(form)))
    assert rows == ({("in", family(form), "udp", "passed"): (1, 5 + head(form))} if before == "count" else {})


def test_a_server_that_connects_after_arming_to_an_earlier_client_is_visited(street, visitor, host):
    host.set("off")
    there, here = ends(street, "ipv4")
    with datagram(street.visitor, there) as client, datagram(street.host, here) as server:
        client.sendto(b"first", here)
        _, far = server.recvfrom(10)
        host.set("drop", replies=genl.EXEMPT)
        server.connect(far)
        client.sendto(b"boo", here)
        street.settle()
        server.setblocking(False)
        assert wire.received(server) == []
    assert counted(host, "in", "udp") == {"dropped": 1}
    host.set("off")


@pytest.mark.parametrize("form", FORMS)
def test_a_server_that_was_connected_before_is_visited_from_the_first_packet_on(street, visitor, host, form):
    """Its client floods it while the tripwire is armed again and again: no packet comes too early to be dropped."""
    host.set("off")
    visitor.set("off")
    _, here = ends(street, form)
    with datagram(street.host, here) as server, Flood(street.visitor, here[0], pace=0.001):
        server.connect(server.recvfrom(10)[1][:2])
        for _ in range(30):
            host.set("drop", replies=genl.EXEMPT)
            host.set("off")
    assert list(counted(host, "in", "udp")) == ["dropped"]


def test_a_dropped_visitor_is_not_remembered(street, visitor, host, means):
    """Otherwise one forged datagram would block the answers of a client's server."""
    host.set("drop", replies=genl.EXEMPT)
    visitor.set("off")
    there, here = ends(street, "ipv4")
    with datagram(street.visitor, there) as server, datagram(street.host, here) as client:
        put(street, wire.packet("udp", *[end[0] for end in (there, here)], source_port=there[1], payload=b"boo"))
        assert counted(host, "in", "udp") == {"dropped": 1}
        client.connect(there)
        client.send(b"ask")
        server.sendto(b"answer", server.recvfrom(10)[1])
        assert client.recv(10) == b"answer"
    assert counted(host, "in", "udp") == {"dropped": 1, "reply": 1}


@pytest.mark.parametrize("form", FORMS)
def test_a_client_is_told_from_a_visitor_by_who_came_first(street, visitor, host, means, form):
    """Of many far ends one came before the client connected. That one alone is a visitor."""
    host.set("count", replies=genl.EXEMPT)
    visitor.set("off")
    there, here = ends(street, form)
    with datagram(street.visitor, there) as came, datagram(street.visitor, (there[0], next(ports))) as asked, \
            datagram(street.host, here) as own:
        came.sendto(b"boo", here)
        assert own.recv(10) == b"boo"
        own.connect(asked.getsockname()[:2])
        own.send(b"ask")
        asked.sendto(b"answer", asked.recvfrom(10)[1][:2])
        assert own.recv(10) == b"answer"
        own.connect(came.getsockname()[:2])
        came.sendto(b"boo", here)
        assert own.recv(10) == b"boo"
    assert counted(host, "in", "udp") == {"passed": 2, "reply": 1}


@pytest.mark.parametrize("form", FORMS)
def test_a_server_with_a_connected_socket_for_each_client_is_visited(street, visitor, host, means, form):
    """As servers of QUIC and DTLS do: a socket for each client beside the one that listens."""
    shared = {"options": (socket.SO_REUSEPORT, socket.SO_REUSEADDR)}
    host.set("count", replies=genl.EXEMPT)
    visitor.set("off")
    there, here = ends(street, form)
    with datagram(street.visitor, there) as client, datagram(street.host, here, **shared) as server:
        client.sendto(b"first", here)
        _, far = server.recvfrom(10)
        with datagram(street.host, here, **shared) as connected:
            connected.connect(far)
            host.set("drop", replies=genl.EXEMPT)
            for _ in range(3):
                client.sendto(b"boo", here)
            street.settle()
            for sock in server, connected:
                sock.setblocking(False)
                assert wire.received(sock) == []
    assert counted(host, "in", "udp") == {"passed": 1, "dropped": 3}
    host.set("off")


@pytest.mark.parametrize("replies", [genl.EXEMPT, genl.TRUST, genl.MATCH], ids=["exempt", "trust", "match"])
def test_a_client_that_is_not_connected_is_answered_where_conntrack_is_trusted(
        street, visitor, router, host, replies):
    """Its socket looks like a server's. Under replies=match it is not answered."""
    for ghost in visitor, router:
        ghost.set("off")
    there, here = ends(street, "ipv4")
    with tracked(street.host), datagram(street.visitor, there) as server, datagram(street.host, here) as client:
        host.set("drop", "count", "count", replies=replies)
        client.sendto(b"ask", there)
        server.sendto(b"answer", server.recvfrom(10)[1])
        street.settle()
        client.setblocking(False)
        assert wire.received(client) == ([b"answer"] if replies == genl.TRUST else [])
    assert counted(host, "in", "udp") == {"reply" if replies == genl.TRUST else "dropped": 1}
