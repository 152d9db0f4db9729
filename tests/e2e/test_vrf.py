# SPDX-License-Identifier: GPL-2.0-only
"""A packet through a VRF passes LOCAL_OUT twice, and the wire once."""
import socket

import pytest

from lib import wire
from lib.netns import until

FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
NEAR = {4: "10.77.0.1", 6: "fd77::1"}
FAR = {4: "10.77.0.2", 6: "fd77::2"}


@pytest.fixture
def vrf(street):
    """host with vrf88, whose only device is the dummy d88. The neighbour there never answers."""
    host = street.host
    host.run("ip", "-batch", "-", input="\n".join([
        "link add vrf88 type vrf table 88", "link set vrf88 up",
        "link add d88 type dummy", "link set d88 master vrf88", "link set d88 up",
        f"addr add {NEAR[4]}/24 dev d88", f"addr add {NEAR[6]}/64 dev d88 nodad",
        f"neigh add {FAR[4]} lladdr 02:06:88:77:00:01 nud permanent dev d88",
        f"neigh add {FAR[6]} lladdr 02:06:88:77:00:01 nud permanent dev d88"]))
    yield host
    host.run("ip", "link", "del", "d88")
    host.run("ip", "link", "del", "vrf88")


def sender(netns, family):
    sock = netns.socket(FAMILY[family], socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"vrf88")
    return sock


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_packet_that_leaves_through_a_vrf_counts_once(vrf, host, family):
    with sender(vrf, family) as sock:
        sock.sendto(b"boo", (FAR[family], 688))
    size = {4: 31, 6: 51}[family]
    assert host.rows() == {("out", wire.FAMILIES[family], "udp", "passed"): (1, size)}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_packet_that_leaves_through_a_vrf_is_dropped_once(vrf, host, family):
    host.set("drop")
    with sender(vrf, family) as sock, pytest.raises(PermissionError):
        sock.sendto(b"boo", (FAR[family], 688))
    assert {key: count[0] for key, count in host.rows().items()} == {
        ("out", wire.FAMILIES[family], "udp", "dropped"): 1}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_packet_that_stays_in_a_vrf_counts_once_as_out_and_once_as_in(vrf, host, family):
    with sender(vrf, family) as sock:
        sock.sendto(b"boo", (NEAR[family], 688))
    assert {key: count[0] for key, count in host.rows().items()} == {
        ("out", wire.FAMILIES[family], "udp", "passed"): 1, ("in", wire.FAMILIES[family], "udp", "passed"): 1}


def test_a_vrf_with_a_queue_of_its_own_shows_a_packet_twice(vrf, host):
    """The packet is routed again after the queue, and nothing shows that it was counted before: see README."""
    vrf.run("tc", "qdisc", "add", "dev", "vrf88", "root", "tbf", "rate", "10mbit", "burst", "100kb", "latency", "1s")
    with sender(vrf, 4) as sock:
        sock.sendto(b"boo", (FAR[4], 688))
    until(lambda: host.rows() == {("out", "ipv4", "udp", "passed"): (2, 62)})
