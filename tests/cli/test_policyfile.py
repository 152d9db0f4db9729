# SPDX-License-Identifier: GPL-2.0-only
"""apply reads the file before it looks for the module, so the parser is tested without one."""
import os
import pathlib
import subprocess

import pytest

MIN = "in off\nforward off\nout off\n"
ACTIONS = "actions: off count log drop drop,log reject reject,log"
RATE = "write N/s, N/m or N/h with N from 1 to 1000000"
TARGET = "write syslog, or nflog:GROUP with GROUP from 0 to 65535"
PREFIX = "write ADDRESS/LENGTH, such as 10.0.0.0/8 or 2001:db8::/32"
NOT_LOADED = "the ghost688 module is not loaded; load it with: modprobe ghost688"
KEYS = "keys: in forward out replies log-rate log-burst log-target hit-rate hit-burst sources allow"


@pytest.fixture(scope="session")
def fuzz(compiler, sources, tmp_path_factory):
    return compiler(tmp_path_factory.mktemp("fuzz") / "fuzz",
                    pathlib.Path(__file__).with_name("policyfile_fuzz.c"),
                    *(sources / f"{name}.c" for name in ("policyfile", "keys", "key", "words", "prefix", "text")))


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


@pytest.mark.parametrize("text, where, message", [
    ("", "1:1", "the file ends without 'in'; in, forward and out are needed"),
    ("in off\nout off\n", "3:1", "the file ends without 'forward'; in, forward and out are needed"),
    ("in off\nforward off", "3:1", "the file ends without 'out'; in, forward and out are needed"),
    ("in        dorp\n", "1:11", f"unknown action 'dorp' for in; {ACTIONS}"),
    ("in\tdrop,logg", "1:4", f"unknown action 'drop,logg' for in; {ACTIONS}"),
    ("forward DROP", "1:9", f"unknown action 'DROP' for forward; {ACTIONS}"),
    ("in drop, log", "1:4", f"unknown action 'drop,' for in; {ACTIONS}"),
    ("in drop log", "1:9", "'log' is one word too many; write: in VALUE"),
    ("in", "1:3", "'in' has no value"),
    ("  in   # drop", "1:8", "'in' has no value"),
    ("\n\n inn off", "3:2", f"unknown key 'inn'; {KEYS}"),
    ("in=off", "1:1", f"unknown key 'in=off'; {KEYS}"),
    (b"\xef\xbb\xbfin off", "1:1", rf"unknown key '\xef\xbb\xbfin'; {KEYS}"),
    ("\033[31m x", "1:1", rf"unknown key '\x1b[31m'; {KEYS}"),
    ("x" * 70, "1:1", f"unknown key '{'x' * 64}...'; {KEYS}"),
    (MIN + "in off", "4:1", "'in' again; it is on line 1 already"),
    (MIN + "replies never", "4:9", "unknown word 'never' for replies; words: match exempt trust"),
    (MIN + "log-rate 10", "4:10", f"'10' is no log-rate; {RATE}"),
    (MIN + "log-rate 0/s", "4:10", f"'0/s' is no log-rate; {RATE}"),
    (MIN + "log-rate 1000001/s", "4:10", f"'1000001/s' is no log-rate; {RATE}"),
    (MIN + "log-rate 1/d", "4:10", f"'1/d' is no log-rate; {RATE}"),
    (MIN + "log-rate +1/s", "4:10", f"'+1/s' is no log-rate; {RATE}"),
    (MIN + "log-burst 0", "4:11", "'0' is no log-burst; write a number from 1 to 10000"),
    (MIN + "log-burst 0x1", "4:11", "'0x1' is no log-burst; write a number from 1 to 10000"),
    (MIN + "log-burst 18446744073709551617", "4:11",
     "'18446744073709551617' is no log-burst; write a number from 1 to 10000"),
    (MIN + "log-target nflog", "4:12", f"'nflog' is no log-target; {TARGET}"),
    (MIN + "log-target nflog:65536", "4:12", f"'nflog:65536' is no log-target; {TARGET}"),
    (MIN + "hit-rate 50000", "4:10", f"'50000' is no hit-rate; {RATE}"),
    (MIN + "hit-rate 0/m", "4:10", f"'0/m' is no hit-rate; {RATE}"),
    (MIN + "hit-rate 1000001/h", "4:10", f"'1000001/h' is no hit-rate; {RATE}"),
    (MIN + "hit-burst 0", "4:11", "'0' is no hit-burst; write a number from 1 to 1000000"),
    (MIN + "hit-burst 1000001", "4:11", "'1000001' is no hit-burst; write a number from 1 to 1000000"),
    (MIN + "sources 257", "4:9", "'257' is no sources; write a number from 0 to 256"),
    (MIN + "sources none", "4:9", "'none' is no sources; write a number from 0 to 256"),
    (MIN + "sources 0\nsources 0", "5:1", "'sources' again; it is on line 4 already"),
    (MIN + "allow     10.0.0.1/8", "4:11", "10.0.0.1/8 has host bits; the network is 10.0.0.0/8"),
    (MIN + "allow 2001:db8::1/33", "4:7",
     "2001:db8::1/33 has host bits; the network is 2001:db8::/33"),
    (MIN + "allow 10.0.0.0/33", "4:7", "'10.0.0.0/33' has a wrong length; IPv4 takes /0 to /32"),
    (MIN + "allow ::/129", "4:7", "'::/129' has a wrong length; IPv6 takes /0 to /128"),
    (MIN + "allow ::/", "4:7", "'::/' has a wrong length; IPv6 takes /0 to /128"),
    (MIN + "allow 10.0.0/8", "4:7", f"'10.0.0/8' is no prefix; {PREFIX}"),
    (MIN + "allow example.org", "4:7", f"'example.org' is no prefix; {PREFIX}"),
    (MIN + "allow fe80::1%lo", "4:7", f"'fe80::1%lo' is no prefix; {PREFIX}"),
    (MIN + "allow ::/0\n#\nallow 0::0/0", "6:7", "::/0 again; it is on line 4 already"),
    (MIN + "allow 1.2.3.4\nallow 1.2.3.4/32", "5:7", "1.2.3.4/32 again; it is on line 4 already"),
    (b"in off\nfor\0ward off", "2:4", "NUL byte; a policy file is text"),
    (b"# \0", "1:3", "NUL byte; a policy file is text"),
    ("#" * 1025, "1:1025", "line longer than 1024 bytes"),
    ("in off\rforward off", "1:12", None),
])
def test_a_fault_is_reported_with_its_line_and_column(cli, tmp_path, text, where, message):
    path = tmp_path / "policy"
    path.write_bytes(as_bytes(text))
    if message is None:
        done = cli("apply", str(path))
        assert done.returncode == 1 and done.stderr.startswith(f"ghost688: {path}:1:")
        return
    cli.fails(1, f"{path}:{where}: {message}", "apply", str(path))
    cli.fails(1, f"<stdin>:{where}: {message}", "apply", "-", input=as_bytes(text))


def test_the_257th_prefix_is_told_at_its_line(cli):
    text = MIN + "".join(f"allow 10.{i}.{j}.0/24\n" for i in range(2) for j in range(128))
    cli.fails(1, "<stdin>:260:7: one prefix too many; there may be 256",
              "apply", "-", input=(text + "allow ::/0\n").encode())


@pytest.mark.parametrize("text", [
    MIN, MIN.rstrip(), MIN.replace("\n", "\r\n"), "\r\n\r\n" + MIN, MIN + "#" * 1024,
    "# a comment\n \t\n" + MIN.replace("in ", "\t in \t"),
    MIN + "log-rate 1000000/h # yes\nlog-burst 10000\nlog-target nflog:0#\nreplies exempt",
    MIN + "hit-rate 1000000/h\nhit-burst 1000000\nsources 256", MIN + "sources 0\nhit-rate 1/m\nhit-burst 1",
    MIN + "allow 10.0.0.0/8\nallow ::1\nallow 10.0.0.0/9\nallow 64:ff9b::/96",
    "in reject,log\nforward log,drop\nout log,reject"])
def test_a_good_file_is_taken(ghost, kernel, text):
    ghost.works("apply", "-", input=text.encode())
    assert kernel.generation == 2


def test_a_bad_file_changes_nothing(ghost, kernel):
    ghost.fails(1, f"<stdin>:3:5: unknown action 'dorp' for out; {ACTIONS}",
                "apply", "-", input=b"in drop\nforward drop\nout dorp\n")
    assert kernel.seen == [] and kernel.generation == 1


def test_a_path_that_cannot_be_read_as_a_file_is_refused(cli, tmp_path):
    cli.fails(1, f"{tmp_path}: Is a directory", "apply", str(tmp_path))
    cli.fails(1, f"{tmp_path}/x: No such file or directory", "apply", f"{tmp_path}/x")
    cli.fails(1, ": No such file or directory", "apply", "")
    cli.fails(1, "/dev/null:1:1: the file ends without 'in'; in, forward and out are needed",
              "apply", "/dev/null")


def test_input_without_end_is_stopped(cli):
    cli.fails(1, "/dev/zero: larger than 1048576 bytes, the most a policy may have", "apply", "/dev/zero")
    with subprocess.Popen(["yes", "# more"], stdout=subprocess.PIPE) as yes:
        cli.fails(1, "<stdin>: larger than 1048576 bytes, the most a policy may have", "apply", "-",
                  stdin=yes.stdout)
        yes.stdout.close()
        yes.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become nobody")
def test_an_unreadable_file(cli, tmp_path_factory):
    path = tmp_path_factory.mktemp("closed") / "policy"
    path.write_text(MIN)
    path.chmod(0)
    # Reads of the sanitizers' runtime and of the binary come before those of the file.
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
            "--inh-caps=-dac_override,-dac_read_search", "--clear-groups"]
    done = subprocess.run([*drop, cli.path, "apply", str(path)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"ghost688: {path}: Permission denied\n")


@pytest.mark.parametrize("seed", [1, 688, 20231106])
def test_fuzz(fuzz, seed):
    done = subprocess.run([fuzz, str(seed), "16000"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    taken, refused = map(int, done.stdout.split())
    assert taken > 1000 and refused > 1000
