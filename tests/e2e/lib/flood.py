# SPDX-License-Identifier: GPL-2.0-only
"""A process that sends visits as fast as it can from another CPU, and counts them."""
import mmap
import os
import pathlib
import signal
import socket
import struct
import time

from .netns import until


def deep_backlog():
    """Makes the receive queue of veth long. A short one loses packets when the receiver is slower, and the sums
    differ."""
    pathlib.Path("/proc/sys/net/core/netdev_max_backlog").write_text("10000000", encoding="ascii")


class Flood:
    """Sends datagrams of `size` bytes from a namespace until it is stopped. Then `sent` and `refused` hold the counts.

    It waits `pace` seconds between two bursts, so that the machine has time for what the test is about.
    """

    def __init__(self, netns, address, size=8, port=688, cpu=1, pace=0.0):
        self.netns, self.address, self.size, self.port, self.cpu, self.pace = netns, address, size, port, cpu, pace
        self.sent = self.refused = 0

    def __enter__(self):
        deep_backlog()
        self.pipe, far = os.pipe()
        kind = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        with self.netns.entered():
            self.sock = socket.socket(kind, socket.SOCK_DGRAM)
        self.shared = mmap.mmap(-1, 16)
        self.child = os.fork()
        if not self.child:
            try:
                self._run(far)
            finally:
                os._exit(0)
        os.close(far)
        self.wait(1)
        return self

    def _run(self, far):
        stop = []
        signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
        if os.cpu_count() > self.cpu:
            os.sched_setaffinity(0, {self.cpu})
        data, to = bytes(self.size), (self.address, self.port)
        sent = refused = 0
        while not stop:
            for _ in range(16):
                try:
                    self.sock.sendto(data, to)
                    sent += 1
                except PermissionError:
                    refused += 1
                except OSError:		# an ICMP error that came in the meantime, or a device that is gone
                    pass
            struct.pack_into("QQ", self.shared, 0, sent, refused)
            if self.pace:
                time.sleep(self.pace)
        os.write(far, struct.pack("QQ", sent, refused))

    def so_far(self):
        return sum(struct.unpack_from("QQ", self.shared))

    def wait(self, more):
        """Returns when `more` datagrams have been sent since the call."""
        goal = self.so_far() + more
        until(lambda: self.so_far() >= goal, timeout=60, what="a flood")

    def stop(self):
        if self.child:
            os.kill(self.child, signal.SIGTERM)
            self.sent, self.refused = struct.unpack("QQ", os.read(self.pipe, 16))
            os.waitpid(self.child, 0)
            os.close(self.pipe)
            self.sock.close()
            self.child = 0
        return self.sent

    def __exit__(self, *_):
        self.stop()
