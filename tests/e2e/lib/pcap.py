# SPDX-License-Identifier: GPL-2.0-only
"""Reads what tcpdump saw, with struct alone, and sums it up. The counters must equal these sums."""
import os
import signal
import struct
import subprocess

from . import wire
from .netns import until

EN10MB, NFLOG, LINUX_SLL = 1, 239, 113
NUMBERS = {number: name for name, number in wire.PROTOCOLS.items()}


def frames(path):
    """(kind of link, second, frame) of each complete packet in the file."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 24:
        return
    assert data[:4] == b"\xd4\xc3\xb2\xa1", "a pcap file in this machine's byte order"
    link = struct.unpack_from("<I", data, 20)[0]
    at = 24
    while at + 16 <= len(data):
        second, _, kept = struct.unpack_from("<III", data, at)
        frame = data[at + 16:at + 16 + kept]
        if len(frame) < kept:
            break
        at += 16 + kept
        yield link, second, frame


def read(path):
    """(IP packet, NFLOG prefix or None) of each complete packet in the file."""
    found = []
    for link, _, frame in frames(path):
        if link == NFLOG:
            found.append(nflog(frame))
        elif frame[12:14] in (b"\x08\x00", b"\x86\xdd"):
            found.append((frame[14:], None))
    return found


def timed(path):
    """(second, IP packet) of each complete packet in the file."""
    return [(second, frame[14:]) for _, second, frame in frames(path) if frame[12:14] in (b"\x08\x00", b"\x86\xdd")]


def nflog(frame):
    told, at = {}, 4
    while at + 4 <= len(frame):
        length, kind = struct.unpack_from("<HH", frame, at)
        told[kind] = frame[at + 4:at + length]
        at += length + 3 & ~3
    return told[9], told[10].rstrip(b"\0").decode()


def headers(packet):
    """(protocol number, where its header begins, whether it is a later fragment, IP's length) of a packet."""
    if packet[0] >> 4 == 4:
        length, = struct.unpack_from("!H", packet, 2)
        return packet[9], (packet[0] & 15) * 4, struct.unpack_from("!H", packet, 6)[0] & 0x1fff, length
    length = 40 + struct.unpack_from("!H", packet, 4)[0]
    number, at, later = packet[6], 40, 0
    while number in (0, 43, 60, 44, 51):
        size = 8 if number == 44 else (packet[at + 1] + 2) * 4 if number == 51 else (packet[at + 1] + 1) * 8
        if number == 44:
            later = struct.unpack_from("!H", packet, at + 2)[0] & ~7
        number, at = packet[at], at + size
    return number, at, later, length


def visit(packet):
    """(family, protocol, bytes) of a packet to 688 by its own headers, or None. Bytes are IP's length field."""
    number, at, later, length = headers(packet)
    if later or number not in NUMBERS or struct.unpack_from("!H", packet, at + 2)[0] != wire.PORT:
        return None
    return wire.FAMILIES[packet[0] >> 4], NUMBERS[number], length


def sums(packets):
    """{(family, protocol): (packets, bytes)} of all that goes to 688."""
    found = {}
    for packet, _ in packets:
        told = visit(packet)
        if told:
            count = found.get(told[:2], (0, 0))
            found[told[:2]] = count[0] + 1, count[1] + told[2]
    return found


class Capture:
    """tcpdump on a device of a namespace, as a context manager. It listens once the context is entered."""

    def __init__(self, netns, device, path, expression="ip or ip6", incoming=True, snap=256):
        self.netns, self.device, self.path, self.expression, self.snap = netns, device, path, expression, snap
        self.direction = ["-Q", "in"] if incoming and not device.startswith("nflog") else []
        if device.startswith("nflog"):
            self.expression, self.snap = "", 65535

    def __enter__(self):
        words = ["tcpdump", "-n", "-U", "-s", str(self.snap), "-B", "65536", *self.direction, "-i", self.device,
                 "-w", str(self.path), "-Z", "root"] + ([self.expression] if self.expression else [])
        self.process = self.netns.start(*words, stderr=subprocess.PIPE)
        while True:
            line = self.process.stderr.readline()
            assert line, "tcpdump did not start"
            if "listening on" in line:
                return self

    def packets(self):
        return read(self.path) if os.path.exists(self.path) else []

    def until(self, condition):
        """Waits until condition(packets) holds, and returns them."""
        until(lambda: condition(self.packets()), what="a packet in tcpdump's file")
        return self.packets()

    def settled(self, text):
        """Waits for the packet that Street.settle() sent last, then returns all packets. Looks for it near the end of
        the file only, because files are large; other packets may follow it."""
        header = struct.pack("!HH", 9, 8 + len(text))	# port and length; the checksum stands between them and the text

        def there():
            with open(self.path, "rb") as file:
                file.seek(max(os.path.getsize(self.path) - 4096, 0))
                end = file.read()
            at = end.find(header)
            while at >= 0 and not end.startswith(text, at + 6):
                at = end.find(header, at + 1)
            return at >= 0
        until(lambda: os.path.exists(self.path) and there(), timeout=60, what="the last packet in tcpdump's file")
        return self.packets()

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.told = self.process.stderr.read()
        self.process.stderr.close()
        self.process.wait()
