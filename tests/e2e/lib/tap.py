# SPDX-License-Identifier: GPL-2.0-only
"""A tap device whose packets have a virtio header, as those of a guest that leaves segmentation to its host. The kernel
learns the kind of a packet, but not how many segments it has (SKB_GSO_DODGY, gso_segs unset)."""
import fcntl
import os
import struct

from .netns import run

TUNSETIFF = 0x400454ca
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
NEEDS_CSUM = 1
TCP4, UFO, TCP6, UDP_L4 = 1, 3, 4, 5


class Tap:
    def __init__(self, netns, device):
        self.netns, self.device = netns, device

    def __enter__(self):
        run("modprobe", "tun", check=False)
        if not os.path.exists("/dev/net/tun"):
            os.makedirs("/dev/net", exist_ok=True)
            os.mknod("/dev/net/tun", 0o20666, os.makedev(10, 200))
        with self.netns.entered():
            self.file = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(self.file, TUNSETIFF, struct.pack("16sH22x", self.device.encode(),
                                                           IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
        self.netns.sysctl(f"net.ipv4.conf.{self.device}.rp_filter", 0)
        self.netns.run("ip", "link", "set", self.device, "up")
        return self

    def address(self):
        """The device's own Ethernet address."""
        words = self.netns.run("ip", "-o", "link", "show", self.device).stdout.split()
        return bytes.fromhex(words[words.index("link/ether") + 1].replace(":", ""))

    def send(self, packet, kind, segment, head, checksum_at):
        """Sends one IP packet to be cut into segments of `segment` bytes. Its first `head` bytes are headers."""
        ethernet = self.address() + b"\2\6\x88\0\0\x99" + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0")
        start = 14 + (40 if packet[0] >> 4 == 6 else 20)
        flags = NEEDS_CSUM if checksum_at else 0
        header = struct.pack("<BBHHHH", flags, kind, 14 + head, segment, start if flags else 0, checksum_at)
        os.write(self.file, header + ethernet + packet)

    def __exit__(self, *_):
        os.close(self.file)
