# SPDX-License-Identifier: GPL-2.0-only
"""TCP's simultaneous open. A program without privilege in visitor does it with the owner of port 688 in host, and
visitor's drop holds. A client on 688 whose server does it stays a client."""
import errno
import os
import socket

import pytest

from lib import genl
from lib.dialogue import ACK, PUSH, SYN, SYN_ACK, ends, mute, put, stream
from lib.forge import Sniffer, as_nobody, counted, leave_nothing, no_longer, segment
from lib.netns import until

# The far end's first sequence number.
FIRST = 1000


def plain(sock):
    pass


def listened(sock):
    """The socket keeps the backlog of a listener, and its first sequence number can be guessed."""
    sock.listen()
    no_longer(sock)


def failed(sock):
    """listen() fails, because the port has a listener. The backlog of a listener stays, and nothing tells that the
    socket never was one."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(sock.getsockname())
        other.listen()
        try:
            sock.listen()
        except OSError as error:
            assert error.errno == errno.EADDRINUSE


def open_both_ways(near, far, prepare, ready, go):
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        leave_nothing(sock)
        if prepare == listened:
            listened(sock)
        sock.bind(near)
        if prepare == failed:
            failed(sock)
        sock.setblocking(False)
        sock.connect_ex(far)
        os.write(ready, sock.getsockname()[1].to_bytes(2, "big"))
        os.read(go, 1)
        try:
            return sock.send(b"boo")
        except OSError as error:
            return error.errno


@pytest.mark.parametrize("prepare", [plain, listened, failed])
def test_a_simultaneous_open_to_688_sends_no_data(street, visitor, means, prepare):
    """The far end sends an ACK for data that it did not get, and so learns the socket's sequence number."""
    visitor.set("count", "count", "drop", replies=genl.EXEMPT)
    visitor.reset()
    far = street.h0.ipv4, 688
    ready, go = os.pipe(), os.pipe()
    with mute(street.host, 688), Sniffer(street.r1) as sniffer:
        child = as_nobody(street.visitor, open_both_ways, (street.v0.ipv4, 0), far, prepare, ready[1], go[0])
        near = street.v0.ipv4, int.from_bytes(os.read(ready[0], 2), "big")
        try:
            def say(*words):
                street.inject([segment(far, near, *words)], street.r1, street.v0)
            until(lambda: counted(visitor, "out").get("dropped"), what="the SYN")
            say(FIRST, 0, SYN)
            until(lambda: counted(visitor, "out")["dropped"] >= 2, what="the SYN|ACK")
            say(FIRST + (1 << 30), 1, ACK)	# outside of the window: the socket answers with an ACK
            street.settle()
            told = [seq for seq, _, _, _ in sniffer.segments(688)]
            # A socket that listened begins at 2.
            say(FIRST + 1, told[0] if told else 3, ACK)
        finally:
            os.write(go[1], b"1")
        child.result()
        street.settle()
        assert (told, [data for *_, data in sniffer.segments(688) if data]) == ([], [])
    # A reset tells nothing but that there is no connection.
    assert set(counted(visitor, "out")) <= {"dropped", "reply"}
    for descriptor in *ready, *go:
        os.close(descriptor)


@pytest.mark.parametrize("action", ["drop", "count"])
def test_a_client_on_688_stays_one_in_a_simultaneous_open(street, visitor, host, means, action):
    """The server's SYN is a visit. If it is dropped, the client stays as it was."""
    visitor.set("off")
    host.set(action, replies=genl.EXEMPT)
    there, here = ends(street, "ipv4")
    with mute(street.visitor, there[1]), Sniffer(street.r2) as sniffer, stream(street.host, here) as client:
        client.setblocking(False)
        leave_nothing(client)
        assert client.connect_ex(there) == errno.EINPROGRESS
        first = until(lambda: sniffer.segments(there[1]), what="the SYN")[0][0]
        put(street, segment(there, here, FIRST, 0, SYN))
        assert counted(host, "in") == {"dropped" if action == "drop" else "passed": 1}
        host.set("drop", replies=genl.EXEMPT)
        host.reset()
        put(street, segment(there, here, FIRST, first + 1, SYN_ACK) if action == "drop" else
            segment(there, here, FIRST + 1, first + 1, ACK))
        put(street, segment(there, here, FIRST + 1, first + 1, PUSH, b"answer"))
        assert client.recv(10) == b"answer"
        assert counted(host, "in") == {"reply": 2}
