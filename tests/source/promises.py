#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every promise of doc/promises.md names tests, and every test that it names exists.

With --self-test a promise without a proof, a file and a test that do not exist must be noticed.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tests_of(path):
    """The names of the tests in a file, without prefix and number."""
    text = path.read_text()
    if path.suffix == ".c":
        return set(re.findall(r"^START_TEST\((\w+)\)", text, re.M))
    return set(re.findall(r"^ +def test_(?:\d+_)?(\w+)\(self\)", text, re.M))


def complaints_about(page):
    """What is wrong with the page, and how many promises and tests it names."""
    complaints, n_promises, n_tests = [], 0, 0
    for table in re.findall(r"^\| promise \| proved by \|\n\|---\|---\|\n((?:\|.*\n)+)", page, re.M):
        for line in table.splitlines():
            promise, proofs = re.fullmatch(r"\| (.+?) \| ?(.*?) ?\|", line).groups()
            n_promises += 1
            if not proofs:
                complaints.append(f"nothing proves: {promise}")
            for proof in filter(None, proofs.split("; ")):
                match = re.fullmatch(r"`([\w./-]+)`((?: \w+,)* \w+)?", proof)
                if not match:
                    complaints.append(f"not understood: {proof}")
                    continue
                path = ROOT / "tests" / match[1]
                if not path.is_file():
                    complaints.append(f"no such file: tests/{match[1]}")
                    continue
                for name in re.findall(r"\w+", match[2] or ""):
                    n_tests += 1
                    if name not in tests_of(path):
                        complaints.append(f"no such test: {name} in tests/{match[1]}")
    return complaints, n_promises, n_tests


def self_test():
    head = "| promise | proved by |\n|---|---|\n"
    known = "`unit/test-feed.c` changes_come_with_the_next_poll"
    for line, n_expected in [(f"| p | {known} |", 0), ("| p | |", 1), ("| p | by hand |", 1), ("| p | `unit/none.c` a |", 1),
                             (f"| p | {known}, no_such_test |", 1)]:
        found = complaints_about(f"{head}{line}\n")[0]
        if len(found) != n_expected:
            return [f"{line}: {found}"]
    return []


def main():
    page = (ROOT / "doc/promises.md").read_text()
    if sys.argv[1:] == ["--self-test"]:
        complaints = self_test()
    else:
        complaints, n_promises, n_tests = complaints_about(page)
        if n_promises < 25 or n_tests < 40:
            complaints.append(f"only {n_promises} promises and {n_tests} tests are understood")
        if not complaints:
            print(f"{n_promises} promises, {n_tests} tests")
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
