#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doc/trust.md: each promise names tests that exist, and claims no more of them than there are.

With --write the numbers are counted anew and written into the page: functions of tests in a file, inputs in the corpora, histories, rows of
CI. What is tried within one of them is counted when it runs, see tests/trust. With --self-test wrong numbers and names must be noticed.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "doc/trust.md"
HEAD = "| promise | how it is tested | where | tests |\n|---|---|---|---:|\n"


def count(place):
    """How many tests stand there; None: there is no such thing. After a file's name one of its tests may stand: then it is that one."""
    name, _, test = place.partition(" ")
    path = ROOT / name
    if not path.exists():
        return None
    if test:
        return 1 if re.search(rf"(START_TEST\(|def test_){test}\(?", path.read_text()) else None
    if name == "tests/fuzz":
        return sum(1 for found in (path / "corpus").rglob("*") if found.is_file())
    if name == "tests/simulate":
        return int(re.search(r"'--histories', '(\d+)'", (path / "meson.build").read_text())[1])
    if path.suffix == ".c":
        return len(re.findall(r"^START_TEST\(|^ +point\(", path.read_text(), re.M))
    if path.suffix == ".py":
        return len(re.findall(r"^ +def test_\w+\(self\)", path.read_text(), re.M))
    return 1


def rows(page):
    """[(line, promise, where, number)] of the table."""
    table = re.search(re.escape(HEAD) + r"((?:\|.*\n)+)", page)
    found = []
    for line in table[1].splitlines() if table else []:
        promise, _, where, number = [cell.strip() for cell in line.strip("|").split(" | ")]
        found.append((line, promise, [name + test for name, test in re.findall(r"`([^`]+)`( \w+)?", where)], number))
    return found


def complaints_about(page):
    complaints = []
    for _, promise, where, number in rows(page):
        counts = [count(name) for name in where]
        complaints += [f"no such file or test: {name}" for name, n in zip(where, counts) if n is None]
        if not where or not number.isdigit() or int(number) < 1:
            complaints.append(f"nothing is counted: {promise}")
        elif None not in counts and int(number) > sum(counts):
            complaints.append(f"{number} tests are claimed, {sum(counts)} there are: {promise}")
    return complaints


def unlisted(page):
    """Libraries that are built with and do not stand in the list of them."""
    asked = re.findall(r"(?:dependency|find_library)\('([\w-]+)'(?!.*get_option)", (ROOT / "meson.build").read_text())
    return [f"a library that is not listed: {name}" for name in asked if name != "threads" and f"`{name}`" not in page]


def write(page):
    for line, _, where, _ in rows(page):
        page = page.replace(line, re.sub(r" \| *\d* *\|$", f" | {sum(count(name) or 0 for name in where)} |", line))
    return page


def self_test():
    for line, n_expected in [("| p | h | `tests/unit/test-secret.c` | 1 |", 0), ("| p | h | `tests/unit/test-secret.c` | 100 |", 1),
                             ("| p | h | `tests/unit/none.c` | 1 |", 1), ("| p | h | nowhere | 1 |", 1), ("| p | h | `tests/unit/test-secret.c` none_such | 1 |", 1), ("| p | h | `tests/fuzz` | 0 |", 1)]:
        found = complaints_about(f"{HEAD}{line}\n")
        if len(found) != n_expected:
            return [f"{line}: {found}"]
    return [] if len(unlisted("`ldap` only")) > 5 else ["libraries are not noticed"]


def main():
    page = PAGE.read_text()
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(write(page))
        return 0
    if sys.argv[1:] == ["--self-test"]:
        complaints = self_test()
    else:
        complaints = complaints_about(page) + unlisted(page)
        if len(rows(page)) < 15:
            complaints.append("the table is not understood")
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
