# SPDX-License-Identifier: GPL-2.0-only
"""Where save writes: through links, to streams, on mounts. A file keeps its owner, mode and attributes."""
import os
import re
import socket
import stat
import struct
import subprocess
import threading

import pytest

from test_save import NEW, OLD, litter, needs_mount, needs_strace, old, write, writer  # noqa: F401

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
NOBODY, DAEMON = 65534, 1
TRAP = "another user's {}, in a directory that anybody can write to; write elsewhere\n"


@pytest.fixture
def sticky(tmp_path):
    path = tmp_path / "sticky"
    path.mkdir()
    path.chmod(0o1777)
    return path


@needs_root
@pytest.mark.parametrize("exists", [True, False])
def test_a_strangers_link_in_a_sticky_directory_is_not_followed(writer, old, sticky, exists):
    if not exists:
        old.unlink()
    link, through = sticky / "pol", old.parent / "through"
    link.symlink_to(old)
    os.lchown(link, NOBODY, NOBODY)
    through.symlink_to(link)
    for path in (link, through):
        done = write(writer, path)
        assert (done.returncode, done.stderr) == (1, TRAP.format("symbolic link"))
    assert link.is_symlink() and (old.read_bytes() == OLD if exists else not old.exists())


@needs_root
@pytest.mark.parametrize("owner, dir_owner, mode", [
    (0, NOBODY, 0o1777), (NOBODY, NOBODY, 0o1777), (NOBODY, 0, 0o1755), (NOBODY, 0, 0o777)])
def test_other_links_are_followed(writer, old, sticky, owner, dir_owner, mode):
    link = sticky / "pol"
    link.symlink_to(old)
    os.lchown(link, owner, owner)
    os.chown(sticky, dir_owner, dir_owner)
    sticky.chmod(mode)
    assert write(writer, link).returncode == 0
    assert link.is_symlink() and old.read_bytes() == NEW


@needs_root
def test_a_link_to_a_directory_is_followed_as_a_shell_does(writer, old, sticky):
    link = sticky / "dir"
    link.symlink_to(old.parent)
    os.lchown(link, NOBODY, NOBODY)
    assert write(writer, link / "policy").returncode == 0 and old.read_bytes() == NEW


@needs_root
@pytest.mark.parametrize("owner, dir_owner, trap", [
    (NOBODY, 0, True), (NOBODY, DAEMON, True), (NOBODY, NOBODY, False), (0, NOBODY, False)])
@pytest.mark.parametrize("kind", ["file", "fifo"])
def test_a_strangers_file_in_a_sticky_directory_is_not_written(writer, sticky, kind, owner,
                                                               dir_owner, trap):
    path = sticky / "pol"
    os.mkfifo(path) if kind == "fifo" else path.write_bytes(OLD)
    os.chown(path, owner, owner)
    os.chown(sticky, dir_owner, dir_owner)
    read = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    done = write(writer, path)
    os.close(read)
    assert done.returncode == trap and done.stderr == (TRAP.format("file") if trap else "")
    assert path.stat().st_uid == owner and os.listdir(sticky) == ["pol"]
    if kind == "file":
        assert path.read_bytes() == (OLD if trap else NEW)


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("mode", [">", ">>"])
def test_a_redirected_log_keeps_its_contents(writer, tmp_path, path, mode):
    (tmp_path / "link").symlink_to("/dev/stdout")
    (tmp_path / "log").write_text("first ")
    script = f'(printf "before "; "$0" {path} n 3; printf " after") {mode}log'
    subprocess.run(["sh", "-c", script, writer], cwd=tmp_path, check=True)
    assert (tmp_path / "log").read_text() == ("" if mode == ">" else "first ") + "before nnn after"
    assert sorted(os.listdir(tmp_path)) == ["link", "log"]


def test_another_processes_descriptor_is_appended_to(writer, tmp_path):
    with open(tmp_path / "log", "w") as log:
        log.write("before ")
        log.flush()
        assert write(writer, f"/proc/{os.getpid()}/fd/{log.fileno()}", size=3).returncode == 0
    assert (tmp_path / "log").read_text() == "before nnn"


def test_streams_are_written_to(writer, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    assert write(writer, fifo).returncode == 0
    reader.join()
    assert got == [NEW] and stat.S_ISFIFO(fifo.stat().st_mode)
    assert write(writer, "/dev/null").returncode == 0 and stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert write(writer, "/dev/stdout").stdout == NEW.decode()
    assert subprocess.run(["bash", "-c", '"$0" >(cat) n 3 | cat', writer],
                          capture_output=True, text=True).stdout == "nnn"


def test_standard_output_may_be_a_socket_or_a_terminal(writer):
    ours, theirs = socket.socketpair()
    subprocess.run([writer, "/dev/stdout", "n", "3"], stdout=theirs, check=True)
    assert ours.recv(10) == b"nnn"
    main, side = os.openpty()
    name = os.ttyname(side)
    assert write(writer, name, size=3).returncode == 0
    assert os.read(main, 10) == b"nnn"


@needs_root
def test_a_block_device_is_refused(writer, tmp_path):
    disk = tmp_path / "disk"
    try:
        os.mknod(disk, stat.S_IFBLK | 0o600, os.makedev(7, 250))
    except PermissionError:
        pytest.skip("needs to make a device")
    done = write(writer, disk)
    assert done.returncode == 1
    assert done.stderr == "is a block device; write to a file, or to - for standard output\n"


def acl(mask, user=NOBODY):
    """An ACL of version 2: the owner, a user, the group, the mask, the others."""
    none = 2 ** 32 - 1
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in [
        (1, 6, none), (2, 6, user), (4, 4, none), (0x10, mask, none), (0x20, 0, none)])


def set_or_skip(path, name, value):
    try:
        os.setxattr(path, name, value)
    except OSError as e:
        pytest.skip(f"this file system takes no {name}: {e}")


def test_an_old_file_keeps_its_acl_and_its_attributes(writer, old):
    set_or_skip(old, "user.mine", b"x\0y")
    set_or_skip(old, "system.posix_acl_access", acl(4))
    mode = old.stat().st_mode
    assert write(writer, old).returncode == 0 and old.read_bytes() == NEW
    assert os.getxattr(old, "user.mine") == b"x\0y"
    assert os.getxattr(old, "system.posix_acl_access") == acl(4)
    assert old.stat().st_mode == mode


@needs_root
def test_labels_are_kept_and_hashes_of_the_old_text_are_not(writer, old):
    set_or_skip(old, "trusted.label", b"mine")
    set_or_skip(old, "security.other", b"label")
    assert write(writer, old).returncode == 0 and old.read_bytes() == NEW
    assert os.getxattr(old, "trusted.label") == b"mine"
    assert os.getxattr(old, "security.other") == b"label"


def test_a_directorys_default_acl_lets_nobody_into_an_old_file(writer, old):
    old.chmod(0o640)
    set_or_skip(old.parent, "system.posix_acl_default", acl(6))
    assert write(writer, old).returncode == 0 and old.read_bytes() == NEW
    assert "system.posix_acl_access" not in os.listxattr(old)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def mounted(old, script, *args, **kwargs):
    """Runs save in the directory, in a mount namespace where `policy` is a mount of `real`."""
    real = old.parent.parent / "real"
    real.write_bytes(OLD)
    done = subprocess.run(["unshare", "-m", "sh", "-c", 'cd "$0"; mount --bind ../real policy; ' +
                           script, old.parent, *args], capture_output=True, text=True,
                          timeout=30, **kwargs)
    return done, real


@needs_mount
@pytest.mark.parametrize("size", [1, len(OLD), len(NEW)])
def test_a_mount_is_overwritten(writer, old, size):
    done, real = mounted(old, f'"$1" policy n {size}', writer)
    assert (done.returncode, done.stderr) == (0, "")
    assert real.read_bytes() == b"n" * size and old.read_bytes() == OLD and not litter(old)


@needs_mount
def test_a_mount_without_room_is_untouched(writer, old):
    script = """mkdir ../disk; mount -t tmpfs -o size=8k none ../disk; cp ../real ../disk/policy
        head -c 4k /dev/zero > ../disk/ballast; mount --bind ../disk/policy policy
        "$1" policy n 9000; echo $?; cat policy"""
    done, _ = mounted(old, script, writer)
    assert done.stdout == "1\n" + OLD.decode()
    assert done.stderr == "is a mount, and cannot be overwritten: No space left on device\n"
    assert not litter(old)


@needs_mount
def test_a_read_only_mount_is_told(writer, old):
    done, real = mounted(old, 'mount -o remount,bind,ro policy; "$1" policy n 9', writer)
    assert done.returncode == 1
    assert done.stderr == "is a mount, and cannot be overwritten: Read-only file system\n"
    assert real.read_bytes() == OLD and not litter(old)


CALLS = ("pwrite64", "ftruncate", "fsync", "pread64", "openat", "unlinkat")


@needs_mount
@needs_strace
@pytest.mark.parametrize("size", [1, len(NEW)])
def test_a_mount_being_overwritten_loses_nothing(writer, old, size):
    """The process is killed at each call, and each call fails in turn. The file has the old text or the new one,
    whole."""
    new = b"n" * size
    done, _ = mounted(old, f'strace -o ../trace "$1" policy n {size}', writer)
    text = (old.parent.parent / "trace").read_text()
    count = {name: len(re.findall(rf"^{name}\(", text, re.M)) for name in CALLS}
    # The loader opens files as well.
    first = {"openat": len(re.findall(r"^openat\(", text.split("getrandom")[0], re.M)) + 1}
    assert count["pwrite64"] >= 2 and count["ftruncate"] >= 2 and count["fsync"] >= 4
    torn = 0
    for name in CALLS:
        for n in range(first.get(name, 1), count[name] + 1):
            for what in ("signal=KILL", "error=EIO"):
                done, real = mounted(old, f'strace -o /dev/null -e trace={name} '
                                     f'-e inject={name}:{what}:when={n} "$1" policy n {size}', writer)
                texts = [real.read_bytes()] + [(old.parent / f).read_bytes() for f in litter(old)]
                if what == "error=EIO":
                    assert texts[0] == (OLD if done.returncode else new) or "written, but" in done.stderr
                    assert name in ("unlinkat", "pread64") or not litter(old), (name, n)
                else:
                    torn += texts[0] not in (OLD, new)
                    assert OLD in texts or new in texts, (name, n)
                for file in litter(old):
                    (old.parent / file).unlink()
    assert torn or size == 1


@needs_mount
@needs_strace
def test_a_mount_that_cannot_be_put_back_leaves_the_old_text_beside_it(writer, old):
    done, real = mounted(old, 'strace -o /dev/null -e inject=ftruncate:error=EIO:when=2 '
                         '-e inject=pwrite64:error=EIO:when=3+ "$1" policy n 10', writer)
    name, = litter(old)
    assert done.returncode == 1
    assert done.stderr == ("overwritten in part (Input/output error); "
                           f"the old text is beside it in {name}\n")
    assert (old.parent / name).read_bytes() == OLD and b"n" in real.read_bytes()


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


STRANGER = """set -e
    mount -t tmpfs none /etc; echo host > /etc/ghost688.conf
    {}"""


def in_stranger(ghost, script, how=""):
    """With its own process 1. SAVE runs in another network namespace than that."""
    script = script.replace("SAVE", f'unshare -n {how} "$0" save')
    done = subprocess.run(["unshare", "-mpf", "--mount-proc", "sh", "-c", STRANGER.format(script), ghost.path],
                          capture_output=True, text=True, env={**os.environ, **ghost.env})
    assert "Sanitizer" not in done.stderr
    return done


@needs_root
@needs_mount
@pytest.mark.parametrize("how", ["", "setpriv --bounding-set -sys_ptrace", "unshare -Ur"])
def test_save_leaves_the_file_of_the_first_namespace_alone(ghost, kernel, how):
    done = in_stranger(ghost, 'SAVE || echo $?; cat /etc/ghost688.conf', how)
    assert done.stdout == "2\nhost\n"
    assert done.stderr == ("ghost688: /etc/ghost688.conf is the file of process 1's network namespace, and this is "
                           "another; save needs a FILE here, or --netns NAME\n")
    assert kernel.seen == []


@needs_root
@needs_mount
def test_save_writes_the_file_that_is_mounted_for_this_namespace(ghost):
    done = in_stranger(ghost, 'echo own > /etc/own; mount --bind /etc/own /etc/ghost688.conf; SAVE; cat /etc/own; '
                       "umount /etc/ghost688.conf; cat /etc/ghost688.conf")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ghost.works("show") + "host\n"


@pytest.mark.parametrize("name", ["/proc/self/ns/net", "1"])
def test_save_of_a_namespace_without_a_name_needs_a_file(ghost, kernel, name):
    ghost.fails(2, "save with --netns of a path or a process needs a FILE, or - for standard output",
                "-N", name, "save")
    assert kernel.seen == []
