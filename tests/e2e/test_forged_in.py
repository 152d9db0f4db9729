# SPDX-License-Identifier: GPL-2.0-only
"""Forged packets in `in`. host is visited, under drop and replies=exempt unless a test says otherwise. Each attacker
tries to forge a proof; its packets are dropped and counted. A client on 688 gets its answers."""
import contextlib
import errno
import os
import socket
import struct

import pytest

from lib import genl, wire
from lib.child import CLONE_NEWNET, CLONE_NEWUSER, Child, become_nobody, unshare
from lib.conntrack import tracked
from lib.dialogue import (ACK, ESTABLISHED, FIN, FORMS, PUSH, SYN_ACK, connection, datagram, ends, exchange, forged,
                          listener, mute, ports, put, state, stream)
from lib.forge import counted, leave_nothing
from lib.ghost import Ghost
from lib.netns import Netns, run, until
from lib.topology import Port, veth

TCP_REPAIR, TCP_REPAIR_OFF_NO_WP = 19, -1


@pytest.mark.parametrize("replies,passes", [(genl.EXEMPT, False), (genl.TRUST, True)], ids=["exempt", "trust"])
def test_a_forged_first_datagram_from_the_hosts_own_address_makes_no_reply(street, host, replies, passes):
    """`replies=trust` lets the same two packets in: this is its price."""
    own, port = street.h0.ipv6, next(ports)
    with tracked(street.host), datagram(street.host, ("::", 688)) as server:
        host.set("drop", replies=replies)
        put(street, wire.packet("udp", own, own, port=port, source_port=688, payload=b"first"),
            wire.packet("udp", own, own, source_port=port, payload=b"boo"))
        server.setblocking(False)
        assert wire.received(server) == ([b"boo"] if passes else [])
    assert host.rows() == {("in", "ipv6", "udp", "reply" if passes else "dropped"): (1, 51)}


@pytest.mark.parametrize("flags", [SYN_ACK, ACK, FIN], ids=["SYN|ACK", "ACK", "FIN"])
def test_a_forged_syn_from_the_hosts_own_address_makes_no_reply(street, host, flags):
    """The SYN came in; nobody saw it go out. A reply to it would tell which ports have listeners."""
    own, port = street.h0.ipv6, next(ports)
    with tracked(street.host), mute(street.host, port), listener(street.host, (own, 688)):
        host.set("drop", replies=genl.EXEMPT)
        put(street, wire.packet("tcp", own, own, port=port, source_port=688))
        host.reset()
        put(street, wire.packet("tcp", own, own, source_port=port, tcp_flags=flags))
        assert counted(host, "in", "tcp") == {"dropped": 1}


def test_udp_lite_proves_nothing(street, host, means):
    host.set("drop", replies=genl.EXEMPT)
    put(street, wire.packet("udplite", street.v0.ipv4, street.h0.ipv4, payload=b"boo"))
    assert counted(host, "in", "udplite") == {"dropped": 1}


@contextlib.contextmanager
def synchronizing(netns, port):
    """IPVS's backup daemon: a UDP socket of the kernel's that is no client's."""
    nested = (genl.u32(1, 2) + genl.attribute(2, b"h0\0") + genl.u32(3, 1) + genl.u16(7, port) +
              genl.attribute(5, socket.inet_aton("224.0.0.81")))
    with netns.entered(), genl.Socket("IPVS") as sock:
        sock.ask(9, genl.nest(3, nested))
        try:
            yield
        finally:
            sock.ask(10, genl.nest(3, genl.u32(1, 2) + genl.attribute(2, b"h0\0") + genl.u32(3, 1)))


def test_a_socket_of_the_kernels_is_not_yet_a_client(street, host):
    if run("modprobe", "ip_vs", check=False).returncode:
        pytest.skip("this kernel has no IPVS")
    host.set("drop", replies=genl.EXEMPT)
    with synchronizing(street.host, 688):
        until(lambda: ":02B0 " in street.host.read("/proc/net/udp"), what="the daemon's socket")
        put(street, wire.packet("udp", street.v0.ipv4, "224.0.0.81", payload=b"boo"))
        put(street, wire.packet("udp", street.v0.ipv4, street.h0.ipv4, payload=b"boo"))
        assert counted(host, "in", "udp") == {"dropped": 2}


@contextlib.contextmanager
def ports_from(netns, low, high):
    """Unprivileged users may bind port 688, and the kernel picks ports from this range."""
    names = "ip_unprivileged_port_start", "ip_local_port_range"
    before = [netns.read(f"/proc/sys/net/ipv4/{name}").strip() for name in names]
    try:
        netns.sysctl("net.ipv4.ip_unprivileged_port_start", 0)
        netns.sysctl("net.ipv4.ip_local_port_range", f"{low} {high}")
        yield
    finally:
        for name, value in zip(reversed(names), reversed(before)):
            netns.sysctl(f"net.ipv4.{name}", value)


@pytest.fixture
def picky(street, means):
    """A namespace of its own, in which no other socket has port 688 or had it a minute ago."""
    own = Netns("picky")
    far, near = Port(street.visitor, "v7", 0x71, "10.88.7.1", "fd88:7::1"), Port(own, "p7", 0x72, "10.88.7.2", "fd88:7::2")
    veth(far, near)
    with tracked(*[own] if means == "conntrack" else []):
        yield far, near
    own.close()
    until(lambda: street.visitor.run("ip", "link", "show", "v7", check=False).returncode, what="the wire's end")


@pytest.mark.parametrize("binds", [False, True], ids=["connect", "bind to 0"])
def test_a_client_whose_port_688_the_kernel_picked_is_answered(visitor, picky, binds):
    far, near = picky
    ghost = Ghost(near.netns)
    with ports_from(near.netns, 688, 689), contextlib.ExitStack() as stack:
        server = stack.enter_context(listener(far.netns, (far.ipv4, next(ports))))
        # The only other port of the range is taken.
        other = stack.enter_context(near.netns.socket(socket.AF_INET, socket.SOCK_STREAM))
        other.bind((near.ipv4, 689))
        other.listen()
        ghost.set("drop", replies=genl.EXEMPT)
        client = stack.enter_context(near.netns.socket(socket.AF_INET, socket.SOCK_STREAM))
        client.settimeout(20)
        if binds:
            client.bind((near.ipv4, 0))
        client.connect(server.getsockname())
        assert client.getsockname()[1] == 688
        exchange(client, stack.enter_context(server.accept()[0]))
    assert set(counted(ghost, "in", "tcp")) == {"reply"}


def test_a_listener_in_the_local_port_range_is_visited(street, visitor, host, means):
    with ports_from(street.host, 600, 60000):
        host.set("count", replies=genl.EXEMPT)
        with connection(stream(street.visitor, (street.v0.ipv4, next(ports))),
                        listener(street.host, (street.h0.ipv4, 688))) as (client, server):
            exchange(client, server)
            host.set("drop", replies=genl.EXEMPT)
            host.reset()
            client.sendall(b"boo")
            until(lambda: counted(host, "in", "tcp").get("dropped"))
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.recv(10)
            assert set(counted(host, "in", "tcp")) == {"dropped"}
            host.set("off")


def test_restoring_a_connection_needs_cap_net_admin():
    """TCP_REPAIR makes any socket look as if connect() had opened it. It needs CAP_NET_ADMIN."""
    def repair():
        become_nobody()
        with socket.socket() as sock:
            try:
                sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
            except OSError as error:
                return error.errno
        return 0
    assert Child(repair).result() == errno.EPERM


@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_a_restored_connection_is_taken_for_a_clients(street, host, form):
    """Who may restore a connection may set the policy as well."""
    host.set("drop", replies=genl.EXEMPT)
    there, here = ends(street, form)
    with mute(street.visitor, there[1]), stream(street.host, here) as sock:
        leave_nothing(sock)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        sock.connect(there)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP)
        assert state(street.host, form, there[1]) == [ESTABLISHED]
        put(street, forged(street, form, there[1], tcp_flags=ACK))
        assert counted(host, "in", "tcp") == {"reply": 1}


CHILD_ADDRESS = "10.88.2.9"


@contextlib.contextmanager
def ipvlan(street, mode):
    """An ipvlan on host's device, called l3s. It is deleted at the end."""
    if street.host.run("ip", "link", "add", "link", "h0", "name", "l3s", "type", "ipvlan", "mode", mode,
                       check=False).returncode:
        pytest.skip("this kernel has no ipvlan")
    try:
        yield
    finally:
        street.host.run("ip", "link", "del", "l3s", check=False)


def connect_from_688(there, patience):
    """Sets up the ipvlan in the namespace that got it, and connects from port 688."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "addr", "add", f"{CHILD_ADDRESS}/24", "dev", "l3s")
    run("ip", "link", "set", "l3s", "up")
    run("ip", "route", "add", "default", "dev", "l3s")
    try:
        with socket.socket() as client:
            client.bind((CHILD_ADDRESS, 688))
            client.settimeout(patience)
            try:
                client.connect(there)
            except TimeoutError:
                return "no answer"
            client.sendall(b"ask")
            return client.recv(10)
    finally:
        # Deleted by hand: the end of a namespace takes time, and the next test needs that address.
        run("ip", "link", "del", "l3s")


@pytest.mark.parametrize("owner,hears", [("the same", b"answer"), ("another", "no answer")])
def test_a_client_behind_an_ipvlan_is_believed_if_its_owner_is_ours(street, visitor, router, host, owner, hears):
    """In mode l3s its answers are met in the namespace of the lower device."""
    begin, ready = os.pipe(), os.pipe()

    def child(there):
        unshare(CLONE_NEWNET | (CLONE_NEWUSER if owner == "another" else 0))
        if owner == "another":
            for name, text in ("setgroups", "deny"), ("uid_map", "0 0 1"), ("gid_map", "0 0 1"):
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                    file.write(text)
        os.write(ready[1], b"1")
        os.read(begin[0], 1)
        return connect_from_688(there, 20 if hears == b"answer" else 4)
    there = street.v0.ipv4, next(ports)
    visitor.set("off")
    street.router.run("ip", "neigh", "replace", CHILD_ADDRESS, "lladdr", street.h0.mac, "nud", "permanent", "dev", "r2")
    host.set("drop", replies=genl.EXEMPT)
    with listener(street.visitor, there) as server, ipvlan(street, "l3s"):
        process = Child(child, there)
        os.read(ready[0], 1)
        street.host.run("ip", "link", "set", "l3s", "netns", process.pid)
        os.write(begin[1], b"1")
        if hears == b"answer":
            with server.accept()[0] as accepted:
                leave_nothing(accepted)		# Its far end is gone by then, and a FIN would be sent again and again.
                assert accepted.recv(10) == b"ask"
                accepted.sendall(b"answer")
                assert process.result() == hears
            assert set(counted(host, "in", "tcp")) == {"reply"}
        else:
            assert process.result() == hears
            assert set(counted(host, "in", "tcp")) == {"dropped"}
    for descriptor in *begin, *ready:
        os.close(descriptor)


def test_a_segment_too_short_for_its_flags_is_a_visit(street, host, means):
    """The flags say whether a segment opens a connection."""
    host.set("drop", replies=genl.EXEMPT)
    cut = wire.ipv4(street.v0.ipv4, street.h0.ipv4, 6, struct.pack("!HHII", next(ports), 688, 1, 1))
    put(street, cut)
    assert host.rows() == {("in", "ipv4", "tcp", "dropped"): (1, len(cut))}


@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_sockets_that_early_demux_does_not_find_are_found(street, visitor, host, means, form):
    """Without early demux ghost688 looks up each packet itself."""
    street.host.sysctl("net.ipv4.ip_early_demux", 0)
    try:
        host.set("drop", replies=genl.EXEMPT)
        visitor.set("off")
        there, here = ends(street, form)
        with connection(stream(street.host, here), listener(street.visitor, there)) as both:
            exchange(*both)
        with datagram(street.visitor, there) as server, datagram(street.host, here) as client:
            client.connect(there)
            client.send(b"ask")
            server.sendto(b"answer", server.recvfrom(10)[1][:2])
            assert client.recv(10) == b"answer"
        put(street, *[wire.packet("tcp", street.v0.address(FORMS[form]), street.h0.address(FORMS[form]),
                                  source_port=next(ports), tcp_flags=flags) for flags in (ACK, PUSH)])
        assert set(counted(host, "in", "tcp")) == {"reply", "dropped"}
        assert counted(host, "in", "udp") == {"reply": 1}
    finally:
        street.host.sysctl("net.ipv4.ip_early_demux", 1)
