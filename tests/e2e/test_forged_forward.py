# SPDX-License-Identifier: GPL-2.0-only
"""What is forwarded, and looks like a reply: router has conntrack and drops; somebody outside, next to visitor, tries to
reach port 688 of host. And who is a client there gets its answers, as far as they can be told."""
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
    """The router's conntrack alone, and nobody else in the way. Spoofed sources are let in."""
    for ghost in visitor, host:
        ghost.set("off")
    for name in "all", "r1":
        street.router.sysctl(f"net.ipv4.conf.{name}.rp_filter", 0)
    with tracked(street.router):
        yield
    street.router.sysctl("net.ipv4.conf.r1.rp_filter", 0)


def spoof(street, *packets):
    """From outside."""
    street.inject(packets)
    street.settle()


@pytest.mark.parametrize("protocol,replies,passes", [
    ("udp", genl.EXEMPT, False), ("udplite", genl.EXEMPT, False), ("udp", genl.TRUST, True)])
@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_forged_first_word_opens_no_door(street, router, watched, protocol, family, replies, passes):
    """As if a client on 688 in host had asked. Whoever trusts conntrack is told what that is worth. Of UDP-Lite conntrack
    itself takes no checksum for right."""
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
def test_what_opens_a_connection_answers_none(street, router, watched, protocol, family):
    """A SYN, an INIT, a REQUEST: even where the far end has been made to look as if it had opened one itself."""
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
    """A visit, and conntrack sees the server's words first: it is no client for that."""
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
def test_who_may_forge_the_hosts_address_goes_on_with_an_old_visit(street, router, watched, filtered):
    """It was let in under count. Its visitor ends it for conntrack alone, whose own words are dropped and whose host's it
    forges; then it forges the host's SYN, and goes on. A router that filters sources lets nothing of it by."""
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
            # Said with one hop to live: for conntrack it is enough that it comes by.
            spoof(street, segment(near, far, mine - 1, theirs, SYN_ACK, ttl=1), segment(far, near, theirs, mine, ACK))
            router.reset()
            spoof(street, segment(near, far, mine, theirs, PUSH, b"boo"))
        server.setblocking(False)
        assert counted(router, "forward") == {"dropped" if filtered else "reply": 1}
        if not filtered:
            assert server.recv(10) == b"boo"
        # Neither end knows where the other one is any more.
        for sock in client, server:
            leave_nothing(sock)
            sock.close()
        router.set("off")


def test_after_a_flush_a_client_is_answered_when_it_connects_anew(street, router, watched):
    """Who opened its connection, nobody can tell any more."""
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


def test_where_conntrack_looks_away_nothing_is_proved(street, router, visitor, host):
    for ghost in visitor, host:
        ghost.set("off")
    router.set("drop", replies=genl.EXEMPT)
    table = ("table inet tracked { chain p { type filter hook prerouting priority -300; notrack; }; "
             "chain f { type filter hook forward priority 0; ct state new counter; }; }")
    with tracked(street.router, table=table):
        spoof(street, wire.packet("tcp", street.v0.ipv4, street.h0.ipv4, source_port=next(ports), tcp_flags=PUSH),
              wire.packet("tcp", street.v0.ipv4, street.h0.ipv4, source_port=next(ports), tcp_flags=SYN))
        assert counted(router, "forward") == {"dropped": 2}
