# SPDX-License-Identifier: GPL-2.0-only
"""Sockets that a program without privilege piles up in the kernel's hash tables of UDP change no verdict. tests/bench
measures what they cost."""
import os
import resource
import socket

import pytest

from lib import wire
from lib.child import Child, become_nobody
from lib.dialogue import datagram, ports
from lib.ghost import scaled
from lib.netns import setns, until

# A multiple of the size of both tables. They have the same number of buckets, at most 32768.
FAR = 32768
SOCKETS = scaled(3000)


def pile(netns, address, ready, done):
    """Opens sockets on one port: all on the given address, or each on another one."""
    setns(netns.descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (SOCKETS + 100, SOCKETS + 100))
    become_nobody()
    held = []
    for i in range(SOCKETS):
        sock = socket.socket(socket.AF_INET6 if address and ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        if address:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((address or f"127.1.{i >> 8}.{i & 255}", 688 + FAR))
        held.append(sock)
    os.write(ready, b"!")
    os.read(done, 1)
    return len(held)


class Pile:
    def __init__(self, netns, address=None):
        self.netns = netns
        ready, told = os.pipe()
        end, self.end = os.pipe()
        self.child = Child(pile, netns, address, told, end)
        os.close(told)
        os.close(end)
        self.began = os.read(ready, 1)
        os.close(ready)

    def __enter__(self):
        assert self.began, self.child.result()
        return self

    def __exit__(self, *_):
        os.write(self.end, b"!")
        os.close(self.end)
        assert self.child.result() == SOCKETS


def buckets(netns, family):
    """{bucket of the first table: the ports of its sockets}, from /proc."""
    found = {}
    for line in netns.read("/proc/net/udp6" if family == 6 else "/proc/net/udp").splitlines()[1:]:
        bucket, local = line.split()[:2]
        found.setdefault(int(bucket.rstrip(":")), []).append(int(local.rsplit(":", 1)[1], 16))
    return found


def piled(street, where, family):
    """Fills the first bucket, which all sockets on port 688 share, or the second one, of host's address and port 688."""
    return Pile(street.host, street.h0.address(family) if where == "second" else None)


@pytest.fixture(params=[("first", 4), ("second", 4), ("second", 6)], ids=lambda p: f"{p[0]}-ipv{p[1]}")
def heap(request, street):
    with piled(street, *request.param):
        yield request.param


def on_688(bucket):
    return 688 in bucket and bucket.count(688 + FAR) == SOCKETS


@pytest.mark.parametrize("action", ["count", "drop"])
def test_piled_sockets_change_no_verdict_and_no_count(street, host, heap, action):
    family = heap[1]
    packets = [wire.packet(name, street.v0.address(family), street.h0.address(family), source_port=next(ports))
               for name in wire.PROTOCOLS for _ in range(20)]
    with datagram(street.host, (street.h0.address(family), 688)) as serving:
        # Port 688 is in the bucket of the pile. In a larger table this test would prove nothing.
        assert any(map(on_688, buckets(street.host, family).values()))
        host.set(action)
        street.inject(packets)
        street.settle()
        serving.setblocking(False)
        assert len(wire.received(serving)) == (20 if action == "count" else 0)
    verdict = "passed" if action == "count" else "dropped"
    size = {packet[6 if family == 6 else 9]: len(packet) for packet in packets}
    assert host.rows() == {("in", wire.FAMILIES[family], name, verdict): (20, 20 * size[number])
                           for name, number in wire.PROTOCOLS.items()}


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("demux", [1, 0], ids=["found early", "looked up"])
def test_a_client_on_688_is_answered(street, host, family, demux):
    """The first bucket is full, the second one is not."""
    there = street.v0.address(family), next(ports)
    with Pile(street.host), datagram(street.host, (street.h0.address(family), 688)) as client, \
            datagram(street.visitor, there) as serving:
        if family == 4:
            assert any(map(on_688, buckets(street.host, family).values()))
        host.set("drop")
        street.host.sysctl("net.ipv4.udp_early_demux", demux)
        client.connect(there)
        for _ in range(3):
            client.send(b"ask")
            serving.sendto(b"answer", serving.recvfrom(10)[1])
            assert client.recv(10) == b"answer"
        street.host.sysctl("net.ipv4.udp_early_demux", 1)
    assert host.rows() == {("in", wire.FAMILIES[family], "udp", "reply"): (3, 3 * (54 if family == 6 else 34))}


def test_a_client_whose_own_bucket_is_full_is_found_while_it_is_newer_than_the_pile(street, host):
    """A look-up examines eight sockets at most, the newest first. An older client in a full bucket is not found."""
    there = street.v0.ipv4, next(ports)
    with Pile(street.host, street.h0.ipv4), datagram(street.host, (street.h0.ipv4, 688)) as client, \
            datagram(street.visitor, there) as serving:
        host.set("drop")
        client.connect(there)
        client.send(b"ask")
        serving.sendto(b"answer", serving.recvfrom(10)[1])
        assert client.recv(10) == b"answer"
    assert host.rows() == {("in", "ipv4", "udp", "reply"): (1, 34)}


def test_a_pile_goes_away(street):
    """The next test must not find it."""
    with Pile(street.host):
        pass
    until(lambda: not any(688 + FAR in bucket for bucket in buckets(street.host, 4).values()))
