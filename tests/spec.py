#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Does module/uapi/ghost688.h say what module/ghost688.yaml says?

The spec's naming rules (Documentation/userspace-api/netlink/specs.rst in the
kernel tree) give each C name; a C program that prints them gives each value.
"""
import os
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


def main():
    with open(f"{TREE}/module/ghost688.yaml", encoding="utf-8") as file:
        want = expected(yaml.safe_load(file))
    have = actual(want)
    wrong = [name for name in want if want[name] != have[name]]
    for name in wrong:
        print(f"{name}: {want[name]} in the spec, {have[name]} in the header")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
