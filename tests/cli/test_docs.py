# SPDX-License-Identifier: GPL-2.0-only
"""Help, man page and completion name the same things as the program."""
import json
import os
import pty
import re
import select
import shutil
import subprocess

import pytest

import test_policyfile
from test_usage import SET_KEYS, VERBS

KEYS = SET_KEYS.split()[1:]
OPTIONS = "-j --json -N --netns -h --help --version".split()
ACTIONS = test_policyfile.ACTIONS.split()[1:]


@pytest.fixture(scope="session")
def man(sources):
    return (sources / "ghost688.8").read_text()


def test_help_lists_the_verbs(cli):
    text = cli.works("help")
    assert re.findall(r"^  ([a-z]+) ", text.split("commands:")[1].split("options:")[0],
                      re.M) == VERBS
    assert cli.works("--help") == text == cli.works("-h")
    assert all(len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_with_an_example(cli, verb):
    text = cli.works("help", verb)
    assert text.startswith(f"usage: ghost688 {verb}")
    assert "\n  ghost688" in text
    assert re.search(r"Exit status: 0 .*; 2 wrong usage", text)
    assert all(len(line) <= 100 for line in text.splitlines())
    assert cli.works(verb, "--help") == text


def test_the_man_page_names_what_help_names(cli, man):
    verbs = re.findall(r"^\.It Cm (\w+)", man.split(".Sh COMMANDS")[1].split(".Sh")[0], re.M)
    assert list(dict.fromkeys(verbs)) == VERBS
    for option in re.findall(r"--?([a-zN]+)", cli.works("help").split("options:")[1].split("exit")[0]):
        assert re.search(rf"Fl (Fl )?{option}\b", man), option
    keys = re.findall(r"^\.It Cm (.*)", man.split(".Sh POLICY FILE")[1].split(".Sh")[0], re.M)
    assert " , ".join(keys).split(" , ") == KEYS + ["allow"]
    for action in ACTIONS:
        assert f".It Cm {action}\n" in man
    for word in ("256 prefixes", "/etc/ghost688.conf", "NO_COLOR", "CAP_NET_ADMIN"):
        assert word in man


FILLERS = {"a", "number", "from", "to", "or", "with"}


@pytest.fixture(scope="session")
def known(cli):
    """What the tool says of itself: its verbs, and for each key the words of its values, and its default."""
    lines = [line.split() for line in cli.works("complete").splitlines()]
    table = r"^  ([a-z-]+(?:, [a-z-]+)*) +(\S.*)"
    values = {name: {word.strip(",") for word in text.split()} - FILLERS
              for names, text in re.findall(table, cli.works("help", "set"), re.M) for name in names.split(", ")}
    defaults = dict(re.findall(table, cli.works("help", "apply"), re.M))
    return ([name for kind, name, *_ in lines if kind == "verb"],
            {name: (values[name], defaults[name]) for kind, name, *_ in lines if kind == "key"})


def test_the_man_page_names_all_that_the_tool_knows(known, man):
    verbs, keys = known
    commands = man.split(".Sh COMMANDS")[1].split(".Sh")[0]
    assert list(dict.fromkeys(re.findall(r"^\.It Cm (\w+)", commands, re.M))) == verbs
    text = re.sub(r" : Ns (Ar )?", ":", man).replace("N Ns /", "N/")
    entries = {}
    for entry in text.split(".Sh POLICY FILE")[1].split(".El")[0].split("\n.It Cm ")[1:]:
        names, entry = entry.split("\n", 1)
        entries.update(dict.fromkeys(names.split(" , "), re.sub(r"\s+(\.[A-Z][a-z] )?", " ", entry)))
    assert list(entries) == [*keys, "allow"]
    for key, (words, default) in keys.items():
        if default in ACTIONS:
            assert all(f"\n.It Cm {word}\n" in text for word in words)
            continue
        assert {word for word in words if not re.search(rf"\b{word}\b", entries[key])} == set(), key
        assert re.search(rf"\bDefault {default}\b", entries[key]), key


def test_the_readme_names_all_that_the_tool_knows(known, sources):
    verbs, keys = known
    readme = (sources.parent / "README.md").read_text()
    rows = {}
    for row in readme.split("| key | values | default |\n")[1].split("\n\n")[0].splitlines()[1:]:
        names, values, default = row.strip("| ").split(" | ")
        rows.update(dict.fromkeys(re.findall(r"`(.*?)`", names), (values, default)))
    assert list(rows) == [*keys, "allow"]
    for key, (words, default) in keys.items():
        # Numbers are left to the man page; what is refused today has a sentence of its own.
        missing = {word for word in words if word.isalpha() or "," in word
                   if not re.search(rf"\b{word}\b", rows[key][0])}
        assert missing <= {"reject", "reject,log"}, key
        assert f"`{default}`" in rows[key][1], key
    used = re.findall(r"^    ghost688 (?:-N \w+ |-j |--json )?([a-z]+)", readme, re.M)
    assert set(used) <= {*verbs, "in"} and len(used) > 8


def test_man_page_and_readme_tell_each_verdict(ghost, sources, man):
    keys = list(json.loads(ghost.works("-j"))[0])
    verdicts = keys[keys.index("visits") + 1:keys.index("last_visit")]
    readme = (sources.parent / "README.md").read_text()
    rows = readme.split("| verdict | |\n")[1].split("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)`", rows, re.M)) == sorted(verdicts)
    told = man.split("says what happened to a visit:\n")[1].split(".Pp")[0]
    assert sorted(re.findall(r"^\.Cm (\w+)", told, re.M)) == sorted(verdicts)


def plain(text):
    """The text without markup and line ends."""
    return " ".join(re.sub(r"^\.[A-Z][a-z] ?|`", "", text, flags=re.M).split())


def test_readme_and_man_page_tell_who_loses_and_who_is_told(sources, man):
    readme = plain((sources.parent / "README.md").read_text())
    losers = {"README": readme.split("have no proof")[1].split("After conntrack -F")[0],
              "man page": plain(man.split("have no proof")[1].split("replies trust")[0])}
    for name, text in losers.items():
        for loser in ("rpcinfo -u", "mountd", "statd", "forward", "SCTP and DCCP", "UDP-Lite", "backlog of 0"):
            assert loser in text, (name, loser)
    # What a local sender sees: test_actions.py has both.
    for text in readme, plain(man):
        assert re.search(r"sendto\(?2?\)?.{,60}EPERM.{,80}connect\(?2?\)?.{,60}times out", text.replace(" 2", ""))


@pytest.mark.skipif(not shutil.which("mandoc"), reason="needs mandoc")
def test_the_man_page_is_clean(sources):
    done = subprocess.run(["mandoc", "-Tlint", sources / "ghost688.8"], capture_output=True,
                          text=True)
    # Which other pages the machine has is not the page's fault; mandoc asks its index, or the directories.
    assert [line for line in (done.stdout + done.stderr).splitlines()
            if "mandoc.db" not in line and "referenced manual not found" not in line] == []


def complete(sources, line, ghost, cwd="/", breaks=True):
    """What bash would offer at the end of the line."""
    script = f"""
        {'' if breaks else "COMP_WORDBREAKS=' '"}
        compopt() {{ :; }}
        PATH={os.path.dirname(ghost.path)}:$PATH
        ghost688() {{ echo a function >&2; }}
        shopt -s expand_aliases
        alias ghost688='echo an alias >&2; ghost688'
        IFS=:
        set -u
        . {sources}/completion/ghost688
        COMP_LINE="$1" COMP_POINT=${{#1}}
        COMP_WORDBREAKS={"$' =:'" if breaks else "' '"}
        _ghost688
        printf '%s\\n' ${{COMPREPLY[@]+"${{COMPREPLY[@]}}"}}"""
    done = subprocess.run(["bash", "-c", script, "bash", line], capture_output=True, text=True,
                          cwd=cwd, env={**os.environ, **ghost.env})
    assert done.stderr == "" and done.returncode == 0
    return done.stdout.split()


@pytest.mark.parametrize("line, words", [
    ("ghost688 ", VERBS), ("ghost688 st", ["status", "stats"]), ("ghost688 help s",
     ["status", "set", "show", "save", "stats", "sources"]),
    ("ghost688 -j s", ["status", "set", "show", "save", "stats", "sources"]),
    ("ghost688 --", ["--json", "--netns", "--help", "--version"]),
    ("ghost688 -", OPTIONS), ("ghost688 show -", OPTIONS), ("ghost688 apply -", OPTIONS),
    ("ghost688 set ", ACTIONS + [k + "=" for k in KEYS]),
    ("ghost688 set dr", ["drop", "drop,log"]), ("ghost688 set in=drop f", ["forward="]),
    ("ghost688 set drop ", [k + "=" for k in KEYS]), ("ghost688 set drop dr", []),
    ("ghost688 set drop in=log log-rate=1/s ",
     [k + "=" for k in KEYS if k not in ("in", "log-rate")]),
    ("ghost688 set in=log o", ["out="]), ("ghost688 set drop in=d", ["drop", "drop,log"]),
    ("ghost688 set in=", ACTIONS), ("ghost688 set in=re", ["reject", "reject,log"]),
    ("ghost688 set in=off replies=", ["match", "exempt", "trust"]),
    ("ghost688 set log-target=", ["syslog", "nflog:"]),
    ("ghost688 allow ", ["add", "del", "flush"]), ("ghost688 allow add ", []),
    ("ghost688 so", ["sources"]), ("ghost688 sources ", ["reset"]), ("ghost688 sources --t", ["--top"]),
    ("ghost688 sources -", OPTIONS + ["--top"]), ("ghost688 sources --top ", []), ("ghost688 sources --top 5 ", ["reset"]),
    ("ghost688 sources --top=5 r", ["reset"]), ("ghost688 sources reset --", ["--json", "--netns", "--help", "--version",
     "--top"]), ("ghost688 sources reset ", []), ("ghost688 -N x sources --top 5 re", ["reset"]),
    ("ghost688 stats --t", []), ("ghost688 stats -j ", ["reset"]),
    ("ghost688 m", ["monitor"]), ("ghost688 monitor ", []), ("ghost688 monitor --d", ["--direction"]),
    ("ghost688 monitor -", OPTIONS + ["--count", "--timeout", "--direction", "--resolve"]),
    ("ghost688 monitor --direction ", ["in", "forward", "out"]), ("ghost688 monitor --count 5 --direction f", ["forward"]),
    ("ghost688 monitor --count ", []), ("ghost688 monitor --resolve --direction o", ["out"]), ("ghost688 stats --d", []),
    ("ghost688 stats ", ["reset"]), ("ghost688 stats reset ", []), ("ghost688 status ", []),
    ("ghost688 -N x al", ["allow"]), ("ghost688 apply et", ["etc"]), ("ghost688 save et", ["etc"]),
    ("ghost688 nonsense ", []), ("ghost688 show > et", ["etc"]), ("ghost688 show >et", ["etc"]),
    ("ghost688 show >> et", ["etc"]), ("ghost688 status 2>/et", ["/etc"]), ("ghost688 -j &> et", ["etc"]),
    ("ghost688 > /dev/null st", ["status", "stats"]), ("ghost688 apply 2>/dev/null et", ["etc"]),
    ("ghost688 set 2> /dev/null drop in=d", ["drop", "drop,log"]), ("ghost688 apply < et", ["etc"]),
    ("ghost688 -N /proc/self/ns/ne", ["/proc/self/ns/net"]), ("ghost688 -jN /proc/self/ns/ne", ["/proc/self/ns/net"]),
    ("ghost688 --netns=/proc/self/ns/ne", ["/proc/self/ns/net"]), ("ghost688 --netns et", ["etc"]),
    ("ghost688 -jN x al", ["allow"])])
def test_completion(sources, cli, line, words):
    assert complete(sources, line, cli) == words


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a mount namespace")
def test_completion_offers_the_names_of_namespaces(sources):
    had = os.path.isdir("/run/netns")
    offered = subprocess.run(
        ["unshare", "-m", "bash", "-c", """
            mkdir -p /run/netns; mount -t tmpfs none /run/netns; cd /run/netns; touch customer7 customer8 other; cd /
            . "$0"
            for COMP_LINE in "ghost688 -N cu" "ghost688 --netns=cu" "ghost688 -N "; do
                COMP_POINT=${#COMP_LINE}
                _ghost688
                echo "${COMPREPLY[*]}"
            done""", sources / "completion/ghost688"], capture_output=True, text=True, check=True)
    if not had:
        os.rmdir("/run/netns")
    assert offered.stderr == ""
    assert offered.stdout.splitlines() == ["customer7 customer8"] * 2 + ["customer7 customer8 other"]


@pytest.mark.parametrize("typed, then", [
    ("ghost688 show > pol", "ghost688 show > policy "), ("ghost688 show >pol", "ghost688 show >policy "),
    ("ghost688 -N dir/fi", "ghost688 -N dir/file "), ("ghost688 --netns=dir/fi", "ghost688 --netns=dir/file "),
    ("ghost688 -N di", "ghost688 -N dir/"), ("ghost688 apply a\\ bl", "ghost688 apply a\\ blank "),
    ("ghost688 --j", "ghost688 --json "), ("ghost688 set drop repl", "ghost688 set drop replies="),
    ("ghost688 set drop replies=m", "ghost688 set drop replies=match "),
    ("ghost688 set log-target=n", "ghost688 set log-target=nflog:")])
def test_completion_as_bash_itself_does_it(sources, cli, tmp_path, typed, then):
    """On a terminal: the line after a tab. Control-T prints it."""
    for name in ("policy", "a blank", "dir/file"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "rc").write_text(
        f". {sources}/completion/ghost688\nPS1=\n" """bind -x '"\\C-t": printf "<<%s>>" "$READLINE_LINE"'\n""")
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(tmp_path)
        os.execvpe("bash", ["bash", "--noprofile", "--rcfile", "rc", "-i"],
                   {**os.environ, "TERM": "dumb", "INPUTRC": "/dev/null", "HISTFILE": "",
                    "PATH": f"{os.path.dirname(cli.path)}:{os.environ['PATH']}"})
    try:
        os.write(terminal, typed.encode() + b"\t\x14")
        seen = b""
        while b">>" not in seen.split(b"<<")[-1] or b"<<" not in seen:
            assert select.select([terminal], [], [], 20)[0], seen
            seen += os.read(terminal, 4096)
        assert seen.decode().split("<<")[-1].split(">>")[0] == then
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


def test_completion_without_the_tool_is_silent(sources):
    missing = type("Missing", (), {"path": "/none/such", "env": {}})
    assert complete(sources, "ghost688 ", missing) == complete(sources, "ghost688 set in=", missing) == []
    assert complete(sources, "ghost688 allow del ", missing) == []
    assert complete(sources, "ghost688 show > et", missing) == ["etc"]


def test_the_verb_for_completion_is_not_listed(cli):
    assert cli.works("complete")
    assert "complete" not in cli.works("help")
    cli.fails(2, f"unknown command 'comp'; commands: {', '.join(VERBS)}", "comp")


def test_completion_where_equals_is_no_break(sources, cli):
    assert complete(sources, "ghost688 set in=re", cli, breaks=False) == ["in=reject", "in=reject,log"]


def test_completion_offers_the_prefixes_to_delete(sources, ghost):
    ghost.works("allow", "add", "10.0.0.0/8", "2001:db8::/32", "2001:db8:1::/48")
    assert complete(sources, "ghost688 allow del 1", ghost) == ["10.0.0.0/8"]
    # Bash replaces only what follows the last colon.
    assert complete(sources, "ghost688 allow del 2001:db8:", ghost) == [":/32", "1::/48"]


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="needs shellcheck")
def test_completion_is_clean(sources):
    done = subprocess.run(["shellcheck", "-s", "bash", sources / "completion/ghost688"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
