# SPDX-License-Identifier: GPL-2.0-only
"""Puts UDP packets from very many sources onto a wire, a hundred times faster than a send for each: sendmmsg() takes
them from a block of memory in which only the addresses change."""
import ctypes
import ipaddress
import os
import socket
import struct

from .generator import internet_sum
from .netns import libc

BLOCK, AT_ONCE = 4096, 1024
SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20
SOURCES = {4: 0xc8000000, 6: 0x20011000}	# from 200.0.0.0 and 2001:1000::/64 on


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class MMsgHdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint), ("vectors", ctypes.POINTER(IoVec)),
                ("count", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("sent", ctypes.c_uint)]


def spoofed(family, number):
    """The address of a spoofed source: for IPv6 each in a /64 of its own."""
    if family == 4:
        return str(ipaddress.IPv4Address(SOURCES[4] + number))
    return str(ipaddress.IPv6Address((SOURCES[6] + number) << 96 | 1))


def number_of(address):
    """Its number, the other way about; no small one for any other address."""
    address = ipaddress.ip_address(address)
    if address.version == 4:
        return int(address) - SOURCES[4]
    return (int(address) >> 96) - SOURCES[6]


class Spoofer:
    """Sends from a port of a wire to its peer. The sources of flood() have numbers that grow from `first`."""

    def __init__(self, port, peer, family=4, first=0, payload=b"ghost688"):
        self.family, self.number, self.sent = family, first, 0
        with port.netns.entered():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.bind((port.device, 0))
        self.socket.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        self.head = bytes.fromhex((peer.mac + port.mac).replace(":", "")) + (b"\x86\xdd" if family == 6 else b"\x08\0")
        self.udp = struct.pack("!HHHH", 40000, 688, 8 + len(payload), 0) + payload
        self.destination = ipaddress.ip_address(peer.address(family)).packed
        frame = self.frame(spoofed(family, 0))
        self.size = len(frame)
        self.block = bytearray(frame * BLOCK)
        start = ctypes.addressof((ctypes.c_char * len(self.block)).from_buffer(self.block))
        self.vectors = (IoVec * BLOCK)(*[(start + i * self.size, self.size) for i in range(BLOCK)])
        self.messages = (MMsgHdr * BLOCK)()
        for message, vector in zip(self.messages, self.vectors):
            message.vectors, message.count = ctypes.pointer(vector), 1
        low = range(BLOCK)
        self.low = bytes(i & 0xff for i in low)
        self.high = [bytes(block << 4 | i >> 8 for i in low) for block in range(16)]
        self.fill()

    def frame(self, source, ident=0):
        if self.family == 6:
            return self.head + struct.pack("!IHBB", 6 << 28, len(self.udp), 17, 64) + socket.inet_pton(
                socket.AF_INET6, source) + self.destination + self.udp
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(self.udp), ident, 0, 64, 17, 0, socket.inet_aton(source),
                             self.destination)
        return self.head + header[:10] + struct.pack("!H", internet_sum(header)) + header[12:] + self.udp

    def put(self, at, values):
        """Writes a byte into each frame of the block."""
        self.block[at::self.size] = values

    def fill(self):
        """Gives the block the addresses of the sources from self.number on."""
        number = self.number & -BLOCK
        base = SOURCES[self.family] + number
        at = 14 + (12 if self.family == 4 else 8)
        high = self.high[base >> 12 & 15]
        for i, byte in enumerate((base >> 16).to_bytes(2, "big")):
            self.put(at + i, bytes([byte]) * BLOCK)
        self.put(at + 2, high)
        self.put(at + 3, self.low)
        if self.family == 4:
            # The identification makes up for the address, so that the block has one checksum.
            flip = bytes(range(255, -1, -1))
            self.put(14 + 4, high.translate(flip))
            self.put(14 + 5, self.low.translate(flip))
            first = self.frame(spoofed(4, number), 0xffff - (base & 0xffff))
            self.put(14 + 10, first[24:25] * BLOCK)
            self.put(14 + 11, first[25:26] * BLOCK)

    def flood(self, count):
        """A packet from each of so many sources that never came before."""
        while count:
            at = self.number % BLOCK
            size = min(count, BLOCK - at, AT_ONCE)
            sent = libc.sendmmsg(self.socket.fileno(), ctypes.byref(self.messages, at * ctypes.sizeof(MMsgHdr)), size, 0)
            if sent < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            self.number, self.sent, count = self.number + sent, self.sent + sent, count - sent
            if self.number % BLOCK == 0:
                self.fill()

    def send(self, source, times=1):
        """Packets from one source."""
        frame = self.frame(source)
        for _ in range(times):
            self.socket.send(frame)
        self.sent += times

    def close(self):
        self.socket.close()
