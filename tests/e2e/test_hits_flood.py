# SPDX-License-Identifier: GPL-2.0-only
"""Hits under a flood: none is without account, and listeners come and go."""
import os
import random
import signal
import socket
import struct

import pytest

from lib import genl, hits, pcap, wire
from lib.child import Child
from lib.flood import Flood
from lib.ghost import scaled
from lib.hits import Listener
from lib.netns import Netns, until
from lib.pcap import Capture
from lib.topology import SILENT, Port, veth
from lib.wire import FAMILIES, PORT, PROTOCOLS

HOUR = 2


def row(packet):
    """A packet in a capture as (source, port, destination, port, protocol, bytes)."""
    four = packet[0] >> 4 == 4
    kind, at = (socket.AF_INET, 20) if four else (socket.AF_INET6, 40)
    source, destination = (packet[12:16], packet[16:20]) if four else (packet[8:24], packet[24:40])
    near, far = struct.unpack_from("!HH", packet, at)
    return (socket.inet_ntop(kind, source), near, socket.inet_ntop(kind, destination), far,
            packet[9 if four else 6], pcap.visit(packet)[2])


def test_hits_are_the_packets_that_tcpdump_saw(street, host, tmp_path):
    dice = random.Random(688)
    packets = []
    for _ in range(scaled(500)):
        family = dice.choice(list(FAMILIES))
        source = f"10.88.1.{dice.randrange(2, 250)}" if family == 4 else f"fd88:1::{dice.randrange(2, 9999):x}"
        packets.append(wire.packet(dice.choice(list(PROTOCOLS)), source, street.h0.address(family),
                                   dice.choice((PORT, PORT, PORT, 689)), dice.randrange(1, 65536),
                                   bytes(4 * dice.randrange(100))))
    host.set("drop")
    with Capture(street.host, "h0", tmp_path / "wire") as capture, Listener(street.host) as listener:
        street.inject(packets * 3)
        seen = capture.settled(street.settle())
        found = listener.hits()
    wanted = [row(packet) for packet, _ in seen if pcap.visit(packet)]
    assert len(wanted) > scaled(500)
    assert [(hit["source"], hit["source_port"], hit["destination"], hit["destination_port"], hit["protocol"],
             hit["bytes"]) for hit in found] == wanted
    assert {hit["packets"] for hit in found} == {1}
    assert [hit["boot_time"] for hit in found] == sorted(hit["boot_time"] for hit in found)
    assert hits.missed(found, {}, {}) == 0


def inject(street, count):
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)] * count)
    street.settle()


def test_a_low_hit_rate_suppresses_the_rest(street, host):
    host.set("count", hit_rate=1, hit_per=HOUR, hit_burst=5)
    with Listener(street.host) as listener:
        inject(street, 20)
        status = host.status()
        assert [status[key] for key in ("visits", "hits-sent", "hits-suppressed", "hits-lost")] == [20, 5, 15, 0]
        found = listener.hits()
        assert [(hit["seq"], hit["suppressed"]) for hit in found] == [(seq, 0) for seq in range(1, 6)]
        assert hits.suppressed({}, listener.ask()) == 15


def test_a_higher_hit_rate_works_at_once(street, host):
    """A bucket that was emptied at the slower rate would stay empty for hours."""
    host.set("count", hit_rate=1, hit_per=HOUR, hit_burst=2)
    with Listener(street.host) as listener:
        inject(street, 10)
        assert host.status()["hits-suppressed"] == 8
        host.set("count", hit_rate=50000, hit_per=0, hit_burst=50000)
        inject(street, 3)
        assert [hit["suppressed"] for hit in listener.hits()] == [0, 0, 8, 8, 8]
        assert host.status()["hits-suppressed"] == 8


def read_all(netns, ready, stop):
    """Reads hits until it is told to stop. Returns (how many came, how many are missing, how many suppressed)."""
    with Listener(netns) as listener:
        before = listener.positions
        os.write(ready, b"x")
        os.set_blocking(stop, False)
        found = []
        while True:
            try:
                os.read(stop, 1)
                break
            except BlockingIOError:
                found += listener.hits()
        found += listener.hits()
        after = listener.ask()
        return len(found), hits.missed(found, before, after), hits.suppressed(before, after)


def test_sent_suppressed_and_lost_are_all_visits_on_two_cpus(street, host):
    """One listener reads, another one does not. The rate is low, and then so high that hits are lost."""
    told, ready = os.pipe()
    stop, end = os.pipe()
    host.set("count", hit_rate=100, hit_burst=100)
    with Listener(street.host, buffer=1 << 14) as deaf:
        reader = Child(read_all, street.host, ready, stop)
        os.read(told, 1)
        with Flood(street.visitor, street.h0.ipv4, cpu=0) as first, Flood(street.visitor, street.h0.ipv4) as second:
            for flood in first, second:
                flood.wait(scaled(4000))
            host.set("count", hit_rate=1000000, hit_burst=1000000)
            for flood in first, second:
                flood.wait(scaled(8000))
        street.settle()
        status = hits.accounted(host, first.sent + second.sent)
        os.write(end, b"x")
        came, missing, suppressed = reader.result()
        heard = [hits.decode(a) for c, a in deaf.genl.events() if c == genl.HIT]
        unheard = hits.missed(heard, {}, deaf.ask())
    for descriptor in told, ready, stop, end:
        os.close(descriptor)
    sent, lost = status["hits-sent"], status["hits-lost"]
    assert suppressed == status["hits-suppressed"] > 0
    # The reader knows of each hit, and whoever does not read learns how many it missed.
    assert came + missing == len(heard) + unheard == sent + lost
    assert unheard > 0 and came <= sent


def test_listeners_join_and_leave_during_a_flood(street, host):
    open_ones, dice = [], random.Random(688)
    with Flood(street.visitor, street.h0.ipv4, pace=0.05) as flood:
        for _ in range(100):
            open_ones.append(Listener(street.host))
            if len(open_ones) > 7 or dice.random() < 0.3:
                open_ones.pop(dice.randrange(len(open_ones))).genl.socket.close()
        flood.wait(scaled(200))
        # The first and the last of those who are left hear the same.
        last = {hit["boot_time"] for hit in open_ones[-1].hits()}
        assert last & {hit["boot_time"] for hit in open_ones[0].hits()}
        while open_ones:
            open_ones.pop().genl.socket.close()
        sums = [host.status()[key] for key in ("hits-sent", "hits-suppressed", "hits-lost")]
        flood.wait(scaled(200))
        assert [host.status()[key] for key in ("hits-sent", "hits-suppressed", "hits-lost")] == sums


def test_a_listener_that_is_killed_leaves_nothing(street, host):
    told, ready = os.pipe()

    def listen():
        with Listener(street.host):
            os.write(ready, b"x")
            signal.pause()
    child = Child(listen)
    os.read(told, 1)
    inject(street, 2)
    assert host.status()["hits-sent"] == 2
    os.kill(child.pid, signal.SIGKILL)
    os.waitpid(child.pid, 0)
    for descriptor in told, ready, child.pipe:
        os.close(descriptor)
    inject(street, 2)
    assert [host.status()[key] for key in ("visits", "hits-sent", "hits-lost")] == [4, 2, 0]


@pytest.mark.parametrize("_", range(3))
def test_a_namespace_with_a_listener_is_removed_during_a_flood(street, _):
    # The flood comes first: its process must not inherit the namespace.
    with Flood(street.visitor, "10.88.3.2", pace=0.001) as flood:
        doomed = Netns("doomed")
        near = Port(street.visitor, "d0", 0x31, "10.88.3.1", "fd88:3::1")
        veth(near, Port(doomed, "d1", 0x32, "10.88.3.2", "fd88:3::2"))
        listener = Listener(doomed)
        doomed.close()
        # The listener's socket keeps it for now.
        flood.wait(scaled(500))
        assert listener.hits()
        flood.wait(scaled(500))
        listener.genl.socket.close()
        until(lambda: street.visitor.run("ip", "link", "show", "d0", check=False).returncode, timeout=60,
              what="the end of a namespace")
