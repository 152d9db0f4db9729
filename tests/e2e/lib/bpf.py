# SPDX-License-Identifier: GPL-2.0-only
"""BPF and AF_XDP by plain system calls, because the machine has no compiler for BPF and no libbpf."""
import contextlib
import ctypes
import mmap
import os
import platform
import socket
import struct

from .netns import libc

BPF = {"x86_64": 321, "i686": 357}[platform.machine()]
MAP_CREATE, MAP_UPDATE, PROG_LOAD, LINK_CREATE = 0, 2, 5, 28
TYPE_XDP, ATTACH_XDP = 6, 37
TYPE_SK_LOOKUP, ATTACH_SK_LOOKUP, SOCKMAP = 30, 36, 15
XDP_DROP, XDP_PASS = 1, 2
MODE_SKB = 2

SOL_XDP, AF_XDP = 283, 44
RX_RING, TX_RING, UMEM_REG, FILL_RING, COMPLETION_RING, OFFSETS = 2, 3, 4, 5, 6, 1
XDP_COPY = 2
TX_PAGES = 0x80000000


def bpf(command, attributes):
    data = ctypes.create_string_buffer(attributes, max(len(attributes), 128))
    done = libc.syscall(BPF, command, data, len(data))
    if done < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return done


def instruction(code, to=0, source=0, offset=0, number=0):
    return struct.pack("<BBhi", code, source << 4 | to, offset, number)


def load(kind, code, attach=0):
    """Loads a program; returns its descriptor."""
    program, name = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b"GPL")
    return bpf(PROG_LOAD, struct.pack("<IIQQIIQII16sII", kind, len(code) // 8, ctypes.addressof(program),
                                      ctypes.addressof(name), 0, 0, 0, 0, 0, b"", 0, attach))


def returns(value):
    """An XDP program that only returns this value; returns its descriptor."""
    return load(TYPE_XDP, instruction(0xb7, 0, number=value) + instruction(0x95))


def steers(sockets, port):
    """An sk_lookup program that assigns what comes to a port to the socket in this map."""
    move, call, register = 0xbf, 0x85, range(11)
    look = b"".join((
        instruction(move, 6, 1),				# its context
        instruction(0x61, 2, 6, 60),				# the local port
        instruction(0x55, 2, offset=15, number=port),		# not ours: jump to the end
        instruction(0x62, 10, offset=-4, number=0),		# key 0 of the map
        instruction(move, 2, register[10]), instruction(0x07, 2, number=-4),
        instruction(0x18, 1, 1, number=sockets), instruction(0),
        instruction(call, number=1),				# bpf_map_lookup_elem
        instruction(0x15, 0, offset=8, number=0),		# no socket: jump to the end
        instruction(move, 7, 0), instruction(move, 1, 6), instruction(move, 2, 7), instruction(0xb7, 3),
        instruction(call, number=124),				# bpf_sk_assign
        instruction(move, 1, 7), instruction(call, number=86),	# bpf_sk_release
        instruction(0x05),
        instruction(0xb7, 0, number=1), instruction(0x95)))	# SK_PASS
    return load(TYPE_SK_LOOKUP, look, ATTACH_SK_LOOKUP)


@contextlib.contextmanager
def steered(netns, sock, port):
    """An sk_lookup program directs what comes to a port of this namespace to that socket."""
    with netns.entered(), contextlib.ExitStack() as stack:
        def keep(descriptor):
            stack.callback(os.close, descriptor)
            return descriptor
        sockets = keep(bpf(MAP_CREATE, struct.pack("<IIII", SOCKMAP, 4, 8, 1)))
        key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(struct.pack("<Q", sock.fileno()), 8)
        bpf(MAP_UPDATE, struct.pack("<IIQQQ", sockets, 0, ctypes.addressof(key), ctypes.addressof(value), 0))
        keep(bpf(LINK_CREATE, struct.pack("<IIII", keep(steers(sockets, port)), netns.descriptor, ATTACH_SK_LOOKUP, 0)))
        stack = stack.pop_all()
    with stack:
        yield


@contextlib.contextmanager
def attached(netns, device, value):
    """Every packet that arrives on this device gets this XDP verdict."""
    with netns.entered():
        program = returns(value)
        link = bpf(LINK_CREATE, struct.pack("<IIII", program, socket.if_nametoindex(device), ATTACH_XDP, MODE_SKB))
    try:
        yield
    finally:
        os.close(link)
        os.close(program)


def send_af_xdp(netns, device, frames, size=2048):
    """Sends Ethernet frames by an AF_XDP socket in copy mode, which bypasses the stack."""
    room = 64
    assert len(frames) <= room
    with netns.entered(), socket.socket(AF_XDP, socket.SOCK_RAW, 0) as sock, \
            mmap.mmap(-1, room * size) as area:
        address = ctypes.addressof(ctypes.c_char.from_buffer(area))
        sock.setsockopt(SOL_XDP, UMEM_REG, struct.pack("<QQIII", address, room * size, size, 0, 0) + bytes(4))
        for ring in FILL_RING, COMPLETION_RING, TX_RING:
            sock.setsockopt(SOL_XDP, ring, struct.pack("<I", room))
        offsets = struct.unpack("<16Q", sock.getsockopt(SOL_XDP, OFFSETS, 128))
        producer, _, ring, _ = offsets[4:8]
        # libc's mmap, because Python's does not take such an offset where a long has 32 bits.
        libc.mmap64.restype = ctypes.c_void_p
        libc.mmap64.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                              ctypes.c_longlong]
        length = ring + room * 16
        base = libc.mmap64(None, length, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, sock.fileno(), TX_PAGES)
        assert base != ctypes.c_void_p(-1).value, "the ring is not mapped"
        libc.bind.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
        name = struct.pack("<HHIII", AF_XDP, XDP_COPY, socket.if_nametoindex(device), 0, 0)
        if libc.bind(sock.fileno(), name, len(name)):
            raise OSError(ctypes.get_errno(), "bind of AF_XDP")
        for index, frame in enumerate(frames):
            area[index * size:index * size + len(frame)] = frame
            ctypes.memmove(base + ring + index * 16, struct.pack("<QII", index * size, len(frame), 0), 16)
        ctypes.memmove(base + producer, struct.pack("<I", len(frames)), 4)
        sock.send(b"", socket.MSG_DONTWAIT)
        libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        libc.munmap(base, length)
