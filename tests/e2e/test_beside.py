# SPDX-License-Identifier: GPL-2.0-only
"""ghost688 beside iptables, nftables and conntrack: the order of the hooks, and that neither disturbs the other."""
import re

import pytest

from lib import wire
from lib.fragments import TWO, pieces, server
from lib.ghost import DIRECTIONS

HOOKS = {"in": "input", "forward": "forward", "out": "output"}


@pytest.fixture
def clean(street):
    yield street
    for netns in street.namespaces:
        netns.run("nft", "flush", "ruleset")


def chain(netns, place, priority, verdict, table="beside"):
    netns.run("nft", f"table inet {table} {{ chain c {{ type filter hook {HOOKS[place]} priority {priority}; "
                     f"meta l4proto udp counter {verdict}; }}; }}")


def counted(netns, table="beside"):
    return int(re.search(r"counter packets (\d+)", netns.run("nft", "list", "table", "inet", table).stdout).group(1))


def visit(street, family=4):
    packet = wire.packet("udp", street.v0.address(family), street.h0.address(family))
    try:
        wire.send(street.visitor, packet)
        return True
    except PermissionError:
        return False


def owner_of(place, visitor, router, host):
    return {"in": host, "forward": router, "out": visitor}[place]


@pytest.mark.parametrize("place,priority,first", [
    ("in", -400, False), ("in", 0, False), ("forward", -400, False), ("forward", 0, False),
    ("out", -150, True), ("out", -98, False), ("out", 0, False), ("out", -300, True)])
def test_only_a_filter_before_translation_in_out_hides_a_packet(
        clean, visitor, router, host, place, priority, first):
    owner = owner_of(place, visitor, router, host)
    chain(owner.netns, place, priority, "drop")
    visit(clean)
    chain(owner.netns, place, priority, "accept", "other")	# settle() sends UDP too
    owner.netns.run("nft", "flush", "ruleset")
    clean.settle()
    visits = [key[3] for key in owner.rows() if key[0] == place]
    assert visits == ([] if first else ["passed"])


@pytest.mark.parametrize("place", DIRECTIONS)
def test_a_later_filter_does_not_see_what_ghost688_drops(clean, visitor, router, host, place):
    owner = owner_of(place, visitor, router, host)
    owner.netns.run("nft", f"table inet beside {{ chain c {{ type filter hook {HOOKS[place]} priority 0; "
                           "udp dport 688 counter accept; }; }")
    visit(clean)
    clean.settle()
    assert counted(owner.netns) == 1
    owner.set_one(place, "drop")
    visit(clean)
    clean.settle()
    assert counted(owner.netns) == 1
    assert owner.status()["dropped"] == 1


def test_an_accept_by_another_filter_does_not_prevent_a_drop(clean, host):
    for priority in -300, 0:
        chain(clean.host, "in", priority, "accept", f"t{priority + 300}")
    host.set("drop")
    with wire.receiver(clean.host, 4, 17) as got:
        visit(clean)
        clean.settle()
        assert not [data for data in wire.received(got) if data[22:24] == b"\x02\xb0"]


def test_flushing_the_ruleset_does_not_disarm(clean, host, router):
    host.set("drop", "drop", "drop")
    chain(clean.host, "in", 0, "accept")
    clean.host.run("nft", "flush", "ruleset")
    clean.host.run("iptables", "-F")
    visit(clean)
    clean.settle()
    assert host.rows() == {("in", "ipv4", "udp", "dropped"): (1, 28)}


@pytest.mark.parametrize("program", ["iptables-legacy", "iptables-nft", "ip6tables-legacy", "ip6tables-nft"])
def test_iptables_rules_work_beside_ghost688(clean, host, program):
    rule = "INPUT", "-p", "udp", "--dport", "688", "-j", "DROP"
    family = 6 if "6" in program else 4
    clean.host.run(program, "-A", *rule)
    try:
        with wire.receiver(clean.host, family, 17) as got:
            for _ in range(3):
                visit(clean, family)
            clean.settle()
            at = 22 if family == 4 else 2
            assert not [data for data in wire.received(got) if data[at:at + 2] == b"\x02\xb0"]
        size = 48 if family == 6 else 28
        assert host.rows() == {("in", wire.FAMILIES[family], "udp", "passed"): (3, 3 * size)}
        listing = clean.host.run(program, "-nvxL", "INPUT").stdout
        assert listing.splitlines()[2].split()[0] == "3"
    finally:
        clean.host.run(program, "-D", *rule)


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_conntrack_changes_no_count(clean, visitor, router, host, family):
    for netns in clean.namespaces:
        netns.run("nft", "table inet tracked { chain i { type filter hook input priority 0; ct state new counter; }; "
                         "chain f { type filter hook forward priority 0; ct state new counter; }; "
                         "chain o { type filter hook output priority 0; ct state new counter; }; }")
    for _ in range(4):
        visit(clean, family)
    clean.settle()
    size = 48 if family == 6 else 28
    for owner, place in zip((host, router, visitor), DIRECTIONS):
        assert owner.rows() == {(place, wire.FAMILIES[family], "udp", "passed"): (4, 4 * size)}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_with_conntrack_a_forwarded_datagram_in_fragments_is_one_visit(clean, router, family):
    """Conntrack reassembles fragments before our hook, and the datagram is fragmented again after it."""
    clean.router.run("nft", "table inet tracked { chain f { type filter hook forward priority 0; ct state new accept; }; }")
    sent = pieces(clean, family, TWO)
    with server(clean, family) as sock:
        clean.inject(sent)
        clean.settle()
        assert len(wire.received(sock)) == 1
    (key, count), = router.rows().items()
    assert key == ("forward", wire.FAMILIES[family], "udp", "passed")
    assert count[0] == 1
    router.set("drop")
    with server(clean, family) as sock:
        clean.inject(sent)
        clean.settle()
        assert wire.received(sock) == []


def test_what_prerouting_drops_is_not_seen(clean, host):
    clean.host.run("nft", "table inet beside { chain c { type filter hook prerouting priority -300; "
                          "udp dport 688 counter drop; }; }")
    visit(clean)
    clean.settle()
    assert host.rows() == {} and counted(clean.host) == 1
