# SPDX-License-Identifier: GPL-2.0-only
"""Who came: as ghost688 tells it over netlink, in /proc and through the tool, and as tcpdump's file has it."""
import ipaddress
import json
import struct
from dataclasses import dataclass, field, replace

from . import genl, pcap, wire
from .ghost import DIRECTIONS, VERDICTS
from .tool import tool

(THRESHOLD, UNRECORDED, DIRECTION, FAMILY, ADDRESS, LENGTH, PACKETS, ERROR, BYTES, FIRST, LAST, PROTOCOLS, VERDICT,
 LOCAL, REMOTE, UID, COMM, EARLY) = range(2, 20)
# The order of the bits.
PROTOCOL_BITS = ["tcp", "udp", "udplite", "sctp", "dccp", "truncated"]
EARLY_COMERS = 64


@dataclass
class Source:
    """A row. What is not known is None."""
    address: str
    packets: int
    size: int
    first: int
    last: int
    protocols: frozenset
    verdicts: frozenset
    local: int = None
    remote: int = None
    error: int = 0
    uid: int = None
    comm: str = None
    early: bool = False

    def without(self, *names):
        """For comparisons: the same without these."""
        return replace(self, **dict.fromkeys(names))


@dataclass
class Answer:
    threshold: int = 0
    unrecorded: int = 0
    rows: dict = field(default_factory=dict)

    def add(self, direction, row):
        assert key(direction, row.address) not in self.rows, "no source has two rows"
        self.rows[key(direction, row.address)] = row


def key(direction, address):
    """What a source is counted by: for IPv6 the /64."""
    address = ipaddress.ip_address(address)
    if address.version == 4:
        return direction, str(address)
    return direction, str(ipaddress.ip_network((address, 64), strict=False))


def words(bits, names):
    return frozenset(names[bit] for bit in range(32) if bits >> bit & 1)


def understood(messages):
    """The answer to a dump. Its first message has the threshold, and nothing else."""
    first = {kind: genl.number(data) for kind, data in messages[0]}
    assert sorted(first) == [THRESHOLD, UNRECORDED]
    answer = Answer(first[THRESHOLD], first[UNRECORDED])
    for message in messages[1:]:
        told = dict(message)
        number = {kind: genl.number(data) for kind, data in message if kind not in (ADDRESS, COMM, EARLY)}
        assert len(told) == len(message) and len(told[ADDRESS]) == {4: 4, 6: 16}[number[FAMILY]]
        assert number[LENGTH] == {4: 32, 6: 64}[number[FAMILY]]
        answer.add(DIRECTIONS[number[DIRECTION]], Source(
            str(ipaddress.ip_address(told[ADDRESS])), number[PACKETS], number[BYTES], number[FIRST], number[LAST],
            words(number[PROTOCOLS], PROTOCOL_BITS), words(number[VERDICT], VERDICTS), number.get(LOCAL),
            number.get(REMOTE), number[ERROR], number.get(UID), told[COMM].rstrip(b"\0").decode() if COMM in told else None,
            EARLY in told))
    return answer


def get(owner):
    with owner.socket() as sock:
        return understood(sock.dump(genl.SOURCES))


def reset(owner):
    with owner.socket() as sock:
        return understood(sock.dump(genl.SOURCES_RESET))


def plain(comm):
    """The name of a thread as it was before /proc kept blanks and the like out of it."""
    return comm and comm.encode().decode("unicode_escape")


def proc(owner):
    """The same from /proc."""
    lines = owner.netns.read("/proc/net/ghost688/sources").splitlines()
    names = lines[1].split()
    told = lines[0].split()
    assert told[::2] == ["threshold", "unrecorded"]
    answer = Answer(int(told[1]), int(told[3]))
    for line in lines[2:]:
        row = dict(zip(names, line.split()))
        assert len(row) == len(names)
        known = {name: None if value == "-" else value for name, value in row.items()}
        number = {name: int(value) for name, value in known.items() if value and value.isdigit() and name != "comm"}
        assert row["family"] == wire.FAMILIES[ipaddress.ip_address(row["address"].split("/")[0]).version]
        answer.add(row["direction"], Source(
            row["address"].split("/")[0], number["packets"], number["bytes"], number["first-seen"], number["last-seen"],
            frozenset(row["protocols"].split(",")), frozenset(row["verdicts"].split(",")), number.get("local-port"),
            number.get("remote-port"), number["error"], number.get("uid"), plain(known["comm"]),
            {"yes": True, "no": False}[row["early"]]))
    return answer


def by_tool(owner, *more):
    """The same from the tool."""
    answer = Answer()
    for row in json.loads(tool(owner, "-j", "sources", *more)):
        answer.threshold, answer.unrecorded = row["threshold"], row["unrecorded"]
        address = ipaddress.ip_address(row["address"])
        assert row["family"] == wire.FAMILIES[address.version]
        assert row.get("prefix") == (key("", row["address"])[1] if address.version == 6 else None)
        answer.add(row["direction"], Source(
            row["address"], row["packets"], row["bytes"], row["first_seen"], row["last_seen"],
            frozenset(row["protocols"].split(",")), frozenset(row["verdicts"].split(",")), row.get("local_port"),
            row.get("remote_port"), row["error"], row.get("uid"), row.get("comm"), row["early"]))
    return answer


def seen(path, direction, verdict):
    """The rows that tcpdump's file makes: {key: Source}. Each packet of the file to port 688 has this verdict."""
    found = {}
    for when, packet in pcap.timed(path):
        visit = pcap.visit(packet)
        if not visit:
            continue
        family, protocol, size = visit
        addresses = (packet[12:16], packet[16:20]) if family == "ipv4" else (packet[8:24], packet[24:40])
        far = str(ipaddress.ip_address(addresses[direction == "out"]))
        source, destination = struct.unpack_from("!HH", packet, pcap.headers(packet)[1])
        local, remote = (source, destination) if direction == "out" else (destination, source)
        row = found.setdefault(key(direction, far), Source(far, 0, 0, when, when, frozenset(), frozenset([verdict])))
        row.address, row.last, row.local, row.remote = far, when, local, remote
        row.packets, row.size, row.protocols = row.packets + 1, row.size + size, row.protocols | {protocol}
    return found


def differences(rows, expected, *without):
    """What differs, as text; the times may differ by a second, since the kernel's clock for seconds has a slower tick."""
    bad = [f"{name} is missing" for name in expected.keys() - rows.keys()]
    bad += [f"{name} never came" for name in rows.keys() - expected.keys()]
    for name in rows.keys() & expected.keys():
        row, want = rows[name], expected[name]
        if abs(row.first - want.first) > 1 or abs(row.last - want.last) > 1:
            bad.append(f"{name}: seen {row.first} to {row.last}, in the file {want.first} to {want.last}")
        if row.without("first", "last", *without) != want.without("first", "last", *without):
            bad.append(f"{name}: {row}, in the file {want}")
    return bad

