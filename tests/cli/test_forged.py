# SPDX-License-Identifier: GPL-2.0-only
"""Another process sends forged kernel answers to the tool's netlink socket."""
import shutil
import subprocess
import sys

import pytest

UNSHARE = ["unshare", "-r", "-n"]

pytestmark = [
    pytest.mark.skipif(
        not shutil.which("strace") or subprocess.run(["strace", "-o", "/dev/null", "true"],
                                                     capture_output=True).returncode,
        reason="needs strace"),
    pytest.mark.skipif(subprocess.run([*UNSHARE, "true"], capture_output=True).returncode,
                       reason="needs namespaces")]

# Sends an error, EBUSY, as the end of an answer to every generic netlink socket in this namespace. The port is in
# /proc, and the sequence number is the time.
FORGE = """
import socket, struct, subprocess, sys, time
ours = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
ours.bind((0, 0))
tool = subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, text=True)
sent = refused = 0
while tool.poll() is None:
    for line in open("/proc/net/netlink").read().splitlines()[1:]:
        port = int(line.split()[2])
        if line.split()[1] != "16" or port in (0, ours.getsockname()[0]):
            continue
        now = int(time.time())
        for seq in range(now - 2, now + 4):
            try:
                ours.sendto(struct.pack("=IHHIIi", 36, 2, 0, seq, port, -16) + bytes(16), (port, 0))
                sent += 1
            except (ConnectionRefusedError, BlockingIOError):
                refused += 1
    time.sleep(.01)
print(sent, refused)
sys.stderr.write(tool.stderr.read())
"""


def forge(cli, *delayed):
    """Returns (the tool's result, how many messages were sent, how many of them the kernel refused)."""
    delays = [word for call in delayed for word in ("-e", f"inject={call}:delay_enter=400000")]
    done = subprocess.run([*UNSHARE, sys.executable, "-c", FORGE,
                           "strace", "-f", "-o", "/dev/null", *delays, cli.path, "show"],
                          capture_output=True, text=True, timeout=60,
                          env={"ASAN_OPTIONS": "detect_leaks=0", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    assert done.returncode == 0, done
    return done.stderr, *map(int, done.stdout.split())


MISSING = "ghost688: the ghost688 module is not loaded; load it with: modprobe ghost688\n"


def test_an_early_forged_answer_is_ignored(cli):
    said, sent, _ = forge(cli, "connect")
    assert said == MISSING
    assert sent


def test_nobody_can_fill_the_queue(cli):
    said, _, refused = forge(cli, "sendto")
    assert said == MISSING
    assert refused
