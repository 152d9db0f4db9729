# SPDX-License-Identifier: GPL-2.0-only
"""Packets in UDP that the kernel decapsulates after every hook and hands to their protocol. They are not seen, as
README says. Similar packets that pass the stack again are seen."""
import contextlib
import errno
import socket
import struct

import pytest

from lib import genl, wire
from lib.dialogue import datagram, ports
from lib.netns import run, until
from lib.topology import needs_device

SCTP = 132
FOU = 5555


@contextlib.contextmanager
def fou(street, family, *words):
    """host unpacks what comes to this UDP port."""
    run("modprobe", "fou", check=False)
    with street.host.entered():
        try:
            genl.Socket("fou").socket.close()
        except genl.Refused:
            pytest.skip("this kernel has no foo-over-UDP")
    street.host.run("ip", f"-{family}", "fou", "add", "port", FOU, *words)
    try:
        yield
    finally:
        street.host.run("ip", f"-{family}", "fou", "del", "port", FOU)


def inner(street, family, name, payload=b"boo", **more):
    """A datagram or a segment to 688, without its IP header."""
    return wire.transport(name, next(ports), 688, payload, street.v0.address(family), street.h0.address(family), **more)


# What precedes it in the datagram: nothing, or a data message's header of GUE (draft-ietf-intarea-gue).
FORMS = {"fou": (lambda number: ("ipproto", number), lambda number: b""),
         "gue": (lambda number: ("gue",), lambda number: struct.pack("!BBH", 0, number, 0))}


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("form", FORMS)
def test_a_datagram_in_foo_over_udp_reaches_its_socket_unseen(street, visitor, router, host, form, family):
    words, header = FORMS[form]
    with fou(street, family, *words(17)), datagram(street.host, (street.h0.address(family), 688)) as serving, \
            datagram(street.visitor, (street.v0.address(family), next(ports))) as near:
        host.set("drop")
        near.sendto(header(17) + inner(street, family, "udp"), (street.h0.address(family), FOU))
        assert serving.recv(10) == b"boo"
    assert [ghost.rows() for ghost in (visitor, router, host)] == [{}] * 3


@pytest.mark.parametrize("form", FORMS)
def test_a_connection_in_foo_over_udp_is_begun_unseen_and_answered_in_the_open(street, visitor, router, host, form):
    """The answer is sent without FOU, and to another port. The visitor's packets after that are not in FOU, go to 688
    and are seen."""
    words, header = FORMS[form]
    with fou(street, 4, *words(6)), street.host.socket(socket.AF_INET, socket.SOCK_STREAM) as serving, \
            wire.receiver(street.visitor, 4, 6) as answers, \
            datagram(street.visitor, (street.v0.ipv4, next(ports))) as near:
        serving.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        serving.bind((street.h0.ipv4, 688))
        serving.listen()
        host.set("drop")
        visitor.set("drop", replies=genl.MATCH)
        near.sendto(header(6) + inner(street, 4, "tcp", b""), (street.h0.ipv4, FOU))
        answers.settimeout(20)
        answer = answers.recv(100)
        # SYN and ACK.
        assert struct.unpack_from("!H", answer, 20) == (688,) and answer[33] == 0x12
        assert host.rows() == router.rows() == {}
    assert visitor.rows() == {("out", "ipv4", "tcp", "dropped"): (1, 40)}


@pytest.mark.parametrize("action", ["count", "drop"])
@pytest.mark.parametrize("kind", ["ipip", "gre"])
def test_what_foo_over_udp_gives_to_a_tunnel_is_seen_where_it_comes_out(street, visitor, router, host, kind, action):
    needs_device(kind)
    number = {"ipip": 4, "gre": 47}[kind]
    with fou(street, 4, "ipproto", number):
        try:
            street.host.run("ip", "link", "add", "t0", "type", kind, "local", street.h0.ipv4, "remote", street.v0.ipv4)
            street.host.run("ip", "addr", "add", "10.77.0.2/24", "dev", "t0")
            street.host.run("ip", "link", "set", "t0", "up")
            packet = wire.packet("udp", "10.77.0.1", "10.77.0.2", payload=b"boo")
            with datagram(street.host, ("10.77.0.2", 688)) as serving, \
                    datagram(street.visitor, (street.v0.ipv4, next(ports))) as near:
                host.set(action)
                near.sendto((b"" if kind == "ipip" else struct.pack("!HH", 0, 0x800)) + packet, (street.h0.ipv4, FOU))
                street.settle()
                serving.setblocking(False)
                assert wire.received(serving) == ([] if action == "drop" else [b"boo"])
        finally:
            street.host.run("ip", "link", "del", "t0", check=False)
    assert host.rows() == {("in", "ipv4", "udp", "dropped" if action == "drop" else "passed"): (1, len(packet))}
    assert visitor.rows() == router.rows() == {}


@pytest.fixture
def sctp_over_udp(street):
    """RFC 6951 at both ends."""
    try:
        street.host.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP).close()
    except OSError as error:
        assert error.errno == errno.EPROTONOSUPPORT
        pytest.skip("this kernel has no SCTP")
    names = "net.sctp.udp_port", "net.sctp.encap_port"
    for netns in street.visitor, street.host:
        if netns.run("sysctl", *names, check=False).returncode:
            pytest.skip("this kernel has no SCTP over UDP")
        for name in names:
            netns.sysctl(name, 9899)
    yield
    for netns in street.visitor, street.host:
        for name in names:
            netns.sysctl(name, 0)


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_sctp_over_udp_is_not_seen(street, visitor, router, host, sctp_over_udp, family):
    """Neither in `in` nor in `out`."""
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    for ghost in visitor, router, host:
        ghost.set("drop")
    with street.host.socket(kind, socket.SOCK_STREAM, SCTP) as serving, \
            street.visitor.socket(kind, socket.SOCK_STREAM, SCTP) as near:
        serving.bind((street.h0.address(family), 688))
        serving.listen()
        near.settimeout(20)
        near.bind((street.v0.address(family), 0))
        near.connect((street.h0.address(family), 688))
        with serving.accept()[0] as accepted:
            accepted.settimeout(20)
            near.sendall(b"boo")
            assert accepted.recv(10) == b"boo"
            accepted.sendall(b"back")
            assert near.recv(10) == b"back"
    street.settle()
    assert [ghost.rows() for ghost in (visitor, router, host)] == [{}] * 3


@pytest.mark.parametrize("action", ["count", "drop"])
def test_what_esp_in_udp_hides_is_seen_at_its_end(street, visitor, router, host, action):
    """It passes the stack again, although only the transport header was hidden."""
    key = "0x" + "68" * 20
    ends = street.v0.ipv4, street.h0.ipv4
    try:
        for netns, way in (street.visitor, "out"), (street.host, "in"):
            netns.run("ip", "xfrm", "state", "add", "src", ends[0], "dst", ends[1], "proto", "esp", "spi", 1, "mode",
                      "transport", "encap", "espinudp", 4500, 4500, "0.0.0.0", "aead", "rfc4106(gcm(aes))", key, 128)
            netns.run("ip", "xfrm", "policy", "add", "src", ends[0], "dst", ends[1], "proto", "udp", "dport", 688,
                      "dir", way, "tmpl", "proto", "esp", "mode", "transport")
        with datagram(street.host, (ends[1], 4500)) as opener, datagram(street.host, (ends[1], 688)) as serving, \
                datagram(street.visitor, (ends[0], next(ports))) as near:
            # UDP_ENCAP: UDP_ENCAP_ESPINUDP.
            opener.setsockopt(socket.IPPROTO_UDP, 100, 2)
            host.set(action)
            router.set(action)
            near.sendto(b"x" * 100, (ends[1], 688))
            verdict = "passed" if action == "count" else "dropped"
            # Decryption may happen in another thread.
            if action == "count":
                assert serving.recv(1000) == b"x" * 100
            until(host.rows)
            serving.setblocking(False)
            assert wire.received(serving) == []
        assert host.rows() == {("in", "ipv4", "udp", verdict): (1, 128)}
        assert router.rows() == {}
        assert visitor.rows() == {("out", "ipv4", "udp", "passed"): (1, 128)}
    finally:
        for netns in street.visitor, street.host:
            netns.run("ip", "xfrm", "state", "flush")
            netns.run("ip", "xfrm", "policy", "flush")


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_what_a_rule_rewrites_without_conntrack_is_seen_as_it_is_then(street, visitor, router, host, family):
    """Without conntrack nothing tells what the port was before."""
    name = {4: "ip", 6: "ip6"}[family]
    street.host.run("nft", f"table {name} t {{ chain c {{ type filter hook prerouting priority -300; "
                           "udp dport 688 udp dport set 2222; udp dport 1234 udp dport set 688; }; }")
    try:
        with datagram(street.host, (street.h0.address(family), 2222)) as serving, \
                datagram(street.visitor, (street.v0.address(family), next(ports))) as near:
            host.set("drop")
            near.sendto(b"boo", (street.h0.address(family), 688))
            assert serving.recv(10) == b"boo"
            assert host.rows() == {}
            near.sendto(b"boo", (street.h0.address(family), 1234))
            street.settle()
    finally:
        street.host.run("nft", "flush ruleset")
    assert host.rows() == {("in", wire.FAMILIES[family], "udp", "dropped"): (1, 51 if family == 6 else 31)}
