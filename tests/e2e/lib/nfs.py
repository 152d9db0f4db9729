# SPDX-License-Identifier: GPL-2.0-only
"""An NFS server and its clients, each in a namespace of its own."""
import contextlib
import pathlib
import subprocess

from .netns import run

EXPORT = "/run/export"
RESERVED = 665, 1023

# The shell is PID 1 of a PID namespace, so that no daemon survives it. nfsd's threads belong to the kernel, and are
# stopped by hand.
SCRIPT = f"""
mount -t tmpfs tmpfs /var/lib/nfs
mkdir /var/lib/nfs/sm /var/lib/nfs/sm.bak /var/lib/nfs/v4recovery /var/lib/nfs/nfsdcld
touch /var/lib/nfs/etab /var/lib/nfs/rmtab
mount -t tmpfs tmpfs /run
mkdir /run/lock /run/rpcbind /run/rpc_pipefs {EXPORT}
mount -t tmpfs tmpfs {EXPORT}
mount -t rpc_pipefs rpc_pipefs /run/rpc_pipefs
mount -t nfsd nfsd /proc/fs/nfsd
rpcbind -i
nfsdcld			# else the server makes clients wait ten seconds, for clients of an earlier server
exportfs -i -o rw,fsid=0,no_root_squash,insecure,no_subtree_check,async '*:{EXPORT}'
rpc.mountd -p 892	# a UDP server on an unprivileged port looks like a visitor
rpc.nfsd --grace-time 10 --lease-time 10 --tcp --udp 2
echo ready
read -r end || true
rpc.nfsd 0
"""


def here():
    """Does this kernel have an NFS client and server?"""
    run("modprobe", "-a", "nfsd", "nfsv3", "nfsv4", check=False)
    with open("/proc/filesystems", encoding="ascii") as file:
        return {"nfs", "nfs4", "nfsd"} <= set(file.read().split())


@contextlib.contextmanager
def server(netns):
    """nfsd, mountd and rpcbind serve on all addresses of a namespace."""
    process = netns.start("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", SCRIPT,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line == "ready\n":
                break
        assert said and said[-1] == "ready\n", "".join(said)
        yield
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


@contextlib.contextmanager
def reserved_port(port):
    """RPC clients of the kernel bind this port when they want a reserved one."""
    names = "min", "max"
    try:
        for name in names:
            pathlib.Path(f"/proc/sys/sunrpc/{name}_resvport").write_text(f"{port}\n", encoding="ascii")
        yield
    finally:
        for name, value in reversed(list(zip(names, RESERVED))):
            pathlib.Path(f"/proc/sys/sunrpc/{name}_resvport").write_text(f"{value}\n", encoding="ascii")


def mount_words(address, path, version, options=""):
    source = EXPORT if version.startswith("3") else "/"
    host = f"[{address}]" if ":" in address else address
    return "mount.nfs", f"{host}:{source}", path, "-o", f"vers={version}" + options


def unmount(netns, path):
    if netns.run("umount", path, check=False).returncode:
        netns.run("umount", "-f", "-l", path, check=False)
        raise AssertionError(f"{path} was busy")


@contextlib.contextmanager
def mounted(netns, address, path, version, options=""):
    netns.run(*mount_words(address, path, version, options))
    try:
        yield
    finally:
        unmount(netns, path)
