# SPDX-License-Identifier: GPL-2.0-only
"""A slow and simple parser of packets by RFC 791, 8200 and 4302. It shares nothing with the module, and tells which
packets are visits and how many bytes they have."""
import struct

from . import wire

PORTED = {number: name for name, number in wire.PROTOCOLS.items()}
HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION = 0, 43, 44, 51, 60
MISS, TRUNCATED = "miss", "truncated"


def cut(packet):
    """Without the padding of Ethernet."""
    if packet[0] >> 4 == 4:
        return packet[:struct.unpack_from("!H", packet, 2)[0]]
    length, = struct.unpack_from("!H", packet, 4)
    # Without a length, and with hop-by-hop options, it may be a jumbogram (RFC 2675).
    return packet[:40 + length] if length or packet[6] != HOP_BY_HOP else packet


def ported(number, rest):
    """The name of the protocol if these bytes, which follow the IP headers, are to port 688."""
    if number not in PORTED:
        return MISS
    if len(rest) < 4:
        return TRUNCATED
    return PORTED[number] if rest[2:4] == b"\x02\xb0" else MISS


def ipv4(packet):
    if struct.unpack_from("!H", packet, 6)[0] & 0x1fff:
        return MISS
    return ported(packet[9], packet[(packet[0] & 15) * 4:])


def walk(packet):
    """Yields (number, bytes from there on) of each IPv6 header, up to the first that is no extension header. The
    number is TRUNCATED or MISS where the chain cannot be followed."""
    number, rest = packet[6], packet[40:]
    while True:
        yield number, rest
        if number not in (HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION):
            return
        if len(rest) < (4 if number in (FRAGMENT, ROUTING) else 2):
            yield TRUNCATED, b""
            return
        if number == FRAGMENT:
            if struct.unpack_from("!H", rest, 2)[0] & 0xfff8:
                yield MISS, b""
                return
            size = 8
        elif number == AUTHENTICATION:
            size = (rest[1] + 2) * 4
        else:
            size = (rest[1] + 1) * 8
        if size > len(rest):
            yield TRUNCATED, b""
            return
        number, rest = rest[0], rest[size:]


def chain(packet):
    """The numbers of the headers that follow the IPv6 header."""
    return [number for number, _ in walk(packet)]


def ipv6(packet):
    number, rest = list(walk(packet))[-1]
    return number if number in (TRUNCATED, MISS) else ported(number, rest)


def classify(packet):
    """MISS, TRUNCATED or the name of a protocol. Takes what cut() returns."""
    return ipv4(packet) if packet[0] >> 4 == 4 else ipv6(packet)


def tally(packets):
    """({(family, protocol): (packets, bytes)}, how many were truncated)."""
    found, short = {}, 0
    for packet in packets:
        kind = classify(packet)
        if kind == TRUNCATED:
            short += 1
        elif kind != MISS:
            key = wire.FAMILIES[packet[0] >> 4], kind
            count = found.get(key, (0, 0))
            found[key] = count[0] + 1, count[1] + len(packet)
    return found, short


def whole(packets):
    """What LOCAL_IN of a host sees of these packets: IPv4 fragments reassembled, in any order, once they are
    complete; IPv6 unchanged."""
    found, waiting = [], {}
    for packet in packets:
        if packet[0] >> 4 != 4 or not struct.unpack_from("!H", packet, 6)[0] & 0x3fff:
            found.append(packet)
            continue
        ident, place = struct.unpack_from("!HH", packet, 4)
        size = (packet[0] & 15) * 4
        pieces = waiting.setdefault((packet[12:20], packet[9], ident), {})
        pieces[(place & 0x1fff) * 8] = packet[:size], packet[size:], place & 0x2000
        together, header = b"", None
        while len(together) in pieces:
            head, data, more = pieces[len(together)]
            header = header or head
            together += data
            if not more:
                found.append(header[:2] + struct.pack("!HHH", len(header) + len(together), ident, 0) + header[8:] +
                             together)
                del waiting[packet[12:20], packet[9], ident]
                break
            if not data:
                break
    return found
