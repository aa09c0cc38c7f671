#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every promise of doc/promises.md names tests, and every test that it names exists; so does every mutant, and none is left out.

With --self-test a promise without a proof, a file, a test and a mutant that do not exist, and one that is not named, must be noticed.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MUTANTS = ROOT / "tests/simulate/mutants"


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


def judged_by_a_test(name):
    return "\nTest: " in (MUTANTS / f"{name}.patch").read_text().partition("\n--- ")[0]


def complaints_about_mutants(page, there):
    """The table of precautions against the patches that there are."""
    complaints, named = [], []
    for table in re.findall(r"^\| precaution \| mutants \|\n\|---\|---\|\n((?:\|.*\n)+)", page, re.M):
        for line in table.splitlines():
            mutants = re.fullmatch(r"\| .+? \| (.+?) \|", line)[1]
            by_histories, _, by_tests = mutants.partition("*test* ")
            for names, has_test in ((by_histories, False), (by_tests, True)):
                for name in re.findall(r"[\w-]+", names):
                    named.append(name)
                    if name not in there:
                        complaints.append(f"no such mutant: {name}")
                    elif judged_by_a_test(name) != has_test:
                        complaints.append(f"mutant {name} is not judged as it stands there")
    complaints += [f"mutant {name} is not named" for name in sorted(there - set(named))]
    return complaints + [f"mutant {name} is named twice" for name in sorted(set(named)) if named.count(name) > 1]


def self_test():
    head = "| promise | proved by |\n|---|---|\n"
    known = "`unit/test-feed.c` changes_come_with_the_next_poll"
    for line, n_expected in [(f"| p | {known} |", 0), ("| p | |", 1), ("| p | by hand |", 1), ("| p | `unit/none.c` a |", 1),
                             (f"| p | {known}, no_such_test |", 1)]:
        found = complaints_about(f"{head}{line}\n")[0]
        if len(found) != n_expected:
            return [f"{line}: {found}"]
    head = "| precaution | mutants |\n|---|---|\n"
    for line, n_expected in [("| p | epoch; *test* storms |", 0), ("| p | epoch, storms |", 1), ("| p | epoch |", 1),
                             ("| p | epoch, none; *test* storms |", 1), ("| p | epoch, epoch; *test* storms |", 1)]:
        found = complaints_about_mutants(f"{head}{line}\n", {"epoch", "storms"})
        if len(found) != n_expected:
            return [f"{line}: {found}"]
    return []


def main():
    page = (ROOT / "doc/promises.md").read_text()
    if sys.argv[1:] == ["--self-test"]:
        complaints = self_test()
    else:
        complaints, n_promises, n_tests = complaints_about(page)
        complaints += complaints_about_mutants(page, {patch.stem for patch in MUTANTS.glob("*.patch")})
        if n_promises < 25 or n_tests < 40:
            complaints.append(f"only {n_promises} promises and {n_tests} tests are understood")
        if not complaints:
            print(f"{n_promises} promises, {n_tests} tests")
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
