# SPDX-License-Identifier: GPL-2.0-only
"""The command line tool, and policies as the tool and /proc write them."""
from .ghost import CLI

POLICY = """\
in         drop,log
forward    drop
out        log
replies    match
log-rate   5/m
log-burst  7
log-target nflog:12
hit-rate   9/h
hit-burst  11
sources    64
allow      0.0.0.0/0
allow      10.0.0.0/8
allow      10.1.2.3/32
allow      ::/0
allow      2001:db8::/32
allow      fd00::1/128
"""
DEFAULT = """\
in         count
forward    count
out        count
replies    exempt
log-rate   10/s
log-burst  20
log-target syslog
hit-rate   50000/s
hit-burst  50000
sources    256
"""
ALLOW = ["fd00::1/128", "10.0.0.0/8", "::/0", "10.1.2.3/32", "2001:db8::/32", "0.0.0.0/0"]


def tool(owner, *words, status=0, **more):
    """Runs the tool in a namespace. Returns its output, or its errors if `status` is not 0."""
    done = owner.netns.run(CLI, *words, check=False, **more)
    assert done.returncode == status, done.stdout + done.stderr
    assert not done.stdout if status else not done.stderr
    return done.stderr if status else done.stdout


def policy(owner):
    return owner.netns.read("/proc/net/ghost688/policy")
