# SPDX-License-Identifier: GPL-2.0-only
"""The module under test: loading it, and its state in one namespace."""
import os
import pathlib

from . import genl, wire
from .netns import run

TREE = pathlib.Path(__file__).resolve().parents[3]
KO = pathlib.Path(os.environ.get("GHOST688_KO") or TREE / "ghost688.ko").resolve()
CLI = pathlib.Path(os.environ.get("GHOST688_CLI") or TREE / "userspace/ghost688").resolve()
VERDICTS = ["passed", "dropped", "rejected", "allowed", "reply"]
DIRECTIONS = ["in", "forward", "out"]

# Under KASAN and lockdep everything is several times slower, so large counts are divided by this.
SLOW = int(os.environ.get("GHOST688_SLOW") or 1)


def scaled(count):
    return max(count // SLOW, 10)


def loaded():
    return os.path.isdir("/sys/module/ghost688")


def insmod(*parameters, ko=None, check=True):
    return run("insmod", ko or KO, *parameters, check=check)


def rmmod():
    run("rmmod", "ghost688")


def fresh(*parameters):
    """Reloads the module, which zeroes all counters."""
    if loaded():
        rmmod()
    insmod(*parameters)


class Ghost:
    """What ghost688 knows in one namespace."""

    def __init__(self, netns):
        self.netns = netns

    def socket(self):
        with self.netns.entered():
            return genl.Socket()

    def ask(self, command, payload=b""):
        with self.socket() as sock:
            return sock.ask(command, payload)

    def set(self, *actions, **more):
        """set("drop"), or set(in, forward, out); see genl.policy()."""
        self.ask(genl.SET, genl.policy(*actions, **more))

    def set_one(self, direction, action, others="off", **more):
        """Gives one direction an action, and both others another one."""
        self.set(*[action if name == direction else others for name in DIRECTIONS], **more)

    def policy(self):
        """The policy in force, as a list of attributes that can be compared."""
        return self.ask(genl.GET)[0]

    def generation(self):
        return genl.number(dict(self.policy())[genl.GENERATION])

    def reset(self):
        """Resets the counters. Returns what was reset, in the form of rows()."""
        answer, = self.ask(genl.RESET)
        return counted(answer)

    def netlink_rows(self):
        with self.socket() as sock:
            return cells(sock.dump(genl.COUNTERS))

    def rows(self):
        """{(direction, family, protocol, verdict): (packets, bytes)} of all that is not zero, from /proc."""
        lines = self.netns.read("/proc/net/ghost688/counters").splitlines()
        names = lines[0].split()
        found = {}
        for line in lines[1:]:
            row = dict(zip(names, line.split()))
            for verdict in VERDICTS:
                count = int(row[f"{verdict}-packets"]), int(row[f"{verdict}-bytes"])
                if any(count):
                    found[row["direction"], row["family"], row["protocol"], verdict] = count
        return found

    def status(self):
        """The status file as a dictionary, with numbers as int."""
        pairs = (line.split(" ", 1) for line in self.netns.read("/proc/net/ghost688/status").splitlines())
        return {key: int(value) if value.isdigit() else value for key, value in pairs}

    def packets(self, verdict):
        return self.status()[verdict]


def arm_only(direction, visitor, router, host, action):
    """Gives one direction an action and switches all others off, in all three namespaces. Returns who counts it."""
    for ghost in visitor, router, host:
        ghost.set("off")
    ghost = {"in": host, "forward": router, "out": visitor}[direction]
    ghost.set_one(direction, action)
    return ghost


def counted(answer):
    """The answer to a reset, in the form of rows()."""
    return cells(genl.attributes(body) for kind, body in answer if kind == genl.S_COUNTER)


def cells(answers):
    names = {number: name for name, number in wire.PROTOCOLS.items()}
    found = {}
    for answer in answers:
        values = {kind: genl.number(data) for kind, data in answer}
        count = values[genl.PACKETS], values[genl.BYTES]
        if any(count):
            found[DIRECTIONS[values[genl.DIRECTION]], wire.FAMILIES[values[genl.FAMILY]],
                  names[values[genl.PROTOCOL]], VERDICTS[values[genl.VERDICT]]] = count
    return found
