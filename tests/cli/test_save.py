# SPDX-License-Identifier: GPL-2.0-only
"""The file that save writes is the old one or the new one, whatever happens at any moment."""
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import threading

import pytest

OLD, NEW = b"o" * 3000, b"n" * 5000
LITTER = ".ghost688-"

needs_strace = pytest.mark.skipif(
    not shutil.which("strace") or subprocess.run(["strace", "-o", "/dev/null", "true"],
                                                 capture_output=True).returncode,
    reason="needs strace")
needs_mount = pytest.mark.skipif(
    subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode,
    reason="needs a mount namespace")


@pytest.fixture(scope="session")
def writer(compiler, sources, tmp_path_factory):
    out = tmp_path_factory.mktemp("writer") / "writer"
    # strace and LeakSanitizer both need ptrace. Tests of the CLI find memory errors.
    return compiler(out, pathlib.Path(__file__).with_name("atomicfile_run.c"),
                    *(sources / f"{name}.c" for name in ("atomicfile", "place", "fileattr", "overwrite",
                                                       "text")), sanitize=False)


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "dir" / "policy"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


def write(writer, path, prefix=(), size=len(NEW), **kwargs):
    return subprocess.run([*prefix, writer, path, "n", str(size)], capture_output=True, text=True,
                          timeout=20, **kwargs)


def litter(path):
    return [n for n in os.listdir(path.parent) if n.startswith(LITTER)]


def system_calls(writer, path, tmp_path):
    """(name, index among the calls of that name) of each system call that the writing makes."""
    log = tmp_path / "trace"
    write(writer, path, ["strace", "-o", log])
    path.write_bytes(OLD)
    seen, calls, began = {}, [], False
    for line in log.read_text().splitlines():
        if not (found := re.match(r"(\w+)\(", line)):
            continue
        name = found[1]
        seen[name] = seen.get(name, 0) + 1
        began |= str(path.parent) in line and name != "execve"
        if began and name != "exit_group":
            calls.append((name, seen[name]))
    assert {"write", "fsync", "fchmod", "close"} <= {name for name, _ in calls}
    assert any(name.startswith("rename") for name, _ in calls)
    return calls


@needs_strace
def test_killed_at_each_system_call(writer, old, tmp_path):
    calls, seen, killed = system_calls(writer, old, tmp_path), set(), 0
    for name, count in calls:
        done = write(writer, old, ["strace", "-o", "/dev/null", "-e", f"trace={name}",
                                   "-e", f"inject={name}:signal=KILL:when={count}"])
        # strace ends as its child did, unless it noticed that too late.
        killed += done.returncode == -signal.SIGKILL
        seen.add(old.read_bytes())
        assert old.read_bytes() in (OLD, NEW), (name, count)
        assert done.returncode or old.read_bytes() == NEW, (name, count)
        for file in litter(old):
            (old.parent / file).unlink()
        old.write_bytes(OLD)
    assert seen == {OLD, NEW}
    assert killed >= len(calls) - 2


@needs_strace
@pytest.mark.parametrize("error", ["EIO", "ENOSPC", "EDQUOT"])
def test_each_system_call_failing(writer, old, tmp_path, error):
    for name, count in system_calls(writer, old, tmp_path):
        done = write(writer, old, ["strace", "-o", "/dev/null", "-e", f"trace={name}",
                                   "-e", f"inject={name}:error={error}:when={count}"])
        text = old.read_bytes()
        if done.returncode == 0:
            assert text == NEW, (name, count)
        elif "written, but" in done.stderr:
            assert text == NEW and name == "fsync"
        else:
            assert text == OLD, (name, count)
            assert done.stderr
        assert name.startswith("unlink") or not litter(old), (name, count)
        # A failure must be reported if it may lose data.
        if name in ("write", "fsync", "fchmod") or name.startswith("rename"):
            assert done.returncode == 1, (name, count)
        old.write_bytes(OLD)


@needs_strace
def test_an_interrupted_write_is_done_again(writer, old):
    done = write(writer, old, ["strace", "-o", "/dev/null", "-e", "trace=write",
                               "-e", "inject=write:error=EINTR:when=1..2"])
    assert done.returncode == 0 and old.read_bytes() == NEW


@needs_strace
@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_a_signal_leaves_no_temporary_file(writer, old, name):
    done = write(writer, old, ["strace", "-o", "/dev/null", "-e", "trace=fchmod",
                               "-e", f"inject=fchmod:signal={name}"])
    assert done.returncode == -getattr(signal, "SIG" + name)
    assert old.read_bytes() == NEW and not litter(old)


@needs_strace
def test_the_directory_is_synced_after_the_rename(writer, old, tmp_path):
    log = tmp_path / "trace"
    write(writer, old, ["strace", "-y", "-o", log, "-e", "trace=fsync,rename,renameat,renameat2"])
    file, rename, directory = [line.split("(")[0] + line for line in
                               log.read_text().splitlines() if not line.startswith("+++")]
    assert file.startswith("fsync") and LITTER in file
    assert rename.startswith("rename")
    assert directory.startswith("fsync") and f"<{old.parent}>" in directory


@needs_mount
def test_a_full_disk_keeps_the_old_file(writer, tmp_path):
    script = """set -e
        mount -t tmpfs -o size=16k none "$1"; cd "$1"
        printf old > policy; head -c 8k /dev/zero > ballast
        if "$0" policy n 9000; then exit 9; fi
        test "$(cat policy)" = old; test "$(ls -A | wc -l)" = 2
        rm ballast; "$0" policy n 9000; test "$(wc -c < policy)" = 9000"""
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, writer, tmp_path],
                          capture_output=True, text=True)
    assert done.returncode == 0, done
    assert done.stderr == "cannot write: No space left on device\n"


@needs_mount
def test_a_read_only_disk_is_told(writer, tmp_path):
    script = """set -e
        mount -t tmpfs none "$1"; cd "$1"; printf old > policy; mount -o remount,ro "$1"
        if "$0" policy n 9; then exit 9; fi; test "$(cat policy)" = old"""
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, writer, tmp_path],
                          capture_output=True, text=True)
    assert done.returncode == 0, done
    assert done.stderr == "cannot make a temporary file beside it: Read-only file system\n"


def test_a_reader_sees_one_or_the_other(writer, old):
    stop, torn = threading.Event(), []

    def read():
        while not stop.is_set():
            text = old.read_bytes()
            if len(set(text)) != 1 or len(text) not in (len(OLD), len(NEW)):
                torn.append(text)

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(60):
        subprocess.run([writer, old, "no"[i % 2], str((len(NEW), len(OLD))[i % 2])], check=True)
    stop.set()
    reader.join()
    assert not torn


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_an_old_file_keeps_its_mode(writer, old, mode):
    old.chmod(mode)
    assert write(writer, old, umask=0o077).returncode == 0
    assert stat.S_IMODE(old.stat().st_mode) == mode and old.read_bytes() == NEW


def test_a_new_file_is_readable_whatever_the_umask(writer, tmp_path):
    write(writer, tmp_path / "new", umask=0o077)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_an_old_file_keeps_its_owner(writer, old):
    os.chown(old, 12, 34)
    write(writer, old)
    assert (old.stat().st_uid, old.stat().st_gid) == (12, 34) and old.read_bytes() == NEW


@pytest.mark.parametrize("target", ["real", "sub/real", "../dir/sub/real", None])
def test_a_symbolic_link_stays(writer, old, target):
    (old.parent / "sub").mkdir()
    real = old.parent / (target or "sub/real")
    real.write_bytes(OLD)
    old.unlink()
    old.symlink_to(target or real)
    second = old.parent / "second"
    second.symlink_to("policy")
    assert write(writer, second).returncode == 0
    assert second.is_symlink() and old.is_symlink() and not real.is_symlink()
    assert real.read_bytes() == NEW


def test_a_dangling_link_gets_its_target(writer, old):
    old.unlink()
    old.symlink_to("later")
    assert write(writer, old).returncode == 0
    assert old.is_symlink() and (old.parent / "later").read_bytes() == NEW


def test_a_loop_of_links_is_reported(writer, old):
    (old.parent / "a").symlink_to("b")
    (old.parent / "b").symlink_to("a")
    done = write(writer, old.parent / "a")
    assert done.returncode == 1
    assert done.stderr == "cannot follow the symbolic link: Too many levels of symbolic links\n"


def test_paths_of_all_shapes(writer, old):
    for path in ("new", "./new", "../dir/new"):
        assert write(writer, path, cwd=old.parent).returncode == 0
        assert (old.parent / "new").read_bytes() == NEW
        (old.parent / "new").unlink()
    name = old.parent / ("x" * 255)
    assert write(writer, name).returncode == 0 and name.read_bytes() == NEW


@pytest.mark.parametrize("path, message", [
    (".", "is a directory; write to a file, or to - for standard output"),
    ("sub/", "is a directory; write to a file"),
    ("/", "is a directory; write to a file"),
    ("/dev/full", "cannot write: No space left on device"),
    ("socket", "cannot open it: No such device or address"),
    ("none/such", "cannot open its directory: No such file or directory"),
    ("policy/x", "cannot open its directory: Not a directory"),
    ("x" * 256, "cannot save: File name too long"),
    ("x/" * 2500, "cannot save: File name too long")])
def test_paths_that_cannot_be_saved_to_are_reported(writer, old, path, message):
    socket.socket(socket.AF_UNIX).bind(str(old.parent / "socket"))
    (old.parent / "sub").mkdir()
    done = write(writer, path, cwd=old.parent)
    assert (done.returncode, done.stderr) == (1, message + "\n")
    assert sorted(os.listdir(old.parent)) == ["policy", "socket", "sub"]
