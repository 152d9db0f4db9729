# SPDX-License-Identifier: GPL-2.0-only
"""What ghost688 cannot see, as README says. Each packet arrives, and the counters stay as they are."""
import socket

import pytest

from lib import bpf, wire
from lib.ghost import Ghost
from lib.netns import Netns


@pytest.fixture
def clean(street):
    yield street
    for netns in street.namespaces:
        netns.run("nft", "flush", "ruleset")


def frame(street, packet):
    """The packet as a frame from visitor to router."""
    raw = bytes.fromhex((street.r1.mac + street.v0.mac).replace(":", ""))
    return raw + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet


def packets(street, family):
    return [wire.packet("udp", street.v0.address(family), street.h0.address(family), source_port=40000 + i)
            for i in range(3)]


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_packet_socket_sends_unseen_by_its_own_host(street, visitor, router, host, family):
    visitor.set("drop")
    street.inject(packets(street, family))
    street.settle()
    assert visitor.rows() == {}
    assert router.packets("visits") == host.packets("visits") == 3


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_af_xdp_sends_unseen_by_its_own_host(street, visitor, router, host, family):
    visitor.set("drop")
    try:
        bpf.send_af_xdp(street.visitor, "v0", [frame(street, packet) for packet in packets(street, family)])
    except OSError as error:
        if error.errno == 97:
            pytest.skip("this kernel has no AF_XDP")
        raise
    street.settle()
    assert visitor.rows() == {}
    assert router.packets("visits") == host.packets("visits") == 3


def test_what_xdp_drops_is_not_seen_and_what_it_passes_is(street, router):
    with bpf.attached(street.router, "r1", bpf.XDP_DROP):
        street.inject(packets(street, 4))
    with bpf.attached(street.router, "r1", bpf.XDP_PASS):
        street.inject(packets(street, 6))
        street.settle()
    assert list(router.rows()) == [("forward", "ipv6", "udp", "passed")]
    assert router.packets("visits") == 3


@pytest.mark.parametrize("hook,priority", [("ingress device r1", 0), ("prerouting", -300)])
def test_what_is_dropped_on_arrival_is_not_seen(clean, router, hook, priority):
    kind = "netdev" if "ingress" in hook else "inet"
    clean.router.run("nft", f"table {kind} t {{ chain c {{ type filter hook {hook} priority {priority}; "
                            "udp dport 688 counter drop; }; }")
    clean.inject(packets(clean, 4) + packets(clean, 6))
    clean.settle()
    assert "counter packets 6 " in clean.router.run("nft", "list", "ruleset").stdout
    assert router.rows() == {}


def test_what_tc_drops_or_sends_on_is_not_seen(street, router, host):
    tc = street.router.run
    tc("tc", "qdisc", "add", "dev", "r1", "clsact")
    try:
        tc("tc", "filter", "add", "dev", "r1", "ingress", "protocol", "ip", "u32", "match", "ip", "dport", 688, "0xffff",
           "action", "drop")
        street.inject(packets(street, 4))
        # Redirected to the other wire as a frame, past the router's IP.
        tc("tc", "filter", "add", "dev", "r1", "ingress", "protocol", "ipv6", "u32", "match", "ip6", "dport", 688,
           "0xffff", "action", "pedit", "ex", "munge", "eth", "dst", "set", street.h0.mac, "pipe", "action", "mirred",
           "egress", "redirect", "dev", "r2")
        street.inject(packets(street, 6))
        street.settle()
    finally:
        tc("tc", "qdisc", "del", "dev", "r1", "clsact")
    assert router.rows() == {}
    assert [(key[1], count[0]) for key, count in host.rows().items()] == [("ipv6", 3)]


def test_a_flow_that_a_flowtable_has_taken_over_is_forwarded_unseen(clean, visitor, router, host):
    """nftables' software flowtable, which behaves as hardware offload does. Packets of an established connection meet
    no forward hook."""
    try:
        clean.router.run("nft", "table inet t { flowtable f { hook ingress priority 0; devices = { r1, r2 }; }; "
                                "chain c { type filter hook forward priority 0; udp dport 688 flow add @f; "
                                "udp sport 688 flow add @f; }; }")
    except AssertionError:
        pytest.skip("this kernel has no flowtables")
    with clean.host.socket(socket.AF_INET, socket.SOCK_DGRAM) as far, \
            clean.visitor.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        far.bind((clean.h0.ipv4, 688))
        far.settimeout(20)
        near.bind((clean.v0.ipv4, 40000))
        near.settimeout(20)
        for turn in range(20):
            near.sendto(b"there", (clean.h0.ipv4, 688))
            assert far.recv(10) == b"there"
            far.sendto(b"back", (clean.v0.ipv4, 40000))
            assert near.recv(10) == b"back"
    assert visitor.packets("visits") == host.packets("visits") == 20
    assert 1 <= router.packets("visits") < 10


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_macvlan_children_on_one_wire_meet_only_their_own_namespaces(street, visitor, family):
    """Frames between two macvlans of one device are switched below IP. The namespace of the device sees nothing; the
    two ends do."""
    one, two = Netns("one"), Netns("two")
    address = {4: ("10.66.1.1", "10.66.1.2"), 6: ("fd66:1::1", "fd66:1::2")}[family]
    try:
        for netns, mine in zip((one, two), address):
            street.visitor.run("ip", "link", "add", "t0", "link", "v0", "netns", netns.name, "type", "macvlan", "mode",
                               "bridge")
            netns.sysctl("net.ipv6.conf.t0.accept_dad", 0)
            netns.run("ip", "addr", "add", f"{mine}/{24 if family == 4 else 64}", "dev", "t0",
                      *(["nodad"] if family == 6 else []))
            netns.run("ip", "link", "set", "t0", "up")
        one.run("ping", "-c", 1, "-W", 60, address[1])
        ends = Ghost(one), Ghost(two)
        for end in ends:
            end.set("count")
            end.reset()
        kind = socket.AF_INET6 if family == 6 else socket.AF_INET
        with two.socket(kind, socket.SOCK_DGRAM) as far, one.socket(kind, socket.SOCK_DGRAM) as near:
            far.bind((address[1], 688))
            far.settimeout(20)
            near.sendto(b"boo", (address[1], 688))
            assert far.recv(10) == b"boo"
        assert [list(end.rows())[0][0] for end in ends] == ["out", "in"]
        assert visitor.rows() == {}
    finally:
        for netns in one, two:
            end_with(netns, "t0")


def end_with(netns, device):
    """Ends a namespace, after its device. The device must be gone at once, and the end of a namespace takes time."""
    netns.run("ip", "link", "del", device, check=False)
    netns.close()


@pytest.mark.parametrize("elsewhere", [False, True], ids=["beside its device", "in another namespace"])
def test_what_leaves_by_an_ipvlan_in_mode_l3_goes_out_where_its_device_is_as_well(street, visitor, elsewhere):
    """The namespace of the lower device routes the packet and sends it through LOCAL_OUT, a second time if it is the
    same namespace."""
    child = Netns("child") if elsewhere else street.visitor
    try:
        street.visitor.run("ip", "link", "add", "t0", "link", "v0", "netns", child.name, "type", "ipvlan", "mode", "l3")
        child.run("ip", "addr", "add", "10.67.1.1/32", "dev", "t0")
        child.run("ip", "link", "set", "t0", "up")
        # Only for a socket that is bound to it; the device's own route has precedence.
        child.run("ip", "route", "add", "10.88.1.0/24", "dev", "t0", "src", "10.67.1.1", "metric", "5000")
        own = Ghost(child)
        for ghost in visitor, own:
            ghost.set("count")
            ghost.reset()
        with child.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, 25, b"t0")	# SO_BINDTODEVICE
            sock.sendto(b"boo", (street.r1.ipv4, 688))
        once = {("out", "ipv4", "udp", "passed"): (1, 31)}
        assert visitor.rows() == (once if elsewhere else {("out", "ipv4", "udp", "passed"): (2, 62)})
        assert not elsewhere or own.rows() == once
    finally:
        if elsewhere:
            end_with(child, "t0")
        else:
            child.run("ip", "link", "del", "t0", check=False)


def test_a_server_in_an_ipvlan_in_mode_l3_is_known_by_its_socket(street, visitor):
    """The socket is not of the namespace where the packet leaves."""
    child = Netns("child")
    try:
        street.visitor.run("ip", "link", "add", "t0", "link", "v0", "netns", child.name, "type", "ipvlan", "mode", "l3")
        child.run("ip", "addr", "add", "10.67.1.1/32", "dev", "t0")
        child.run("ip", "link", "set", "t0", "up")
        child.run("ip", "route", "add", "default", "dev", "t0")
        street.router.run("ip", "route", "add", "10.67.1.1", "via", street.v0.ipv4)
        visitor.set("drop")
        with child.socket(socket.AF_INET, socket.SOCK_STREAM) as server, \
                street.router.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
            server.bind(("10.67.1.1", 0))
            server.listen(1)
            client.settimeout(20)
            client.bind((street.r1.ipv4, 688))
            client.connect(server.getsockname())
            with server.accept()[0] as accepted:
                accepted.sendall(b"boo")
                assert client.recv(10) == b"boo"
        assert {key[0] + " " + key[3] for key in visitor.rows()} == {"out reply"}
    finally:
        street.router.run("ip", "route", "del", "10.67.1.1", check=False)
        end_with(child, "t0")
