#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_scand --names: the names that scanctl lists, and a state that does not depend on whether they can be had."""

import json
import pathlib
import re
import subprocess
import sys
import time
import unittest

CHECK_SCAND = sys.argv.pop(3)

# pylint: disable=wrong-import-position
from company import NOW, PATIENCE, PLAIN, SCANCTL, ProgramCase  # takes its own arguments


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Names(ProgramCase):
    def setUp(self):
        counts = {"error": 0, "warning": 0, "notice": 0}
        for finding in self.findings("--severity", "notice"):
            counts[finding["severity"]] += 1
        self.assertGreater(counts["error"], 2, "there is somebody to name")
        self.report = self.folder / "health.json"
        self.report.write_text(json.dumps({
            "schema": 1, "state": "running", "version": "0.1.0", "written_at": stamp(NOW), "next_write_due": stamp(NOW + 3600),
            "pid": 1, "boot_id": "another", "domains": [{"name": "corp.example", "state": "following", "objects": 6,
                                                         "last_poll_ok": stamp(NOW), "stale_after": stamp(NOW + 3600)}],
            "objects": 6, "findings": counts, "rules": {}, "rules_unknown": {}, "missed_changes_total": 0}))
        self.path = self.folder / "bin"
        self.path.mkdir(exist_ok=True)

    def put(self, script):
        """What stands where scanctl is looked for."""
        scanctl = self.path / "scanctl"
        scanctl.unlink(missing_ok=True)
        if script:
            scanctl.write_text("#!/bin/sh\n" + script)
            scanctl.chmod(0o755)

    def check(self, *arguments, system="/usr/bin:/bin"):
        """State, first line, and the lines below it; whatever is named, the first line and the state are as without names."""
        def run(*more):
            # What a monitoring daemon gives: no folder of a login shell.
            done = subprocess.run([CHECK_SCAND, "--file", self.report, "--timeout=100", *more], capture_output=True, text=True, timeout=PATIENCE, check=False,
                                  env=PLAIN | {"PATH": f"{self.path}:{system}"})
            self.assertEqual(done.stderr, "")
            first, *rest = done.stdout.rstrip("\n").split("\n")
            return done.returncode, re.sub(r"\d+ (s|min) ago", "… ago", first.rpartition("|")[0]), rest
        code, first, rest = run(*arguments)
        plain = [argument for argument in arguments if not argument.startswith("--names")]
        self.assertEqual((code, first), run(*plain)[:2])
        return code, rest

    def real(self):
        self.put(f'exec {SCANCTL} --config {self.config} "$@"\n')

    def test_the_worst_come_first(self):
        self.real()
        every = [line for line in self.out("findings", "--all", "--no-legend", "--severity", "error").splitlines() if line]
        for n in 1, 2, len(every), 1000:
            code, names = self.check(f"--names={n}")
            self.assertEqual(code, 1)
            self.assertEqual(len(names), min(n, len(every)))
            for line, name in zip(every, names):
                # Nagios ends the text at a bar.
                self.assertEqual(line.replace("|", "/").split()[:2], name.split()[:2])

    def test_of_one_rule(self):
        self.real()
        _, names = self.check("--rule=upn-invalid", "--names=5")
        self.assertGreater(len(names), 0)
        for name in names:
            self.assertIn("upn-invalid", name)

    def test_of_another_database(self):
        self.real()
        _, names = self.check("--names=5", f"--database={self.folder}/scand.db")
        self.assertGreater(len(names), 2)
        _, names = self.check("--names=5", f"--database={self.folder}/none.db")
        self.assertIn(f"{self.folder}/none.db", names[0])
        self.assertEqual(names[-1], "no names: scanctl could not list them")

    def test_where_it_cannot_be_run(self):
        self.put(None)
        _, names = self.check("--names=5", system=self.folder)
        self.assertEqual(names, ["no names: scanctl cannot be run: No such file or directory"])

    def test_one_that_never_ends_is_not_waited_for(self):
        self.put("echo first; exec sleep 1000\n")
        # A busy machine may need longer to come as far as that.
        for seconds in 2, 8, 32:
            _, names = self.check("--names=5", f"--timeout={seconds}")
            if len(names) > 1:
                break
        self.assertEqual(names, ["first", f"no names: scanctl took longer than {seconds * 500} ms"])

    def test_more_than_is_asked_for_is_not_read(self):
        self.put("while :; do echo line; done\n")
        _, names = self.check("--names=3")
        self.assertEqual(names, ["line"] * 3)

    def test_no_name_breaks_the_conventions(self):
        self.put("printf 'a|b=1;2\\033[31m\\n%5000d' 7; echo; echo last\n")
        _, names = self.check("--names=5")
        self.assertEqual(len(names), 3)
        for name in names:
            self.assertNotRegex(name, r"[|\x00-\x1f]")
            self.assertLess(len(name), 1100)

    def test_wrong_numbers_are_refused(self):
        for value in "0", "-1", "1001", "x", "5x", "":
            done = subprocess.run([CHECK_SCAND, "--file", self.report, f"--names={value}"], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 3)
            self.assertIn("--names takes a number from 1 to 1000", done.stdout)


if __name__ == "__main__":
    unittest.main()
