# SPDX-License-Identifier: GPL-2.0-only
"""The allow-list. The far end decides: the source in `in` and `forward`, the destination in `out`."""
import ipaddress
import random

import pytest

from lib import wire
from lib.ghost import DIRECTIONS, arm_only

# prefixes, addresses that they contain, addresses that they do not contain
LISTS = {
    "one address": (["10.1.2.3/32"], ["10.1.2.3"], ["10.1.2.2", "10.1.2.4", "3.2.1.10"]),
    "a network": (["10.1.0.0/16"], ["10.1.0.0", "10.1.255.255"], ["10.0.255.255", "10.2.0.0"]),
    "an odd length": (["10.128.0.0/9"], ["10.128.0.1", "10.255.255.255"], ["10.127.255.255", "11.0.0.1"]),
    "everybody": (["0.0.0.0/0"], ["1.0.0.1", "223.1.1.1"], ["2001:db8::1"]),
    "nested": (["10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "10.1.1.1/32"],
               ["10.1.1.1", "10.1.1.2", "10.1.2.1", "10.2.1.1", "10.255.255.255"], ["11.0.0.0", "9.255.255.255"]),
    "one address of IPv6": (["2001:db8::1/128"], ["2001:db8::1"], ["2001:db8::", "2001:db8::2", "32.1.13.184"]),
    "a network of IPv6": (["2001:db8:1::/48"], ["2001:db8:1::", "2001:db8:1:ffff::1"], ["2001:db8:2::1"]),
    "beyond 64 bits": (["2001:db8::8000:0:0:0/65"], ["2001:db8::8000:0:0:1", "2001:db8::ffff:0:0:1"],
                       ["2001:db8::7fff:ffff:ffff:ffff"]),
    "everybody of IPv6": (["::/0"], ["2001:db8::1", "fd00::1"], ["10.0.0.1"]),
    "both": (["10.0.0.0/8", "2001:db8::/32"], ["10.9.9.9", "2001:db8::9"], ["11.9.9.9", "2001:db9::9"]),
    "nobody": ([], [], ["10.0.0.1", "2001:db8::1"]),
}


def visits(street, place, addresses):
    """Sends packets that have these addresses at their far end. Returns the packets."""
    packets = []
    for address in addresses:
        near = street.h0.address(ipaddress.ip_address(address).version)
        if place == "out":
            near = street.v0.address(ipaddress.ip_address(address).version)
            packets.append(wire.packet("udp", near, address))
            try:
                wire.send(street.visitor, packets[-1])
            except PermissionError:
                pass
        else:
            packets.append(wire.packet("udp", address, near))
    if place != "out":
        street.inject(packets)
    street.settle()
    return packets


@pytest.mark.parametrize("place", DIRECTIONS)
@pytest.mark.parametrize("name", LISTS)
def test_an_allowed_far_end_passes_is_counted_as_allowed_and_not_logged(
        street, visitor, router, host, logging, kmsg, place, name):
    prefixes, inside, outside = LISTS[name]
    ghost = arm_only(place, visitor, router, host, "off")
    ghost.set_one(place, "drop,log", allow=prefixes)
    for address in inside + outside:
        ghost.reset()
        kmsg.lines()
        packet, = visits(street, place, [address])
        family = wire.FAMILIES[ipaddress.ip_address(address).version]
        verdict = "allowed" if address in inside else "dropped"
        assert ghost.rows() == {(place, family, "udp", verdict): (1, len(packet))}, address
        assert len(kmsg.lines("^ghost688")) == (verdict == "dropped"), address


@pytest.mark.parametrize("place", DIRECTIONS)
def test_the_near_end_does_not_allow(street, visitor, router, host, place):
    ghost = arm_only(place, visitor, router, host, "off")
    near = ["10.88.1.1/32", "fd88:1::1/128"] if place == "out" else ["10.88.2.1/32", "fd88:2::1/128"]
    ghost.set_one(place, "drop", allow=near)
    visits(street, place, ["10.77.0.1", "fd77::1"])
    assert {key[3]: count[0] for key, count in ghost.rows().items()} == {"dropped": 1}
    assert len(ghost.rows()) == 2


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_an_allowed_visitor_reaches_the_socket(street, visitor, router, host, family):
    arm_only("in", visitor, router, host, "off")
    host.set("drop", allow=["10.88.0.0/16", "fd88::/16"])
    with wire.receiver(street.host, family, 17) as got:
        for source in street.v0.address(family), {4: "10.89.0.1", 6: "fe00::1"}[family]:
            street.inject([wire.packet("udp", source, street.h0.address(family), payload=source.encode())])
        street.settle()
        payloads = [data[28 if family == 4 else 8:] for data in wire.received(got)]
    assert street.v0.address(family).encode() in payloads
    assert not any(b"10.89" in data or b"fe00" in data for data in payloads)


def test_256_prefixes_allow_exactly_their_own(street, visitor, router, host):
    numbers = random.Random(688).sample(range(1, 1 << 16), 256)
    prefixes = [f"10.{n >> 8}.{n & 255}.0/24" if i % 2 else f"fd00:{n:x}::/32" for i, n in enumerate(numbers)]
    arm_only("in", visitor, router, host, "off")
    host.set("drop", allow=prefixes)
    networks = [ipaddress.ip_network(prefix) for prefix in prefixes]
    inside = [str(network[0]) for network in networks] + [str(network[-1]) for network in networks]
    around = {str(network[0] - 1) for network in networks} | {str(network[-1] + 1) for network in networks}
    outside = [a for a in around if not any(ipaddress.ip_address(a) in network for network in networks)
               and not a.startswith("10.88.")]
    visits(street, "in", inside + outside)
    found = {}
    for key, count in host.rows().items():
        found[key[3]] = found.get(key[3], 0) + count[0]
    assert found == {"allowed": len(inside), "dropped": len(outside)}


def test_an_allow_list_does_not_allow_other_ports_to_be_counted(street, host):
    host.set("drop", allow=["0.0.0.0/0"])
    street.inject([wire.packet("udp", "10.1.1.1", street.h0.ipv4, 689)])
    street.settle()
    assert host.rows() == {}
