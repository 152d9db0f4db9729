# SPDX-License-Identifier: GPL-2.0-only
"""monitor on the real module: what it prints is what was sent, and what it does not print it counts."""
import collections
import json
import os
import signal
import socket
import subprocess

import pytest

from lib import ghost, wire
from lib.child import become_nobody
from lib.flood import Flood
from lib.ghost import CLI, SLOW, scaled
from lib.hits import accounted
from lib.netns import until
from lib.tool import tool
from lib.topology import SILENT
from lib.wire import FAMILIES, PORT, PROTOCOLS


class Monitor:
    """The tool, while it writes JSON to a file. It listens when the fixture gives it out."""

    def __init__(self, owner, path, *words, netns=None):
        self.path = path
        with open(path, "w", encoding="utf-8") as file, (netns or owner.netns).entered():
            self.process = subprocess.Popen([str(CLI), "-j", "monitor", *words], stdout=file, stderr=subprocess.PIPE,
                                            text=True)
        # Whoever sees policy changes sees hits, too.
        until(lambda: owner.set("count") or self.events("policy"))

    def rows(self):
        lines = self.path.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines[:-1]]

    def hits(self):
        return [row for row in self.rows() if "event" not in row]

    def events(self, *names):
        return [row for row in self.rows() if row.get("event") in names]

    def missed(self, key="hits"):
        return sum(row[key] for row in self.events("missed"))

    def stop(self):
        """Ends it by a signal. Returns all hits."""
        self.process.send_signal(signal.SIGINT)
        told = self.process.communicate(timeout=60)[1]
        assert (self.process.returncode, told) == (0, "")
        return self.hits()


@pytest.fixture
def monitor(tmp_path):
    running = []

    def start(owner, *words, **more):
        it = Monitor(owner, tmp_path / f"{len(running)}", *words, **more)
        running.append(it)
        return it
    yield start
    for it in running:
        it.process.kill()
        it.process.communicate()


def test_each_packet_that_was_sent_is_a_line(street, host, monitor):
    it = monitor(host)
    host.set("drop", "drop", "count")
    packets = {(protocol, family): wire.packet(protocol, SILENT[family], street.h0.address(family))
               for protocol in PROTOCOLS for family in FAMILIES}
    street.inject(list(packets.values()))
    street.settle()
    until(lambda: len(it.hits()) >= len(packets))
    found = {(row["protocol"], int(row["family"][-1])): row for row in it.stop()}
    assert found.keys() == packets.keys()
    for (protocol, family), row in found.items():
        assert (row["direction"], row["verdict"], row["interface"]) == ("in", "dropped", "h0")
        assert (row["source"], row["destination"]) == (SILENT[family], street.h0.address(family))
        assert (row["source_port"], row["destination_port"], row["packets"]) == (40000, PORT, 1)
        assert row["bytes"] == len(packets[protocol, family])
        assert row.get("tcp_flags") == (2 if protocol == "tcp" else None)
    assert it.missed() == 0


def test_in_out_the_sender_is_named(street, visitor, monitor):
    it = monitor(visitor, "--direction", "out")
    with visitor.netns.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", (street.h0.ipv4, PORT))
    row, = until(it.hits)
    with open("/proc/self/comm", encoding="utf-8") as comm:
        assert (row["uid"], row["pid"], row["comm"]) == (0, os.getpid(), comm.read().strip())
    assert row["interface"] == "v0" and row["cgroup"] and row["cookie"]
    # On a slow machine the first lines have no name yet.
    text = monitor_text(visitor, street, "--count", "200", "--resolve")
    assert f" uid=0(root) pid={os.getpid()} comm=" in text


def monitor_text(owner, street, *words):
    """What it prints for people of datagrams, until it ends by itself."""
    process = owner.netns.start(CLI, "monitor", *words, stdout=subprocess.PIPE)
    with owner.netns.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        def over():
            sock.sendto(b"x", (street.h0.ipv4, PORT))
            return process.poll() is not None
        until(over)
    assert process.returncode == 0
    return process.stdout.read()


def test_policy_changes_and_resets_are_in_the_stream(host, monitor):
    it = monitor(host)
    tool(host, "set", "in=drop,log", "hit-rate=7/m")
    tool(host, "allow", "add", "10.0.0.0/8")
    tool(host, "stats", "reset")
    until(lambda: it.events("reset"))
    it.stop()
    first, second = it.events("policy")[-2:]
    assert (first["in"], first["hit_rate"], first["allow"]) == ("drop,log", "7/m", [])
    assert second["allow"] == ["10.0.0.0/8"] and second["generation"] == first["generation"] + 1
    assert [row["table"] for row in it.events("reset")] == ["counters"]


def test_it_goes_on_when_the_module_is_loaded_again(street, host, monitor):
    it = monitor(host)
    packet = wire.packet("udp", SILENT[4], street.h0.ipv4)
    for round_ in range(1, 4):
        street.inject([packet] * 5)
        street.settle()
        until(lambda: len(it.hits()) == 5 * round_)
        ghost.fresh()
        until(lambda: len(it.events("back")) == round_)
    assert [row["event"] for row in it.events("gone", "back")] == ["gone", "back"] * 3
    it.stop()
    assert it.missed() == 0


def test_a_reload_that_it_slept_through_is_noticed(street, host, monitor):
    it = monitor(host)
    it.process.send_signal(signal.SIGSTOP)
    ghost.fresh()
    it.process.send_signal(signal.SIGCONT)
    until(lambda: it.events("back"))
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
    until(it.hits)


def sequences_are_whole(hits):
    """No hit comes twice, and those of a CPU come in order."""
    last = collections.Counter()
    for row in hits:
        assert row["seq"] > last[row["cpu"]]
        last[row["cpu"]] = row["seq"]


def test_while_it_sleeps_it_misses_hits_and_says_how_many(street, host, monitor):
    it = monitor(host)
    it.process.send_signal(signal.SIGSTOP)
    with Flood(street.visitor, street.h0.ipv4) as flood:
        flood.wait(scaled(90000))
    street.settle()
    accounted(host, flood.sent)
    it.process.send_signal(signal.SIGCONT)
    hits = it.stop()
    assert len(hits) + it.missed() + it.missed("suppressed") == flood.sent
    assert it.missed("too_slow") + it.missed("no_room") == it.missed()
    sequences_are_whole(hits)
    status = host.status()
    assert status["hits-sent"] == len(hits)
    if SLOW == 1:
        assert it.missed("too_slow") > 0


def test_it_keeps_up_with_a_flood_or_reports_each_loss(street, host, monitor):
    it = monitor(host)
    with Flood(street.visitor, street.h0.ipv4) as flood:
        flood.wait(scaled(30000))
        # In the midst of it.
        hits = it.stop()
        told = len(hits) + it.missed() + it.missed("suppressed")
    street.settle()
    assert 0 < told <= flood.sent
    sequences_are_whole(hits)


def test_losses_at_the_end_are_told_without_another_hit(street, host, monitor):
    it = monitor(host)
    with Flood(street.visitor, street.h0.ipv4) as flood:
        flood.wait(scaled(30000))
    street.settle()
    until(lambda: len(it.hits()) + it.missed() + it.missed("suppressed") == flood.sent, timeout=60)


def test_what_the_hit_rate_suppresses_is_told(street, host, monitor):
    it = monitor(host)
    tool(host, "set", "hit-rate=1/h", "hit-burst=5")
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)] * 50)
    street.settle()
    until(lambda: it.missed("suppressed") + len(it.hits()) == 50)
    assert len(it.stop()) <= 6 and it.missed() == 0


def test_it_works_in_another_namespace(street, host, router, monitor):
    it = monitor(host, "-N", "host", netns=street.router)
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
    street.settle()
    row, = until(it.hits)
    assert row["direction"] == "in" and it.stop() == [row]


def test_without_privilege_it_names_the_capability(init):
    done = init.netns.run(CLI, "monitor", check=False, preexec_fn=become_nobody)
    assert (done.returncode, done.stdout) == (1, "") and "CAP_NET_ADMIN" in done.stderr


def test_without_the_module_it_does_not_start(init):
    ghost.rmmod()
    assert "modprobe ghost688" in tool(init, "monitor", status=1)
    ghost.insmod()
    init.set("count")
