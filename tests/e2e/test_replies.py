# SPDX-License-Identifier: GPL-2.0-only
"""Replies to connections from port 688, proved by sockets and by conntrack. The client is in host, the server in
visitor. So answers are `out` in visitor, `forward` in router and `in` in host."""
import errno
import os
import socket

import pytest

from lib import dialogue, genl, wire
from lib.conntrack import tracked
from lib.dialogue import (ACK, ESTABLISHED, FIN, FIN_WAIT2, FORMS, PUSH, RST, SYN, SYN_ACK, SYN_RECV, SYN_SENT,
                          TIME_WAIT, address, connection, datagram, ends, ends_of_udp, exchange, family, finish, forged,
                          listener, mute, pair, ports, put, replied, state, stream)
from lib.netns import until

TIME_WAIT_TELLS = int(os.uname().release.split(".")[0]) >= 7
FASTOPEN, TCP_FASTOPEN, NO_COOKIES = 0x20000000, 23, 0x207


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("first", ["client", "server"])
def test_all_answers_to_a_connection_from_688_are_replies(street, visitor, router, host, shut, form, first):
    with pair(street, form) as (client, server):
        exchange(client, server, 100000)
        finish(*(client, server) if first == "client" else (server, client))
    packets, size = replied(shut, visitor, router, host, form)
    # The SYN|ACK, segments of wire size, the last acknowledgement.
    assert packets > 2 + 100000 // 1448 and size > 100000 + packets * 40


@pytest.mark.parametrize("form", FORMS)
def test_a_server_on_a_picked_port_answers_after_its_listener_was_closed(
        street, visitor, router, host, shut, form):
    """As for FTP's data, or for the callbacks of an NFS client: the port looks like a client's, and nobody listens on
    it any more."""
    with listener(street.visitor, (address(street.v0, form), 0)) as server, \
            stream(street.host, (address(street.h0, form), 688)) as client:
        assert server.getsockname()[1] > 32768
        client.connect(server.getsockname()[:2])
        with server.accept()[0] as accepted:
            accepted.settimeout(20)
            server.close()
            exchange(client, accepted, 10000)
            finish(client, accepted)
    assert replied(shut, visitor, router, host, form)[1] > 10000


@pytest.mark.parametrize("port", ["known", "picked"])
@pytest.mark.parametrize("form", FORMS)
def test_the_last_ack_of_a_server_that_closes_first_is_a_reply(street, visitor, router, host, shut, form, port):
    """It is sent without a socket. Where the kernel picked the port, and nobody listens on it any more, conntrack or
    the TIME_WAIT itself tells who opened the connection."""
    if (shut, port) == ("sockets", "picked") and not TIME_WAIT_TELLS:
        pytest.skip("this kernel has no word in TIME_WAIT of who picked the port")
    there = address(street.v0, form), next(ports) if port == "known" else 0
    with listener(street.visitor, there) as server, stream(street.host, (address(street.h0, form), 688)) as client:
        there = server.getsockname()
        client.connect(there[:2])
        accepted = server.accept()[0]
        server.close()
        with accepted:
            exchange(client, accepted)
        until(lambda: state(street.visitor, form, 688, there[1]) == [FIN_WAIT2])
        assert client.recv(1) == b""
    # Otherwise it still waits for the acknowledgement of its FIN.
    until(lambda: state(street.host, form, there[1]) == [], what="the client's end")
    assert state(street.visitor, form, 688, there[1]) == [TIME_WAIT]
    replied(shut, visitor, router, host, form)


@pytest.mark.parametrize("form", FORMS)
def test_the_refusal_of_a_connection_from_688_is_a_reply(street, visitor, router, host, shut, form):
    there, here = ends(street, form)
    with stream(street.host, here) as client, pytest.raises(ConnectionRefusedError):
        client.connect(there)
    assert replied(shut, visitor, router, host, form) == (1, 40 if FORMS[form] == 4 else 60)


@pytest.mark.parametrize("form", FORMS)
def test_answers_to_a_connected_udp_socket_on_688_are_replies(street, visitor, router, host, shut, form):
    router.set("count", replies=genl.EXEMPT)
    there, here = ends_of_udp(street, form)
    with datagram(street.visitor, there) as server, datagram(street.host, here) as client:
        client.connect(there)
        for size in 1, 100, 1400:
            client.send(bytes(size))
            data, sender = server.recvfrom(2000)
            server.sendto(data, sender[:2])
            assert client.recv(2000) == bytes(size)
    head = 28 if FORMS[form] == 4 else 48
    assert replied(shut, visitor, router, host, form, "udp") == (3, 1501 + 3 * head)


@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_an_answer_in_fragments_is_a_reply(street, visitor, router, host, shut, form):
    router.set("count", replies=genl.EXEMPT)
    there, here = ends_of_udp(street, form)
    with datagram(street.visitor, there) as server, datagram(street.host, here) as client:
        client.connect(there)
        client.send(b"ask")
        server.sendto(bytes(5000), server.recvfrom(10)[1][:2])
        assert client.recv(6000) == bytes(5000)
    assert {key[3] for ghost in (visitor, host) for key in ghost.rows()} == {"reply"}


@pytest.mark.parametrize("form", FORMS)
def test_sockets_that_share_688_get_their_own_packets(street, visitor, router, host, shut, form):
    shared = {"options": (socket.SO_REUSEPORT, socket.SO_REUSEADDR)}
    with pair(street, form, shared) as first, pair(street, form, shared) as second, \
            listener(street.host, (address(street.h0, form), 688), **shared):
        for _ in range(3):
            exchange(*first)
            exchange(*second)
        before = host.rows()
        assert {key[3] for key in before} == {"reply"}
        # A visitor to the listener that shares the port is no reply to the clients.
        visit = forged(street, form, next(ports), tcp_flags=SYN)
        put(street, visit)
        assert host.rows()["in", family(form), "tcp", "dropped"] == (1, len(visit))


@pytest.mark.parametrize("form", FORMS)
def test_a_udp_listener_beside_a_udp_client_on_688_is_visited(street, visitor, host, means, form):
    """A datagram from the client's server is a reply, one from anybody else is a visit to the listener."""
    host.set("drop", replies=genl.EXEMPT)
    there, here = ends(street, form)
    with datagram(street.visitor, there) as server, datagram(street.visitor, (there[0], next(ports))) as other, \
            datagram(street.host, here) as client, datagram(street.host, here) as anybody:
        client.connect(there)
        client.send(b"ask")
        server.recv(10)
        for _ in range(4):
            server.sendto(b"answer", here)
            other.sendto(b"boo", here)
        street.settle()
        client.setblocking(False)
        anybody.setblocking(False)
        assert (wire.received(client), wire.received(anybody)) == ([b"answer"] * 4, [])
    head = 28 if FORMS[form] == 4 else 48
    assert host.rows() == {("in", family(form), "udp", "reply"): (4, 4 * (6 + head)),
                           ("in", family(form), "udp", "dropped"): (4, 4 * (3 + head))}


@pytest.mark.parametrize("form", FORMS)
def test_a_client_that_is_bound_to_its_device_gets_its_answers(street, visitor, router, host, shut, form):
    with pair(street, form, {"device": "h0"}, {"device": "v0"}) as both:
        exchange(*both)
    replied(shut, visitor, router, host, form)


def test_a_client_on_a_link_local_address_gets_its_answers(street, router, host, shut):
    router.set("drop", replies=genl.EXEMPT)
    street.host.run("ip", "addr", "add", "fe80::88:1/64", "dev", "h0", "nodad")
    street.router.run("ip", "addr", "add", "fe80::88:2/64", "dev", "r2", "nodad")
    try:
        scope = {}
        for port in street.h0, street.r2:
            with port.netns.entered():
                scope[port] = socket.if_nametoindex(port.device)
        server = listener(street.router, ("fe80::88:2", next(ports), 0, scope[street.r2]))
        client = stream(street.host, ("fe80::88:1", 688, 0, scope[street.h0]))
        with server, client:
            client.connect(("fe80::88:2", server.getsockname()[1], 0, scope[street.h0]))
            accepted, _ = server.accept()
            with accepted:
                exchange(client, accepted)
        assert {key[3] for ghost in (router, host) for key in ghost.rows()} == {"reply"}
        assert host.rows()["in", "ipv6", "tcp", "reply"][0] > 3
    finally:
        street.host.run("ip", "addr", "del", "fe80::88:1/64", "dev", "h0")
        street.router.run("ip", "addr", "del", "fe80::88:2/64", "dev", "r2")


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_over_loopback_is_a_reply_in_both_directions(street, host, shut, form):
    own = {"ipv4": "127.0.0.1", "ipv6": "::1", "mapped": "::ffff:127.0.0.1"}[form]
    with connection(stream(street.host, (own, 688)), listener(street.host, (own, next(ports)))) as both:
        exchange(*both)
    until(lambda: len({count for count in host.rows().values()}) == 1)
    assert set(host.rows()) == {(direction, family(form), "tcp", "reply") for direction in ("in", "out")}


@pytest.mark.parametrize("form", FORMS)
def test_a_late_segment_of_a_closed_connection_from_688_is_a_reply(street, host, shut, form):
    with pair(street, form) as (_, server):
        port = server.getsockname()[1]
    until(lambda: state(street.host, form, port) == [TIME_WAIT])
    before = host.rows()["in", family(form), "tcp", "reply"]
    late = [forged(street, form, port, tcp_flags=FIN), forged(street, form, port, tcp_flags=PUSH, payload=b"late")]
    with mute(street.visitor, port):
        put(street, *late)
    assert host.rows() == {("in", family(form), "tcp", "reply"): (before[0] + 2, before[1] + sum(map(len, late)))}


def test_a_syn_to_what_is_left_of_a_visit_is_a_visit(street, host, means):
    """If the port of a TIME_WAIT has a listener, the listener takes the SYN."""
    host.set("count", replies=genl.EXEMPT)
    port = next(ports)
    with listener(street.host, (street.h0.ipv4, 688)) as server:
        with stream(street.visitor, (street.v0.ipv4, port)) as client:
            client.connect((street.h0.ipv4, 688))
            server.accept()[0].close()
            assert client.recv(1) == b""
        until(lambda: state(street.host, "ipv4", port) == [TIME_WAIT])
        host.set("drop", replies=genl.EXEMPT)
        host.reset()
        put(street, forged(street, "ipv4", port, tcp_flags=SYN))
        assert host.rows() == {("in", "ipv4", "tcp", "dropped"): (1, 40)}


@pytest.mark.parametrize("flags", [SYN_ACK, RST | ACK], ids=["accepts", "refuses"])
@pytest.mark.parametrize("form", FORMS)
def test_a_client_that_sent_a_syn_from_688_is_answered(street, host, shut, form, flags):
    """The acknowledgement number is wrong, because the test did not see the SYN. But the segment reaches the socket."""
    there, here = ends(street, form)
    with mute(street.visitor, there[1]), stream(street.host, here) as client:
        client.setblocking(False)
        assert client.connect_ex(there) == errno.EINPROGRESS
        assert state(street.host, form, there[1]) == [SYN_SENT]
        with wire.receiver(street.host, FORMS[form], 6) as seen:
            answer = forged(street, form, there[1], tcp_flags=flags)
            put(street, answer)
            assert [data for data in wire.received(seen) if answer[-20:] in data]
    assert host.rows() == {("in", family(form), "tcp", "reply"): (1, len(answer))}


@pytest.mark.parametrize("form", FORMS)
def test_an_incomplete_handshake_to_688_is_a_visit(street, host, means, form):
    """host has a request socket for it."""
    host.set("count", replies=genl.EXEMPT)
    who, port = "10.88.1.77" if FORMS[form] == 4 else "fd88:1::77", next(ports)
    to = street.h0.address(FORMS[form])
    with listener(street.host, (address(street.h0, form), 688)):
        put(street, wire.packet("tcp", who, to, source_port=port, tcp_flags=SYN))
        assert state(street.host, form, port) == [SYN_RECV]
        host.set("drop", replies=genl.EXEMPT)
        host.reset()
        third = wire.packet("tcp", who, to, source_port=port, tcp_flags=ACK)
        put(street, third)
        assert host.rows() == {("in", family(form), "tcp", "dropped"): (1, len(third))}


@pytest.fixture
def fast(street):
    """TCP Fast Open on both sides, without cookies: the first SYN carries data."""
    for netns in street.visitor, street.host:
        netns.sysctl("net.ipv4.tcp_fastopen", NO_COOKIES)
    yield
    for netns in street.visitor, street.host:
        netns.sysctl("net.ipv4.tcp_fastopen", 1)


def open_fast(client, server):
    server.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 5)
    assert client.sendto(b"early", FASTOPEN, server.getsockname()[:2]) == 5
    accepted, _ = server.accept()
    accepted.settimeout(20)
    assert accepted.recv(10) == b"early"
    exchange(client, accepted)
    # TCPI_OPT_SYN_DATA: the data was in the SYN.
    assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5] & 32
    return accepted


@pytest.mark.parametrize("form", FORMS)
def test_a_fast_open_from_688_is_answered(street, visitor, router, host, shut, fast, form):
    there, here = ends(street, form)
    with listener(street.visitor, there) as server, stream(street.host, here) as client:
        with open_fast(client, server) as accepted:
            finish(client, accepted)
    replied(shut, visitor, router, host, form)


@pytest.mark.parametrize("form", FORMS)
def test_a_fast_open_to_688_is_a_visit(street, visitor, router, host, means, fast, form):
    for ghost in visitor, router, host:
        ghost.set("count", replies=genl.EXEMPT)
    _, here = ends(street, form)
    with listener(street.host, here) as server, \
            stream(street.visitor, (address(street.v0, form), next(ports))) as client:
        with open_fast(client, server) as accepted:
            finish(client, accepted)
    assert {key[3] for ghost in (visitor, router, host) for key in ghost.rows()} == {"passed"}


def multipath(netns, name):
    lines = [line.split() for line in netns.read("/proc/net/netstat").splitlines() if line.startswith("MPTcpExt:")]
    return int(lines[1][lines[0].index(name)])


@pytest.fixture
def mptcp(street):
    try:
        street.host.socket(socket.AF_INET, socket.SOCK_STREAM, 262).close()
    except OSError:
        pytest.skip("this kernel has no MPTCP")
    return {"protocol": 262}


@pytest.mark.parametrize("form", FORMS)
def test_a_multipath_connection_from_688_is_answered(street, visitor, router, host, shut, mptcp, form):
    before = multipath(street.host, "MPCapableSYNACKRX")
    with pair(street, form, mptcp, mptcp) as both:
        exchange(*both, 50000)
    assert multipath(street.host, "MPCapableSYNACKRX") == before + 1
    replied(shut, visitor, router, host, form)


@pytest.mark.parametrize("form", FORMS)
def test_a_multipath_connection_to_688_is_a_visit(street, visitor, router, host, means, mptcp, form):
    for ghost in visitor, router, host:
        ghost.set("count", replies=genl.EXEMPT)
    _, here = ends(street, form)
    with connection(stream(street.visitor, (address(street.v0, form), next(ports)), **mptcp),
                    listener(street.host, here, **mptcp)) as both:
        exchange(*both)
    assert {key[3] for ghost in (visitor, router, host) for key in ghost.rows()} == {"passed"}


def test_where_replies_match_an_answer_is_dropped_as_a_visit(street, visitor, router, host, means):
    host.set("drop", replies=genl.MATCH)
    visitor.set("count", replies=genl.MATCH)
    there, here = ends(street, "ipv4")
    with listener(street.visitor, there), stream(street.host, here) as client:
        client.setblocking(False)
        assert client.connect_ex(there) == errno.EINPROGRESS
        until(host.rows)
        assert state(street.host, "ipv4", there[1]) == [SYN_SENT]
    (key, count), = host.rows().items()
    assert key == ("in", "ipv4", "tcp", "dropped") and count[0] >= 1
    host.reset()
    with datagram(street.visitor, there) as server, datagram(street.host, here) as client:
        client.connect(there)
        client.send(b"ask")
        server.sendto(b"answer", server.recvfrom(10)[1])
        street.settle()
        client.setblocking(False)
        assert wire.received(client) == []
    assert host.rows()["in", "ipv4", "udp", "dropped"] == (1, 34)
    assert {key[3] for key in visitor.rows()} == {"passed"}


def test_a_reply_is_never_logged(street, visitor, router, host, means, logging, kmsg):
    dialogue.shut(means, visitor, router, host, "drop,log")
    if means == "sockets":
        router.set("count")
    with pair(street, "ipv4") as both:
        exchange(*both)
    replied(means, visitor, router, host, "ipv4")
    for ghost in visitor, host:
        status = ghost.status()
        assert (status["log-lines"], status["log-suppressed"]) == (0, 0)
    assert kmsg.lines("^ghost688 ") == []
    put(street, forged(street, "ipv4", next(ports), tcp_flags=SYN_ACK))
    line, = kmsg.lines("^ghost688 ")
    assert line.startswith("ghost688 in dropped: IN=h0")


def test_a_forwarder_without_conntrack_cannot_tell_a_reply(street, visitor, router, host):
    dialogue.shut("sockets", visitor, router, host)
    router.set("drop", replies=genl.EXEMPT)
    there, here = ends(street, "ipv4")
    with listener(street.visitor, there) as server, stream(street.host, here) as client:
        client.setblocking(False)
        assert client.connect_ex(there) == errno.EINPROGRESS
        until(router.rows)
        assert {key[3] for key in router.rows()} == {"dropped"}
        with tracked(street.router):
            # The client sends its SYN again, and conntrack sees that one.
            until(lambda: state(street.host, "ipv4", there[1]) == [ESTABLISHED])
            finish(client, server.accept()[0])
    assert ("forward", "ipv4", "tcp", "reply") in router.rows()


def test_conntrack_proves_replies_through_masquerading(street, visitor, router, host):
    """router hides visitor's address. The client is on port 688 on both sides of it."""
    table = "table ip hidden { chain c { type nat hook postrouting priority 100; oifname r2 masquerade; }; }"
    with tracked(street.router, table=table):
        for ghost in visitor, router, host:
            ghost.set("drop", replies=genl.EXEMPT)
        with connection(stream(street.visitor, (street.v0.ipv4, 688)),
                        listener(street.host, (street.h0.ipv4, next(ports)))) as (client, server):
            assert server.getpeername() == (street.r2.ipv4, 688)
            exchange(client, server)
        count = visitor.rows()["in", "ipv4", "tcp", "reply"]
        assert router.rows() == {("forward", "ipv4", "tcp", "reply"): count}
        assert host.rows() == {("out", "ipv4", "tcp", "reply"): count}


def test_sockets_prove_the_replies_of_an_untracked_connection(street, visitor, router, host):
    table = ("table inet tracked { chain p { type filter hook prerouting priority -300; notrack; }; "
             "chain o { type filter hook output priority -300; notrack; }; "
             "chain i { type filter hook input priority 0; ct state new counter; }; }")
    with tracked(street.visitor, street.host, table=table):
        dialogue.shut("sockets", visitor, router, host)
        with pair(street, "ipv4") as both:
            exchange(*both)
        replied("sockets", visitor, router, host, "ipv4")
