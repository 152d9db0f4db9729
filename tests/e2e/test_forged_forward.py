# SPDX-License-Identifier: GPL-2.0-only
"""Forged packets in `forward`. router has conntrack and drops; somebody outside, next to visitor, tries to reach port
688 of host. A client on 688 in host gets its answers, as far as there is a proof."""
import struct

import pytest
from scapy.layers.sctp import SCTP

from lib import genl, wire
from lib.conntrack import tracked
from lib.dialogue import (ACK, FIN, PUSH, SYN, SYN_ACK, connection, datagram, ends, exchange, listener, mute, ports,
                          stream)
from lib.forge import Sniffer, counted, leave_nothing, segment
from lib.netns import until


@pytest.fixture
def watched(street, visitor, host):
    """Only the router has hooks and conntrack, and it accepts spoofed sources."""
    for ghost in visitor, host:
        ghost.set("off")
    for name in "all", "r1":
        street.router.sysctl(f"net.ipv4.conf.{name}.rp_filter", 0)
    with tracked(street.router):
        yield
    street.router.sysctl("net.ipv4.conf.r1.rp_filter", 0)


def spoof(street, *packets):
    """Puts packets on the wire from visitor to router."""
    street.inject(packets)
    street.settle()


@pytest.mark.parametrize("protocol,replies,passes", [
    ("udp", genl.EXEMPT, False), ("udplite", genl.EXEMPT, False), ("udp", genl.TRUST, True)])
@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_forged_first_datagram_makes_no_reply(street, router, watched, protocol, family, replies, passes):
    """As if a client on 688 in host had asked first. `replies=trust` believes it: this is its price. Conntrack never
    accepts a checksum of UDP-Lite."""
    router.set("drop", replies=replies)
    port = next(ports)
    with wire.receiver(street.host, family, wire.PROTOCOLS[protocol]) as seen:
        spoof(street, wire.packet(protocol, street.h0.address(family), street.v0.address(family), port=port,
                                  source_port=688, payload=b"first"),
              wire.packet(protocol, street.v0.address(family), street.h0.address(family), source_port=port,
                          payload=b"boo"))
        got = [data for data in wire.received(seen) if data.endswith(b"boo")]
    assert len(got) == passes
    assert counted(router, "forward", protocol) == {"reply" if passes else "dropped": 1}


@pytest.mark.parametrize("replies", [genl.EXEMPT, genl.TRUST, genl.MATCH], ids=["exempt", "trust", "match"])
def test_a_client_of_udp_is_answered_where_conntrack_is_trusted(street, router, watched, replies):
    router.set("drop", replies=replies)
    there, here = ends(street, "ipv4")
    with datagram(street.visitor, there) as server, datagram(street.host, here) as client:
        client.connect(there)
        client.send(b"ask")
        server.sendto(b"answer", server.recvfrom(10)[1])
        street.settle()
        client.setblocking(False)
        assert wire.received(client) == ([b"answer"] if replies == genl.TRUST else [])
    assert counted(router, "forward", "udp") == {"reply" if replies == genl.TRUST else "dropped": 1}


@pytest.mark.parametrize("protocol", ["tcp", "sctp", "dccp"])
@pytest.mark.parametrize("family", wire.FAMILIES)
def test_what_opens_a_connection_is_no_reply(street, router, watched, protocol, family):
    """SYN, INIT and REQUEST are visits even if conntrack believes that host opened the connection."""
    router.set("drop", replies=genl.EXEMPT)
    port = next(ports)
    with mute(street.visitor, port):
        spoof(street, wire.packet(protocol, street.h0.address(family), street.v0.address(family), port=port,
                                  source_port=688),
              wire.packet(protocol, street.v0.address(family), street.h0.address(family), source_port=port))
    assert counted(router, "forward", protocol) == {"dropped": 1}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_an_association_that_a_forged_heartbeat_has_opened_for_conntrack_answers_no_init(street, router, watched, family):
    """Conntrack believes a HEARTBEAT and its acknowledgement, which no host takes for an association."""
    here, there, port = street.h0.address(family), street.v0.address(family), next(ports)

    def beat(chunk, source, destination, source_port, to):
        make = wire.ipv6 if family == 6 else wire.ipv4
        # RFC 9260, 3.3.5 and 3.3.6: the chunk, and in it the sender's information
        return make(source, destination, wire.PROTOCOLS["sctp"],
                    SCTP(sport=source_port, dport=to, tag=1) / struct.pack("!BBHHH4s", chunk, 0, 12, 1, 8, b"beat"))

    router.set("drop", replies=genl.EXEMPT)
    with mute(street.visitor, port):
        spoof(street, beat(4, here, there, 688, port), beat(5, there, here, port, 688))
        assert counted(router, "forward", "sctp") == {"reply": 1}
        spoof(street, wire.packet("sctp", there, here, source_port=port))
    assert counted(router, "forward", "sctp") == {"reply": 1, "dropped": 1}


@pytest.mark.parametrize("first", ["server", "client"])
def test_a_connection_that_conntrack_has_picked_up_since_proves_nothing(street, router, visitor, host, first):
    """Conntrack sees the server's packets of an old visit first. That does not make the server a client."""
    for ghost in visitor, host:
        ghost.set("off")
    router.set("count", replies=genl.EXEMPT)
    with connection(stream(street.visitor, (street.v0.ipv4, next(ports))),
                    listener(street.host, (street.h0.ipv4, 688))) as (client, server):
        exchange(client, server)
        with tracked(street.router):
            for sender, receiver in (server, client), (client, server):
                if (sender == client) == (first == "client"):
                    sender.sendall(b"first")
                    assert receiver.recv(10) == b"first"
            router.set("drop", replies=genl.EXEMPT)
            router.reset()
            client.sendall(b"boo")
            until(lambda: counted(router, "forward").get("dropped"))
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.recv(10)
            assert set(counted(router, "forward")) == {"dropped"}
            router.set("off")


@pytest.mark.parametrize("filtered", [True, False])
def test_an_attacker_who_can_forge_the_hosts_address_continues_an_old_visit(street, router, watched, filtered):
    """A visit is let in under count. Then the visitor ends it for conntrack alone, by segments that do not arrive,
    forges host's SYN, and goes on. A router that filters sources prevents it."""
    street.router.sysctl("net.ipv4.conf.r1.rp_filter", int(filtered))
    router.set("count", replies=genl.EXEMPT)
    near, far = (street.v0.ipv4, next(ports)), (street.h0.ipv4, 688)
    with connection(stream(street.visitor, near), listener(street.host, far)) as (client, server), \
            Sniffer(street.v0) as sniffer:
        exchange(client, server)
        server.sendall(b"x")
        assert client.recv(1) == b"x"
        theirs, mine = sniffer.segments(near[1])[-1][:2]
        theirs += 1
        router.set("drop", replies=genl.EXEMPT)
        with mute(street.visitor, near[1]):
            spoof(street, segment(near, far, mine, theirs, FIN), segment(far, near, theirs, mine + 1, FIN),
                  segment(near, far, mine + 1, theirs + 1, ACK), segment(far, near, theirs - 1, 0, SYN))
            # With one hop to live: conntrack sees it, the host does not.
            spoof(street, segment(near, far, mine - 1, theirs, SYN_ACK, ttl=1), segment(far, near, theirs, mine, ACK))
            router.reset()
            spoof(street, segment(near, far, mine, theirs, PUSH, b"boo"))
        server.setblocking(False)
        assert counted(router, "forward") == {"dropped" if filtered else "reply": 1}
        if not filtered:
            assert server.recv(10) == b"boo"
        # The two ends do not agree any more.
        for sock in client, server:
            leave_nothing(sock)
            sock.close()
        router.set("off")


def test_after_a_flush_a_client_is_answered_when_it_connects_anew(street, router, watched):
    """After the flush nobody knows who opened the connection."""
    router.set("count", replies=genl.EXEMPT)
    there, here = ends(street, "ipv4")
    with listener(street.visitor, there) as server:
        with stream(street.host, here) as client:
            client.connect(there)
            with server.accept()[0] as accepted:
                exchange(client, accepted)
                assert set(counted(router, "forward")) == {"reply"}
                street.router.run("conntrack", "-F")
                router.set("drop", replies=genl.EXEMPT)
                router.reset()
                accepted.sendall(b"answer")
                until(lambda: counted(router, "forward").get("dropped"))
                assert set(counted(router, "forward")) == {"dropped"}
                for sock in client, accepted:
                    leave_nothing(sock)
        street.router.run("conntrack", "-F")
        router.reset()
        with stream(street.host, here) as client:
            client.connect(there)
            with server.accept()[0] as accepted:
                exchange(client, accepted)
                assert set(counted(router, "forward")) == {"reply"}
                router.set("off")


def test_an_untracked_packet_is_no_reply(street, router, visitor, host):
    for ghost in visitor, host:
        ghost.set("off")
    router.set("drop", replies=genl.EXEMPT)
    table = ("table inet tracked { chain p { type filter hook prerouting priority -300; notrack; }; "
             "chain f { type filter hook forward priority 0; ct state new counter; }; }")
    with tracked(street.router, table=table):
        spoof(street, wire.packet("tcp", street.v0.ipv4, street.h0.ipv4, source_port=next(ports), tcp_flags=PUSH),
              wire.packet("tcp", street.v0.ipv4, street.h0.ipv4, source_port=next(ports), tcp_flags=SYN))
        assert counted(router, "forward") == {"dropped": 2}
