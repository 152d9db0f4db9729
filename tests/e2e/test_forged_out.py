# SPDX-License-Identifier: GPL-2.0-only
"""Forged packets in `out`. A program without privilege in visitor tries to reach port 688 of host, under drop and
replies=exempt. Each packet is dropped and counted. A real server's answers pass."""
import errno
import socket

import pytest

from lib import genl, wire
from lib.conntrack import tracked
from lib.dialogue import (ACK, FIN, PUSH, RST, SYN_ACK, connection, datagram, ends, exchange, listener, ports, served,
                          stream)
from lib.forge import as_nobody, counted, no_longer
from lib.netns import run, until

# IPV6_FREEBIND, for which Python has no name.
IPV6_FREEBIND = 78


@pytest.fixture
def shut_out(means, visitor):
    visitor.set("count", "count", "drop", replies=genl.EXEMPT)
    return means


def send_unconnected(near, far):
    with socket.socket(socket.AF_INET6 if ":" in far[0] else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(near)
        try:
            sock.sendto(b"boo", far)
        except OSError as error:
            return error.errno
    return 0


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_bound_udp_socket_sends_no_reply(street, visitor, shut_out, family):
    """Its port is unprivileged, inside or outside of the range of local ports."""
    far = street.h0.address(family), 688
    for port in 5000, next(ports), 50000:
        near = street.v0.address(family), port
        assert as_nobody(street.visitor, send_unconnected, near, far).result() == errno.EPERM
    assert counted(visitor, "out", "udp") == {"dropped": 3}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_udp_server_on_a_privileged_port_answers(street, visitor, shut_out, family):
    here = street.h0.address(family), 688
    with datagram(street.visitor, (street.v0.address(family), next(served))) as server, \
            datagram(street.host, here) as client:
        client.sendto(b"ask", server.getsockname()[:2])
        server.recv(10)
        server.sendto(b"answer", here)
        assert counted(visitor, "out", "udp") == {"reply": 1}
        # A connected socket is a client's, unless conntrack saw the far end ask first.
        if shut_out == "conntrack":
            return
        server.connect(here)
        with pytest.raises(PermissionError):
            server.send(b"boo")
        assert counted(visitor, "out", "udp") == {"reply": 1, "dropped": 1}


def test_ip_unprivileged_port_start_decides_which_ports_are_privileged(street, visitor, shut_out):
    street.visitor.sysctl("net.ipv4.ip_unprivileged_port_start", 0)
    try:
        near = street.v0.ipv4, next(served)
        assert as_nobody(street.visitor, send_unconnected, near, (street.h0.ipv4, 688)).result() == errno.EPERM
    finally:
        street.visitor.sysctl("net.ipv4.ip_unprivileged_port_start", 1024)
    assert counted(visitor, "out", "udp") == {"dropped": 1}


def speak_as_the_far_end(near, far):
    """Without privilege one may bind an address that nobody here has. IPv6 sends from it."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        other.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        other.bind(far)
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as own:
            own.bind(near)
            other.sendto(b"first", near)
            own.settimeout(20)
            assert own.recv(10) == b"first"
            try:
                own.sendto(b"boo", far)
            except OSError as error:
                return error.errno
    return 0


def test_a_forged_question_from_the_far_end_makes_no_reply(street, visitor, shut_out):
    """Where anybody may bind port 688, as in a Docker container."""
    near, far = (street.v0.ipv6, next(ports)), (street.h0.ipv6, 688)
    street.visitor.sysctl("net.ipv4.ip_unprivileged_port_start", 0)
    try:
        assert as_nobody(street.visitor, speak_as_the_far_end, near, far).result() == errno.EPERM
    finally:
        street.visitor.sysctl("net.ipv4.ip_unprivileged_port_start", 1024)
    assert counted(visitor, "out", "udp") == {"dropped": 1}


def test_conntrack_tells_a_server_of_udp_by_who_spoke_first(street, visitor):
    visitor.set("count", "count", "drop", replies=genl.EXEMPT)
    there, here = ends(street, "ipv4")
    with tracked(street.visitor), datagram(street.host, here) as client, datagram(street.visitor, there) as server:
        client.sendto(b"ask", there)
        server.sendto(b"answer", server.recvfrom(10)[1])
        assert client.recv(10) == b"answer"
        # The same server sends to somebody who has not asked.
        with pytest.raises(PermissionError):
            server.sendto(b"boo", ("10.88.2.77", 688))
    assert counted(visitor, "out", "udp") == {"reply": 1, "dropped": 1}


def test_a_socket_that_listened_before_it_connected_is_no_server(street, visitor, means):
    """It connects under count; then the action becomes drop."""
    visitor.set("count", replies=genl.EXEMPT)
    with listener(street.host, (street.h0.ipv4, 688)) as server, \
            street.visitor.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        client.listen()
        no_longer(client)
        client.bind((street.v0.ipv4, 0))
        client.settimeout(20)
        client.connect((street.h0.ipv4, 688))
        with server.accept()[0] as accepted:
            client.sendall(b"first")
            assert accepted.recv(10) == b"first"
            visitor.set("count", "count", "drop", replies=genl.EXEMPT)
            visitor.reset()
            client.sendall(b"boo")
            until(lambda: counted(visitor, "out").get("dropped"))
            accepted.setblocking(False)
            with pytest.raises(BlockingIOError):
                accepted.recv(10)
            assert set(counted(visitor, "out")) == {"dropped"}
            visitor.set("off")


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_segment_from_a_raw_socket_is_no_reply(street, visitor, shut_out, family):
    """Including the segments that otherwise only the kernel sends."""
    flags = SYN_ACK, RST, RST | ACK, ACK, FIN
    for flag in flags:
        with pytest.raises(PermissionError):
            wire.send(street.visitor, wire.packet("tcp", street.v0.address(family), street.h0.address(family),
                                                  source_port=next(ports), tcp_flags=flag))
    assert counted(visitor, "out") == {"dropped": len(flags)}


def test_a_copy_of_a_visit_is_a_visit(street, router):
    """nftables' dup sends its copy through LOCAL_OUT, without a socket."""
    table = (f"table ip copies {{ chain c {{ type filter hook prerouting priority -150; "
             f"tcp dport 688 dup to {street.h0.ipv4} device r2; }}; }}")
    run("modprobe", "nft_dup_ipv4", check=False)
    if street.router.run("nft", table, check=False).returncode:
        pytest.skip("this kernel has no dup of nftables")
    try:
        router.set("count", "count", "drop", replies=genl.EXEMPT)
        packet = wire.packet("tcp", street.v0.ipv4, street.h0.ipv4, source_port=next(ports), tcp_flags=PUSH,
                             payload=b"boo")
        street.inject([packet])
        until(lambda: "dropped" in counted(router, "out"), what="the copy")
        assert router.rows()["out", "ipv4", "tcp", "dropped"] == (1, len(packet))
    finally:
        street.router.run("nft", "flush ruleset")


@pytest.mark.parametrize("backlog,answers", [(1, True), (0, False)])
def test_the_answers_of_a_server_with_a_backlog_of_0_are_dropped(street, visitor, shut_out, backlog, answers):
    there, here = ends(street, "ipv4")
    with stream(street.visitor, there) as server, stream(street.host, here) as client:
        server.listen(backlog)
        client.connect(there)
        with server.accept()[0] as accepted:
            visitor.reset()
            accepted.sendall(b"answer")
            if answers:
                assert client.recv(10) == b"answer"
                assert set(counted(visitor, "out")) == {"reply"}
            else:
                until(lambda: counted(visitor, "out").get("dropped"))
            visitor.set("off")


def test_a_port_that_became_privileged_makes_no_server(street, visitor, means):
    """An established connection to port 688 of another host, from a port that the kernel picked."""
    visitor.set("count", replies=genl.EXEMPT)
    sysctl = street.visitor.sysctl
    before = street.visitor.read("/proc/sys/net/ipv4/ip_local_port_range").strip()
    with listener(street.host, (street.h0.ipv4, 688)) as server, \
            street.visitor.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        try:
            sysctl("net.ipv4.ip_unprivileged_port_start", 0)
            sysctl("net.ipv4.ip_local_port_range", "900 949")
            client.connect(server.getsockname())
        finally:
            sysctl("net.ipv4.ip_local_port_range", before)
            sysctl("net.ipv4.ip_unprivileged_port_start", 1024)
        with server.accept()[0] as accepted:
            exchange(client, accepted)
            visitor.set("count", "count", "drop", replies=genl.EXEMPT)
            visitor.reset()
            client.sendall(b"boo")
            until(lambda: counted(visitor, "out"))
            assert set(counted(visitor, "out")) == {"dropped"}
            visitor.set("off")


def test_a_changed_range_of_local_ports_makes_no_server(street, visitor, means):
    """An established connection to port 688 of another host."""
    visitor.set("count", replies=genl.EXEMPT)
    with connection(stream(street.visitor, (street.v0.ipv4, 0)), listener(street.host, (street.h0.ipv4, 688))) as both:
        exchange(*both)
        before = street.visitor.read("/proc/sys/net/ipv4/ip_local_port_range").strip()
        street.visitor.sysctl("net.ipv4.ip_local_port_range", "1100 1200")
        try:
            visitor.set("count", "count", "drop", replies=genl.EXEMPT)
            visitor.reset()
            both[0].sendall(b"boo")
            until(lambda: counted(visitor, "out").get("dropped"))
            assert set(counted(visitor, "out")) == {"dropped"}
        finally:
            street.visitor.sysctl("net.ipv4.ip_local_port_range", before)
            visitor.set("off")
