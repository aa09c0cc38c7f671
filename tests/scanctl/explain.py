#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl explain, rules and attributes: a rule, an object, an error, and what is read of a kind."""

import base64
import csv
import io
import json
import pathlib
import subprocess
import tempfile
import unittest
import uuid

from company import ANNA, BASE, FINE, FOUND, GONE, GOOD, INFO, MAKE_DATABASE, NOW, PLAIN, ProgramCase, SCANCTL


class Explain(ProgramCase):
    def test_every_rule_is_listed_and_explained(self):
        rules = json.loads(self.out("rules", "--json"))["rules"]
        self.assertGreater(len(rules), 30)
        self.assertEqual([row["rule"] for row in csv.DictReader(io.StringIO(self.out("rules", "--csv")))], [r["rule"] for r in rules])
        for rule in rules:
            with self.subTest(rule["rule"]):
                self.assertEqual(json.loads(self.out("explain", "--json", rule["rule"]))["rule"], rule)
                text = self.out("explain", rule["rule"])
                self.assertTrue(text.startswith(f"{rule['rule']}  {rule['severity']}, {rule['class']}, {rule['certainty']}"))
                self.assertNotIn("(null)", text)
                for field in "title", "condition", "source", "advice":
                    self.assertTrue(rule[field], field)
                if rule["filter"]:
                    self.assertIn(rule["filter"], text.splitlines()[[i for i, l in enumerate(text.splitlines()) if l.startswith("Filter")][0]])

    def test_the_configuration_shows_in_the_rules(self):
        changed = self.folder / "changed.conf"
        changed.write_text("[rule upn-invalid]\nEnabled=no\n[rule mail-not-primary]\nSeverity=error\n")
        out = subprocess.run([SCANCTL, "--config", changed, "rules", "--json"], capture_output=True, text=True, env=PLAIN).stdout
        rules = {r["rule"]: r for r in json.loads(out)["rules"]}
        self.assertFalse(rules["upn-invalid"]["enabled"])
        self.assertEqual(rules["mail-not-primary"]["severity"], "error")
        self.assertTrue(rules["linked-mailbox"]["enabled"])

    def test_mistyped_rules_are_suggested(self):
        self.assertIn('Did you mean the rule "linked-mailbox"?', self.err("explain", "linked-mailbxo", code=FOUND))
        self.assertIn("findings --text", self.err("explain", "anna@example.com", code=FOUND))
        self.assertIn("scanctl rules", self.err("explain", "qqqqqqqqqqqqq", code=FOUND))

    def explained(self, name):
        answer = json.loads(self.out("explain", "--json", name))
        self.assertEqual(answer["schema"], 1)
        return answer["objects"]

    def test_an_object_is_explained_with_what_is_wrong(self):
        for name in str(ANNA), "anna.berg@example.com", "anna.berg", f"CN=Berg\\, Anna,OU=Staff,{BASE}":
            anna, = self.explained(name)
            self.assertEqual((anna["guid"], anna["arrival"]), (str(ANNA), "fails"))
            self.assertEqual([f["rule"] for f in anna["findings"]], ["smtp-address-not-unique"])
            self.assertEqual(anna["findings"][0]["others"][0]["guid"], str(INFO))
            self.assertEqual(anna["prediction"]["licensed"]["user_principal_name"], "anna.berg@example.com")
            self.assertNotIn("smtp-address-not-unique", anna["passed"])
            self.assertIn("upn-invalid", anna["passed"])
        text = self.out("explain", "anna.berg")
        self.assertRegex(text, r"(?m)^  Arrives as +user anna.berg@example.com, primary address anna.berg@example.com$")
        self.assertIn("\nIt does not arrive as it is: its export fails.\n", text)
        self.assertRegex(text, r"(?m)^  value +proxyAddresses: info@example.com$")
        self.assertRegex(text, r"(?m)^  rests on +Identity synchronization")

    def test_a_good_object_is_explained_with_the_checks_it_passed(self):
        good = GOOD + "objectGUID:: " + base64.b64encode(uuid.UUID(int=99).bytes_le).decode() + "\nuSNChanged: 5\ndisplayName: A\n"
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "good.ldif").write_text(good)
        subprocess.run([MAKE_DATABASE, folder / "scand.db", self.config, str(NOW), "corp.example", "first", folder / "good.ldif"], check=True)
        answer = json.loads(self.out("explain", "--json", "a@example.com", "--database", str(folder / "scand.db")))["objects"][0]
        self.assertEqual((answer["arrival"], answer["findings"]), ("as-it-is", []))
        rules = {r["rule"]: r for r in json.loads(self.out("rules", "--json"))["rules"]}
        self.assertEqual(sorted(answer["passed"] + answer["unknown"]),
                         sorted(name for name, rule in rules.items() if "user" in rule["kinds"] and rule["class"] != "directory"))
        self.assertGreater(len(answer["passed"]), len(answer["unknown"]))
        text = self.out("explain", "a@example.com", "--database", str(folder / "scand.db"))
        self.assertIn("\nIt arrives.\n", text)
        self.assertIn(f"\n{len(answer['passed'])} checks passed\n", text)
        for rule in answer["passed"]:
            self.assertRegex(text, rf"[ ,]{rule}\b")

    def test_what_is_out_of_scope_is_explained_by_its_place(self):
        gone, = self.explained("gone")
        self.assertEqual(gone["arrival"], "left-out")
        self.assertIn("it was deleted in AD", gone["sentence"])
        self.assertIn("It does not arrive: it was deleted in AD", self.out("explain", str(GONE)))

    def errors(self, text, *arguments):
        answer = json.loads(self.out("explain", "--json", text, *arguments))
        self.assertEqual(answer["schema"], 1)
        return answer["errors"]

    def test_an_error_is_explained_with_who_has_it_now(self):
        table = [("AttributeValueMustBeUnique", "smtp-address-not-unique"), ("InvalidSoftMatch", "smtp-address-not-unique"),
                 ("ObjectTypeMismatch", "smtp-address-not-unique"), ("6941", "upn-invalid"), ("the user ID is not found", "upn-invalid"),
                 ("IdentityDataValidationFailed", "upn-invalid"), ("114", "deleted")]
        for text, rule in table:
            with self.subTest(text):
                error, = self.errors(text)
                said = next(r for r in error["rules"] if r["rule"] == rule)
                found = self.findings("--rule", rule, "--all")
                self.assertEqual([f["id"] for f in said["findings"]], [f["id"] for f in found])
                self.assertEqual(said["findings_total"], len(found))
                self.assertGreater(len(found), 0)
        text = self.out("explain", "AttributeValueMustBeUnique")
        self.assertRegex(text, r"(?m)^smtp-address-not-unique +mail address is not unique +2$")
        self.assertRegex(text, rf"(?m)^ +CN=Info,OU=Shared,OU=Staff,{BASE}")

    def test_an_error_is_explained_without_a_database(self):
        code, out, err = self.run_scanctl("explain", "Error 016", "--database", "/nonexistent/scand.db")
        self.assertEqual(code, FINE)
        self.assertTrue(out.startswith("Error 016\n"))
        self.assertIn("/nonexistent/scand.db", err)
        code, out, err = self.run_scanctl("explain", "--json", "114", "--database", "/nonexistent/scand.db")
        self.assertIsNone(json.loads(out)["errors"][0]["rules"][0]["findings_total"])

    def test_attributes_are_listed_for_a_kind(self):
        everything = json.loads(self.out("attributes", "--json"))["attributes"]
        self.assertGreater(len(everything), 100)
        for kind in "user", "inetOrgPerson", "contact", "group":
            rows = json.loads(self.out("attributes", "--json", kind.upper()))["attributes"]
            self.assertEqual([r["attribute"] for r in rows], [r["attribute"] for r in everything if kind in r["kinds"]])
            self.assertTrue(all(r["kinds"] == [kind] for r in rows))
        rules = {r["rule"]: r for r in json.loads(self.out("rules", "--json"))["rules"]}
        for row in json.loads(self.out("attributes", "--json", "contact"))["attributes"]:
            self.assertTrue(all("contact" in rules[rule]["kinds"] for rule in row["rules"]), row)
        users = {r["attribute"]: r for r in json.loads(self.out("attributes", "--json", "user"))["attributes"]}
        self.assertEqual((users["description"]["limit_here"], users["description"]["limit_there"], users["description"]["is_cut"]), (1024, 448, True))
        self.assertEqual(users["targetAddress"]["mailnickname_kinds"], ["user"])
        self.assertEqual(users["mail"]["mailnickname_kinds"], [])
        self.assertIn("smtp-address-not-unique", users["userPrincipalName"]["rules"])

    def test_attributes_as_csv_and_text_say_the_same(self):
        everything = json.loads(self.out("attributes", "--json"))["attributes"]
        rows = list(csv.DictReader(io.StringIO(self.out("attributes", "--csv"))))
        self.assertEqual([r["attribute"] for r in rows], [r["attribute"] for r in everything])
        self.assertEqual([r["rules"].split(", ") if r["rules"] else [] for r in rows], [r["rules"] for r in everything])
        text = self.out("attributes", "--no-legend")
        self.assertEqual([line.split()[0] for line in text.splitlines()], [r["attribute"] for r in everything])
        self.assertIn("Try user", self.err("attributes", "computer"))


if __name__ == "__main__":
    unittest.main()
