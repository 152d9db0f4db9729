# SPDX-License-Identifier: GPL-2.0-only
"""The least of BPF and AF_XDP that the tests need, by system calls: no compiler and no library in the machine."""
import contextlib
import ctypes
import mmap
import os
import platform
import socket
import struct

from netns import libc

BPF = {"x86_64": 321, "i686": 357}[platform.machine()]
PROG_LOAD, LINK_CREATE = 5, 28
TYPE_XDP, ATTACH_XDP = 6, 37
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


def returns(value):
    """An XDP program that does nothing but return this; its descriptor."""
    code = struct.pack("<BBhi", 0xb7, 0, 0, value) + struct.pack("<BBhi", 0x95, 0, 0, 0)
    program, name = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b"GPL")
    return bpf(PROG_LOAD, struct.pack("<IIQQ", TYPE_XDP, len(code) // 8, ctypes.addressof(program),
                                      ctypes.addressof(name)))


@contextlib.contextmanager
def attached(netns, device, value):
    """Every packet that comes in by this device gets this XDP verdict."""
    with netns.entered():
        program = returns(value)
        link = bpf(LINK_CREATE, struct.pack("<IIII", program, socket.if_nametoindex(device), ATTACH_XDP, MODE_SKB))
    try:
        yield
    finally:
        os.close(link)
        os.close(program)


def send_af_xdp(netns, device, frames, size=2048):
    """Sends Ethernet frames by an AF_XDP socket in copy mode, which goes around all of the stack."""
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
        # libc's mmap: Python's takes no such offset where a long is short.
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
