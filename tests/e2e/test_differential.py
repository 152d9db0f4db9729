# SPDX-License-Identifier: GPL-2.0-only
"""Thousands of packets, valid and mangled, go through the whole street. ghost688's counters must equal those of nftables
in the same places, and what tcpdump saw on the last wire, as oracle.py reads it.

GHOST688_SEED is the seed of the packets (688), GHOST688_PACKETS their number. If a batch differs, it is sent again in
halves until one packet is left, and that packet is cut shorter as long as it makes a difference. Then it is printed.
"""
import itertools
import json
import os
import socket

import pytest

from lib import oracle, wire
from lib.generator import Generator
from lib.ghost import scaled
from lib.pcap import Capture

SEED = int(os.environ.get("GHOST688_SEED") or 688)
PACKETS = int(os.environ.get("GHOST688_PACKETS") or scaled(24000))
BATCH = 1200

# Each hook runs right after ghost688's.
PLACES = {"in": "hook input priority -2147483640", "forward": "hook forward priority -2147483640",
          "out": "hook output priority -198"}


def ruleset(place):
    """A counter for each family and protocol. `th dport` is the kernel's own idea of a port."""
    rules = "".join(f"meta nfproto {name} meta l4proto {number} th dport 688 counter comment \"{name} {protocol}\"; "
                    for name in wire.FAMILIES.values() for protocol, number in wire.PROTOCOLS.items())
    return f"table inet oracle {{ chain c {{ type filter {PLACES[place]}; {rules} }}; }}"


def nft_rows(netns, place):
    """What nftables counted, in the form of ghost.rows()."""
    found = {}
    for item in json.loads(netns.run("nft", "-j", "list", "table", "inet", "oracle").stdout)["nftables"]:
        if "rule" in item:
            family, protocol = item["rule"]["comment"].split()
            counter, = [e["counter"] for e in item["rule"]["expr"] if "counter" in e]
            if counter["packets"]:
                found[place, family, protocol, "passed"] = counter["packets"], counter["bytes"]
    return found


def by_hand(place, packets):
    """What oracle.py finds in these packets: (rows, number of truncated ones)."""
    counts, short = oracle.tally(map(oracle.cut, packets))
    return {(place, *key, "passed"): count for key, count in counts.items()}, short


AUTHENTICATION = "an authentication header, which nftables takes for the transport protocol"
SHORT = "an IPv4 header of less than 20 bytes: only a raw socket sends it, and nobody accepts it"


LATER = "a later IPv4 fragment, where nftables' fast path (nft_payload_fast_eval of 6.1) looks for ports all the same"


def known(packet):
    """Why nftables is known to differ about this packet, or None."""
    if packet[0] >> 4 == 4:
        if packet[0] & 15 < 5:
            return SHORT
        return LATER if packet[6] & 0x1f or packet[7] else None
    return AUTHENTICATION if 51 in oracle.chain(packet) else None


class Trial:
    """The street, both oracles, and the counters of all."""

    def __init__(self, street, ghosts, path):
        self.street, self.path = street, path
        self.ghosts = dict(zip(PLACES, ghosts))
        for place, owner in self.ghosts.items():
            owner.netns.run("nft", ruleset(place))
        self.raw = {4: street.visitor.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
                    6: street.visitor.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)}
        self.visits = dict.fromkeys(PLACES, 0)

    def close(self):
        for owner in self.ghosts.values():
            owner.netns.run("nft", "delete", "table", "inet", "oracle")
        for sock in self.raw.values():
            sock.close()

    def send(self, packets, way):
        """"out": by a raw socket, so that LOCAL_OUT sees the packets too. "wire": straight onto the wire."""
        if way == "wire":
            self.street.inject(packets)
            return
        for packet in packets:
            family = packet[0] >> 4
            try:
                self.raw[family].sendto(packet, (self.street.h0.address(family), 0))
            except OSError:	# the kernel refuses an IPv4 header that is longer than its packet
                pass

    def differences(self, shots, way):
        """Sends a batch. Returns what the three do not agree on, or []. Packets about which nftables is known to
        differ are sent apart, and compared with the wire alone."""
        apart = [shot for shot in shots if any(map(known, shot))]
        return self.judged([shot for shot in shots if shot not in apart], way, True) + self.judged(apart, way, False)

    def judged(self, shots, way, nftables):
        packets = [packet for shot in shots for packet in shot if known(packet) != SHORT]
        if not packets:
            return []
        for owner in self.ghosts.values():
            owner.reset()
        before = {place: nft_rows(owner.netns, place) for place, owner in self.ghosts.items()}
        with Capture(self.street.host, "h0", self.path, snap=65535) as capture:
            self.send(packets, way)
            seen = capture.settled(self.street.settle())
        seen = [oracle.cut(packet) for packet, _ in seen if not is_marker(packet)]
        found = []
        for place, owner in self.ghosts.items():
            ours, status = owner.rows(), owner.status()
            self.visits[place] += status["visits"]
            theirs = subtract(nft_rows(owner.netns, place), before[place])
            if nftables and ours != theirs:
                found.append(f"{place}: ghost688 {told(ours, theirs)}; nftables {told(theirs, ours)}")
            if place == "out":	# the packets on the last wire are not those that LOCAL_OUT saw
                continue
            rows, short = by_hand(place, oracle.whole(seen) if place == "in" else seen)
            if ours != rows:
                found.append(f"{place}: ghost688 {told(ours, rows)}; the wire {told(rows, ours)}")
            if status[f"truncated-{place}"] != short:
                found.append(f"{place}: ghost688 {status[f'truncated-{place}']} truncated; the wire {short}")
        return found


def subtract(rows, before):
    found = {}
    for key, count in rows.items():
        old = before.get(key, (0, 0))
        if count != old:
            found[key] = count[0] - old[0], count[1] - old[1]
    return found


def told(rows, other):
    return {key: count for key, count in rows.items() if other.get(key) != count} or "nothing"


def is_marker(packet):
    """A packet that Street.settle() sent."""
    return packet[0] == 0x45 and packet[9] == 17 and packet[12:16] != b"\xc0\0\2\x58" and packet[22:24] == b"\0\x09"


def shrink(trial, shots, way):
    """The fewest and shortest packets that still make a difference."""
    while len(shots) > 1:
        half = len(shots) // 2
        for part in (shots[:half], shots[half:]):
            if trial.differences(fresh(part), way):
                shots = part
                break
        else:
            return shots	# only both halves together make the difference
    if len(shots[0]) == 1:
        packet = shots[0][0]
        for smaller in candidates(packet):
            if smaller != packet and trial.differences([[smaller]], way):
                return shrink(trial, [[smaller]], way)
    return shots


def fresh(shots):
    """The same packets with other fragment numbers, because the far end still holds fragments of those sent before."""
    fresh.count += 1
    found = []
    for shot in shots:
        packets = []
        for packet in shot:
            if packet[0] >> 4 == 4 and len(packet) >= 20:
                packet = bytearray(packet)
                packet[4:6] = (int.from_bytes(packet[4:6], "big") + fresh.count * 7919 & 0xffff).to_bytes(2, "big")
                size = min((packet[0] & 15) * 4, len(packet))
                packet[:size] = Generator.summed(bytes(packet[:size]))
                packet = bytes(packet)
            packets.append(packet)
        found.append(packets)
    return found


fresh.count = 0


def candidates(packet):
    """The packet cut shorter, by large steps first, with the right length."""
    least = 20 if packet[0] >> 4 == 4 else 40
    for step in (256, 64, 16, 4, 1):
        if len(packet) - step >= least:
            shorter = bytearray(packet[:-step])
            Generator.tell_length(shorter)
            if least == 20:
                size = min((shorter[0] & 15) * 4, len(shorter))
                shorter[:size] = Generator.summed(bytes(shorter[:size]))
            yield bytes(shorter)


@pytest.fixture
def trial(street, host, router, visitor, tmp_path):
    found = Trial(street, (host, router, visitor), tmp_path / "wire")
    yield found
    found.close()


def test_all_three_agree_on_every_packet(trial, capsys):
    street = trial.street
    generator = Generator(SEED, {family: street.h0.address(family) for family in wire.FAMILIES})
    shots, total = generator.shots(), 0
    for batch in itertools.count():
        if total >= PACKETS:
            break
        part = list(itertools.islice(shots, BATCH))
        total += sum(map(len, part))
        way = ("wire", "out")[batch % 2]
        found = trial.differences(part, way)
        if found:
            smallest = shrink(trial, part, way)
            again = trial.differences(fresh(smallest), way)
            pytest.fail(f"seed {SEED}, batch {batch} by {way}: " + "\n".join(found) + "\nshrunk to:\n" +
                        "\n".join(packet.hex() for shot in smallest for packet in shot) + "\n" + "\n".join(again))
    with capsys.disabled():
        print(f"\n  seed {SEED}: {total} packets; visits {trial.visits}")
    # Neither nearly all of them are visits, nor nearly none.
    assert all(total / 10 < visits < total * 9 / 10 for visits in trial.visits.values())


def test_the_generator_makes_the_same_packets_from_the_same_seed_and_all_kinds():
    hosts = {4: "10.88.2.1", 6: "fd88:2::1"}
    first, second, other = (list(itertools.islice(Generator(seed, hosts).shots(), 3000)) for seed in (1, 1, 2))
    assert first == second != other
    kinds = {(packet[0] >> 4, oracle.classify(oracle.cut(packet))) for shot in first for packet in shot
             if packet[0] & 15 >= 5 or packet[0] >> 4 == 6}
    assert kinds == {(family, kind) for family in wire.FAMILIES for kind in (*wire.PROTOCOLS, "miss", "truncated")}


def test_a_header_that_nobody_accepts_is_sent_by_raw_sockets_only_and_is_no_visit(street, visitor, router, host):
    """A known difference to nftables: SHORT in known()."""
    packet = bytearray(wire.packet("udp", street.v0.ipv4, street.h0.ipv4))
    for words in range(5):
        packet[0] = 0x40 | words
        with street.visitor.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
            assert known(packet) == SHORT
            try:
                sock.sendto(bytes(packet), (street.h0.ipv4, 0))
            except OSError:
                pass
    street.settle()
    assert visitor.rows() == router.rows() == host.rows() == {}
