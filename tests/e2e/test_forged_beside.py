# SPDX-License-Identifier: GPL-2.0-only
"""Proxies, load balancers and zones. None of them makes a visit a reply, and a client on 688 is answered through
each."""
import contextlib
import socket
import struct

import pytest

from lib import bpf, genl, wire
from lib.conntrack import tracked
from lib.dialogue import ACK, PUSH, connection, datagram, ends, exchange, listener, mute, ports, stream
from lib.forge import counted, leave_nothing
from lib.netns import run, until

MASQUERADING = 0


@pytest.fixture
def alone(visitor, host):
    """Only the router has hooks."""
    for ghost in visitor, host:
        ghost.set("off")


@contextlib.contextmanager
def proxied(netns, port):
    """SYNPROXY: the router answers SYNs to this port itself, until the client has proved its address."""
    if netns.run("modprobe", "nft_synproxy", check=False).returncode and "debug" not in netns.read("/proc/version"):
        pytest.skip("this kernel has no SYNPROXY in nftables")
    loose = "net.netfilter.nf_conntrack_tcp_loose"
    with tracked(netns, table=f"""table ip proxy {{
            chain raw {{ type filter hook prerouting priority -300; tcp dport {port} tcp flags syn / syn,ack notrack; }};
            chain c {{ type filter hook forward priority 0;
                tcp dport {port} ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm;
                ct state invalid drop; }}; }}"""):
        netns.sysctl(loose, 0)
        try:
            yield
        finally:
            netns.sysctl(loose, 1)


@pytest.mark.parametrize("policy,direction", [(("count", "drop", "count"), "forward"), (("count", "count", "drop"), "out")])
def test_a_visit_through_a_synproxy_is_dropped(street, router, alone, policy, direction):
    """The visit is dropped in `forward`, or in `out`, where the router connects to the host for the client."""
    router.set(*policy, replies=genl.EXEMPT)
    with proxied(street.router, 688), listener(street.host, (street.h0.ipv4, 688)) as server, \
            stream(street.visitor, (street.v0.ipv4, next(ports))) as client:
        leave_nothing(client)
        client.setblocking(False)
        client.connect_ex((street.h0.ipv4, 688))
        until(lambda: counted(router, direction).get("dropped"))
        assert set(counted(router, direction)) == {"dropped"}
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    router.set("off")


def test_a_client_on_688_is_answered_through_a_synproxy(street, router, alone):
    router.set("drop", replies=genl.EXEMPT)
    there, here = ends(street, "ipv4")
    with proxied(street.router, there[1]), connection(stream(street.host, here), listener(street.visitor, there)) as both:
        exchange(*both)
        for direction in "forward", "out":
            assert set(counted(router, direction)) == {"reply"}, direction
        router.set("off")


@contextlib.contextmanager
def balanced(street, protocol, port):
    """IPVS: what comes to a port of the router goes to port 688 of host."""
    if run("modprobe", "ip_vs_rr", check=False).returncode and "debug" not in street.router.read("/proc/version"):
        pytest.skip("this kernel has no IPVS")
    def address(number, text):
        return genl.attribute(number, socket.inet_aton(text) + bytes(12))
    service = genl.nest(1, genl.u16(1, socket.AF_INET), genl.u16(2, wire.PROTOCOLS[protocol]),
                        address(3, street.r1.ipv4), genl.attribute(4, struct.pack("!H", port)),
                        genl.attribute(6, b"rr\0"), genl.attribute(7, bytes(8)), genl.u32(8, 0),
                        genl.attribute(9, b"\xff" * 4))
    server = genl.nest(2, address(1, street.h0.ipv4), genl.attribute(2, struct.pack("!H", 688)),
                       genl.u32(3, MASQUERADING), genl.u32(4, 1), genl.u32(5, 0), genl.u32(6, 0))
    with street.router.entered(), genl.Socket("IPVS") as sock:
        sock.ask(1, service)
        sock.ask(5, service + server)
    try:
        yield
    finally:
        with street.router.entered(), genl.Socket("IPVS") as sock:
            sock.ask(17)


@pytest.mark.parametrize("before", ["a port of a known service", "a port that kernels pick"])
def test_what_a_balancer_sends_to_688_is_a_visit(street, router, alone, means, before):
    """Whichever port its client chose. The packet leaves by LOCAL_OUT, without a socket."""
    near = street.v0.ipv4, 700 + next(ports) % 100 if before == "a port of a known service" else 61000 + next(ports) % 4000
    router.set("count", replies=genl.EXEMPT)
    with balanced(street, "tcp", 8080), connection(
            stream(street.visitor, near), listener(street.host, (street.h0.ipv4, 688)),
            to=(street.r1.ipv4, 8080)) as (client, server):
        exchange(client, server)
        assert set(counted(router, "out")) == {"passed"}
        router.set("count", "count", "drop", replies=genl.EXEMPT)
        router.reset()
        client.sendall(b"boo")
        until(lambda: counted(router, "out").get("dropped"))
        assert set(counted(router, "out")) == {"dropped"}
        router.set("off")


def test_a_datagram_that_a_balancer_sends_to_688_is_a_visit(street, router, alone, means):
    router.set("count", "count", "drop", replies=genl.EXEMPT)
    with balanced(street, "udp", 8080), datagram(street.visitor, (street.v0.ipv4, next(ports))) as client:
        client.sendto(b"boo", (street.r1.ipv4, 8080))
        until(lambda: counted(router, "out", "udp"))
    assert counted(router, "out", "udp") == {"dropped": 1}


@pytest.mark.parametrize("match,hears", [("", True), ("iifname r1 ", False)], ids=["one zone", "a zone for answers"])
def test_an_answer_is_known_in_the_zone_of_its_question(street, router, alone, match, hears):
    """In another zone conntrack has seen no SYN of the connection."""
    router.set("drop", replies=genl.EXEMPT)
    there, here = ends(street, "ipv4")
    zones = (f"table ip zones {{ chain p {{ type filter hook prerouting priority -300; {match}ct zone set 7; }}; "
             "chain f { type filter hook forward priority 0; ct state new counter; }; }")
    with tracked(street.router, table=zones), listener(street.visitor, there) as server, stream(street.host, here) as client:
        leave_nothing(client)
        client.setblocking(False)
        client.connect_ex(there)
        until(lambda: counted(router, "forward"))
        if hears:
            with server.accept()[0] as accepted:
                client.setblocking(True)
                exchange(client, accepted)
                assert set(counted(router, "forward")) == {"reply"}
                leave_nothing(accepted)
        else:
            assert set(counted(router, "forward")) == {"dropped"}
        router.set("off")


def test_a_packet_in_another_zone_makes_no_reply(street, router, alone):
    """In a zone of its own an attacker may use any address."""
    router.set("drop", replies=genl.EXEMPT)
    port = next(ports)
    zones = ("table ip zones { chain p { type filter hook prerouting priority -300; tcp dport != 688 ct zone set 7; }; "
             "chain f { type filter hook forward priority 0; ct state new counter; }; }")
    with tracked(street.router, table=zones), mute(street.visitor, port):
        street.inject([wire.packet("tcp", street.h0.ipv4, street.v0.ipv4, port=port, source_port=688),
                       wire.packet("tcp", street.v0.ipv4, street.h0.ipv4, source_port=port, tcp_flags=ACK),
                       wire.packet("tcp", street.v0.ipv4, street.h0.ipv4, source_port=port, tcp_flags=PUSH, payload=b"boo")])
        street.settle()
    assert counted(router, "forward") == {"dropped": 2}


def test_a_socket_that_gets_688_by_sk_lookup_is_visited(street, visitor, router, host, means):
    """An sk_lookup program directs port 688 to a listener on another port. The socket that it accepts is no client's."""
    for ghost in visitor, router:
        ghost.set("off")
    host.set("count", replies=genl.EXEMPT)
    with listener(street.host, (street.h0.ipv4, 8688)) as server, bpf.steered(street.host, server, 688), \
            connection(stream(street.visitor, (street.v0.ipv4, next(ports))), server,
                       to=(street.h0.ipv4, 688)) as (client, accepted):
        exchange(client, accepted)
        assert set(counted(host, "in")) == {"passed"}
        host.set("drop", replies=genl.EXEMPT)
        host.reset()
        client.sendall(b"boo")
        until(lambda: counted(host, "in").get("dropped"))
        accepted.setblocking(False)
        with pytest.raises(BlockingIOError):
            accepted.recv(10)
        assert set(counted(host, "in")) == {"dropped"}
        host.set("off")
