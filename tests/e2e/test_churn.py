# SPDX-License-Identifier: GPL-2.0-only
"""Policies, namespaces and the module come and go under traffic. tests/vm/run judges the kernel's log; the tests here
compare counts."""
import fcntl
import os
import pathlib
import random
import socket
import struct

import pytest

from lib import ghost, wire
from lib.child import CLONE_NEWNET, Child, unshare
from lib.flood import Flood
from lib.ghost import Ghost, scaled
from lib.netns import Netns, until
from lib.topology import Port, veth

SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def udp(netns, name):
    """One of the UDP statistics."""
    names, values = [line.split() for line in netns.read("/proc/net/snmp").splitlines() if line.startswith("Udp:")]
    return int(values[names.index(name)])


def test_every_packet_of_a_flood_has_one_verdict_while_the_policy_changes(street, host):
    random_source = random.Random(688)
    before = udp(street.host, "NoPorts")
    with Flood(street.visitor, street.h0.ipv4) as flood:
        for i in range(scaled(1000)):
            host.set("drop" if i % 2 else "count", random_source.choice(["off", "count", "drop"]),
                     random_source.choice(["off", "count", "drop"]),
                     allow=["10.99.0.0/16"] * random_source.randrange(2))
        flood.wait(100)
        sent = flood.stop()
    street.settle()
    status = host.status()
    rows = host.rows()
    passed, dropped = (rows.get(("in", "ipv4", "udp", verdict), (0, 0)) for verdict in ("passed", "dropped"))
    assert passed[0] + dropped[0] == sent and passed[1] + dropped[1] == sent * 36
    assert passed[0] and dropped[0] and flood.refused == 0
    # What passed is what UDP received.
    assert udp(street.host, "NoPorts") - before == passed[0]
    assert status["generation"] > scaled(1000)


def test_a_flood_loses_its_count_only_while_the_direction_is_off(street, host):
    before = udp(street.host, "NoPorts")
    host.set("drop")
    with Flood(street.visitor, street.h0.ipv4) as flood:
        for i in range(scaled(200)):
            host.set("drop" if i % 2 else "off")
        host.set("drop")
        flood.wait(100)
        sent = flood.stop()
    street.settle()
    (key, count), = host.rows().items()
    assert key == ("in", "ipv4", "udp", "dropped")
    assert count[0] + udp(street.host, "NoPorts") - before == sent


def live_and_die(count):
    """Makes one namespace after the other, each with all that a namespace can own: a policy, visitors, counters and a
    baseline."""
    for _ in range(count):
        unshare(CLONE_NEWNET)
        owner = Ghost(Netns())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as serving:
            fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
            serving.bind(("127.0.0.1", 688))	# A visitor is remembered only if a socket receives it.
            owner.set("count", allow=["10.0.0.0/8"])
            sock.sendto(b"boo", ("127.0.0.1", 688))
            until(lambda: len(owner.rows()) == 2)
            assert owner.reset() == {(way, "ipv4", "udp", "passed"): (1, 31) for way in ("in", "out")}
        owner.netns.close()
    return count


def objects():
    """{cache: objects in use} of the caches that kmalloc() takes from, after the CPUs gave back their free objects."""
    for path in pathlib.Path("/sys/kernel/slab").glob("kmalloc-*/shrink"):
        path.write_text("1", encoding="ascii")
    with open("/proc/slabinfo", encoding="ascii") as file:
        return {line.split()[0]: int(line.split()[1]) for line in file if line.startswith("kmalloc-")}


def kasan():
    with open("/proc/kallsyms", encoding="ascii") as file:
        return any(line.split()[2] == "kasan_quarantine_put" for line in file)


def test_namespaces_come_and_go_and_take_their_memory_with_them(module):
    """If each namespace left an object behind, the number of objects would grow by the number of namespaces. The rest
    of the kernel leaves fewer."""
    lives = scaled(200)

    def generation():
        children = [Child(live_and_die, lives // 2, cpu=cpu) for cpu in (0, 1)]
        assert sum(child.result() for child in children) == lives // 2 * 2
        # This waits for the namespaces that are being dismantled.
        for _ in range(2):
            ghost.fresh()

    def grown():
        after = objects()
        return {name: after[name] - count for name, count in before.items() if after[name] - count >= lives // 2}

    generation()
    if kasan():
        return		# KASAN delays the freeing of memory, so there kmemleak has to find leaks.
    before = objects()
    generation()
    # RCU frees some of it later.
    until(lambda: not grown(), what=f"the memory of {lives} namespaces")


@pytest.mark.parametrize("action", ["count", "drop,log"])
def test_a_namespace_dies_under_traffic_in_both_directions(street, router, action):
    """A wire from router to a namespace that is deleted while packets are on the wire."""
    for i in range(max(6 // ghost.SLOW, 2)):
        mortal = Netns("mortal")
        try:
            here = Port(street.router, "here", 0x31, "10.88.3.1", "fd88:3::1")
            there = Port(mortal, "there", 0x32, "10.88.3.2", "fd88:3::2")
            veth(here, there)
            Ghost(mortal).set(action)
            with Flood(street.router, "10.88.3.2", pace=0.0005), Flood(mortal, "10.88.3.1", pace=0.0005) as back:
                until(lambda: Ghost(mortal).status()["visits"] > 50)
                back.stop()
                mortal.close()
                mortal = None
                if i % 2:
                    street.router.run("ip", "link", "del", "here", check=False)
        finally:
            if mortal:
                mortal.close()
            street.router.run("ip", "link", "del", "here", check=False)
        until(lambda: not os.path.exists("/run/netns/mortal"))


def test_the_module_is_unloaded_and_reloaded_under_full_traffic(_street, module):
    street = _street
    with Flood(street.visitor, street.h0.ipv4) as there, Flood(street.host, street.v0.ipv6, cpu=0, pace=0.001) as back:
        for i in range(max(20 // ghost.SLOW, 4)):
            ghost.rmmod()
            there.wait(20)
            ghost.insmod(f"action={['count', 'log', 'drop', 'off'][i % 4]}")
            there.wait(20)
            back.wait(1)
    ghost.fresh()


def readers(stop):
    """Reads all files and answers, whether the module is loaded or not."""
    rounds = 0
    from lib import genl
    while not os.path.exists(stop):
        for name in "status", "policy", "counters":
            try:
                with open(f"/proc/self/net/ghost688/{name}", encoding="ascii") as file:
                    assert file.read()
            except (FileNotFoundError, OSError):
                pass
        try:
            with genl.Socket() as sock:
                sock.dump(genl.COUNTERS)
                sock.ask(genl.SET, genl.policy("drop"))
                sock.ask(genl.RESET)
        except OSError:
            pass
        rounds += 1
    return rounds


def test_the_module_can_be_unloaded_while_everything_is_read_and_written(_street, module, tmp_path):
    child = Child(readers, str(tmp_path / "stop"), cpu=1)
    for _ in range(scaled(20)):
        until(lambda: not ghost.run("rmmod", "ghost688", check=False).returncode)
        ghost.insmod()
    (tmp_path / "stop").touch()
    assert child.result() > 0
    ghost.fresh()


def test_the_module_can_be_unloaded_whatever_the_policy(street, host, logging):
    for words in ("drop,log", "off", "log"), ("off", "off", "off"), ("log", "log", "log"):
        host.set(*words, group=5 if words[0] == "log" else None)
        street.inject([wire.packet("udp", "192.0.2.88", street.h0.ipv4)])
        ghost.fresh()
        host.set(*words)
