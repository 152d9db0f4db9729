# SPDX-License-Identifier: GPL-2.0-only
"""Packets that are one in the stack and many on the wire. They count as on the wire, where tcpdump sees them after a
veth without offloads."""
import socket
import threading

import pytest

from lib import pcap, wire
from lib.flood import deep_backlog
from lib.ghost import SLOW
from lib.hits import Listener
from lib.pcap import Capture
from lib.topology import offloads


@pytest.fixture
def big(street):
    """Packets are as large as possible from visitor to router, and of wire size from router to host, where tcpdump
    counts them."""
    deep_backlog()
    offloads(street.v0, True)
    offloads(street.r1, True)
    yield street
    offloads(street.v0, False)
    offloads(street.r1, False)
    offloads(street.h0, False)


def connection(street, family, port=None, room=100000):
    """A connection from visitor to an address of a port, by default host's."""
    port = port or street.h0
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    server = port.netns.socket(kind, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((port.address(family), 688))
    # No more data in flight than a veth with GRO can hold; SO_RCVBUFFORCE.
    server.setsockopt(socket.SOL_SOCKET, 33, room)
    server.listen()
    client = street.visitor.socket(kind, socket.SOCK_STREAM)
    client.connect((port.address(family), 688))
    accepted, _ = server.accept()
    server.close()
    return client, accepted


def drain(sock):
    while sock.recv(1 << 20):
        pass


def transfer(client, server, size):
    """Sends so many bytes and closes both ends."""
    reader = threading.Thread(target=drain, args=(server,))
    reader.start()
    client.sendall(bytes(size))
    client.close()
    reader.join()
    server.close()


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("merged", [False, True], ids=["", "and merged again on arrival"])
def test_a_bulk_transfer_counts_as_its_segments(big, visitor, router, host, tmp_path, family, merged):
    street, size = big, 3 << 20
    if merged:
        offloads(street.h0, True)
    with Capture(street.host, "h0", tmp_path / "wire") as small, \
            Capture(street.visitor, "v0", tmp_path / "large", incoming=False) as large:
        transfer(*connection(street, family), size)
        text = street.settle()
        seen, whole = small.settled(text), large.settled(text)
    (kind, count), = pcap.sums(seen).items()
    assert kind == (wire.FAMILIES[family], "tcp")
    if not merged:
        assert count[1] > size and count[0] > size // 1460
        for owner, place in (visitor, "out"), (router, "forward"), (host, "in"):
            found = owner.rows()
            # The last acknowledgement may still be on its way.
            assert found == {(place, *kind, "passed"): count}, place
    first = router.rows()["forward", *kind, "passed"]
    assert host.rows() == {("in", *kind, "passed"): first}
    # There were large packets; otherwise this tests nothing.
    assert sum(visit[2] > 1500 for visit in (pcap.visit(packet) for packet, _ in whole) if visit) > 50


@pytest.fixture
def bigger(street):
    """BIG TCP in visitor, segmented on its own device. Its packets are larger than the length field of IP allows."""
    words = ["ip", "link", "set", "v0", "gso_max_size", 180000]
    if street.visitor.run(*words, check=False).returncode:
        pytest.skip("this kernel has no BIG TCP")
    street.visitor.run("ip", "link", "set", "v0", "gso_ipv4_max_size", 180000, check=False)
    street.visitor.run("ethtool", "-K", "v0", "tx", "on", "sg", "on", "gso", "on", "tso", "off")
    street.visitor.run("nft", "table inet big { chain c { type filter hook output priority 0; meta length > 65600 "
                              "counter; }; }")
    yield street
    street.visitor.run("nft", "delete", "table", "inet", "big")
    offloads(street.v0, False)
    for kind in "gso_max_size", "gso_ipv4_max_size":
        street.visitor.run("ip", "link", "set", "v0", kind, 65536, check=False)


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_big_tcp_counts_as_its_segments(bigger, visitor, router, tmp_path, family):
    street, size = bigger, 6 << 20
    deep_backlog()
    with Capture(street.router, "r1", tmp_path / "wire") as capture:
        transfer(*connection(street, family, street.r1, 4 << 20), size)
        seen = capture.settled(street.settle())
    (kind, count), = pcap.sums(seen).items()
    for owner, place in (visitor, "out"), (router, "in"):
        assert owner.rows() == {(place, *kind, "passed"): count}, place
    # There were such packets; otherwise this tests nothing. On a slow machine the sender never gets so far ahead.
    told = street.visitor.run("nft", "list", "table", "inet", "big").stdout
    if "counter packets 0 " in told and family == 4:
        pytest.skip("this kernel has no BIG TCP for IPv4")
    assert SLOW > 1 or "counter packets 0 " not in told


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("size,segment", [(50000, 1000), (1001, 1000), (1000, 1000), (1400 * 16 - 1, 1400)])
def test_udp_segmentation_counts_as_its_datagrams(big, visitor, router, host, family, size, segment):
    street = big
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    with street.visitor.socket(kind, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_UDP, 103, segment)	# UDP_SEGMENT
        for _ in range(3):
            sock.sendto(bytes(size), (street.h0.address(family), 688))
    street.settle()
    head = 8 + (40 if family == 6 else 20)
    packets = -(-size // segment)
    count = 3 * packets, 3 * (size + packets * head)
    for owner, place in (visitor, "out"), (router, "forward"), (host, "in"):
        assert owner.rows() == {(place, wire.FAMILIES[family], "udp", "passed"): count}, place


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_hit_weighs_as_much_as_its_count(big, visitor, router, host, family):
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    listeners = [Listener(netns) for netns in big.namespaces]
    with big.visitor.socket(kind, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)
        sock.sendto(bytes(20500), (big.h0.address(family), 688))
    big.settle()
    transfer(*connection(big, family), 1 << 20)
    big.settle()
    for listener, owner in zip(listeners, (visitor, router, host)):
        found = listener.hits()
        listener.genl.socket.close()
        sums = {}
        for hit in found:
            before = sums.get(hit["protocol"], (0, 0))
            sums[hit["protocol"]] = before[0] + hit["packets"], before[1] + hit["bytes"]
        assert sums == {wire.PROTOCOLS[key[2]]: count for key, count in owner.rows().items()}
        assert sums[17][0] == 21
        if owner is not host:	# the last wire has no offloads
            assert [hit["packets"] for hit in found if hit["protocol"] == 17] == [21]
            assert max(hit["packets"] for hit in found if hit["protocol"] == 6) > 5


def test_drop_takes_a_whole_large_packet_and_counts_its_segments(big, visitor, router, host):
    router.set("drop")
    with big.visitor.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_UDP, 103, 500)
        sock.sendto(bytes(10000), (big.h0.ipv4, 688))
    big.settle()
    assert router.rows() == {("forward", "ipv4", "udp", "dropped"): (20, 20 * 528)}
    assert host.rows() == {}
