# SPDX-License-Identifier: GPL-2.0-only
"""Segmentation outside of TCP: a guest behind a tap, lists of fragments, UDP merged for forwarding, SCTP. The
reference is tcpdump, on the host's end of a wire that carries only segments."""
import socket
import threading

import pytest

from lib import pcap, tap, wire
from lib.flood import deep_backlog
from lib.pcap import Capture
from lib.topology import SILENT, offloads


def frames(packets, address):
    """(packets, bytes) of all packets from that address, fragments included."""
    packed = wire.packed(address)
    found = [p for p, _ in packets if packed in (p[12:16], p[8:24])]
    return len(found), sum(map(ip_length, found))


def ip_length(packet):
    at = 2 if packet[0] >> 4 == 4 else 4
    return int.from_bytes(packet[at:at + 2], "big") + (0 if at == 2 else 40)


KINDS = {"tcp4": (tap.TCP4, "tcp", 4, 16), "tcp6": (tap.TCP6, "tcp", 6, 16), "udp4": (tap.UDP_L4, "udp", 4, 6),
         "udp6": (tap.UDP_L4, "udp", 6, 6), "ufo4": (tap.UFO, "udp", 4, 6)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size,segment", [(10000, 1000), (10001, 1000), (999, 1000)])
@pytest.mark.parametrize("action", ["count", "drop"])
def test_a_guests_large_packet_counts_as_its_segments(street, router, host, tmp_path, kind, size, segment, action):
    number, protocol, family, at = KINDS[kind]
    router.set("off", action, "off")
    source, destination = SILENT[family], street.h0.address(family)
    packet = wire.packet(protocol, source, destination, payload=b"x" * size, tcp_flags=16)
    head = (40 if family == 6 else 20) + (20 if protocol == "tcp" else 8)
    if kind == "ufo4":
        segment -= segment % 8
    with tap.Tap(street.router, "guest0") as guest, Capture(street.host, "h0", tmp_path / "wire") as capture:
        try:
            guest.send(packet, number, segment, head, at)
        except OSError as error:
            assert error.errno == 22 and number == tap.UDP_L4, "what a kernel does not know, it refuses"
            pytest.skip("this kernel takes no UDP_L4 from a tap")
        seen = capture.settled(street.settle())
    name = wire.FAMILIES[family]
    verdict = "passed" if action == "count" else "dropped"
    (key, count), = router.rows().items()
    assert key == ("forward", name, protocol, verdict)
    expected = frames(seen, source)
    if action == "drop":
        assert expected == (0, 0) and host.rows() == {}
        expected = router_count(size, segment, head, kind)
    assert count == expected == router_count(size, segment, head, kind)


def router_count(size, segment, head, kind):
    """What the wire must carry, by arithmetic."""
    if kind == "ufo4":	# each fragment repeats only the IP header
        size, head = size + 8, 20
    number = -(-size // segment)
    return number, size + number * head


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("action", ["count", "drop"])
@pytest.mark.parametrize("port", [688, 689])
def test_ports_that_lie_in_pages_are_read(street, router, host, family, action, port):
    """A guest may say that only the IP header is a header. The kernel then leaves the ports in the pages of the
    packet."""
    router.set(action)
    head = 40 if family == 6 else 20
    packet = wire.packet("udp", SILENT[family], street.r1.address(family), port, payload=b"x" * 6000)
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    with tap.Tap(street.router, "guest0") as guest, street.router.socket(kind, socket.SOCK_DGRAM) as sock:
        street.router.run("ip", "link", "set", "guest0", "mtu", 9000)
        sock.bind((street.r1.address(family), port))
        sock.setblocking(False)
        guest.send(packet, 0, 0, head, 0)
        street.settle()
        assert len(wire.received(sock)) == (action == "count" or port == 689)
    verdict = "passed" if action == "count" else "dropped"
    assert router.rows() == ({("in", wire.FAMILIES[family], "udp", verdict): (1, len(packet))} if port == 688 else {})


@pytest.fixture
def merging(street, request):
    """Datagrams that arrive at the router together are merged, in one of two ways, and split again when they leave."""
    deep_backlog()
    street.r1.netns.run("ethtool", "-K", "r1", "gro", "on", request.param, "on")
    # netem holds them back, so that many arrive at once, but no more than a veth can hold.
    street.v0.netns.run("tc", "qdisc", "add", "dev", "v0", "root", "netem", "slot", "400ms", "400ms", "packets", 200)
    yield street
    street.v0.netns.run("tc", "qdisc", "del", "dev", "v0", "root")
    street.r1.netns.run("ethtool", "-K", "r1", request.param, "off")
    offloads(street.r1, False)


@pytest.mark.parametrize("merging", ["rx-gro-list", "rx-udp-gro-forwarding"], indirect=True)
@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("action", ["count", "drop"])
def test_merged_datagrams_count_as_they_came(merging, router, host, tmp_path, family, action):
    street, number, size = merging, 200, 1000
    router.set("off", action, "off")
    # Some kernels do not merge datagrams that may be fragmented.
    more = {"flags": 2} if family == 4 else {}
    packets = [wire.packet("udp", SILENT[family], street.h0.address(family), payload=b"x" * size, **more)] * number
    with Capture(street.host, "h0", tmp_path / "wire") as capture, \
            Capture(street.router, "r1", tmp_path / "merged") as before:
        street.inject(packets)
        text = street.settle()
        seen, merged = capture.settled(text), before.settled(text)
    name, bytes_ = wire.FAMILIES[family], number * len(packets[0])
    verdict = "passed" if action == "count" else "dropped"
    assert router.rows() == {("forward", name, "udp", verdict): (number, bytes_)}
    if action == "count":
        assert pcap.sums(seen) == {(name, "udp"): (number, bytes_)}
        assert host.rows() == {("in", name, "udp", "passed"): (number, bytes_)}
    # They were merged; otherwise this tests nothing.
    assert frames(merged, SILENT[family])[0] < number / 2


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_an_sctp_transfer_counts_as_its_segments(street, visitor, router, host, tmp_path, family):
    deep_backlog()
    offloads(street.v0, True)
    street.visitor.run("ethtool", "-K", "v0", "tx-sctp-segmentation", "on", check=False)
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    try:
        server = street.host.socket(kind, socket.SOCK_STREAM, 132)
    except OSError:
        offloads(street.v0, False)
        pytest.skip("this kernel has no SCTP")
    size = 1 << 19
    try:
        with server, Capture(street.host, "h0", tmp_path / "wire") as capture, \
                Capture(street.visitor, "v0", tmp_path / "large", incoming=False) as large:
            server.bind((street.h0.address(family), 688))
            server.listen(1)
            with street.visitor.socket(kind, socket.SOCK_STREAM, 132) as client:
                client.connect((street.h0.address(family), 688))
                far, _ = server.accept()
                got = []
                reader = threading.Thread(target=lambda: [got.append(len(data)) for data in iter(
                    lambda: far.recv(1 << 16), b"")])
                reader.start()
                for _ in range(size >> 14):
                    client.send(bytes(1 << 14))
            reader.join(60)
            far.close()
            assert sum(got) == size
            text = street.settle()
            seen, whole = capture.settled(text), large.settled(text)
    finally:
        offloads(street.v0, False)
    (key, count), = pcap.sums(seen).items()
    assert key == (wire.FAMILIES[family], "sctp") and count[1] > size
    for owner, place in (visitor, "out"), (router, "forward"), (host, "in"):
        assert owner.rows() == {(place, *key, "passed"): count}, place
    # There were large packets; otherwise this tests nothing.
    assert pcap.sums(whole)[key][0] < count[0] * 3 / 4
