# SPDX-License-Identifier: GPL-2.0-only
"""Who came, under a flood of spoofed sources: nobody washes himself out, and no number is a lie. Namespaces and the
module go away meanwhile."""
import os

import pytest

from lib import genl, ghost, sources, wire
from lib.child import Child
from lib.flood import Flood
from lib.ghost import Ghost, scaled
from lib.netns import Netns, run, until
from lib.sources import EARLY_COMERS, key
from lib.spoof import Spoofer, number_of
from lib.topology import Port, veth

MILLION = scaled(1000000)
QUIET = 20		# that come three times
LOUD = 5		# that come often
RARE = 10		# that come again and again, but each time so late that the module has forgotten the last time


def quiet(family, number):
    return f"10.77.0.{number + 1}" if family == 4 else f"fd77:0:0:{number + 1:x}::7"


def loud(family, number):
    return f"10.78.0.{number + 1}" if family == 4 else f"fd78:0:0:{number + 1:x}::8"


def rare(family, number):
    return f"10.76.0.{number + 1}" if family == 4 else f"fd76:0:0:{number + 1:x}::6"


def early(family, number):
    return f"10.79.0.{number + 1}" if family == 4 else f"fd79:0:0:{number + 1:x}::9"


def flood(street, family, part, parts):
    """Sends one of `parts` equal shares of the stream from this CPU. Returns {address: packets} of the sources that are
    not spoofed, and how many are."""
    told = {}
    first = 2 * part * MILLION
    spoofer = Spoofer(street.r2, street.h0, family, first)

    def send(address, times=1):
        told[address] = told.get(address, 0) + times
        spoofer.send(address, times)

    for number in range(EARLY_COMERS):
        send(early(family, 100 * part + number))
    quiet_here = range(part, QUIET, parts)
    share = MILLION // parts // len(quiet_here)
    for number in quiet_here:
        spoofer.flood(share - 399)
        for _ in range(3):
            send(quiet(family, number))
            spoofer.flood(133)
        for heavy in range(LOUD):
            send(loud(family, heavy), scaled(2000) // parts // len(quiet_here) * (heavy + 1))
        for seldom in range(RARE):
            send(rare(family, seldom))
    # Some of them get into the table at last.
    for seldom in range(RARE // 2):
        send(rare(family, seldom), 2)
    last = spoofer.number
    spoofer.close()
    return told, last - first


@pytest.mark.parametrize("family,parts", [(4, 1), (6, 1), (4, 2)], ids=["", "IPv6", "on two CPUs"])
def test_in_a_flood_of_spoofed_sources_the_real_ones_are_found(street, host, family, parts):
    sources.reset(host)
    host.set_one("in", "drop")
    children = [Child(flood, street, family, part, parts, cpu=part) for part in range(parts)]
    truth, spoofs = {}, 0
    for told, count in (child.result() for child in children):
        spoofs += count
        for address, packets in told.items():
            truth[address] = truth.get(address, 0) + packets
    street.settle()
    assert host.status()["visits"] == spoofs + sum(truth.values()) > MILLION

    answer = sources.get(host)
    assert answer.unrecorded == 0
    real = {key("in", address): packets for address, packets in truth.items()}
    # (a) Whoever sent more than the threshold is there, and no number is a lie, whatever was filtered.
    assert [name for name, packets in real.items() if packets > answer.threshold and name not in answer.rows] == []
    for name, row in answer.rows.items():
        assert name in real or 0 <= number_of(row.address) < 2 * parts * MILLION
        assert row.packets - row.error <= real.get(name, 1) <= row.packets, (name, row)
    assert answer.threshold < spoofs / 1000
    # (b) So is each that came three times, however long the flood.
    assert [number for number in range(QUIET) if key("in", quiet(family, number)) not in answer.rows] == []
    # (c) And who came first.
    for part in range(parts):
        for number in range(EARLY_COMERS):
            row = answer.rows[key("in", early(family, 100 * part + number))]
            assert row.early and row.packets - row.error == 1
            assert parts > 1 or row.error == 0
    # The loud ones are known well, and come first in the tool's table.
    told = sources.by_tool(host)
    assert told == answer
    loudest = key("in", loud(family, LOUD - 1))
    row = answer.rows[loudest]
    assert row.packets - row.error > real[loudest] // 2
    # All numbers are the same in /proc.
    assert sources.proc(host) == answer


@pytest.mark.parametrize("count", [8, 16, 256])
def test_a_smaller_table_lies_no_more_than_a_large_one(street, host, count):
    host.set("drop")
    host.set("count", sources=0)
    host.set("drop", sources=count)
    spoofer = Spoofer(street.r2, street.h0)
    for _ in range(30):
        spoofer.flood(1000)
        for heavy in range(LOUD):
            spoofer.send(loud(4, heavy), 10 * (heavy + 1))
    spoofer.close()
    street.settle()
    answer = sources.get(host)
    assert len(answer.rows) <= EARLY_COMERS + count
    real = {key("in", loud(4, heavy)): 300 * (heavy + 1) for heavy in range(LOUD)}
    assert [name for name, packets in real.items() if packets > answer.threshold and name not in answer.rows] == []
    for name, row in answer.rows.items():
        assert row.packets - row.error <= real.get(name, 1) <= row.packets, (name, row)


def spoof(port, peer, count):
    spoofer = Spoofer(port, peer)
    try:
        spoofer.flood(count)
    except OSError:		# the wire is gone
        pass
    spoofer.close()


def test_a_namespace_dies_while_it_is_flooded_and_read(street, router):
    for i in range(max(6 // ghost.SLOW, 2)):
        mortal = Netns("mortal")
        try:
            here = Port(street.router, "here", 0x31, "10.88.3.1", "fd88:3::1")
            there = Port(mortal, "there", 0x32, "10.88.3.2", "fd88:3::2")
            veth(here, there)
            owner = Ghost(mortal)
            owner.set("drop")
            with Flood(street.router, "10.88.3.2", pace=0.0005), Flood(mortal, "10.88.3.1", pace=0.0005) as back:
                child = Child(spoof, here, there, scaled(100000), cpu=1)
                until(lambda: owner.status()["visits"] > 500)
                assert sources.get(owner).rows
                if i % 2:
                    sources.reset(owner)
                back.stop()
                mortal.close()
                mortal = None
                street.router.run("ip", "link", "del", "here", check=False)
                child.result()
        finally:
            if mortal:
                mortal.close()
            street.router.run("ip", "link", "del", "here", check=False)
        until(lambda: not os.path.exists("/run/netns/mortal"))


def test_sources_are_switched_off_and_on_and_reset_under_a_flood(street, host):
    child = Child(spoof, street.r2, street.h0, scaled(200000), cpu=1)
    until(lambda: host.status()["visits"] > 500)
    for i in range(scaled(100)):
        host.set("drop", sources=(0, 8, 256)[i % 3])
        answer = sources.reset(host) if i % 5 == 0 else sources.get(host)
        assert all(row.packets - row.error <= 1 <= row.packets for row in answer.rows.values())
        assert i % 3 or not answer.rows
    child.result()
    street.settle()
    assert host.status()["visits"] == scaled(200000)


def test_the_module_stays_while_a_dump_is_open_and_goes_afterwards(street, host):
    spoof(street.r2, street.h0, 20000)
    for i in range(EARLY_COMERS * 4):
        street.inject([wire.packet("udp", loud(4, i % 250), street.h0.ipv4)] * 3)
    street.settle()
    count = len(sources.get(host).rows)
    assert count > 200
    with host.socket() as sock:
        sock.socket.send(sock.message(genl.SOURCES, flags=0x300))
        first = sock.socket.recv(1 << 18)
        assert first
        # The rest of the dump is made when somebody asks for it.
        assert "in use" in run("rmmod", "ghost688", check=False).stderr
    with street.host.entered(), open("/proc/thread-self/net/ghost688/sources", encoding="ascii") as file:
        assert file.readline()
        ghost.rmmod()
        with pytest.raises(OSError):
            os.pread(file.fileno(), 100, 0)
    ghost.insmod()
    assert sources.get(host) == sources.Answer()


def reads(owner, stop):
    rounds = 0
    while not os.path.exists(stop):
        try:
            sources.get(owner)
            sources.reset(owner)
            sources.proc(owner)
        except (OSError, IndexError):
            pass
        rounds += 1
    return rounds


def test_the_module_is_unloaded_while_sources_are_read_and_a_flood_comes(street, host, tmp_path):
    reader = Child(reads, host, str(tmp_path / "stop"), cpu=1)
    for _ in range(scaled(20)):
        child = Child(spoof, street.r2, street.h0, 2000)
        until(lambda: not run("rmmod", "ghost688", check=False).returncode)
        ghost.insmod("action=drop")
        child.result()
    (tmp_path / "stop").touch()
    assert reader.result() > 0
    ghost.fresh()
