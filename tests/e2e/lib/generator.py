# SPDX-License-Identifier: GPL-2.0-only
"""Random packets from a seed. scapy makes each kind of header once; random bytes and mutations do the rest. scapy is
too slow to make every packet on an emulated machine."""
import random
import struct

from . import wire
from .topology import SILENT
from .wire import IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, MIP6MH_Generic, PadN, AH

OTHERS = [1, 2, 4, 41, 46, 47, 50, 58, 59, 88, 103, 112, 115, 253, 255]
PORTS = [688] * 14 + [687, 689, 0xb002, 432, 0x2b0 << 4 & 0xffff, 0, 111]
MOST = 1400


def internet_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


class Generator:
    """shots() yields lists of IP packets that belong together: one packet, or the fragments of one datagram."""

    def __init__(self, seed, hosts):
        self.random = random.Random(seed)
        self.hosts = hosts	# {family: the address that all packets go to}
        self.ident = 0
        self.transports = {
            family: {name: wire.transport(name, 40000, 688, b"", SILENT[family], hosts[family])
                     for name in wire.PROTOCOLS} for family in wire.FAMILIES}
        self.addresses = {family: (wire.packed(SILENT[family]), wire.packed(hosts[family])) for family in wire.FAMILIES}
        self.headers = self._headers()

    @staticmethod
    def _headers():
        """{number: headers as bytes}. The first byte of each is set later, to the number of the next header."""
        pad = {0: IPv6ExtHdrHopByHop, 60: IPv6ExtHdrDestOpt}
        found = {number: [bytes(kind(options=[PadN(optdata=bytes(size - 4))])) for size in (8, 16, 24, 40)]
                 for number, kind in pad.items()}
        found[43] = [bytes(IPv6ExtHdrRouting(type=kind, segleft=0, addresses=["fd77::7"] * count))
                     for kind in (0, 2, 4, 253) for count in (0, 1, 2)]
        found[51] = [bytes(AH(payloadlen=size // 4 - 2, icv=bytes(size - 12))) for size in (16, 24, 32)]
        found[135] = [bytes(MIP6MH_Generic(len=0, mhtype=1, msg=bytes(2)))]
        return found

    # Above IP

    def transport(self, family):
        """(protocol number, bytes), mostly one of the five protocols, and mostly to port 688."""
        pick = self.random
        if pick.random() < 0.12:
            number = pick.choice(OTHERS)
            return number, struct.pack("!HH", pick.randrange(65536), 688) + pick.randbytes(pick.randrange(64))
        name = pick.choice(list(wire.PROTOCOLS))
        ports = struct.pack("!HH", 688 if pick.random() < 0.2 else pick.randrange(1, 65536), pick.choice(PORTS))
        size = pick.choice([0, 0, 1, 7, 8, pick.randrange(200), pick.randrange(MOST - 600)])
        return wire.PROTOCOLS[name], ports + self.transports[family][name][4:] + bytes(size)

    # IP

    def ipv4(self, number, data, options=None, flags=0, offset=0, ident=None):
        if options is None:
            options = self.options()
        self.ident = self.ident % 65535 + 1
        header = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(data),
                             ident or self.ident, flags << 13 | offset // 8, 64, number, 0,
                             *self.addresses[4]) + options
        return bytearray(self.summed(header) + data)

    @staticmethod
    def summed(header):
        header = header[:10] + b"\0\0" + header[12:]
        return header[:10] + struct.pack("!H", internet_sum(header)) + header[12:]

    def options(self):
        pick = self.random
        if pick.random() < 0.6:
            return b""
        words = pick.randrange(1, 11)
        kind = pick.randrange(4)
        if kind == 0:	# no operation
            return b"\x01" * (words * 4)
        if kind == 1:	# end of options, then ports that must not be read
            return b"\0" * 4 + struct.pack("!HH", 40000, 688) * (words - 1)
        if kind == 2:	# record route, full
            return (b"\x01" + bytes([7, words * 4 - 1, words * 4]) + bytes(words * 4 - 4))
        return b"\x94\x04\0\0" + b"\x01" * (words * 4 - 4)	# router alert

    def chain(self):
        """The numbers of some extension headers, in any order."""
        pick = self.random
        numbers = []
        if pick.random() < 0.3:
            numbers.append(0)
        numbers += pick.choices([60, 43, 51, 44, 135], [4, 3, 3, 3, 0.3], k=pick.choice([0, 0, 0, 1, 1, 2, 3, 5, 9]))
        return numbers

    def ipv6(self, number, data, numbers=None):
        numbers = self.chain() if numbers is None else numbers
        body = b""
        for here, after in zip(numbers, numbers[1:] + [number]):
            if here == 44:
                header = struct.pack("!BBHI", 0, 0, 0, self.random.randrange(1 << 32))
            else:
                header = self.random.choice(self.headers[here])
            body += bytes([after]) + header[1:]
        return bytearray(struct.pack("!IHBB", 6 << 28, len(body) + len(data), (numbers + [number])[0], 64) +
                         b"".join(self.addresses[6]) + body + data)

    # Fragments and mutations

    def fragments(self, family):
        """A datagram in fragments, sometimes shuffled, and sometimes with one missing."""
        pick = self.random
        number, data = self.transport(family)
        data += bytes(-len(data) % 8 + 8 * pick.randrange(1, 30))
        edges = sorted({0, len(data), *(8 * pick.randrange(1, len(data) // 8) for _ in range(pick.randrange(1, 4)))})
        ident = pick.randrange(1, 65536)
        self.ident = self.ident % 65535 + 1
        found = []
        for first, end in zip(edges, edges[1:]):
            more = int(end < len(data))
            if family == 4:
                found.append(self.ipv4(number, data[first:end], b"", more, first, self.ident))
            else:
                found.append(self.ipv6(44, struct.pack("!BBHI", number, 0, first | more, ident << 8) + data[first:end], []))
        kind = pick.random()
        if kind < 0.2:
            del found[pick.randrange(len(found))]
        elif kind < 0.7:
            pick.shuffle(found)
        return found

    def mutate(self, packet):
        pick = self.random
        for _ in range(pick.choice([1, 1, 1, 2, 3])):
            four = packet[0] >> 4 == 4
            least = 20 if four else 40
            kind = pick.randrange(7)
            if kind == 0 and len(packet) > least:	# flip a bit after the IP header
                packet[pick.randrange(least, len(packet))] ^= 1 << pick.randrange(8)
            elif kind == 1 and len(packet) > least:	# cut off, with the right length
                del packet[pick.randrange(least, len(packet)):]
                self.tell_length(packet)
            elif kind == 2 and len(packet) > least:	# cut off near the ports, with the right length
                del packet[min(least + pick.randrange(24), len(packet)):]
                self.tell_length(packet)
            elif kind == 3:				# change the protocol
                packet[9 if four else 6] = pick.choice([0, 6, 17, 33, 43, 44, 51, 59, 60, 132, 135, 136, 255])
            elif kind == 4:				# a wrong length, with a padding as Ethernet adds it
                struct.pack_into("!H", packet, 2 if four else 4,
                                 max(pick.randrange(least if four else 0, len(packet) + 1 - (0 if four else 40)), 0))
            elif kind == 5 and four:			# change the header length, or the fragment offset and flags
                if pick.random() < 0.5:
                    packet[0] = 0x40 | pick.randrange(5, 16)
                else:
                    struct.pack_into("!H", packet, 6, pick.choice([0x2000, 0x4000, 0x8000, 1, 0x2001, 0x1fff, 0]))
            elif kind == 6 and len(packet) > least + 8:	# write 688 somewhere
                struct.pack_into("!H", packet, pick.randrange(least, len(packet) - 1), 688)
        if packet[0] >> 4 == 4:
            size = min((packet[0] & 15) * 4, len(packet))
            packet[:size] = self.summed(bytes(packet[:size]))
        return packet

    @staticmethod
    def tell_length(packet):
        four = packet[0] >> 4 == 4
        struct.pack_into("!H", packet, 2 if four else 4, len(packet) - (0 if four else 40))

    def shots(self):
        """An endless sequence."""
        while True:
            family = self.random.choice([4, 6])
            kind = self.random.random()
            if kind < 0.12:
                yield [bytes(packet) for packet in self.fragments(family)]
                continue
            make = self.ipv4 if family == 4 else self.ipv6
            packet = make(*self.transport(family))
            yield [bytes(packet if kind < 0.5 else self.mutate(packet))]
