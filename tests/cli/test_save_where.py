# SPDX-License-Identifier: GPL-2.0-only
"""Where save writes."""
import os
import subprocess

import pytest

from test_save import needs_mount

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


VISITOR = """set -e
    mount -t tmpfs none /run; mkdir -p /run/netns; touch /run/netns/visitor
    mount --bind /proc/self/ns/net /run/netns/visitor; mount -t tmpfs none /etc
    echo host > /etc/ghost688.conf
    {}"""


def in_visitor(ghost, script):
    done = subprocess.run(["unshare", "-m", "sh", "-c", VISITOR.format(script), ghost.path],
                          capture_output=True, text=True, env={**os.environ, **ghost.env})
    assert "Sanitizer" not in done.stderr
    return done


@needs_root
@needs_mount
@pytest.mark.parametrize("before", ["true", "mkdir -p /etc/netns/visitor",
                                    "mkdir -p /etc/netns/visitor; echo x > /etc/netns/visitor/ghost688.conf"])
def test_save_of_a_named_namespace_has_its_own_file(ghost, before):
    done = in_visitor(ghost, before + '; "$0" -N visitor save; cat /etc/ghost688.conf; '
                      "cat /etc/netns/visitor/ghost688.conf")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "host\n" + ghost.works("show")


@needs_root
@needs_mount
def test_save_of_a_named_namespace_with_a_file_writes_that(ghost):
    done = in_visitor(ghost, '"$0" -N visitor save /etc/other; ls /etc; cat /etc/ghost688.conf')
    assert (done.returncode, done.stdout) == (0, "ghost688.conf\nother\nhost\n")


def test_save_of_a_namespace_by_path_needs_a_file(ghost, kernel):
    ghost.fails(2, "save with --netns of a path needs a FILE, or - for standard output",
                "-N", "/proc/self/ns/net", "save")
    assert kernel.seen == []
