# SPDX-License-Identifier: GPL-2.0-only
"""Packets as bytes, made and read without any of the code under test: RFC 791, 8200, 9293, 768, 3828, 9260, 4340."""
import ipaddress
import socket
import struct

PROTOCOLS = {"tcp": 6, "udp": 17, "udplite": 136, "sctp": 132, "dccp": 33}
FAMILIES = {4: "ipv4", 6: "ipv6"}
PORT = 688


def packed(address):
    return ipaddress.ip_address(address).packed


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def ipv4(source, destination, protocol, payload, ttl=64, ident=1, flags=0, offset=0, options=b"", length=None):
    head = 20 + len(options)
    header = struct.pack("!BBHHHBBH4s4s", 4 << 4 | head // 4, 0, length or head + len(payload), ident,
                         flags << 13 | offset // 8, ttl, protocol, 0, packed(source), packed(destination)) + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6(source, destination, protocol, payload, extensions=(), hops=64):
    """extensions: (header number, the header's body behind its next-header byte), outermost first."""
    numbers = [number for number, _ in extensions] + [protocol]
    chain = b"".join(bytes([numbers[i + 1]]) + body for i, (_, body) in enumerate(extensions))
    return struct.pack("!IHBB16s16s", 6 << 28, len(chain) + len(payload), numbers[0], hops,
                       packed(source), packed(destination)) + chain + payload


PADDED = b"\0\x01\x04\0\0\0\0"		# hop-by-hop or destination options that are one PadN, behind next-header


def fragment(offset, more, ident=1):
    return 44, struct.pack("!BHI", 0, offset | more, ident)


def transport(name, source_port, port, payload=b"", source=None, destination=None, tcp_flags=2):
    """A transport header with a right checksum, and behind it the payload."""
    number = PROTOCOLS[name]
    if name == "sctp":	# an INIT chunk, and the payload as a padding chunk
        pad = struct.pack("!BBH", 0x84, 0, 4 + len(payload)) + payload + bytes(-len(payload) % 4)
        head = struct.pack("!HHI", source_port, port, 0)
        chunks = struct.pack("!BBHIIHHI", 1, 0, 20, 1, 65535, 1, 1, 1) + pad
        return head + struct.pack("<I", crc32c(head + bytes(4) + chunks)) + chunks
    if name == "tcp":
        data, at = struct.pack("!HHIIBBHHH", source_port, port, 1, 0, 5 << 4, tcp_flags, 1024, 0, 0) + payload, 16
    elif name == "udp":
        data, at = struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload, 6
    elif name == "udplite":
        data, at = struct.pack("!HHHH", source_port, port, 0, 0) + payload, 6
    else:		# a DCCP request: data offset 5 words, type 0, 48-bit sequence numbers
        data, at = struct.pack("!HHBBHBBHII", source_port, port, 5, 0, 0, 1, 0, 0, 1, 688) + payload, 6
    if source:
        a, b = packed(source), packed(destination)
        pseudo = a + b + (struct.pack("!HH", number, len(data)) if len(a) == 4 else
                          struct.pack("!IHBB", len(data), 0, 0, number))
        data = data[:at] + struct.pack("!H", checksum(pseudo + data) or 0xffff) + data[at + 2:]
    return data


def packet(name, source, destination, port=PORT, source_port=40000, payload=b"", **more):
    """A whole packet of one of the five protocols, IPv4 or IPv6 by its addresses."""
    data = transport(name, source_port, port, payload, source, destination, more.pop("tcp_flags", 2))
    make = ipv6 if ":" in destination else ipv4
    return make(source, destination, PROTOCOLS[name], data, **more)


def quoted(source, destination, inner):
    """An ICMP port-unreachable that quotes a packet."""
    if ":" in destination:
        body = struct.pack("!BBHI", 1, 4, 0, 0) + inner
        pseudo = packed(source) + packed(destination) + struct.pack("!II", len(body), 58)
        return ipv6(source, destination, 58, body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:])
    body = struct.pack("!BBHI", 3, 3, 0, 0) + inner
    return ipv4(source, destination, 1, body[:2] + struct.pack("!H", checksum(body)) + body[4:])


def send(netns, data):
    """Sends a packet by a raw socket: it meets LOCAL_OUT. Raises the errno that the hook left."""
    family = socket.AF_INET6 if data[0] >> 4 == 6 else socket.AF_INET
    address = socket.inet_ntop(family, data[24:40] if family == socket.AF_INET6 else data[16:20])
    with netns.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
        if family == socket.AF_INET:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        sender.sendto(data, (address, 0))


def receiver(netns, family, protocol):
    """A raw socket that is handed what passed LOCAL_IN, whatever the protocol."""
    got = netns.socket(socket.AF_INET6 if family == 6 else socket.AF_INET, socket.SOCK_RAW, protocol)
    got.setblocking(False)
    return got


def received(sock):
    """All that a socket has got so far."""
    found = []
    while True:
        try:
            found.append(sock.recv(65535))
        except BlockingIOError:
            return found
