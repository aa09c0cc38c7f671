#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The files of this folder through `scanctl check`: the same verdicts as the library gives (README.md), in the promised shape.

TAP: a point for each record.
"""

import base64
import json
import pathlib
import subprocess
import sys

KEYS = ["id", "rule", "class", "severity", "certainty", "domain", "guid", "dn", "kind", "attribute", "value", "others",
        "others_total", "detail", "advice", "source", "opened", "accepted", "held"]
HOLDER_KEYS = ["where", "domain", "dn", "guid", "kind", "attribute", "value", "as_of", "name", "user_principal_name", "state"]


def records(path):
    """Yields (line, dn, has a GUID, what its comments expect) of every record."""
    expected, lines = [], path.read_text().split("\n")
    for number, line in enumerate(lines, 1):
        if line.startswith("# expect:"):
            expected.append((number, line.removeprefix("# expect:").split()))
        elif line.startswith("dn:"):
            folded, rest = line, number
            while rest < len(lines) and lines[rest].startswith(" "):
                folded += lines[rest][1:]
                rest += 1
            name = folded.removeprefix("dn:")
            dn = base64.b64decode(name[1:]).decode() if name.startswith(":") else name.strip()
            end = next((k for k in range(number, len(lines)) if not lines[k].strip()), len(lines))
            has_guid = any(text.lower().startswith("objectguid:") for text in lines[number:end])
            yield number, dn, has_guid, expected
            expected = []


def fits(words, finding):
    wanted = words + ["*"] * (4 - len(words))
    said = [finding["rule"], finding["severity"], finding["certainty"], finding["class"]]
    return all(w in ("*", s) for w, s in zip(wanted, said))


def complaints(expected, findings, has_guid):
    """What is wrong with what was said of one record."""
    loud = [f for f in findings if f["severity"] != "notice"]
    for line, words in expected:
        if words == ["clean"]:
            if loud:
                yield f"line {line}: not clean"
        elif words[0] == "not":
            if any(f["rule"] == words[1] for f in findings):
                yield f"line {line}: {words[1]} was said"
        elif words != ["more"] and not any(fits(words, f) for f in findings):
            yield f"line {line}: {' '.join(words)} was not said"

    named = [words for _, words in expected if words[0] not in ("clean", "not", "more")]
    if ["more"] not in [words for _, words in expected]:
        for finding in loud:
            if not any(fits(words, finding) for words in named):
                yield f"nobody expected {finding['rule']}"

    for finding in findings:
        if list(finding) != KEYS or any(list(other) != HOLDER_KEYS for other in finding["others"]):
            yield f"{finding['rule']}: fields are missing or in another order"
        elif finding["id"] is not None or finding["opened"] is not None:
            yield f"{finding['rule']}: a file has neither ids nor history"
        elif (finding["guid"] is not None) != has_guid:
            yield f"{finding['rule']}: guid is {finding['guid']}"
        elif finding["others_total"] < len(finding["others"]) or finding["dn"] in [o["dn"] for o in finding["others"]]:
            yield f"{finding['rule']}: others do not add up"
        elif not finding["advice"] or not finding["source"]:
            yield f"{finding['rule']}: no advice or no source"


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def point(self, ok, text):
        self.n += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.n} - {text.replace('#', ' ')}")


def check(tap, scanctl, path):
    config = path.with_suffix(".conf")
    config = config if config.exists() else pathlib.Path("/dev/null")
    base = [scanctl, "check", "--config", str(config), str(path)]
    done = subprocess.run([*base, "--all", "--json"], capture_output=True, text=True)
    if done.stderr or done.returncode not in (0, 1):
        print(f"# {done.stderr.strip()} (exit code {done.returncode})")
        tap.point(False, f"{path.name} is read")
        return

    answer = json.loads(done.stdout)
    tap.point(list(answer) == ["schema", "generated", "findings"] and answer["schema"] == 1, f"{path.name} has the outer shape")
    tap.point(done.returncode == bool(answer["findings"]), f"{path.name}: the exit code says whether there are findings")

    loud = [f for f in answer["findings"] if f["severity"] != "notice"]
    quiet = subprocess.run([*base, "--json"], capture_output=True, text=True)
    tap.point(json.loads(quiet.stdout)["findings"] == loud and quiet.returncode == bool(loud),
              f"{path.name}: without --all errors and warnings")

    by_dn = {}
    for finding in answer["findings"]:
        by_dn.setdefault(finding["dn"], []).append(finding)
    for line, dn, has_guid, expected in records(path):
        findings = by_dn.pop(dn, [])
        wrong = list(complaints(expected, findings, has_guid))
        for text in wrong:
            print(f"# {path.name}:{line}: {text}")
        if wrong:
            for finding in findings:
                print(f"#   said: {finding['rule']} {finding['severity']} {finding['certainty']} {finding['class']}, "
                      f"{finding['attribute']}={finding['value']}: {finding['detail']}")
        tap.point(not wrong, f"{path.name}:{line} {dn}")
    # What stands in a file may be worth a notice about its domain, of which it has no record.
    others = [dn for dn, said in by_dn.items() if any(f["kind"] != "container" or f["severity"] != "notice" for f in said)]
    tap.point(not others, f"{path.name}: nothing is said of anybody else")


def main():
    tap = Tap()
    for path in sys.argv[2:]:
        check(tap, sys.argv[1], pathlib.Path(path))
    print(f"1..{tap.n}")
    sys.exit(tap.failed > 0)


if __name__ == "__main__":
    main()
