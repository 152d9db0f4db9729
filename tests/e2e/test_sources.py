# SPDX-License-Identifier: GPL-2.0-only
"""Who came: each row of the sources against what tcpdump saw, in every direction."""
import ipaddress
import os
import random
import socket

import pytest

from lib import genl, sources, wire
from lib.child import CLONE_NEWNET, CLONE_NEWUSER, Child, become_nobody, unshare
from lib.flood import Flood, deep_backlog
from lib.forge import as_nobody
from lib.ghost import CLI, DIRECTIONS, Ghost, arm_only, scaled
from lib.netns import Netns, libc, until
from lib.pcap import Capture
from lib.sources import EARLY_COMERS, differences, key
from lib.tool import tool
from lib.topology import SILENT, offloads

NETWORKS = {4: ipaddress.ip_network("198.51.100.0/24"), 6: ipaddress.ip_network("2001:db8:e::/48")}
PR_SET_DUMPABLE, PR_SET_NAME = 4, 15


@pytest.fixture(autouse=True)
def nobody_came(street, visitor, router, host):
    for owner in visitor, router, host:
        sources.reset(owner)


@pytest.fixture
def beyond(street):
    """The router has a route to the networks that the tests take far ends from."""
    for family, network in NETWORKS.items():
        street.router.run("ip", f"-{family}", "route", "add", network, "dev", "r2")
    yield
    for family, network in NETWORKS.items():
        street.router.run("ip", f"-{family}", "route", "del", network)


def far_ends(dice, family, count):
    """Addresses, for IPv6 two in each /64."""
    if family == 4:
        return [str(NETWORKS[4][i]) for i in dice.sample(range(1, 255), count)]
    nets = [int(NETWORKS[6][0]) + (i << 64) for i in dice.sample(range(1 << 16), count)]
    return [str(ipaddress.IPv6Address(net + dice.randrange(1, 1 << 64))) for net in nets for _ in range(2)]


def traffic(street, direction, dice, family, ends, count):
    """Packets of all protocols from these far ends, or in `out` to them, each of a random size and from a random port."""
    near = (street.v0 if direction == "out" else street.h0).address(family)
    packets = []
    for _ in range(count):
        far = dice.choice(ends)
        packets.append(wire.packet(
            dice.choice(list(wire.PROTOCOLS)), *((near, far) if direction == "out" else (far, near)),
            source_port=dice.randrange(1024, 65536), payload=bytes(4 * dice.randrange(100))))
    return packets


def carry(street, direction, packets):
    """In `out` visitor sends them, else they are on the wire in front of it."""
    if direction != "out":
        street.inject(packets)
        return
    for packet in packets:
        try:
            wire.send(street.visitor, packet)
        except PermissionError:
            pass


def watch(street, direction, path):
    device = {"in": (street.host, "h0"), "forward": (street.router, "r1"), "out": (street.router, "r1")}[direction]
    return Capture(*device, path)


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_each_source_is_as_tcpdump_saw_it(street, visitor, router, host, beyond, tmp_path, direction, family):
    dice = random.Random(f"{direction} {family}")
    owner = arm_only(direction, visitor, router, host, "count")
    packets = traffic(street, direction, dice, family, far_ends(dice, family, 40), 600)
    if direction == "out":
        # Nothing answers, so that the wire has only this.
        router.set("drop", "drop", "drop")
    with watch(street, direction, tmp_path / "wire") as capture:
        carry(street, direction, packets)
        capture.settled(street.settle())
    expected = sources.seen(capture.path, direction, "passed")
    answer = sources.get(owner)
    assert (answer.threshold, answer.unrecorded, len(expected)) == (0, 0, 40)
    assert differences(answer.rows, expected, "early", "uid", "comm") == []
    assert sum(row.packets for row in answer.rows.values()) == 600
    assert sources.proc(owner) == answer == sources.by_tool(owner)
    # Nothing else came; dropped packets are told as such.
    owner.set("drop")
    carry(street, direction, packets[:1])
    street.settle()
    name = key(direction, (packets[0][16:20] if family == 4 else packets[0][24:40]) if direction == "out" else
               (packets[0][12:16] if family == 4 else packets[0][8:24]))
    assert sources.get(owner).rows[name].verdicts == {"passed", "dropped"}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_packet_counts_in_each_direction_that_it_takes(street, visitor, router, host, family):
    """Translated by nobody: the far end is the source, except in `out`."""
    near, far = street.v0.address(family), street.h0.address(family)
    packet = wire.packet("udp", near, far, source_port=4444, payload=b"boo")
    for _ in range(3):
        wire.send(street.visitor, packet)
    street.settle()
    for owner, direction, address, ports in ((visitor, "out", far, (4444, 688)), (router, "forward", near, (688, 4444)),
                                             (host, "in", near, (688, 4444))):
        (name, row), = sources.get(owner).rows.items()
        assert name == key(direction, address)
        assert (row.address, row.packets, row.error, row.size) == (address, 3, 0, 3 * len(packet))
        assert (row.local, row.remote) == ports
        assert (row.protocols, row.verdicts, row.early) == ({"udp"}, {"passed"}, True)


def test_the_last_address_of_a_slash_64_is_kept(street, host):
    last = None
    for i in (1, 0xffff, 7):
        last = f"2001:db8:5:6:{i:x}::9"
        street.inject([wire.packet("tcp", last, street.h0.ipv6), wire.packet("tcp", "2001:db8:5:7::1", street.h0.ipv6)])
    street.settle()
    rows = sources.get(host).rows
    assert {name[1]: (row.address, row.packets) for name, row in rows.items()} == {
        "2001:db8:5:6::/64": (last, 3), "2001:db8:5:7::/64": ("2001:db8:5:7::1", 3)}
    table = tool(host, "sources").splitlines()
    assert {line.split()[1] for line in table[1:-1]} == {f"{last}/64", "2001:db8:5:7::1/64"}
    assert table[-1] == "Whoever sent more than 0 packets is listed."


def send_named(netns, name, address, nobody):
    with netns.entered():
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    if nobody:
        become_nobody()
    libc.prctl(PR_SET_NAME, name, 0, 0, 0)
    sock.sendto(b"boo", (address, 688))


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_out_tells_the_user_and_the_thread_that_sent_last(street, visitor, router, host, family):
    address = street.h0.address(family)

    def who():
        row, = sources.get(visitor).rows.values()
        return row.uid, row.comm
    Child(send_named, street.visitor, b"first", address, False).result()
    assert who() == (0, "first")
    # A socket is its creator's; the thread is the one that sends.
    Child(send_named, street.visitor, b"a ghost 688", address, True).result()
    assert who() == (0, "a ghost 688")
    street.settle()
    for owner in router, host:
        row, = sources.get(owner).rows.values()
        assert (row.uid, row.comm) == (None, None)
    assert tool(visitor, "sources").splitlines()[1].endswith('  uid 0 "a ghost 688"')
    assert sources.proc(visitor) == sources.by_tool(visitor) == sources.get(visitor)


def send_to(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"boo", (address, 688))


def test_out_tells_a_user_without_privilege(street, visitor):
    as_nobody(street.visitor, send_to, street.h0.ipv4).result()
    row, = sources.get(visitor).rows.values()
    assert row.uid == 65534


def test_truncated_and_allowed_packets_have_a_source_too(street, host):
    host.set("drop", allow=["192.0.2.0/24"])
    ends = "192.0.2.1", "203.0.113.1"
    packets = [wire.ipv4(end, street.h0.ipv4, 17, b"\1\2\3") for end in ends] + \
        [wire.packet("udp", end, street.h0.ipv4) for end in ends]
    street.inject(packets[:2])
    street.settle()
    rows = sources.get(host).rows
    assert {row.protocols for row in rows.values()} == {frozenset(["truncated"])}
    assert {(row.local, row.remote) for row in rows.values()} == {(None, None)}
    street.inject(packets[2:])
    street.settle()
    rows = sources.get(host).rows
    for end, verdict in zip(ends, ("allowed", "dropped")):
        row = rows["in", end]
        assert (row.packets, row.size) == (2, 23 + len(packets[2]))
        assert row.protocols == {"truncated", "udp"} and verdict in row.verdicts
        assert (row.local, row.remote) == (688, 40000)
    assert "allowed" not in rows["in", ends[1]].verdicts


def test_replies_have_no_source(street, visitor, host):
    server = street.visitor.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind((street.v0.ipv4, 80))
    server.listen()
    with server, street.host.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        client.bind((street.h0.ipv4, 688))
        client.connect(server.getsockname())
        accepted, _ = server.accept()
        accepted.sendall(bytes(5000))
        accepted.close()
        while client.recv(1 << 16):
            pass
    street.settle()
    assert host.rows()["in", "ipv4", "tcp", "reply"][0] > 2
    assert visitor.rows()["out", "ipv4", "tcp", "reply"][0] > 2
    assert all("reply" in name for owner in (visitor, host) for name in owner.rows())
    assert sources.get(host).rows == sources.get(visitor).rows == {}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_large_packet_weighs_what_it_has_on_the_wire(street, visitor, router, host, family):
    deep_backlog()
    offloads(street.v0, True)
    offloads(street.r1, True)
    try:
        with street.visitor.socket(socket.AF_INET6 if family == 6 else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)	# UDP_SEGMENT
            sock.sendto(bytes(50000), (street.h0.address(family), 688))
        street.settle()
    finally:
        offloads(street.v0, False)
        offloads(street.r1, False)
    for owner in visitor, router, host:
        row, = sources.get(owner).rows.values()
        assert (row.packets, row.error, row.size) == (50, 0, 50000 + 50 * (8 + (40 if family == 6 else 20)))


def test_the_first_comers_are_marked(street, host):
    comers = [f"10.9.{i // 250}.{i % 250 + 1}" for i in range(EARLY_COMERS + 20)]
    street.inject([wire.packet("udp", comer, street.h0.ipv4) for comer in comers for _ in range(3)])
    street.settle()
    rows = sources.get(host).rows
    assert [comer for comer in comers if rows["in", comer].early] == comers[:EARLY_COMERS]
    assert all(rows["in", comer].packets == 3 and not rows["in", comer].error for comer in comers[:EARLY_COMERS])


def test_a_reset_answers_who_came_and_starts_anew(street, host):
    street.inject([wire.packet("udp", SILENT[family], street.h0.address(family)) for family in (4, 6, 6)])
    street.settle()
    before = sources.get(host)
    assert len(before.rows) == 2
    assert sources.reset(host) == before
    assert sources.get(host) == sources.reset(host) == sources.Answer()
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
    street.settle()
    told = sources.by_tool(host, "reset")
    assert [(name, row.packets) for name, row in told.rows.items()] == [(key("in", SILENT[4]), 1)]
    assert sources.get(host) == sources.Answer()
    # Counters are another table.
    assert host.status()["visits"] == 4


def test_a_reset_is_announced(street, host):
    with host.socket() as listener:
        listener.join("policy")
        sources.reset(host)
        (command, told), = until(listener.events)
    assert (command, [(kind, genl.number(data)) for kind, data in told]) == (genl.RESET_NTF, [(1, 1)])


def certain(answer):
    return sum(row.packets - row.error for row in answer.rows.values()) + answer.unrecorded


def resets(owner, rounds):
    """Resets many times, and until some of the answers had a source. Returns the sum of the packets."""
    packets = found = done = 0
    with owner.socket() as sock:
        while done < rounds or found < 5:
            answer = sources.understood(sock.dump(genl.SOURCES_RESET))
            packets, found, done = packets + certain(answer), found + bool(answer.rows), done + 1
    return packets


@pytest.mark.parametrize("direction", ["in", "out"])
def test_resets_at_the_same_time_under_traffic_lose_nothing(street, visitor, host, direction):
    owner = host if direction == "in" else visitor
    with Flood(street.visitor, street.h0.ipv4) as first, Flood(street.visitor, street.h0.ipv6, cpu=0, pace=0.001) as second:
        children = [Child(resets, owner, scaled(200), cpu=cpu) for cpu in (0, 1)]
        told = sum(child.result() for child in children)
        first.wait(100)
        sent = first.stop() + second.stop()
    street.settle()
    told += certain(sources.get(owner))
    assert told == owner.status()["visits"]
    assert owner.status()["visits"] == sent


def may_read(command=genl.SOURCES):
    with genl.Socket() as sock:
        try:
            return len(sock.dump(command))
        except genl.Refused as refused:
            return errno_name(refused)


def errno_name(error):
    return {1: "EPERM", 13: "EACCES"}[error.errno]


def may_open():
    try:
        with open("/proc/thread-self/net/ghost688/sources", encoding="ascii") as file:
            return file.readline()
    except OSError as error:
        return errno_name(error)


def asks():
    return [may_read(), may_read(genl.SOURCES_RESET), may_open()]


def asks_as_nobody():
    become_nobody()
    return asks()


def as_root_of_a_user_namespace(own_network):
    become_nobody()
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)	# Else its files in /proc are root's.
    unshare(CLONE_NEWUSER)
    for name, text in ("setgroups", "deny"), ("uid_map", "0 65534 1"), ("gid_map", "0 65534 1"):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    if own_network:
        unshare(CLONE_NEWNET)
    return asks()


def test_only_the_namespaces_owner_may_see_who_came(init):
    wire.send(init.netns, wire.packet("udp", "127.0.0.1", "127.0.0.1"))
    until(lambda: sources.get(init).rows)
    before = sources.get(init)
    refused = ["EPERM", "EPERM", "EACCES"]
    assert Child(asks_as_nobody).result() == refused
    assert Child(as_root_of_a_user_namespace, False).result() == refused
    assert Child(as_root_of_a_user_namespace, True).result() == [1, 1, "threshold 0 unrecorded 0\n"]
    assert sources.get(init) == before


def test_the_file_of_a_namespace_is_roots_alone(street):
    with street.host.entered():
        about = os.stat("/proc/thread-self/net/ghost688/sources")
    assert (about.st_mode, about.st_uid, about.st_gid) == (0o100400, 0, 0)


def test_without_sources_nobody_is_kept_and_with_them_again_who_comes_then(street, host):
    packets = [wire.packet("udp", SILENT[4], street.h0.ipv4)] * 3
    street.inject(packets)
    street.settle()
    # The same number keeps what there is.
    host.set("drop", sources=256)
    assert len(sources.get(host).rows) == 1
    host.set("count", sources=0)
    assert sources.get(host) == sources.Answer()
    done = host.netns.run(CLI, "sources")
    assert "No source is recorded." in done.stdout and "'sources 0'" in done.stderr
    street.inject(packets)
    street.settle()
    assert sources.get(host) == sources.Answer()
    host.set("count", sources=8)
    street.inject(packets[:2])
    street.settle()
    row, = sources.get(host).rows.values()
    assert (row.packets, row.error) == (2, 0)
    assert host.status()["visits"] == 8


def test_namespaces_know_their_own_sources_only(street, host):
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
    street.settle()
    other = Netns("other")
    try:
        assert sources.get(Ghost(other)) == sources.Answer()
    finally:
        other.close()
    assert len(sources.get(host).rows) == 1
