# SPDX-License-Identifier: GPL-2.0-only
"""Builds what the tests run: the CLI and two harnesses, all under sanitizers.

GHOST688_CLI names another binary for the tests that need no module. CC is honoured.
"""
import os
import pathlib
import signal
import subprocess
import sys

import pytest

import fake

HERE = pathlib.Path(__file__).resolve().parent
USERSPACE = HERE.parent.parent / "userspace"
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
CC = os.environ.get("CC", "gcc")

sys.dont_write_bytecode = True

# A shell that runs the tests in the background may ignore these signals, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def build(*args):
    done = subprocess.run(args, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning:" not in done.stderr, done.stderr


def compile_c(out, *sources, sanitize=True):
    build(CC, "-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-D_GNU_SOURCE",
          f"-I{USERSPACE}", f"-I{USERSPACE}/../module/uapi", *(SANITIZE if sanitize else []),
          "-o", str(out), *map(str, sources), "-lmnl", "-ljansson")
    return out


class Cli:
    def __init__(self, path, env=()):
        self.path = str(path)
        self.env = dict(env)

    def __call__(self, *args, env=(), **kwargs):
        full = {**os.environ, "LC_ALL": "C", **self.env, **dict(env)}
        kwargs.setdefault("timeout", 20)
        if "input" not in kwargs:
            kwargs.setdefault("stdin", subprocess.DEVNULL)
        if "stdout" not in kwargs:
            kwargs["stdout"] = subprocess.PIPE
        done = subprocess.run([self.path, *args], stderr=subprocess.PIPE, env=full, **kwargs)
        for name in ("stdout", "stderr"):
            if getattr(done, name) is not None:
                setattr(done, name, getattr(done, name).decode())
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        return done

    def fails(self, status, message, *args, **kwargs):
        """Asserts that the tool fails with exactly this one line on stderr, and nothing on stdout."""
        done = self(*args, **kwargs)
        assert done.stderr == f"ghost688: {message}\n"
        assert not done.stdout
        assert done.returncode == status

    def works(self, *args, **kwargs):
        done = self(*args, **kwargs)
        assert done.stderr == ""
        assert done.returncode == 0
        return done.stdout


@pytest.fixture(scope="session")
def objects(tmp_path_factory):
    out = tmp_path_factory.mktemp("build")
    build("make", "-s", "-j4", "-C", str(USERSPACE), "SAN=1", f"O={out}", f"CC={CC}")
    return out


@pytest.fixture(scope="session")
def cli(objects):
    return Cli(os.environ.get("GHOST688_CLI") or objects / "ghost688")


@pytest.fixture(scope="session")
def fake_binary(objects, tmp_path_factory):
    """The CLI with its netlink socket replaced by a Unix socket to fake.Kernel."""
    out = tmp_path_factory.mktemp("fake") / "ghost688"
    return compile_c(out, *sorted(objects.rglob("*.o")), HERE / "fakesocket.c")


@pytest.fixture
def kernel(tmp_path):
    with fake.Kernel(str(tmp_path / "socket")) as it:
        yield it


@pytest.fixture
def ghost(fake_binary, kernel):
    """The CLI, with a fake module that answers it."""
    return Cli(fake_binary, {"GHOST_FAKE": kernel.path})


@pytest.fixture(scope="session")
def sources():
    return USERSPACE


@pytest.fixture(scope="session")
def compiler():
    return compile_c
