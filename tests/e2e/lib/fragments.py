# SPDX-License-Identifier: GPL-2.0-only
"""UDP datagrams in fragments, and a socket that receives the reassembled ones."""
import itertools
import socket

from . import wire
from .topology import SILENT

# No number is used twice: the host keeps an incomplete datagram for half a minute.
IDENTS = itertools.count(30000)
# A datagram of 2000 bytes in two fragments.
TWO = [(0, 1000), (1000, 2000)]


def pieces(street, family, cuts, port=688, size=2000):
    """A UDP datagram in fragments, (offset, end) of each in `cuts`. The one that ends at `size` has no "more
    fragments"."""
    source, destination = SILENT[family], street.h0.address(family)
    data = wire.transport("udp", 40000, port, b"x" * (size - 8), source, destination)
    ident = next(IDENTS)
    found = []
    for first, end in cuts:
        more = int(end < size)
        if family == 4:
            found.append(wire.ipv4(source, destination, 17, data[first:end], ident=ident, flags=more, offset=first))
        else:
            found.append(wire.ipv6(source, destination, 17, data[first:end], [wire.fragment(first, more, ident)]))
    return found


def server(street, family, port=688):
    sock = street.host.socket(socket.AF_INET6 if family == 6 else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((street.h0.address(family), port))
    sock.setblocking(False)
    return sock
