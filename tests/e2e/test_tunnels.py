# SPDX-License-Identifier: GPL-2.0-only
"""Inner packets are visits where they leave a tunnel, and nowhere before: VLAN, GRE, IPIP, VXLAN, WireGuard, ESP."""
import socket
import subprocess

import pytest

from lib import wire
from lib.netns import until
from lib.topology import needs_device

# The inner addresses, in visitor and host.
INNER = {4: ("10.77.0.1", "10.77.0.2"), 6: ("fd77::1", "fd77::2")}


def end(netns, device, index):
    """Brings up one end, with its inner addresses."""
    netns.sysctl(f"net.ipv6.conf.{device}.accept_dad", 0)
    netns.run("ip", "addr", "add", f"{INNER[4][index]}/24", "dev", device)
    netns.run("ip", "addr", "add", f"{INNER[6][index]}/64", "dev", device, "nodad")
    netns.run("ip", "link", "set", device, "up")


def pair(street, outer, *words):
    """A tunnel device at both ends of the street, over IPv4 or IPv6."""
    ends = street.v0.address(outer), street.h0.address(outer)
    for index, netns in enumerate((street.visitor, street.host)):
        netns.run("ip", "link", "add", "t0", "type", *words, "local", ends[index], "remote", ends[1 - index])
        end(netns, "t0", index)


def vxlan(street, outer):
    pair(street, outer, "vxlan", "id", "688", "dstport", "4789")


def gre(street, outer):
    pair(street, outer, "gre" if outer == 4 else "ip6gre")


def ip_in_ip(street, outer):
    pair(street, outer, *("sit" if outer == 4 else "ip6tnl", "mode", "any"))


def wireguard(street, outer):
    """The outer port is not 688; otherwise the outer packets would be visits as well."""
    keys = [subprocess.run(["wg", "genkey"], capture_output=True, text=True, check=True).stdout for _ in range(2)]
    public = [subprocess.run(["wg", "pubkey"], input=key, capture_output=True, text=True, check=True).stdout.strip()
              for key in keys]
    for index, netns in enumerate((street.visitor, street.host)):
        netns.run("ip", "link", "add", "t0", "type", "wireguard")
        far = (street.h0, street.v0)[index].address(outer)
        netns.run("wg", "set", "t0", "listen-port", 51820, "private-key", "/dev/stdin", "peer", public[1 - index],
                  "allowed-ips", "0.0.0.0/0,::/0", "endpoint", f"[{far}]:51820" if outer == 6 else f"{far}:51820",
                  input=keys[index])
        end(netns, "t0", index)


TUNNELS = {"gre": gre, "ipip": ip_in_ip, "vxlan": vxlan, "wireguard": wireguard}


@pytest.fixture(params=[(name, outer) for name in TUNNELS for outer in (4, 6)], ids=lambda p: f"{p[0]}-over-ipv{p[1]}")
def tunnel(street, request):
    name, outer = request.param
    needs_device({"gre": "gre" if outer == 4 else "ip6gre", "ipip": "sit" if outer == 4 else "ip6tnl",
                  "vxlan": "vxlan id 1 dstport 4789", "wireguard": "wireguard"}[name])
    try:
        TUNNELS[name](street, outer)
        # Handshakes and neighbour look-ups are done before anything is counted.
        for family in INNER:
            street.visitor.run("ping", "-c", 1, "-W", 60, INNER[family][1])
        yield street
    finally:
        for netns in (street.visitor, street.host):
            netns.run("ip", "link", "del", "t0", check=False)


def send(street, family, size=100):
    with street.visitor.socket(*kind(family)) as sock:
        sock.sendto(b"x" * size, (INNER[family][1], 688))
    return size + 8 + (40 if family == 6 else 20)


def kind(family):
    return (socket.AF_INET6 if family == 6 else socket.AF_INET), socket.SOCK_DGRAM


def listening(street, family):
    sock = street.host.socket(*kind(family))
    sock.bind((INNER[family][1], 688))
    sock.settimeout(20)
    return sock


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_an_inner_packet_is_a_visit_at_both_ends_and_not_between(tunnel, visitor, router, host, family):
    with listening(tunnel, family) as sock:
        size = send(tunnel, family)
        assert len(sock.recv(1000)) == 100
    name = wire.FAMILIES[family]
    assert visitor.rows() == {("out", name, "udp", "passed"): (1, size)}
    assert router.rows() == {}
    assert host.rows() == {("in", name, "udp", "passed"): (1, size)}


def test_under_drop_nothing_comes_out_of_a_tunnel(tunnel, router, host):
    host.set("drop")
    router.set("drop")
    for family in INNER:
        with listening(tunnel, family) as sock, tunnel.host.socket(*kind(family)) as other:
            other.bind((INNER[family][1], 689))
            other.settimeout(20)
            send(tunnel, family)
            with tunnel.visitor.socket(*kind(family)) as near:
                near.sendto(b"last", (INNER[family][1], 689))
            assert other.recv(100) == b"last"
            assert wire.received(nonblocking(sock)) == []
    assert [key[3] for key in host.rows()] == ["dropped", "dropped"]
    assert router.rows() == {}


def nonblocking(sock):
    sock.setblocking(False)
    return sock


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("kinds", ["802.1Q", "802.1ad"])
def test_a_packet_in_a_vlan_is_a_visit(street, visitor, router, family, kinds):
    try:
        for index, port in enumerate((street.v0, street.r1)):
            port.netns.run("ip", "link", "add", "t0", "link", port.device, "type", "vlan", "proto", kinds, "id", "688")
            end(port.netns, "t0", index)
        street.visitor.run("ping", "-c", 1, "-W", 60, INNER[family][1])
        size = send(street, family)
        street.settle()
        name = wire.FAMILIES[family]
        assert visitor.rows() == {("out", name, "udp", "passed"): (1, size)}
        assert router.rows() == {("in", name, "udp", "passed"): (1, size)}
    finally:
        for port in (street.v0, street.r1):
            port.netns.run("ip", "link", "del", "t0", check=False)


KEY = "0x" + "68" * 20


@pytest.fixture(params=["transport", "tunnel"])
def esp(street, request):
    """ESP between visitor and host for what goes to port 688."""
    addresses = street.v0.ipv4, street.h0.ipv4
    try:
        for index, netns in enumerate((street.visitor, street.host)):
            for source, destination, spi in ((*addresses, 1), (*addresses[::-1], 2)):
                netns.run("ip", "xfrm", "state", "add", "src", source, "dst", destination, "proto", "esp", "spi", spi,
                          "mode", request.param, "aead", "rfc4106(gcm(aes))", KEY, 128)
            for way, source, destination in (("out", *(addresses[::1 - 2 * index])),
                                             ("in", *(addresses[::2 * index - 1]))):
                ends = ["src", source, "dst", destination] if request.param == "tunnel" else []
                netns.run("ip", "xfrm", "policy", "add", "src", source, "dst", destination, "proto", "udp", "dport",
                          688, "dir", way, "tmpl", *ends, "proto", "esp", "mode", request.param)
        yield street
    finally:
        for netns in (street.visitor, street.host):
            netns.run("ip", "xfrm", "state", "flush")
            netns.run("ip", "xfrm", "policy", "flush")


@pytest.mark.parametrize("action", ["count", "drop"])
def test_what_esp_hides_is_a_visit_at_its_ends(esp, visitor, router, host, action):
    host.set(action)
    router.set(action)
    with esp.host.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, \
            esp.visitor.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        sock.bind((esp.h0.ipv4, 688))
        near.sendto(b"x" * 100, (esp.h0.ipv4, 688))
        # Encryption and decryption may happen in another thread.
        if action == "count":
            sock.settimeout(20)
            assert sock.recv(1000) == b"x" * 100
        until(host.rows)
        assert wire.received(nonblocking(sock)) == []
    verdict = "passed" if action == "count" else "dropped"
    assert visitor.rows() == {("out", "ipv4", "udp", "passed"): (1, 128)}
    assert router.rows() == {}
    assert host.rows() == {("in", "ipv4", "udp", verdict): (1, 128)}


AH = "0x" + "68" * 20


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("action", ["count", "drop"])
def test_what_an_authentication_header_protects_is_one_visit_at_each_end(
        street, visitor, router, host, family, action):
    """AH hides nothing. In IPv6, whose headers are walked, the forwarder sees the visit too."""
    ends = street.v0.address(family), street.h0.address(family)
    head = 40 if family == 6 else 20
    host.set(action)
    try:
        for netns, way in (street.visitor, "out"), (street.host, "in"):
            netns.run("ip", "xfrm", "state", "add", "src", ends[0], "dst", ends[1], "proto", "ah", "spi", 688, "mode",
                      "transport", "auth", "hmac(sha1)", AH)
            netns.run("ip", "xfrm", "policy", "add", "src", ends[0], "dst", ends[1], "proto", "udp", "dport", 688, "dir",
                      way, "tmpl", "proto", "ah", "mode", "transport")
        with street.host.socket(*kind(family)) as far, street.visitor.socket(*kind(family)) as near:
            far.bind((ends[1], 688))
            far.setblocking(False)
            near.sendto(b"x" * 100, (ends[1], 688))
            street.settle()
            # The digest may be computed in another thread.
            until(lambda: action == "drop" or len(wire.received(far)) == 1)
            assert wire.received(far) == []
        name, count = wire.FAMILIES[family], (1, head + 108)
        assert visitor.rows() == {("out", name, "udp", "passed"): count}
        # 12 bytes and 96 bits of HMAC; IPv6 pads to a multiple of eight.
        protected = (1, head + 108 + 24)
        assert router.rows() == ({("forward", name, "udp", "passed"): protected} if family == 6 else {})
        verdict = "passed" if action == "count" else "dropped"
        assert host.rows() == {("in", name, "udp", verdict): protected if family == 6 else count}
    finally:
        for netns in (street.visitor, street.host):
            netns.run("ip", "xfrm", "state", "flush")
            netns.run("ip", "xfrm", "policy", "flush")


def test_what_ipcomp_cannot_compress_is_counted_twice_by_its_sender(street, visitor, router, host):
    """It meets LOCAL_OUT before and after the transformation, and looks the same: see README."""
    try:
        for netns in (street.visitor, street.host):
            netns.run("ip", "xfrm", "state", "add", "src", street.v0.ipv4, "dst", street.h0.ipv4, "proto", "comp", "spi",
                      "0x688", "mode", "transport", "comp", "deflate")
        street.visitor.run("ip", "xfrm", "policy", "add", "src", street.v0.ipv4, "dst", street.h0.ipv4, "proto", "udp",
                           "dport", 688, "dir", "out", "tmpl", "proto", "comp", "mode", "transport")
        with street.visitor.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
            near.sendto(b"short", (street.h0.ipv4, 688))
            street.settle()
            assert visitor.rows() == {("out", "ipv4", "udp", "passed"): (2, 2 * 33)}
            assert router.rows() == {("forward", "ipv4", "udp", "passed"): (1, 33)}
            assert host.rows() == {("in", "ipv4", "udp", "passed"): (1, 33)}
            # What IPComp does compress is hidden on the wire, and counts once at both ends.
            near.sendto(bytes(1000), (street.h0.ipv4, 688))
            street.settle()
        assert [owner.packets("visits") for owner in (visitor, router, host)] == [3, 1, 2]
    finally:
        for netns in (street.visitor, street.host):
            netns.run("ip", "xfrm", "state", "flush")
            netns.run("ip", "xfrm", "policy", "flush")
