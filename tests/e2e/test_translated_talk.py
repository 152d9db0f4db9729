# SPDX-License-Identifier: GPL-2.0-only
"""Connections with a translated destination. All packets to 688 count, and no answer does."""
import contextlib
import errno
import socket

import pytest

from lib import wire
from lib.conntrack import TABLE, tracked
from lib.dialogue import connection, datagram, exchange, listener, ports, stream
from lib.netns import Netns, until
from lib.translation import CASES, Known, key, lacks, table, translated_protocols

AWAY = [name for name, case in CASES.items() if any(translated for _, _, translated in case.met)]


@pytest.fixture(autouse=True, scope="module")
def _redirects(_street):
    if not translated_protocols():
        pytest.skip("this kernel has no redirect in nftables")


@pytest.fixture
def ghosts(visitor, router, host):
    return {"visitor": visitor, "router": router, "host": host}


def far_end(street, family, case):
    """Where the server of this case listens."""
    who, port = case.arrives
    return {"host": street.h0.address(family), "visitor": {4: "127.0.0.1", 6: "::1"}[family]}[who], port


def server(street, family, case, make):
    return make(getattr(street, case.arrives[0]), far_end(street, family, case))


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("name", AWAY)
def test_all_of_a_connection_counts_and_none_of_its_answers(street, ghosts, name, family):
    case = CASES[name]
    with case.translating(street, family):
        with server(street, family, case, listener) as listening, \
                stream(street.visitor, (street.v0.address(family), next(ports))) as client:
            client.connect(case.end(street, family))
            with listening.accept()[0] as accepted:
                accepted.settimeout(20)
                exchange(client, accepted)

                def met():
                    return [ghosts[who].rows()[key(direction, family, "tcp", "passed")] for who, direction, _ in case.met]
                # An acknowledgement may still be on its way.
                until(lambda: len(set(met())) == 1, what="the same count everywhere")
                # The handshake, and the data of one way.
                assert met()[0][0] > 3 and met()[0][1] > 3000
                for who, ghost in ghosts.items():
                    assert set(ghost.rows()) == {key(met[1], family, "tcp", "passed") for met in case.met
                                                 if met[0] == who}
                # Later packets of the connection are visits too.
                who, place = case.met[-1][:2]
                ghosts[who].set_one(place, "drop", "count")
                ghosts[who].reset()
                client.sendall(b"boo")
                until(lambda: ghosts[who].rows().get(key(place, family, "tcp", "dropped")))
                accepted.setblocking(False)
                with pytest.raises(BlockingIOError):
                    accepted.recv(10)
                ghosts[who].set("off")


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("name", AWAY)
def test_neither_answers_nor_errors_count(street, visitor, router, host, name, family):
    """An ICMP error about a connection to 688 takes the way of its packets, but is of another protocol."""
    case, ghosts = CASES[name], {"visitor": visitor, "router": router, "host": host}
    head = 48 if family == 6 else 28
    with case.translating(street, family), server(street, family, case, datagram) as serving:
        with datagram(street.visitor, (street.v0.address(family), next(ports))) as client:
            client.connect(case.end(street, family))
            for _ in range(3):
                client.send(b"boo")
                serving.connect(serving.recvfrom(10)[1])
                serving.send(b"answer")
                assert client.recv(10) == b"answer"
        once = {who: {key(met[1], family, "udp", "passed"): (3, 3 * (head + 3)) for met in case.met if met[0] == who}
                for who in ghosts}
        assert {who: ghost.rows() for who, ghost in ghosts.items()} == once
        for ghost in ghosts.values():
            ghost.set("drop")
        # The client's socket is closed, so its host sends an ICMP error.
        serving.send(b"answer")
        with pytest.raises(ConnectionRefusedError):
            serving.recv(10)
        assert {who: ghost.rows() for who, ghost in ghosts.items()} == once


ENTRIES = ["redirected by its host", "published for another host", "kept by its sender"]


class Talk:
    """Datagrams from a client in visitor to 688. `ghost` is the last one that counts them."""

    def __init__(self, street, ghosts, name, family):
        self.case, self.family = CASES[name], family
        self.who, self.place, _ = self.case.met[-1]
        self.ghost, self.sent = ghosts[self.who], 0
        self.client = datagram(street.visitor, (street.v0.address(family), next(ports)))
        self.to = self.case.end(street, family)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def say(self, hears):
        self.client.sendto(b"boo", self.to)
        assert hears.recvfrom(10)[0] == b"boo"
        self.sent += 1
        size = 51 if self.family == 6 else 31
        assert self.ghost.rows()[key(self.place, self.family, "udp", "passed")] == (self.sent, self.sent * size)


@pytest.mark.parametrize("event", ["flushed", "without its rule"])
@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("name", ENTRIES)
def test_packets_count_after_the_entry_was_flushed_or_the_rule_removed(street, ghosts, name, family, event):
    """Conntrack forgets the connection and translates it anew. Or the rule goes, and conntrack still translates what
    it knows."""
    case = CASES[name]
    netns = getattr(street, case.who)
    with case.translating(street, family), server(street, family, case, datagram) as serving, \
            Talk(street, ghosts, name, family) as talk:
        netns.run("nft", TABLE)
        talk.say(serving)
        if event == "flushed":
            netns.run("conntrack", "-F")
        else:
            netns.run("nft", f"flush chain {'ip6' if family == 6 else 'ip'} t c")
        talk.say(serving)
        talk.say(serving)


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("name", ENTRIES)
def test_an_untracked_packet_is_not_translated_and_counts_as_a_visit(
        street, ghosts, logging, kmsg, name, family):
    who, port, direction = {"redirected by its host": ("host", street.h0, "in"),
                            "published for another host": ("router", street.r1, "in"),
                            "kept by its sender": ("visitor", street.h0, "out")}[name]
    case = CASES[name]
    with case.translating(street, family), datagram(port.netns, (port.address(family), 688)) as plain, \
            Talk(street, ghosts, name, family) as talk:
        rule = table(family, case.hook, "udp dport 688 notrack", "filter", -300).replace(" t ", " n ")
        getattr(street, case.who).run("nft", rule)
        talk.ghost, talk.place = ghosts[who], direction
        talk.ghost.set("log", rate=1000000, per=0, burst=10000)
        talk.say(plain)
        talk.say(plain)
        assert [line.split(": ")[0] for line in kmsg.lines("^ghost688 ")] == [f"ghost688 {direction} passed"] * 2


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_connection_goes_on_counting_when_conntrack_has_forgotten_it(street, router, host, family):
    case = CASES["redirected by its host"]
    with case.translating(street, family), \
            connection(stream(street.visitor, (street.v0.address(family), next(ports))),
                       Known(server(street, family, case, listener), case.end(street, family))) as (client, accepted):
        exchange(client, accepted)
        street.host.run("conntrack", "-F")
        exchange(client, accepted)
        street.settle()
        name = key("in", family, "tcp", "passed")
        assert host.rows()[name] == router.rows()[key("forward", family, "tcp", "passed")]
        assert set(host.rows()) == {name}


TRANSPARENT = {4: (socket.IPPROTO_IP, 19), 6: (socket.IPPROTO_IPV6, 75)}


@pytest.mark.parametrize("action", ["count", "drop"])
@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_packet_that_a_transparent_proxy_takes_is_a_visit(street, host, family, action):
    rule = table(family, "prerouting", "udp dport 688 tproxy to :2222", "filter", -150)
    with contextlib.closing(Netns("probe")) as probe:
        if lacks(probe, rule):
            pytest.skip("this kernel has no transparent proxies in nftables")
    host.set(action)
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    with tracked(street.host, table=rule), street.host.socket(kind, socket.SOCK_DGRAM) as proxy, \
            datagram(street.visitor, (street.v0.address(family), next(ports))) as client:
        proxy.setsockopt(*TRANSPARENT[family], 1)
        proxy.bind((street.h0.address(family), 2222))
        proxy.setblocking(False)
        client.sendto(b"boo", (street.h0.address(family), 688))
        street.settle()
        assert wire.received(proxy) == ([] if action == "drop" else [b"boo"])
    assert host.rows() == {key("in", family, "udp", "dropped" if action == "drop" else "passed"):
                           (1, 51 if family == 6 else 31)}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_datagram_in_fragments_counts_whole_where_conntrack_has_put_it_together(street, host, family):
    case = CASES["redirected by its host"]
    size = 3000
    with case.translating(street, family), server(street, family, case, datagram) as serving, \
            datagram(street.visitor, (street.v0.address(family), next(ports))) as client:
        for action in "count", "drop":
            host.set(action)
            client.sendto(bytes(size), case.end(street, family))
            street.settle()
            serving.setblocking(False)
            assert wire.received(serving) == ([bytes(size)] if action == "count" else [])
    whole = 1, size + (48 if family == 6 else 28)
    assert host.rows() == {key("in", family, "udp", verdict): whole for verdict in ("passed", "dropped")}


def test_a_sender_is_told_that_its_packet_was_refused(street, visitor):
    case = CASES["sent elsewhere by its sender"]
    visitor.set("drop")
    with case.translating(street, 4), datagram(street.visitor, (street.v0.ipv4, next(ports))) as client, \
            pytest.raises(PermissionError) as refused:
        client.sendto(b"boo", case.end(street, 4))
    assert refused.value.errno == errno.EPERM
