# SPDX-License-Identifier: GPL-2.0-only
"""Programs whose library picks a reserved port for them, by bindresvport() and rcmd(), and which get 688."""
import contextlib
import ctypes
import resource
import socket

import pytest

from lib import genl
from lib.child import Child
from lib.conntrack import tracked
from lib.dialogue import datagram, exchange, listener, ports, served, stream
from lib.ghost import Ghost
from lib.netns import Netns, libc, until
from lib.topology import Port, veth

RESERVED = range(512, 1024)


@contextlib.contextmanager
def nothing_left_but(netns, *free, kind=socket.SOCK_STREAM):
    """All reserved ports but these are taken."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    with contextlib.ExitStack() as stack, netns.entered():
        for port in RESERVED:
            if port not in free:
                stack.enter_context(socket.socket(socket.AF_INET, kind)).bind(("", port))
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.fixture(scope="module")
def _away(_street):
    """A namespace of its own for the client, in which no test has left a socket on a reserved port."""
    away = Netns("away")
    near, far = Port(_street.visitor, "v6", 0x61, "10.88.6.1", "fd88:6::1"), Port(away, "a6", 0x62, "10.88.6.2", "fd88:6::2")
    veth(near, far)
    yield near, far
    away.close()


@pytest.fixture
def away(means, street, visitor, _away):
    """The client's namespace, which has a wire to visitor. Both ends drop what is no reply."""
    client = Ghost(_away[1].netns)
    with tracked(*[client.netns] if means == "conntrack" else []):
        for ghost in visitor, client:
            ghost.set("drop", replies=genl.EXEMPT)
            ghost.reset()
        yield client


@pytest.fixture
def server(street, away, _away):
    """A listener in visitor."""
    with listener(street.visitor, (_away[0].ipv4, next(ports))) as sock:
        yield sock


def answered(visitor, away, protocol):
    """Asserts that visitor sent replies and nothing else, and that all of them arrived. Returns their count."""
    until(lambda: away.rows().get(("in", "ipv4", protocol, "reply")) ==
          visitor.rows().get(("out", "ipv4", protocol, "reply")))
    assert {key[3] for ghost in (visitor, away) for key in ghost.rows()} == {"reply"}
    return away.rows()["in", "ipv4", protocol, "reply"]


def test_a_tcp_client_that_bindresvport_gives_688_is_answered(visitor, away, server):
    with away.netns.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        with nothing_left_but(away.netns, 688):
            assert libc.bindresvport(client.fileno(), None) == 0
        client.connect(server.getsockname())
        accepted, peer = server.accept()
        assert peer[1] == 688
        exchange(client, accepted)
        accepted.close()
        assert client.recv(1) == b""
    assert answered(visitor, away, "tcp")[1] > 3000


def test_a_udp_client_that_bindresvport_gives_688_is_answered(street, visitor, away, _away):
    there = _away[0].ipv4, next(served)
    with away.netns.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, datagram(street.visitor, there) as server:
        with nothing_left_but(away.netns, 688, kind=socket.SOCK_DGRAM):
            assert libc.bindresvport(client.fileno(), None) == 0
        client.settimeout(20)
        client.connect(there)
        client.send(b"ask")
        server.sendto(b"answer", server.recvfrom(10)[1])
        assert client.recv(10) == b"answer"
    assert answered(visitor, away, "udp") == (1, 34)


def until_closed(sock):
    sock.settimeout(20)
    said = b""
    while True:
        data = sock.recv(4096)
        if not data:
            return said
        said += data


def rsh(netns, address, port, free):
    """Calls rcmd(), as rsh does. Returns (standard output, standard error) of the command."""
    with netns.entered(), nothing_left_but(netns, *free):
        name, error = ctypes.c_char_p(address.encode()), ctypes.c_int(-1)
        found = libc.rcmd(ctypes.byref(name), socket.htons(port), b"me", b"you", b"command", ctypes.byref(error))
        if found < 0:
            return None
        with socket.socket(fileno=found) as output, socket.socket(fileno=error.value) as errors:
            return until_closed(output), until_closed(errors)


def words(sock, count):
    """Reads so many words, each with a zero behind it."""
    data = b""
    while data.count(b"\0") < count:
        more = sock.recv(1)
        assert more, f"closed after {data}"
        data += more
    return data.split(b"\0")[:count]


def serve(server, netns, back):
    """rshd, for one call. It connects back from a reserved port. Returns the client's two ports."""
    sock, far = server.accept()
    with sock:
        sock.settimeout(20)
        port = int(words(sock, 1)[0])
        with stream(netns, (sock.getsockname()[0], back)) as errors:
            errors.connect((far[0], port))
            assert words(sock, 3) == [b"me", b"you", b"command"]
            sock.sendall(b"\0output\n")
            errors.sendall(b"error\n")
    return far[1], port


@pytest.mark.parametrize("back", [687, 688])
def test_rsh_from_688_is_answered(street, visitor, away, server, back):
    """The server opens a second connection, from its own 688 in one case, and is answered too. By then the client has
    closed its listener."""
    child = Child(rsh, away.netns, *server.getsockname(), (688, 686))
    assert serve(server, street.visitor, back) == (688, 686)
    assert child.result() == (b"output\n", b"error\n")
    assert answered(visitor, away, "tcp")[0] >= 3
    assert (("in", "ipv4", "tcp", "reply") in visitor.rows()) == (back == 688)


def test_a_server_that_is_told_to_connect_to_688_is_a_visitor(street, visitor, away, server):
    """rcmd() may pick 688 for the second connection. That one is opened to port 688, where the client listens."""
    for ghost in visitor, away:
        ghost.set("count", replies=genl.EXEMPT)
    child = Child(rsh, away.netns, *server.getsockname(), (689, 688))
    assert serve(server, street.visitor, 687) == (689, 688)
    assert child.result() == (b"output\n", b"error\n")
    rows = [row for ghost in (visitor, away) for row in ghost.rows().items()]
    # If away repeats its FIN, as on a slow machine, the TIME_WAIT in visitor answers by itself, without data.
    late = [row for row in rows if row[0] == ("out", "ipv4", "tcp", "reply")]
    assert all(size == 52 * packets for _, (packets, size) in late)
    assert {row[0][3] for row in rows if row not in late} == {"passed"}
