# SPDX-License-Identifier: GPL-2.0-only
"""The command line. A wrong word is reported before the kernel is asked."""
import os
import pathlib
import subprocess

import pytest

from test_policyfile import ACTIONS, KEYS, PREFIX, RATE, TARGET

VERBS = ["status", "set", "show", "apply", "save", "allow", "stats", "sources", "monitor", "version", "help"]
COMMANDS = "commands: " + ", ".join(VERBS)
OPTIONS = "options: -j|--json -N|--netns NAME -h|--help --version"
SET_KEYS = KEYS.removesuffix(" allow")
DIR = "/run/netns"
NO_PAIR = "is not KEY=VALUE; only the first word may be an ACTION for all directions"
NO_TOP = "is no number for --top; write one from 1 to 4294967295"
MAPPED = "is IPv4 written as IPv6; write"


@pytest.mark.parametrize("args, message", [
    (["hlep"], f"unknown command 'hlep'; {COMMANDS}; did you mean 'help'?"),
    (["stauts"], f"unknown command 'stauts'; {COMMANDS}; did you mean 'status' or 'stats'?"),
    (["stat"], f"unknown command 'stat'; {COMMANDS}; did you mean 'status' or 'stats'?"),
    (["sta"], f"unknown command 'sta'; {COMMANDS}; did you mean 'status' or 'stats'?"),
    (["st"], f"unknown command 'st'; {COMMANDS}; did you mean 'status' or 'stats'?"),
    (["reset"], f"unknown command 'reset'; {COMMANDS}; did you mean 'stats reset' or 'sources reset'?"),
    (["flush"], f"unknown command 'flush'; {COMMANDS}; did you mean 'allow flush'?"),
    (["drop,log"], f"unknown command 'drop,log'; {COMMANDS}; did you mean 'set drop,log'?"),
    (["out=drop"], f"unknown command 'out=drop'; {COMMANDS}; did you mean 'set out=drop'?"),
    (["a"], f"unknown command 'a'; {COMMANDS}; did you mean 'apply' or 'allow'?"),
    (["frobnicate"], f"unknown command 'frobnicate'; {COMMANDS}"),
    ([""], f"unknown command ''; {COMMANDS}"),
    (["Status"], f"unknown command 'Status'; {COMMANDS}; did you mean 'status'?"),
    (["\033[2J"], rf"unknown command '\x1b[2J'; {COMMANDS}"),
    (["help", "listeners"], f"unknown command 'listeners'; {COMMANDS}"),
    (["mon"], f"unknown command 'mon'; {COMMANDS}; did you mean 'monitor'?"),
    (["status", "now"], "status takes nothing, but got 'now'; see: ghost688 help status"),
    (["show", "in"], "show takes nothing, but got 'in'; see: ghost688 help show"),
    (["apply", "a", "b"], "apply takes one word, but got 'b'; see: ghost688 help apply"),
    (["save", "a", "b"], "save takes one word, but got 'b'; see: ghost688 help save"),
    (["stats", "reset", "x"], "stats takes one word, but got 'x'; see: ghost688 help stats"),
    (["--version", "x"], "version takes nothing, but got 'x'; see: ghost688 help version"),
    (["stats", "rest"], "unknown word 'rest' for stats; words: reset"),
    (["source"], f"unknown command 'source'; {COMMANDS}; did you mean 'sources'?"),
    (["sources", "rest"], "unknown word 'rest' for sources; words: reset"),
    (["sources", "reset", "x"], "sources takes one word, but got 'x'; see: ghost688 help sources"),
    (["sources", "10"], "unknown word '10' for sources; words: reset"),
    (["sources", "--top", "0"], f"'0' {NO_TOP}"), (["sources", "--top="], f"'' {NO_TOP}"),
    (["sources", "--top", "-1"], f"'-1' {NO_TOP}"), (["sources", "--top", "010"], f"'010' {NO_TOP}"),
    (["sources", "--top", "ten", "reset"], f"'ten' {NO_TOP}"), (["sources", "--top", "reset"], f"'reset' {NO_TOP}"),
    (["--top=4294967296", "sources"], f"'4294967296' {NO_TOP}"),
    (["sources", "--top"], "option '--top' needs a value"),
    (["sources", "--top", "1", "x"], "unknown word 'x' for sources; words: reset"),
    (["stats", "--top", "3"], "stats has no option '--top'; see: ghost688 help stats"),
    (["--top", "3"], "status has no option '--top'; see: ghost688 help status"),
    (["apply"], "apply needs a FILE, or - for standard input"),
    (["save", ""], "the name of the FILE is empty; without a FILE it is /etc/ghost688.conf"),
    (["-j", "save", "-"], "save writes a policy file, not JSON; use: ghost688 -j show"),
    (["-j", "help"], "help is for people; it has no JSON"),
    (["-x"], f"option '-x' is unknown or takes no value; {OPTIONS}"),
    (["--jason"], f"option '--jason' is unknown or takes no value; {OPTIONS}"),
    (["--json=1"], f"option '--json=1' is unknown or takes no value; {OPTIONS}"),
    (["status", "-v"], f"option '-v' is unknown or takes no value; {OPTIONS}"),
    (["-xj"], f"option '-x' is unknown or takes no value; {OPTIONS}"),
    (["--json", "-hxj", "show"], f"option '-x' is unknown or takes no value; {OPTIONS}"),
    (["--netns=a", "-j5"], f"option '-5' is unknown or takes no value; {OPTIONS}"),
    (["-j\033"], rf"option '-\x1b' is unknown or takes no value; {OPTIONS}"),
    (["-jN"], "option '-N' needs a NAME"),
    (["-N"], "option '-N' needs a NAME"),
    (["--netns"], "option '--netns' needs a NAME"),
    (["-N", "", "show"], "--netns needs a NAME"),
    (["set"], "set needs an ACTION, or KEY=VALUE...; see: ghost688 help set"),
    (["set", "dorp"], f"unknown action 'dorp'; {ACTIONS}"),
    (["set", ""], f"unknown action ''; {ACTIONS}"),
    (["set", "in=dorp"], f"unknown action 'dorp' for in; {ACTIONS}"),
    (["set", "in="], f"unknown action '' for in; {ACTIONS}"),
    (["set", "out=drop=log"], f"unknown action 'drop=log' for out; {ACTIONS}"),
    (["set", "out=log", "drop"], f"'drop' {NO_PAIR}"),
    (["set", "drop", "log"], f"'log' {NO_PAIR}"),
    (["set", "drop", "out=log", "log"], f"'log' {NO_PAIR}"),
    (["set", "in", "drop"], f"'in' {NO_PAIR}"),
    (["set", "dorp", "out=log"], f"unknown action 'dorp'; {ACTIONS}"),
    (["set", "drop", "out=dorp"], f"unknown action 'dorp' for out; {ACTIONS}"),
    (["set", "drop", "in=log", "in=log"], "'in' is given twice"),
    (["set", "in=log", "out=log", "in=log"], "'in' is given twice"),
    (["set", "inn=log"], f"unknown key 'inn'; {SET_KEYS}"),
    (["set", "=log"], f"unknown key ''; {SET_KEYS}"),
    (["set", "allow=::/0"], "allow has a command of its own; see: ghost688 help allow"),
    (["set", "replies=no"], "unknown word 'no' for replies; words: match exempt trust"),
    (["set", "log-rate=1"], f"'1' is no log-rate; {RATE}"),
    (["set", "log-rate=01/s"], f"'01/s' is no log-rate; {RATE}"),
    (["set", "log-burst=10001"], "'10001' is no log-burst; write a number from 1 to 10000"),
    (["set", "hit-rate=1000001/s"], f"'1000001/s' is no hit-rate; {RATE}"),
    (["set", "hit-burst=0"], "'0' is no hit-burst; write a number from 1 to 1000000"),
    (["set", "sources=257"], "'257' is no sources; write a number from 0 to 256"),
    (["set", "sources=-1"], "'-1' is no sources; write a number from 0 to 256"),
    (["set", "log-target=nflog:-1"], f"'nflog:-1' is no log-target; {TARGET}"),
    (["allow", "list"], "unknown word 'list' for allow; words: add del flush"),
    (["allow", "add"], "allow add needs a PREFIX, such as 10.0.0.0/8 or 2001:db8::/32"),
    (["allow", "del"], "allow del needs a PREFIX, such as 10.0.0.0/8 or 2001:db8::/32"),
    (["allow", "flush", "::/0"], "allow flush takes nothing, but got '::/0'"),
    (["allow", "add", "::/0", "10.0.0.1/8"],
     "10.0.0.1/8 has host bits; the network is 10.0.0.0/8"),
    (["allow", "add", "::1", "::ffff:10.88.1.0/120"], f"'::ffff:10.88.1.0/120' {MAPPED} 10.88.1.0/24"),
    (["allow", "add", "::ffff:10.88.1.7"], f"'::ffff:10.88.1.7' {MAPPED} 10.88.1.7/32"),
    (["allow", "add", "::FFFF:0A58:107/120"], f"'::FFFF:0A58:107/120' {MAPPED} 10.88.1.0/24"),
    (["allow", "add", "::ffff:0:0/96"], f"'::ffff:0:0/96' {MAPPED} 0.0.0.0/0"),
    (["allow", "add", "::ffff:10.0.0.0/8"], f"'::ffff:10.0.0.0/8' {MAPPED} 10.0.0.0/8"),
    (["allow", "add", "::ffff:10.0.0.0/95"],
     "::ffff:10.0.0.0/95 has host bits; the network is ::fffe:0:0/95"),
    (["allow", "del", "x"], f"'x' is no prefix; {PREFIX}"),
    (["allow", "add", "1.2.3.4", "1.2.3.4/32"], "1.2.3.4/32 is given twice"),
    (["allow", "add", "x" * 5000], f"'{'x' * 64}...' is no prefix; {PREFIX}"),
    (["allow", "add"] + [f"::{i:x}" for i in range(257)], "more than 256 prefixes"),
])
def test_wrong_usage_is_one_line_and_status_2(cli, args, message):
    cli.fails(2, message, *args)
    # Not even the namespace is opened.
    if "-N" not in args and "--netns" not in args:
        cli.fails(2, message, "-N", "/none/such", *args)


@pytest.mark.skipif(os.path.exists("/sys/module/ghost688"), reason="the module is loaded")
def test_without_the_module(cli):
    for verb in ([], ["show"], ["set", "drop"], ["allow", "add", "::1"], ["-j", "stats"]):
        cli.fails(1, "the ghost688 module is not loaded; load it with: modprobe ghost688", *verb)
    assert "module   not loaded\n" in cli.works("version")
    assert not os.path.exists("/sys/module/ghost688")


def test_options_may_follow_the_verb(ghost):
    assert ghost.works("-j", "show") == ghost.works("show", "--json")
    assert ghost.works("allow", "-h") == ghost.works("help", "allow")


def test_a_path_or_name_of_no_namespace_is_refused(cli):
    cli.fails(1, "network namespace '/none/such': No such file or directory",
              "-N", "/none/such", "show")
    done = cli("-N", "no-such-name", "show")
    assert done.returncode == 1
    assert done.stderr.startswith("ghost688: no network namespace named 'no-such-name'; ")


def test_a_namespace_that_is_a_fifo_hangs_nothing(cli, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    cli.fails(1, f"'{tmp_path}/fifo' is no network namespace", "-N", str(tmp_path / "fifo"), "show", timeout=10)


def test_a_namespace_of_no_process(cli):
    last = pathlib.Path("/proc/sys/kernel/pid_max").read_text().strip()
    done = cli("-N", last, "show")
    assert done.returncode == 1
    assert done.stderr.startswith(f"ghost688: no network namespace named '{last}', and no process of that number; ")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a mount namespace")
def test_namespaces_are_listed_by_name(cli):
    run = lambda names, arg: subprocess.run(
        ["unshare", "-m", "sh", "-c",
         f'mkdir -p {DIR}; mount -t tmpfs none {DIR}; cd {DIR}; touch . {names}; exec "$0" -N {arg} show',
         cli.path], capture_output=True, text=True).stderr
    had = os.path.isdir(DIR)
    assert run("", "x") == ("ghost688: no network namespace named 'x'; "
                            "there are no named ones\n")
    assert run("b a", "x") == "ghost688: no network namespace named 'x'; named ones: a, b\n"
    assert run("a", "a") == "ghost688: 'a' is no network namespace\n"
    assert run("a", "..") == "ghost688: '..' is no network namespace\n"
    # A name has precedence over the PID of a process.
    assert run("1", "1") == "ghost688: '1' is no network namespace\n"
    if not had:
        os.rmdir(DIR)
