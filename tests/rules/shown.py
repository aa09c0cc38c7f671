#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""shown.tsv has each rule once, and the tests and files that it names show it.

    shown.py SCANCTL     compares the table with `scanctl rules`
    shown.py --self-test a row that is missing, twice, of no rule, or names what does not exist must be noticed
"""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TABLE = HERE / "shown.tsv"
SHOWN = ("demo", "lab", "refused", "offline")


def rows(text=None):
    """[rule, shown, by, words] of each line; what a line does not have is empty."""
    lines = (text if text is not None else TABLE.read_text(encoding="utf-8")).splitlines()
    return [(line.split("\t") + [""] * 4)[:4] for line in lines if line and not line.startswith("#")]


def test_text(path, name):
    """What stands in a test of an integration suite, None where there is none of this name."""
    match = re.search(rf"^    def test_(?:\d+_)?{name}\(self\):\n((?:(?:        .*)?\n)+)", path.read_text(encoding="utf-8"), re.M)
    return match[1] if match else None


def expectation(by, rule):
    """How a file of examples says what it expects, or a program that makes them."""
    return rf"^# expect: {rule}\b" if by.endswith(".ldif") else rf"\"(?:cloud-)?{rule.removeprefix('cloud-')}\""


def complaints_about_row(rule, shown, by, words):
    if shown not in SHOWN:
        yield f"{rule}: shown is one of {', '.join(SHOWN)}"
    if shown == "lab":
        file, _, name = by.partition(" ")
        path = ROOT / file
        text = test_text(path, name) if path.is_file() else None
        if text is None:
            yield f"{rule}: there is no test {by}"
        elif f"'{rule}'" not in text:
            yield f"{rule}: the test {by} does not speak of it"
    if shown in ("refused", "offline"):
        path = ROOT / by
        if not words:
            yield f"{rule}: nobody says why"
        if not by or not path.is_file():
            yield f"{rule}: there is no file {by}"
        elif not re.search(expectation(by, rule), path.read_text(encoding="utf-8"), re.M):
            yield f"{rule}: {by} has no object of which it is said"


def complaints(table, rules):
    listed = [row[0] for row in table]
    for rule in rules:
        if listed.count(rule) != 1:
            yield f"{rule}: {listed.count(rule)} rows instead of one"
    for row in table:
        if row[0] not in rules:
            yield f"{row[0]}: no such rule"
        yield from complaints_about_row(*row)


def self_test():
    good = "quota\tlab\ttests/integration/test_shown.py the_domain_has_more_than_the_options_allow"
    file = "tests/rules/domain.ldif"
    cases = [(good, 0), ("", 1), (f"{good}\n{good}", 1), (f"{good}\nno-rule\tdemo", 1), ("quota\tsomewhere", 1),
             ("quota\tlab\ttests/integration/test_shown.py no_such_test", 1), ("quota\tlab\ttests/none.py a", 1),
             ("quota\tlab\ttests/integration/test_follow.py the_domain_itself_has_findings", 1),
             ("quota\toffline\ttests/rules/none.ldif\tbecause", 1), (f"quota\toffline\t{file}", 1), (f"quota\toffline\t{file}\tbecause", 0),
             ("quota\trefused\ttests/rules/unset.ldif\tno", 1)]
    for text, n_expected in cases:
        found = list(complaints(rows(text), ["quota"]))
        if len(found) != n_expected:
            return [f"{text!r}: {found}"]
    return []


def main():
    if sys.argv[1] == "--self-test":
        found = self_test()
    else:
        answer = subprocess.run([sys.argv[1], "rules", "--json"], capture_output=True, text=True, check=True)
        rules = [rule["rule"] for rule in json.loads(answer.stdout)["rules"]]
        found = list(complaints(rows(), rules)) if len(rules) > 50 else ["scanctl does not tell its rules"]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
