#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""tests/spec.py: do the netlink header, the module and the tool say what module/ghost688.yaml says?

The spec's naming rules (Documentation/userspace-api/netlink/specs.rst in the kernel tree) give each C name; a C program
that prints them gives each value. The words of the enumerations and the keys of a policy stand in tables on both sides.
"""
import os
import re
import subprocess
import sys
import tempfile

import yaml

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def c_name(*words):
    return "_".join(words).upper().replace("-", "_")


def expected(spec):
    """C name -> value, for every constant, enum, attribute and operation."""
    family = spec["name"]
    names = {}
    for definition in spec["definitions"]:
        if definition["type"] == "const":
            names[c_name(family, definition["name"])] = definition["value"]
            continue
        entries = definition["entries"]
        for value, entry in enumerate(entries):
            entry = entry if isinstance(entry, str) else entry["name"]
            names[c_name(family, definition["name"], entry)] = value
        names[c_name(family, definition["name"], "max")] = len(entries) - 1
    for attributes in spec["attribute-sets"]:
        for value, attribute in enumerate(attributes["attributes"], 1):
            names[c_name(family, "a", attributes["name"], attribute["name"])] = value
        names[c_name(family, "a", attributes["name"], "max")] = len(attributes["attributes"])
    operations = spec["operations"]["list"]
    for value, operation in enumerate(operations, 1):
        names[c_name(family, "cmd", operation["name"])] = value
    names[c_name(family, "cmd", "max")] = len(operations)
    return names


def actual(names):
    lines = "".join(f'\tprintf("%d\\n", (int)({name}));\n' for name in names)
    program = f'#include <stdio.h>\n#include "ghost688.h"\nint main(void)\n{{\n{lines}\treturn 0;\n}}\n'
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(["gcc", "-x", "c", "-", "-o", f"{work}/names", f"-I{TREE}/module/uapi"],
                       input=program, text=True, check=True)
        output = subprocess.run([f"{work}/names"], capture_output=True, text=True, check=True)
    return dict(zip(names, map(int, output.stdout.split())))


# What people write for an entry of an enumeration, where it is not the entry's name.
WORD = {"action": lambda name: name.replace("-", ","), "log-per": lambda name: name[0]}
# The attributes of a policy that are no keys, but halves of one, or what has a line for each of its entries.
NO_KEY = {"generation", "expected-generation", "log-per", "log-group", "allow", "hit-per"}
# The enumerations whose words only the tool writes.
TOOL_ALONE = {"reason", "protocol", "table"}


# [CONSTANT] = "word" and { "word", CONSTANT }; and the name of a row, with the first attribute in that row.
WORDS = (r'\[(?P<name>GHOST688_\w+)\]\s*= "(?P<value>[^"]+)"', r'\{ "(?P<value>[^"]+)", (?P<name>GHOST688_\w+) \}')
KEYS = (r'(?ms)^\t\t\.name = "(?P<name>[^"]+)",.*?(?P<value>GHOST688_A_POLICY_\w+)',)
SIDES = {"the module": ["module/state/words.c", "module/state/policy.c"],
         "the tool": ["userspace/words.c", "userspace/keys.c"]}


def table(paths, patterns):
    """name -> value in the rows of C tables."""
    text = ""
    for path in paths:
        with open(f"{TREE}/{path}", encoding="utf-8") as file:
            text += file.read()
    return {row["name"]: row["value"] for pattern in patterns for row in re.finditer(pattern, text)}


def wrong_words(spec):
    """Does each side have each word of the enumerations that people write?"""
    for side, paths in SIDES.items():
        have = table(paths, WORDS)
        for definition in spec["definitions"]:
            if definition["type"] != "enum" or (side == "the module" and definition["name"] in TOOL_ALONE):
                continue
            for entry in definition["entries"]:
                entry = entry if isinstance(entry, str) else entry["name"]
                word = WORD.get(definition["name"], str)(entry)
                constant = c_name(spec["name"], definition["name"], entry)
                if have.get(constant) != word:
                    yield f"{constant}: '{word}' by the spec, {have.get(constant)!r} in {side}"


def wrong_keys(spec):
    """Does each side have each key of a policy, and its attribute?"""
    policy, = (attributes for attributes in spec["attribute-sets"] if attributes["name"] == "policy")
    names = [attribute["name"] for attribute in policy["attributes"] if attribute["name"] not in NO_KEY]
    want = {name: c_name(spec["name"], "a", "policy", name) for name in names}
    for side, paths in SIDES.items():
        have = table(paths, KEYS)
        for key in sorted(want.keys() | have.keys()):
            if have.get(key) != want.get(key):
                yield f"key {key}: {want.get(key)} by the spec, {have.get(key)} in {side}"


# What only one of both has.
LISTS = {"policy-get": ("reply", "expected-generation"), "policy-set": ("request", "generation")}


def wrong_lists(spec):
    """Do the operations on a policy list all of its attributes? Clients are generated from these lists."""
    policy, = (attributes for attributes in spec["attribute-sets"] if attributes["name"] == "policy")
    names = {attribute["name"] for attribute in policy["attributes"]}
    for operation in spec["operations"]["list"]:
        if operation["name"] in LISTS:
            message, absent = LISTS[operation["name"]]
            listed = operation["do"][message]["attributes"]
            for name in sorted((names - {absent}) ^ set(listed)):
                yield f"{operation['name']} {'lists' if name in listed else 'does not list'} {name}"


def wrong_values(spec):
    want = expected(spec)
    have = actual(want)
    for name in want:
        if want[name] != have[name]:
            yield f"{name}: {want[name]} in the spec, {have[name]} in the header"


def main():
    with open(f"{TREE}/module/ghost688.yaml", encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    wrong = [*wrong_values(spec), *wrong_words(spec), *wrong_keys(spec), *wrong_lists(spec)]
    print("\n".join(wrong), end="\n" if wrong else "")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
