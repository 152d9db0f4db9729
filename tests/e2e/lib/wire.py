# SPDX-License-Identifier: GPL-2.0-only
"""Builds packets with scapy, which shares no code with the module, and sends and receives them."""
import ipaddress
import logging
import socket
import struct

# scapy would warn that it finds no route, which these packets do not need.
logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.fields import BitField, ByteField, IntField, ShortField, XShortField  # noqa: E402
from scapy.layers.inet import ICMP, IP, TCP, UDP, in4_chksum  # noqa: E402
from scapy.layers.inet6 import (  # noqa: E402
    ICMPv6DestUnreach, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting,
    MIP6MH_Generic, PadN, in6_chksum)
from scapy.layers.ipsec import AH  # noqa: E402
from scapy.layers.sctp import SCTP, SCTPChunkInit  # noqa: E402
from scapy.packet import NoPayload, Packet, Raw  # noqa: E402

PROTOCOLS = {"tcp": 6, "udp": 17, "udplite": 136, "sctp": 132, "dccp": 33}
FAMILIES = {4: "ipv4", 6: "ipv6"}
PORT = 688


class Summed(Packet):
    """A transport header that scapy lacks, with a checksum like UDP's, over the pseudo-header and all data."""

    def post_build(self, packet, payload):
        packet += payload
        if self.chksum is None and not isinstance(self.underlayer, NoPayload) and self.underlayer:
            if isinstance(self.underlayer, IP):
                found = in4_chksum(PROTOCOLS[self.name], self.underlayer, packet)
            else:
                found = in6_chksum(PROTOCOLS[self.name], self.underlayer, packet)
            packet = packet[:6] + struct.pack("!H", found or 0xffff) + packet[8:]
        return packet


class UDPLite(Summed):
    """RFC 3828. Coverage 0 is the whole datagram."""
    name = "udplite"
    fields_desc = [ShortField("sport", 0), ShortField("dport", 0), ShortField("coverage", 0), XShortField("chksum", None)]


class DCCP(Summed):
    """RFC 4340, a request: type 0, a 48-bit sequence number, five words long."""
    name = "dccp"
    fields_desc = [ShortField("sport", 0), ShortField("dport", 0), ByteField("offset", 5), ByteField("ccval", 0),
                   XShortField("chksum", None), BitField("reserved", 0, 3), BitField("type", 0, 4), BitField("x", 1, 1),
                   ByteField("reserved2", 0), BitField("sequence", 1, 48), IntField("service", PORT)]


def packed(address):
    return ipaddress.ip_address(address).packed


# The number of each extension header, as the header before it names it.
NUMBERS = {IPv6ExtHdrHopByHop: 0, IPv6ExtHdrRouting: 43, IPv6ExtHdrFragment: 44, AH: 51, IPv6ExtHdrDestOpt: 60,
           MIP6MH_Generic: 135}


def padded(header=IPv6ExtHdrDestOpt):
    """Hop-by-hop or destination options that hold one PadN: eight bytes."""
    return header(options=[PadN(optdata=bytes(4))])


def fragment(offset, more, ident=1):
    return IPv6ExtHdrFragment(offset=offset // 8, m=more, id=ident)


def layer4(name, source_port, port, payload=b"", tcp_flags=2):
    """A transport header and its payload, as scapy packets."""
    ports = {"sport": source_port, "dport": port}
    if name == "tcp":
        return TCP(**ports, seq=1, flags=tcp_flags, window=1024) / payload
    if name == "sctp":	# an INIT chunk; a payload becomes a padding chunk after it (RFC 4820)
        init = SCTP(**ports, tag=0) / SCTPChunkInit(init_tag=1, a_rwnd=65535, n_out_streams=1, n_in_streams=1, init_tsn=1)
        if not payload:
            return init
        pad = struct.pack("!BBH", 0x84, 0, 4 + len(payload)) + payload + bytes(-len(payload) % 4)
        return init / Raw(pad)
    return {"udp": UDP, "udplite": UDPLite, "dccp": DCCP}[name](**ports) / payload


def ipv4(source, destination, protocol, payload, ttl=64, ident=1, flags=0, offset=0, options=b"", length=None):
    """An IPv4 packet. Payload and options are bytes or scapy packets."""
    return bytes(IP(src=source, dst=destination, proto=protocol, ttl=ttl, id=ident, flags=flags, frag=offset // 8,
                    len=length, options=[Raw(options)] if options else []) / payload)


def ipv6(source, destination, protocol, payload, extensions=(), hops=64):
    """An IPv6 packet. The extension headers are scapy packets, the outermost first."""
    extensions = [header.copy() for header in extensions]
    numbers = [NUMBERS[type(header)] for header in extensions] + [protocol]
    packet = IPv6(src=source, dst=destination, nh=numbers[0], hlim=hops)
    for header, number in zip(extensions, numbers[1:]):
        header.nh = number
        packet /= header
    return bytes(packet / payload)


def transport(name, source_port, port, payload, source, destination, tcp_flags=2):
    """The same as bytes, with the right checksum. For fragments, and for headers beyond which scapy does not parse."""
    layer = layer4(name, source_port, port, payload, tcp_flags)
    if ":" in destination:
        return ipv6(source, destination, PROTOCOLS[name], layer)[40:]
    return ipv4(source, destination, PROTOCOLS[name], layer)[20:]


def packet(name, source, destination, port=PORT, source_port=40000, payload=b"", **more):
    """A whole packet of one of the five protocols, IPv4 or IPv6 by its addresses."""
    data = transport(name, source_port, port, payload, source, destination, more.pop("tcp_flags", 2))
    make = ipv6 if ":" in destination else ipv4
    return make(source, destination, PROTOCOLS[name], data, **more)


def quoted(source, destination, inner):
    """An ICMP port-unreachable that quotes a packet."""
    if ":" in destination:
        return ipv6(source, destination, 58, ICMPv6DestUnreach(code=4) / Raw(inner))
    return ipv4(source, destination, 1, ICMP(type=3, code=3) / Raw(inner))


def send(netns, data):
    """Sends a packet by a raw socket, so that it meets LOCAL_OUT. Raises the error that the hook returned."""
    family = socket.AF_INET6 if data[0] >> 4 == 6 else socket.AF_INET
    address = socket.inet_ntop(family, data[24:40] if family == socket.AF_INET6 else data[16:20])
    with netns.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
        if family == socket.AF_INET:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        sender.sendto(data, (address, 0))


def receiver(netns, family, protocol):
    """A raw socket, which receives what passed LOCAL_IN."""
    got = netns.socket(socket.AF_INET6 if family == 6 else socket.AF_INET, socket.SOCK_RAW, protocol)
    got.setblocking(False)
    return got


def received(sock):
    """All that the socket has received so far."""
    found = []
    while True:
        try:
            found.append(sock.recv(65535))
        except BlockingIOError:
            return found
