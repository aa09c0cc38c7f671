#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl findings: filters, order, folds, as text, JSON and CSV, on terminals of several widths."""

import collections
import csv
import datetime
import io
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from company import ANNA, BASE, DAY, FINE, FOUND, INFO, MAKE_DATABASE, NOW, ODD, PLAIN, ProgramCase, SCANCTL, columns, shown


def tail(line, at):
    """What stands behind so many columns."""
    used = 0
    for index, c in enumerate(line):
        if used >= at:
            return line[index:]
        used += columns(c)
    return ""


class Findings(ProgramCase):
    def test_findings_name_object_value_and_every_other_holder(self):
        found = [f for f in self.findings("--rule", "smtp-address-not-unique")]
        self.assertEqual({f["guid"] for f in found}, {str(ANNA), str(INFO)})
        anna = next(f for f in found if f["guid"] == str(ANNA))
        self.assertEqual(anna["dn"], f"CN=Berg\\, Anna,OU=Staff,{BASE}")
        self.assertEqual((anna["severity"], anna["kind"], anna["domain"]), ("error", "user", "corp.example"))
        self.assertEqual(anna["others_total"], 1)
        other = anna["others"][0]
        self.assertEqual((other["where"], other["dn"], other["guid"], other["kind"], other["as_of"]),
                         ("ad", f"CN=Info,OU=Shared,OU=Staff,{BASE}", str(INFO), "group", None))
        self.assertRegex(anna["id"], r"^[0-9a-f]{16}$")
        self.assertEqual(anna["opened"], datetime.datetime.fromtimestamp(NOW - 2 * DAY, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.assertTrue(anna["advice"] and anna["source"])

    def test_ids_do_not_depend_on_the_database(self):
        ids = {f["id"] for f in self.findings("--all") if f["rule"] != "deleted"} # which the copy never saw alive
        copy = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        subprocess.run([MAKE_DATABASE, copy / "scand.db", self.config, str(NOW), "corp.example", "first", self.folder / "first.ldif"], check=True)
        again = {f["id"] for f in json.loads(self.out("findings", "--all", "--json", "--database", str(copy / "scand.db")))["findings"]}
        self.assertLessEqual(ids, again)

    def test_filters(self):
        everything = self.findings("--all")
        slight = next(f["rule"] for f in everything if f["severity"] == "notice")
        table = [
            (["--rule", slight], lambda f: f["rule"] == slight),
            (["--rule", slight, "--severity", "error"], lambda f: f["rule"] == slight and f["severity"] == "error"),
            (["--rule", "upn-invalid"], lambda f: f["rule"] == "upn-invalid"),
            (["--class", "excluded", "--all"], lambda f: f["class"] == "excluded"),
            (["--severity", "error"], lambda f: f["severity"] == "error"),
            ([], lambda f: f["severity"] != "notice"),
            (["--domain", "CORP.example"], lambda f: f["severity"] != "notice"),
            (["--ou", f"ou=odd,{BASE.lower()}", "--all"], lambda f: ",OU=Odd," in f["dn"]),
            (["--ou", f"OU=Staff,{BASE}", "--all"], lambda f: "OU=Staff," in f["dn"]),
            (["--ou", BASE, "--all"], lambda f: True),
            (["--text", "BERG", "--all"], lambda f: "berg" in (f["dn"] + str(f["value"])).lower()),
            (["--text", "tÁro", "--all"], lambda f: "taro" in (f["dn"] + str(f["value"])).lower()),
            (["--since", "3d", "--all"], lambda f: True),
            (["--since", "1d", "--all"], lambda f: f["rule"] == "deleted"),
        ]
        for arguments, keep in table:
            with self.subTest(arguments):
                said = [f["id"] for f in self.findings(*arguments)]
                self.assertEqual(said, [f["id"] for f in everything if keep(f)])
        self.assertTrue(any(f["severity"] == "error" for f in everything))

    def test_the_worst_comes_first_and_the_order_is_stable(self):
        found = self.findings("--all")
        order = {"error": 0, "warning": 1, "notice": 2}
        self.assertEqual([order[f["severity"]] for f in found], sorted(order[f["severity"]] for f in found))
        self.assertEqual(found, self.findings("--all"))

    def test_exit_code_is_asked_for(self):
        self.assertEqual(self.run_scanctl("findings")[0], FINE)
        self.assertEqual(self.run_scanctl("findings", "--exit-code")[0], FOUND)
        self.assertEqual(self.run_scanctl("findings", "--exit-code", "--text", "nobody at all")[0], FINE)

    def test_csv_has_one_row_a_finding_and_the_same_fields(self):
        rows = list(csv.DictReader(io.StringIO(self.out("findings", "--all", "--csv"))))
        found = self.findings("--all")
        self.assertEqual([row["id"] for row in rows], [f["id"] for f in found])
        self.assertEqual(len(self.out("findings", "--all", "--csv").splitlines()), len(found) + 1)
        self.assertEqual(self.out("findings", "--all", "--csv", "--no-legend").splitlines()[0].split(",")[0], found[0]["id"])

    def test_piped_text_is_a_line_a_finding_and_nothing_is_cut(self):
        lines = self.out("findings", "--by=none", "--no-legend").splitlines()
        found = self.findings()
        self.assertEqual(len(lines), len(found))
        for line, finding in zip(lines, found):
            self.assertTrue(line.startswith(finding["severity"]))
            self.assertIn(finding["rule"], line)
            if finding["guid"] != str(ODD):
                self.assertIn(finding["dn"], line)

    def folds(self, *arguments):
        return json.loads(self.out("findings", "--json", *arguments))["folds"]

    def test_findings_fold_by_rule_domain_and_ou_into_the_counts_of_the_rows(self):
        def ou(finding):
            return re.sub(r"^(?:[^,\\]|\\.)*,", "", finding["dn"]) if finding["guid"] else finding["dn"]

        for arguments in [], ["--all"], ["--all", "--class=altered"], ["--severity=error", "--since=1d"], ["--all", "--text=berg"], \
                ["--all", "--ou", "OU=Staff," + BASE], ["--rule=upn-invalid"]:
            rows = self.findings(*arguments, "--by=none")
            for by, name in ("rule", lambda f: f["rule"]), ("domain", lambda f: f["domain"]), ("ou", ou):
                with self.subTest(by=by, arguments=arguments):
                    folds = self.folds("--by", by, *arguments)
                    self.assertEqual({f["name"]: f["count"] for f in folds}, dict(collections.Counter(map(name, rows))))
                    for fold in folds:
                        mine = [f for f in rows if name(f) == fold["name"]]
                        self.assertEqual({s: fold[s] for s in ("error", "warning", "notice")},
                                         {s: sum(f["severity"] == s for f in mine) for s in ("error", "warning", "notice")})
                        self.assertLessEqual({f["dn"] for f in fold["first"]}, {f["dn"] for f in mine})
                        self.assertEqual(len(fold["first"]), min(3, len({f["dn"] for f in mine})))

    def test_text_folds_by_rule_unless_rows_are_asked_for(self):
        rules = {f["rule"] for f in self.findings()}
        self.assertEqual({line.split()[2] for line in self.out("findings", "--no-legend").splitlines()}, rules)
        self.assertEqual(self.out("findings", "--by=rule"), self.out("findings"))
        for arguments in ["--rule=upn-invalid"], ["--text=berg"], ["--all"]:
            with self.subTest(arguments):
                self.assertEqual(self.out("findings", *arguments), self.out("findings", "--by=none", *arguments))
        self.assertIn("No findings", self.out("findings", "--all", "--by=ou", "--text=nobody at all"))
        self.assertEqual(self.folds("--by=ou", "--text=nobody at all"), [])
        self.assertEqual(self.run_scanctl("findings", "--by=ou", "--exit-code")[0], FOUND)
        self.assertIn("rule, domain, ou or none", self.err("findings", "--by=colour"))
        self.assertIn("OU=Staff", self.err("findings", "--by=rule", "--ou", "OU=Nowhere," + BASE))

    def test_folds_as_csv_have_the_fields_of_json(self):
        rows = list(csv.DictReader(io.StringIO(self.out("findings", "--all", "--by=rule", "--csv"))))
        folds = self.folds("--all", "--by=rule")
        for row, fold in zip(rows, folds, strict=True):
            self.assertEqual(row, {k: str(v) for k, v in fold.items() if k != "first"} |
                             {"first": " | ".join(shown(f["dn"]) for f in fold["first"])})

    def test_no_line_is_wider_than_the_terminal(self):
        for width in 40, 60, 80, 111, 132, 200:
            for arguments in ["findings"], ["findings", "--all"], ["findings", "--by=ou"], ["status", "--domains"], ["rules"], ["show", "anna.berg"], ["explain", "linked-mailbox"], ["status"]:
                with self.subTest(width=width, arguments=arguments):
                    for line in self.terminal(*arguments, width=width, env={"NO_COLOR": "1"}).splitlines():
                        if "(&(" in line or "|(" in line:
                            continue # a filter is for pasting
                        self.assertLessEqual(columns(line), width, line)

    def test_columns_stand_below_each_other_whatever_the_letters(self):
        lines = self.terminal("findings", "--all", width=160, env={"NO_COLOR": "1"}).splitlines()
        at = columns(lines[0][:lines[0].index("VALUE")])
        for line in lines[1:lines.index("")]:
            if columns(line) <= at:
                continue # a finding without a value
            self.assertEqual(columns(line[:len(line) - len(tail(line, at))]), at, line)

    def test_colour_is_for_terminals_and_can_be_refused(self):
        self.assertIn("\x1b[1;31merror", self.terminal("findings", "--all"))
        self.assertIn("\x1b[1;31merror", self.terminal("findings"))
        self.assertNotIn("\x1b", self.terminal("findings", env={"NO_COLOR": "1"}))
        self.assertNotIn("\x1b", self.terminal("findings", env={"TERM": "dumb"}))
        self.assertNotIn("\x1b", self.terminal("findings", "--color=never"))
        self.assertNotIn("\x1b", self.out("findings"))
        self.assertIn("\x1b[1;31m", self.out("findings", "--color=always"))

    def test_no_value_moves_the_cursor(self):
        for arguments in ["findings", "--all"], ["findings", "--all", "--csv"], ["show", "anna.berg"], ["show", str(ODD)]:
            with self.subTest(arguments):
                out = self.out(*arguments)
                self.assertNotRegex(out, "[\x00-\x09\x0b-\x1f\x7f\u202e]")
        self.assertIn("\\x1B[31mred", self.out("show", "anna.berg"))

    def test_json_is_utf8_whatever_the_directory_holds(self):
        done = subprocess.run([SCANCTL, "--config", str(self.config), "show", "--json", str(ODD)], capture_output=True, env=PLAIN)
        shown = json.loads(done.stdout.decode("utf-8"))["objects"][0]
        self.assertEqual(shown["attributes"]["mail"], ["odd\\xFF@example.com"])
        self.assertIn("\u202e", shown["dn"])

    def test_what_does_not_exist_is_said_with_a_way_out(self):
        self.assertIn('Did you mean "upn-invalid"?', self.err("findings", "--rule", "upn-invalld"))
        self.assertIn("scanctl status", self.err("findings", "--domain", "nowhere.example"))
        self.assertIn("OU=Staff", self.err("findings", "--ou", "OU=Nowhere," + BASE))
        self.assertIn("OU=Staff", self.err("findings", "--ou", "Staff"))


if __name__ == "__main__":
    unittest.main()
