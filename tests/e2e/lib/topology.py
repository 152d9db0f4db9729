# SPDX-License-Identifier: GPL-2.0-only
"""Namespaces and the wires between them. There is no address resolution, no duplicate address detection and no
offload, so a wire carries only what a test sends."""
import os
import socket

import pytest

from .conntrack import Means
from .netns import Netns, run, until

OFFLOADS = "tso gso gro tx rx sg".split()

# Addresses to which nobody answers.
SILENT = {4: "192.0.2.88", 6: "2001:db8::88"}


def mac(number):
    return f"02:06:88:00:00:{number:02x}"


class Port:
    """One end of a wire: its device, MAC and addresses."""

    def __init__(self, netns, device, number, ipv4, ipv6):
        self.netns, self.device, self.mac, self.ipv4, self.ipv6 = netns, device, mac(number), ipv4, ipv6

    def address(self, family):
        return self.ipv4 if family == 4 else self.ipv6


def veth(near, far, mtu=1500):
    """A veth pair between two ports. Both ends are up when it returns."""
    run("ip", "link", "add", near.device, "netns", near.netns.name, "address", near.mac, "mtu", mtu, "type", "veth",
        "peer", "name", far.device, "netns", far.netns.name, "address", far.mac, "mtu", mtu)
    for port, peer in (near, far), (far, near):
        batch = "\n".join([
            "link set lo up", f"link set {port.device} up",
            f"addr add {port.ipv4}/24 dev {port.device}", f"addr add {port.ipv6}/64 dev {port.device} nodad",
            f"neigh replace {peer.ipv4} lladdr {peer.mac} nud permanent dev {port.device}",
            f"neigh replace {peer.ipv6} lladdr {peer.mac} nud permanent dev {port.device}"])
        port.netns.sysctl(f"net.ipv6.conf.{port.device}.router_solicitations", 0)
        port.netns.run("ip", "-batch", "-", input=batch)
    offloads(near, False)
    offloads(far, False)


def needs_device(device):
    """Skips the test on a kernel that has no such device."""
    done = run("ip", "link", "add", "probe", "type", *device.split(), check=False)
    run("ip", "link", "del", "probe", check=False)
    if done.returncode and "Unknown device type" in done.stderr + done.stdout:
        pytest.skip(f"this kernel has no {device.split()[0]}")


def offloads(port, on):
    words = [word for name in OFFLOADS for word in (name, "on" if on else "off")]
    port.netns.run("ethtool", "-K", port.device, *words)


class Street:
    """The visitor, the forwarder and the visited host:

        visitor                      router                       host
        10.88.1.1 ----------- 10.88.1.2   10.88.2.2 ----------- 10.88.2.1
        fd88:1::1   v0   r1   fd88:1::2   fd88:2::2   r2   h0   fd88:2::1

    A packet from visitor to host is `out` in visitor, `forward` in router and `in` in host.
    """

    def __init__(self, prefix=""):
        # A permanent hook in every place. Without it the kernel patches its text whenever our hooks are registered,
        # and an emulated second CPU in a flood may run the old text and hang.
        self.keeper = Netns(prefix + "keeper")
        self.keeper.run("nft", "table inet keeper { " + " ".join(
            f"chain {hook} {{ type filter hook {hook} priority 0; }};" for hook in ("input", "forward", "output")) + " }")
        self.visitor, self.router, self.host = (Netns(prefix + name) for name in ("visitor", "router", "host"))
        self.namespaces = self.visitor, self.router, self.host
        self.means = Means(self.namespaces)
        self.v0 = Port(self.visitor, "v0", 0x11, "10.88.1.1", "fd88:1::1")
        self.r1 = Port(self.router, "r1", 0x12, "10.88.1.2", "fd88:1::2")
        self.r2 = Port(self.router, "r2", 0x22, "10.88.2.2", "fd88:2::2")
        self.h0 = Port(self.host, "h0", 0x21, "10.88.2.1", "fd88:2::1")
        for netns in self.namespaces:
            netns.sysctl("net.ipv6.conf.default.accept_dad", 0)
            netns.sysctl("net.ipv6.conf.default.addr_gen_mode", 1)
        veth(self.v0, self.r1)
        veth(self.r2, self.h0)
        self.router.sysctl("net.ipv4.ip_forward", 1)
        self.router.sysctl("net.ipv6.conf.all.forwarding", 1)
        for netns, gateway in (self.visitor, self.r1), (self.host, self.r2):
            # Tests forge addresses, which have no route of their own.
            netns.run("ip", "route", "add", "default", "via", gateway.ipv4)
            netns.run("ip", "-6", "route", "add", "default", "via", gateway.ipv6)
        self.router.run("ip", "route", "add", "default", "via", self.v0.ipv4)
        self.router.run("ip", "-6", "route", "add", "default", "via", self.v0.ipv6)
        for netns in self.namespaces:
            netns.run("ip", "route", "add", "blackhole", f"{SILENT[4]}/32")
            netns.run("ip", "-6", "route", "add", "blackhole", f"{SILENT[6]}/128")
        self._marker = self.host.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._marker.bind((self.h0.ipv4, 9))
        self._marker.settimeout(20)
        self._mark = self.visitor.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._count = 0

    def settle(self):
        """Returns when everything that this thread sent from visitor has arrived: wires keep the order. Returns the
        last bytes of the last packet, for Capture.settled()."""
        self._count += 1
        text = str(self._count).encode()
        self._mark.sendto(text, (self.h0.ipv4, 9))
        while self._marker.recv(64) != text:
            pass
        return text

    def inject(self, frames, port=None, peer=None):
        """Puts IP packets onto a wire through a packet socket. No hook of the sender sees them."""
        port, peer = port or self.v0, peer or self.r1
        with port.netns.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
            sender.bind((port.device, 0))
            for packet in frames:
                kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
                sender.send(bytes.fromhex(peer.mac.replace(":", "")) + bytes.fromhex(port.mac.replace(":", "")) +
                            kind + packet)

    def close(self):
        self._marker.close()
        self._mark.close()
        self.means.set("sockets")
        for netns in (*self.namespaces, self.keeper):
            netns.close()
        until(lambda: not any(os.path.exists(f"/run/netns/{n.name}") for n in self.namespaces))
