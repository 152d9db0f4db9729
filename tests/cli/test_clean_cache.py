# SPDX-License-Identifier: GPL-2.0-only
"""make clean-cache, with caches made for the test. It removes this project's cache and nothing else."""

import os
import pathlib
import subprocess

import pytest

TREE = pathlib.Path(__file__).parents[2]


def clean(cwd, **environment):
    """Runs make clean-cache with this environment and no other name of a cache."""
    env = {name: value for name, value in os.environ.items()
           if name not in ("HOME", "XDG_CACHE_HOME") and not name.startswith("MAKE")}
    return subprocess.run([TREE / "tests/clean-cache"], cwd=cwd, env={**env, **environment}, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def make(directory):
    """Makes a cache like the real one, and a neighbour."""
    (directory / "ghost688/kernels/6.1").mkdir(parents=True)
    (directory / "ghost688/kernels/6.1/vmlinuz").write_text("kernel")
    (directory / "ghost688/kernels/stock.lock").touch()
    (directory / "other").mkdir()
    (directory / "other/file").touch()
    return directory


def kept(directory):
    return (directory / "ghost688/kernels/6.1/vmlinuz").exists() and (directory / "other/file").exists()


@pytest.mark.parametrize("variable, where", [("XDG_CACHE_HOME", "."), ("HOME", ".cache")])
def test_the_cache_is_removed_and_its_neighbour_stays(tmp_path, variable, where):
    (tmp_path / where).mkdir(exist_ok=True)
    cache = make(tmp_path / where)
    done = clean(tmp_path, **{variable: str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    assert "ghost688 is gone" in done.stdout
    assert not (cache / "ghost688").exists()
    assert (cache / "other/file").exists()
    again = clean(tmp_path, **{variable: str(tmp_path)})
    assert (again.returncode, again.stdout) == (0, f"clean-cache: there is no {tmp_path / where / 'ghost688'}\n")


def test_clean_cache_is_a_target_of_make(tmp_path):
    cache = make(tmp_path)
    subprocess.run(["make", "-s", "-C", TREE, "clean-cache"], env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
                   check=True, timeout=60)
    assert not (cache / "ghost688").exists()
    assert "make clean-cache" in subprocess.run(["make", "-s", "-C", TREE, "help"], text=True, check=True,
                                                capture_output=True, timeout=60).stdout


@pytest.mark.parametrize("environment", [
    {}, {"HOME": ""}, {"XDG_CACHE_HOME": ""}, {"XDG_CACHE_HOME": "/"}, {"XDG_CACHE_HOME": "//"},
    {"XDG_CACHE_HOME": "."}, {"XDG_CACHE_HOME": "sub"}, {"HOME": "home"},
    {"XDG_CACHE_HOME": "{}/sub/../sub"}, {"XDG_CACHE_HOME": "{}/other/.."},
])
def test_a_path_that_is_odd_is_refused(tmp_path, environment):
    caches = [make(tmp_path), make(tmp_path / "sub"), make(tmp_path / "home/.cache")]
    done = clean(tmp_path, **{name: value.format(tmp_path) for name, value in environment.items()})
    assert (done.returncode, done.stdout) == (1, "")
    assert "absolute path" in done.stderr and done.stderr.count("\n") == 1
    assert all(kept(cache) for cache in caches)


@pytest.mark.parametrize("what", ["link", "file"])
def test_what_is_no_directory_is_refused(tmp_path, what):
    elsewhere = make(tmp_path / "elsewhere")
    if what == "link":
        (tmp_path / "ghost688").symlink_to(elsewhere / "ghost688")
    else:
        (tmp_path / "ghost688").touch()
    done = clean(tmp_path, XDG_CACHE_HOME=str(tmp_path))
    assert (done.returncode, done.stderr) == (1, f"clean-cache: {tmp_path}/ghost688 is not a directory\n")
    assert os.path.lexists(tmp_path / "ghost688") and kept(elsewhere)


def test_a_cache_in_which_something_is_being_made_is_refused(tmp_path):
    cache = make(tmp_path)
    lock = cache / "ghost688/kernels/stock.lock"
    with subprocess.Popen(["flock", lock, "sh", "-c", "echo; cat"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        done = clean(tmp_path, XDG_CACHE_HOME=str(tmp_path))
        holder.stdin.close()
    assert (done.returncode, done.stderr) == (1, f"clean-cache: something is being made there: {lock} is held\n")
    assert kept(cache)


def test_what_is_mounted_there_is_left_alone(tmp_path):
    cache = make(tmp_path)
    mounted = cache / "ghost688/roots/proc"
    mounted.mkdir(parents=True)
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    script = f"""mount -t tmpfs none {mounted}; touch {mounted}/file
        ! {TREE}/tests/clean-cache && test -e {mounted}/file"""
    subprocess.run(["unshare", *user, "--mount", "sh", "-euc", script], check=True, timeout=60,
                   env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)})
    assert (cache / "other/file").exists()
