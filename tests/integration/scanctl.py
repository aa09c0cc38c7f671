#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl over a database made without a daemon: every verb, as text, JSON and CSV, on terminals of several widths."""

import base64
import collections
import csv
import datetime
import io
import json
import os
import pathlib
import pty
import random
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

from company import (ANNA, BASE, BERT, CONTACT, DAY, FINE, FOUND, GONE, INFO, MAKE_DATABASE, NOW, ODD, PLAIN, ProgramCase, SCANCTL,
                     TROUBLE, columns, record, shown, user)


class Scanctl(ProgramCase):
    # findings

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

    def test_status_counts_each_object_once_by_the_worst_that_is_found_of_it(self):
        worst, order = {}, ["left_out", "fail", "altered", "altered_slightly", "left_out_as_expected"]
        for finding in self.findings("--all"):
            notice = finding["severity"] == "notice"
            fate = {"excluded": "left_out_as_expected" if notice else "left_out", "fails": "fail", "directory": None,
                    "altered": "altered_slightly" if notice else "altered"}[finding["class"]]
            if fate:
                worst[finding["guid"]] = min(fate, worst.get(finding["guid"], fate), key=order.index)
        status = json.loads(self.out("status", "--json"))
        arrival = status["arrival"]
        counted = collections.Counter(worst.values())
        self.assertGreater(counted["fail"], 0)
        self.assertEqual({name: arrival[name] for name in order}, {name: counted[name] for name in order})
        self.assertEqual(arrival["in_scope"] + arrival["left_out_as_expected"], status["objects"])
        self.assertEqual(sum(arrival[name] for name in ("unchanged", *order[:4])), arrival["in_scope"])
        self.assertIn(f"of {arrival['in_scope']} in scope, {arrival['unchanged']} arrive unchanged, "
                      f"{arrival['altered'] + arrival['altered_slightly']} altered, {arrival['left_out']} left out, {arrival['fail']} fail\n",
                      self.out("status"))

    def test_status_tells_the_domain_names_in_use_and_proposes_what_the_tenant_section_lacks(self):
        first = "".join([
            user("One", "OU=Staff", ANNA, 1, "one", userPrincipalName="one@Contoso.example.com", mail="one@example.com",
                 proxyAddresses=["SMTP:one@example.com", "smtp:one@example.org", "smtp:uno@example.org", "smtp:one@fab.mail.onmicrosoft.com",
                                 "X500:/o=old@example.net"]),
            user("Two", "OU=Staff", BERT, 2, "two", userPrincipalName="two@corp.local", mail="two@example.com",
                 proxyAddresses=["SMTP:two@EXAMPLE.com"]),
            user("Left Out", "OU=Staff", GONE, 3, "MSOL_3", userPrincipalName="three@left-out.com"),
            record(f"CN=Partner,OU=Contacts,{BASE}", "contact", CONTACT, 4, mail="p@partner.com", proxyAddresses=["SMTP:p@partner.com"])])
        folder = self.folder / "domains"
        (folder / "run").mkdir(parents=True)
        (folder / "first.ldif").write_text(first)
        config = folder / "scand.conf"
        config.write_text(f"[domain corp.example]\n[scand]\nStateDirectory={folder}\nRuntimeDirectory={folder}/run\n")
        subprocess.run([MAKE_DATABASE, folder / "scand.db", config, str(NOW), "corp.example", "first", folder / "first.ldif"], check=True)

        def ask(*arguments, **more):
            return self.out("--config", str(config), "status", "--domains", *arguments, **more)

        answer = json.loads(ask("--json"))
        places = ("upn", "primary", "secondary", "mail")
        self.assertEqual({d["domain"]: tuple(d[place] for place in places) for d in answer["domains"]},
                         {"example.com": (0, 2, 0, 2), "contoso.example.com": (1, 0, 0, 0), "corp.local": (1, 0, 0, 0),
                          "example.org": (0, 0, 1, 0), "fab.mail.onmicrosoft.com": (0, 0, 1, 0), "partner.com": (0, 1, 0, 1)})
        self.assertEqual({d["domain"] for d in answer["domains"] if not d["public"]}, {"corp.local"})
        self.assertEqual({d["tenant"] for d in answer["domains"]}, {"not known"})
        lines = ["InitialDomain=fab.onmicrosoft.com", "RoutingDomain=fab.mail.onmicrosoft.com", "VerifiedDomain=example.com",
                 "VerifiedDomain=contoso.example.com"]
        self.assertEqual(answer["proposal"], lines)
        self.assertTrue(ask().endswith("\n[tenant]\n" + "\n".join(lines) + "\n"))
        rows = list(csv.DictReader(io.StringIO(ask("--csv"))))
        self.assertEqual([r["domain"] for r in rows], [d["domain"] for d in answer["domains"]])
        self.assertIn("in  primary 2, mail 2\n", ask(env={"COLUMNS": "40"}))

        # Taken over as they stand, they are known, and nothing is left to propose.
        config.write_text(config.read_text() + "[tenant]\n" + "\n".join(lines) + "\n")
        answer = json.loads(ask("--json"))
        self.assertEqual(answer["proposal"], [])
        self.assertEqual({d["domain"]: d["tenant"] for d in answer["domains"]},
                         {"example.com": "verified", "contoso.example.com": "verified", "corp.local": "not verified",
                          "example.org": "not verified", "fab.mail.onmicrosoft.com": "verified", "partner.com": "not verified"})
        self.assertIn("--domains", self.err("status", "--csv"))

    def test_history_says_where_it_cannot_ask_and_tells_the_rest(self):
        code, out, err = self.run_scanctl("history", "anna.berg", "--origin", "--json")
        self.assertEqual((code, json.loads(out)["objects"][0]["origin"]), (TROUBLE, None))
        self.assertIn("scand is not running", err)
        self.assertIsNone(json.loads(self.out("history", "anna.berg", "--json"))["objects"][0]["origin"])

    def test_status_tells_what_is_new_since_yesterday(self):
        news = json.loads(self.out("status", "--json"))["news"]
        self.assertEqual((news["error"], news["notice"], news["deleted"]), (0, 1, 1)) # the first read was the day before
        self.assertIn("new since yesterday: 1 notice, 1 object deleted\n", self.out("status"))

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

    # show

    def test_an_object_is_found_by_any_of_its_names(self):
        names = [f"CN=Berg\\, Anna,OU=Staff,{BASE}", f"cn=BERG\\2c anna, ou=staff,{BASE.lower()}", str(ANNA), "{" + str(ANNA).upper() + "}",
                 "anna.berg@example.com", "ANNA.BERG@EXAMPLE.COM", "smtp:anna.berg@example.com", "anna.berg", "CORP\\anna.berg", " anna.berg@example.com "]
        for name in names:
            with self.subTest(name):
                objects = json.loads(self.out("show", "--json", name))["objects"]
                self.assertEqual([o["guid"] for o in objects], [str(ANNA)])

    def test_show_tells_everything(self):
        shown = json.loads(self.out("show", "--json", str(ANNA)))["objects"][0]
        self.assertEqual(shown["attributes"]["objectSid"], ["S-1-5-21-1-2-3-500"])
        self.assertEqual(shown["attributes"]["mS-DS-ConsistencyGuid"], [base64.b64encode(ANNA.bytes_le).decode()])
        self.assertEqual(shown["attributes"]["proxyAddresses"], ["SMTP:anna.berg@example.com", "smtp:info@example.com", "X500:/o=Old/cn=anna"])
        self.assertEqual((shown["deleted"], shown["in_scope"], shown["selected"], shown["excluded"]), (None, True, True, False))
        self.assertIn("smtp-address-not-unique", [f["rule"] for f in shown["findings"]])

        text = self.out("show", "anna.berg")
        self.assertRegex(text, r"(?m)^  proxyAddresses +SMTP:anna.berg@example.com  \(primary\)$")
        self.assertRegex(text, r"(?m)^ {24}smtp:info@example.com$")
        self.assertRegex(text, rf"(?m)^  objectGUID +{ANNA}$")
        self.assertRegex(text, r"(?m)^  userAccountControl +512  \(ordinary account\)$")
        self.assertRegex(text, rf"(?m)^  also held by +CN=Info,OU=Shared,OU=Staff,{BASE} \(")
        self.assertRegex(text, r"(?m)^error  smtp-address-not-unique$")

    def test_show_predicts_and_marks_what_does_not_arrive(self):
        prediction = json.loads(self.out("predict", "--json", str(BERT)))["predictions"][0]
        self.assertEqual(json.loads(self.out("show", "--json", str(BERT)))["objects"][0]["prediction"], prediction)
        text = self.out("show", str(BERT))
        self.assertRegex(text, r"(?m)^  userPrincipalName +bert berg@example.com  \(becomes bert@contoso.onmicrosoft.com\)$")
        self.assertRegex(text, r"(?m)^In the cloud\n  Source anchor ")
        self.assertRegex(self.out("show", "anna.berg"), r"(?m)^  userPrincipalName +anna.berg@example.com$")
        odd = self.out("show", str(ODD))
        self.assertRegex(odd, r"(?m)^  mail +odd\\xFF@example.com  \(dropped: it ")
        self.assertNotIn("In the cloud", self.out("show", str(GONE)))

    def test_the_deleted_are_found_too(self):
        for name in str(GONE), "gone@example.com", "gone":
            with self.subTest(name):
                shown = json.loads(self.out("show", "--json", name))["objects"]
                self.assertEqual([o["guid"] for o in shown], [str(GONE)])
                self.assertIsNotNone(shown[0]["deleted"])
                self.assertFalse(shown[0]["in_scope"])
        self.assertRegex(self.out("show", str(GONE)), r"(?m)^  Deleted +[0-9]+ (min|h) ago$")

    def test_several_of_one_name_are_listed(self):
        code, out, err = self.run_scanctl("show", "info@example.com")
        self.assertEqual(code, TROUBLE)
        self.assertIn(str(ANNA), out)
        self.assertIn(str(INFO), out)
        self.assertIn("2 objects are called so", err)
        self.assertEqual(len(json.loads(self.out("show", "--json", "info@example.com"))["objects"]), 2)

    def test_what_is_no_object_is_said_with_a_way_out(self):
        self.assertIn("findings --text", self.err("show", "nobody", code=FOUND))
        self.assertIn("scanctl explain upn-invalid", self.err("show", "upn-invalid", code=FOUND))
        self.assertIn(f"findings --ou='OU=Staff,{BASE}'", self.err("show", f"OU=Staff,{BASE}", code=FOUND))
        self.assertEqual(json.loads(self.out("show", "--json", "nobody", code=FOUND))["objects"], [])

    # history

    def history(self, name, *arguments, code=FINE):
        return json.loads(self.out("history", "--json", name, *arguments, code=code))["objects"]

    def test_history_tells_what_happened_with_old_and_new_value(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        bert = {"cn": "Bert", "ou": "OU=Staff", "guid": BERT, "sam": "bert", "givenName": "Bert", "mail": "bert@example.com",
                "proxyAddresses": ["SMTP:bert@example.com"], "whenCreated": "20260101120000.0Z"}
        states = [("first", 3, user(**bert, usn=10, userPrincipalName="bert berg@example.com")),
                  ("delta", 2, user(**bert, usn=20, userPrincipalName="bert@example.com")),
                  ("delta", 1, user(**(bert | {"ou": "OU=Odd", "cn": "Bertram"}), usn=30, userPrincipalName="bert@example.com")),
                  ("delta", 0, record(f"CN=Bertram\nDEL:{BERT},CN=Deleted Objects,{BASE}", "user", BERT, 40, isDeleted="TRUE",
                                      lastKnownParent=f"OU=Odd,{BASE}"))]
        for kind, days, text in states:
            (folder / "state.ldif").write_text(text)
            subprocess.run([MAKE_DATABASE, folder / "scand.db", self.config, str(NOW - days * DAY), "corp.example", kind, folder / "state.ldif"], check=True)
        database = ["--database", str(folder / "scand.db")]

        known, = self.history(str(BERT), *database)
        self.assertEqual((known["guid"], known["domain"], known["kind"]), (str(BERT), "corp.example", "user"))
        self.assertIsNotNone(known["deleted"])
        stamp = lambda days: datetime.datetime.fromtimestamp(NOW - days * DAY, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        events = [(e["at"], e["event"], e["rule"], e["old_value"], e["value"]) for e in known["events"]]
        self.assertIn((stamp(2), "closed", "upn-invalid", None, "bert berg@example.com"), events)
        self.assertIn((stamp(2), "upn-changed", None, "bert berg@example.com", "bert@example.com"), events)
        self.assertIn((stamp(1), "moved", None, f"CN=Bert,OU=Staff,{BASE}", f"CN=Bertram,OU=Odd,{BASE}"), events)
        self.assertEqual([e[0] for e in events if e[1] == "deleted"], [stamp(0)])
        self.assertEqual([e[0] for e in events], sorted(e[0] for e in events))

        for name in "bert berg@example.com", f"CN=Bert,OU=Staff,{BASE}", f"cn=bertram,ou=odd,{BASE.lower()}", "BERT@example.com":
            with self.subTest(name):
                self.assertEqual([h["guid"] for h in self.history(name, *database)], [str(BERT)])
        text = self.out("history", str(BERT), *database)
        self.assertRegex(text, rf"(?m)^{stamp(2)} +upn-changed +userPrincipalName +bert berg@example.com +bert@example.com$")

        # What is forgotten is still in the log.
        store = sqlite3.connect(folder / "scand.db")
        store.execute("DELETE FROM object")
        store.execute("DELETE FROM claim")
        store.commit()
        store.close()
        forgotten, = self.history(str(BERT), *database)
        self.assertEqual([(e["at"], e["event"]) for e in forgotten["events"]], [(e[0], e[1]) for e in events])
        self.assertIn("no longer remembered", self.out("history", str(BERT), *database))

    def test_history_of_nobody_says_so(self):
        self.assertEqual(self.history("nobody", code=FOUND), [])
        self.assertIn("findings --text", self.err("history", "nobody", code=FOUND))

    # explain and rules

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
        good = self.GOOD + "objectGUID:: " + base64.b64encode(uuid.UUID(int=99).bytes_le).decode() + "\nuSNChanged: 5\ndisplayName: A\n"
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

    # attributes

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

    # status

    def test_status_works_with_the_database_alone(self):
        status = json.loads(self.out("status", "--json"))
        self.assertEqual((status["schema"], status["state"], status["objects"]), (1, "unknown", 6))
        self.assertEqual([d["name"] for d in status["domains"]], ["corp.example"])
        self.assertEqual(status["domains"][0]["dc"], "dc1.corp.example")
        found = self.findings("--all")
        for severity in "error", "warning", "notice":
            self.assertEqual(status["findings"][severity], sum(f["severity"] == severity for f in found))
        self.assertEqual(sum(status["rules"].values()), len(found))
        self.assertIn("scand is not running", self.out("status"))

    def test_status_leaves_out_domains_that_are_not_configured_any_more(self):
        copy = pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "scand.db"
        shutil.copy(self.folder / "scand.db", copy)
        database = sqlite3.connect(copy)
        database.execute("UPDATE domain SET is_configured = 0")
        database.commit()
        database.close()
        status = json.loads(self.out("status", "--json", "--database", str(copy)))
        self.assertEqual((status["domains"], status["objects"], status["findings"]), ([], 0, {"error": 0, "warning": 0, "notice": 0}))

    def write_health(self, **more):
        now = int(time.time())
        boottime = int(time.clock_gettime(time.CLOCK_BOOTTIME))
        stamp = lambda s: datetime.datetime.fromtimestamp(s, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        report = {"schema": 1, "state": "running", "version": "0.1.0", "since": stamp(now - 7200), "written_at": stamp(now - 1),
                  "next_write_due": stamp(now + 30), "next_write_due_boottime": boottime + 30, "pid": 1,
                  "boot_id": pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
                  "domains": [{"name": "corp.example", "state": "following", "dc": "dc2.corp.example", "last_poll_ok": stamp(now - 5),
                               "stale_after": stamp(now + 100), "objects": 6, "failures": 0, "full_read": None}],
                  "objects": 6, "findings": {"error": 9, "warning": 9, "notice": 9}, "rules": {"upn-invalid": 9},
                  "rules_unknown": {"linked-mailbox": "msExchMasterAccountSid is not in the schema"}, "missed_changes_total": 0} | more
        path = self.folder / "run" / "health.json"
        path.write_text(json.dumps(report))
        self.addCleanup(lambda: path.unlink(missing_ok=True))

    def test_status_of_a_live_daemon_joins_report_and_database(self):
        self.write_health()
        status = json.loads(self.out("status", "--json"))
        self.assertEqual((status["state"], status["version"]), ("running", "0.1.0"))
        self.assertEqual(status["domains"][0]["dc"], "dc2.corp.example")
        self.assertLess(status["domains"][0]["age_seconds"], 60)
        self.assertEqual(status["findings"]["error"], len(self.findings("--severity=error")), "the database knows better")
        text = self.out("status")
        self.assertRegex(text, r"^● scand 0.1.0 is running, for 2 h\n")
        self.assertRegex(text, r"(?m)^corp.example +following +dc2.corp.example +\d s ago +6$")
        self.assertIn("1 rule cannot be judged: linked-mailbox (msExchMasterAccountSid is not in the schema)", text)

    def test_status_of_a_dead_daemon_says_so(self):
        now = int(time.time())
        self.write_health(written_at="2020-01-01T00:00:00Z", next_write_due="2020-01-01T00:00:30Z", next_write_due_boottime=1)
        self.assertEqual(json.loads(self.out("status", "--json"))["state"], "dead")
        self.assertIn("dead or hangs", self.out("status"))
        self.write_health(state="stopped")
        self.assertIn("is stopped", self.out("status"))

    def test_status_tells_when_somebody_keeps_the_log_from_shrinking(self):
        mega = 1 << 20
        for wal, database, is_told in [(63 * mega, 2 * mega, False), (300 * mega, 200 * mega, False), (500 * mega, 200 * mega, True)]:
            with self.subTest((wal, database)):
                self.write_health(wal_bytes=wal, database_bytes=database)
                said = self.run_scanctl("status", "--database", str(self.folder / "none.db"))[1]
                self.assertEqual("The write-ahead log has 500 MB, the database 200:" in said, is_told)
                self.assertEqual("write-ahead log" in said, is_told)
        self.assertNotIn("write-ahead log", self.out("status"))  # the database itself knows better

    def test_status_works_with_the_report_alone(self):
        self.write_health()
        code, out, err = self.run_scanctl("status", "--database", str(self.folder / "none.db"))
        self.assertEqual(code, FINE)
        self.assertIn("9 errors, 9 warnings, 9 notices in 6 objects", out)
        self.assertIn("none.db", err)

    def test_status_fits_one_screen(self):
        domains = [{"name": f"d{n}.example", "state": "waiting", "failures": n, "last_error": "connect-timeout"} for n in range(40)]
        self.write_health(domains=domains, rules={r["rule"]: 3 for r in json.loads(self.out("rules", "--json"))["rules"]})
        for width in 80, 132:
            lines = self.terminal("status", "--database", "/dev/null", width=width).splitlines()
            self.assertLessEqual(len([l for l in lines if not l.startswith("scanctl:")]), 24)

    def test_status_of_nothing_says_what_to_do(self):
        err = self.err("status", "--database", str(self.folder / "none.db"))
        self.assertIn("systemctl start scand", err)

    # check

    def check(self, text, *arguments, code):
        got, out, err = self.run_scanctl("check", "--json", *arguments, "-", stdin=text)
        self.assertEqual(got, code, err)
        return json.loads(out)["findings"], err

    GOOD = "dn: CN=A,OU=X,DC=corp,DC=example\nobjectClass: user\nsAMAccountName: a\ncn: A\ngivenName: A\nuserPrincipalName: a@example.com\n"

    def test_a_good_file_is_fine(self):
        self.assertEqual(self.check(self.GOOD, code=FINE), ([], ""))
        self.assertEqual(self.check("", code=FINE), ([], ""))

    def test_a_bad_object_is_found_without_ids_and_made_up_guids(self):
        bad = self.GOOD + "\n" + self.GOOD.replace("CN=A", "CN=B").replace("sAMAccountName: a", "sAMAccountName: b").replace("cn: A", "cn: B")
        found, _ = self.check(bad, code=FOUND)
        self.assertEqual([f["rule"] for f in found], ["upn-not-unique"] * 2)
        for finding in found:
            self.assertEqual((finding["id"], finding["guid"], finding["opened"], finding["others"][0]["guid"]), (None,) * 4)
            self.assertEqual(finding["domain"], "corp.example")

    def test_objects_of_two_domains_dispute(self):
        bad = self.GOOD + "\n" + self.GOOD.replace("DC=corp", "DC=emea")
        self.assertEqual([f["domain"] for f in self.check(bad, code=FOUND)[0]], ["corp.example", "emea.example"])

    def test_unreadable_records_are_named_and_the_rest_is_judged(self):
        bad = self.GOOD.replace("userPrincipalName: a@", "userPrincipalName: a b@")
        broken = ["dn: nonsense\nobjectClass: user\n", "dn: CN=M,DC=corp,DC=example\nchangetype: modify\nreplace: mail\nmail: x\n-\n",
                  "dn: CN=N,O=nowhere\nobjectClass: user\n", "dn: CN=P,DC=corp,DC=example\ncn: P\n", "mail: x@y\n"]
        for text in broken:
            with self.subTest(text):
                found, err = self.check(text + "\n" + bad, code=TROUBLE)
                self.assertEqual([f["rule"] for f in found], ["upn-invalid"])
                self.assertRegex(err, r"standard input:.*1\b")
                self.assertIn("1 record could not be judged, 1 object", err)

    def changed(self, text, *arguments, code):
        """{(name, rule)} of what `check --against-cache` finds, and what it says on stderr."""
        found, err = self.check(text, "--against-cache", *arguments, code=code)
        for finding in found:
            self.assertEqual((finding["id"], finding["opened"]), (None, None))
        return {(f["dn"].split(",")[0], f["rule"]) for f in found}, err

    def change(self, name, kind, body=""):
        return f"dn: {name}\nchangetype: {kind}\n{body}\n"

    def test_a_new_object_is_judged_among_all_that_the_cache_has(self):
        text = self.GOOD.replace("a@example.com", "bert@example.com")
        self.assertEqual(self.check(text, code=FINE)[0], [])
        self.assertEqual(self.changed(text, code=FOUND)[0], {("CN=A", "smtp-address-not-unique"), ("CN=Bert", "smtp-address-not-unique")})
        self.assertEqual(self.changed(self.GOOD, code=FINE), (set(), ""))

    def test_changes_are_applied_to_what_the_cache_has(self):
        bert = f"CN=Bert,OU=Staff,{BASE}"
        upn = "replace: userPrincipalName\nuserPrincipalName: {}\n-\n"
        self.assertEqual(self.changed(self.change(bert, "modify", upn.format("bert@example.com")), code=FINE), (set(), ""))
        self.assertEqual(self.changed(self.change(bert, "modify", "add: mailNickname\nmailNickname: bert\n-\n"), code=FOUND)[0],
                         {("CN=Bert", "upn-invalid")}, "what it had before is told too")
        self.assertEqual(self.changed(self.change(bert, "modify", upn.format("taro@example.com")), code=FOUND)[0],
                         {("CN=Bert", "smtp-address-not-unique"), ("CN=東京 太郎", "smtp-address-not-unique")})
        self.assertEqual(self.findings("--all"), self.findings("--all", "--database", str(self.folder / "scand.db")), "nothing was written")

    def test_changes_build_on_one_another(self):
        info = f"CN=Info,OU=Shared,OU=Staff,{BASE}"
        anna = f"CN=Berg\\, Anna,OU=Staff,{BASE}"
        touch = self.change(anna, "modify", "replace: department\ndepartment: X\n-\n")
        self.assertEqual(self.changed(touch, code=FOUND)[0], {("CN=Berg\\", "smtp-address-not-unique")})
        self.assertEqual(self.changed(touch + self.change(info, "delete"), code=FINE), (set(), ""))
        moved = self.change(info, "modrdn", f"newrdn: CN=Post\ndeleteoldrdn: 1\nnewsuperior: OU=Odd,{BASE}\n")
        self.assertEqual(self.changed(moved, code=FOUND)[0], {("CN=Post", "smtp-address-not-unique")})
        done = moved + self.change(f"CN=Post,OU=Odd,{BASE}", "modify", "replace: proxyAddresses\n-\nreplace: mail\nmail: post@example.com\n-\n")
        self.assertEqual(self.changed(done + touch, code=FINE), (set(), ""))

    def test_changes_that_a_directory_refuses_are_named(self):
        bert = f"CN=Bert,OU=Staff,{BASE}"
        table = [(self.change(f"CN=Nobody,{BASE}", "delete"), "neither the cache nor the file has"),
                 (self.change(bert, "modify", "delete: mail\nmail: x@example.com\n-\n"), "takes away a value that is not there"),
                 (self.change(bert, "modify", "add: mail\nmail: BERT@example.com\n-\n"), "adds a value that is there already"),
                 (self.change(bert, "add", "objectClass: user\n"), "adds an object whose name is taken"),
                 (self.change(bert, "modrdn", "newrdn: CN=Berg\\, Anna\ndeleteoldrdn: 1\n"), "a name that another object has"),
                 (self.change(bert, "delete") + self.change(bert, "delete"), "neither the cache nor the file has")]
        for text, why in table:
            with self.subTest(why):
                self.assertIn(why, self.changed(text, code=TROUBLE)[1])

    def test_names_without_domain_are_completed(self):
        text = self.GOOD.replace(",DC=corp,DC=example", "").replace("userPrincipalName: a@", "userPrincipalName: a b@")
        self.assertIn("no DC= parts", self.check(text, code=TROUBLE)[1])
        found, _ = self.check(text, "--domain", "corp.example", code=FOUND)
        self.assertEqual([f["dn"] for f in found], ["CN=A,OU=X,DC=corp,DC=example"])

    def test_repairs_can_be_checked_before_they_are_applied(self):
        before = {(f["dn"].split(",")[0], f["rule"]) for f in self.findings()}
        answer = json.loads(self.out("fix", "--json"))
        closed = {(f["dn"].split(",")[0], f["rule"]) for f in answer["closes"]}
        fixed = {f["dn"].split(",")[0] for f in answer["fixes"]}
        expected = {(name, rule) for name, rule in before - closed if name in fixed}
        self.assertEqual(self.changed(self.out("fix"), code=FOUND if expected else FINE), (expected, ""))

    def test_what_ldapsearch_prints_is_read_as_it_is(self):
        around = "# extended LDIF\n#\n# LDAPv3\n\n{}\n# search reference\nref: ldap://x.example/DC=x,DC=example\n\n" \
                 "# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 2\n# numEntries: 1\n"
        self.assertEqual(self.check(around.format(self.GOOD), code=FINE), ([], ""))

    def test_the_configured_ous_count(self):
        narrow = self.folder / "narrow.conf"
        narrow.write_text("[domain corp.example]\nIncludeOU=OU=Staff,DC=corp,DC=example\n")
        text = self.GOOD.replace("userPrincipalName: a@", "userPrincipalName: a b@")
        inside = text.replace("OU=X", "OU=Staff").replace("CN=A", "CN=In")
        (self.folder / "two.ldif").write_text(text + "\n" + inside)
        done = subprocess.run([SCANCTL, "check", "--config", narrow, "--json", self.folder / "two.ldif"], capture_output=True, text=True, env=PLAIN)
        self.assertEqual([f["dn"] for f in json.loads(done.stdout)["findings"]], ["CN=In,OU=Staff,DC=corp,DC=example"])

    def test_check_touches_nothing(self):
        before = sorted(p.name for p in self.folder.iterdir())
        self.check(self.GOOD, code=FINE)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), before)

    # fix

    def test_repairs_are_ldif_that_takes_the_old_value_away(self):
        text = self.out("fix")
        self.assertIn("\n# upn-invalid: user principal name is not valid: it holds white space, or characters that cannot be seen\n"
                      f"dn: CN=Bert,OU=Staff,{BASE}\nchangetype: modify\ndelete: userPrincipalName\nuserPrincipalName: bert berg@example.com\n-\n"
                      "add: userPrincipalName\nuserPrincipalName: bert@example.com\n-\n", text)
        self.assertTrue(all(line.startswith("#") for line in text.split("\n\n")[0].splitlines()))
        self.assertIn("No", self.out("findings", "--text", "nobody at all"))
        self.assertNotIn("dn:", self.out("fix", "--text", "nobody at all"))

    def test_repairs_as_csv_have_the_nine_columns_of_idfix(self):
        rows = list(csv.DictReader(io.StringIO(self.out("fix", "--csv"))))
        self.assertEqual(list(rows[0]), ["DISTINGUISHEDNAME", "COMMONNAME", "OBJECTCLASS", "ATTRIBUTE", "ERROR", "VALUE", "UPDATE", "PROPOSEDACTION", "ACTION"])
        bert = next(row for row in rows if row["COMMONNAME"] == "Bert")
        self.assertEqual(list(bert.values()), [f"CN=Bert,OU=Staff,{BASE}", "Bert", "user", "userPrincipalName", "Character", "bert berg@example.com",
                                               "bert@example.com", "EDIT", ""])

    def test_repairs_take_the_filters_of_findings(self):
        everything = json.loads(self.out("fix", "--json", "--all"))
        self.assertEqual((everything["schema"], everything["generated"][-1]), (1, "Z"))
        for arguments, keep in [(["--ou", f"OU=Odd,{BASE}"], ",OU=Odd,"), (["--ou", f"OU=Staff,{BASE}"], ",OU=Staff,")]:
            some = json.loads(self.out("fix", "--json", "--all", *arguments))
            self.assertEqual(some["fixes"], [f for f in everything["fixes"] if keep in f["dn"]])
            self.assertGreater(len(some["fixes"]), 0)
        self.assertEqual(json.loads(self.out("fix", "--json", "--rule", "smtp-address-not-unique"))["fixes"], [])
        self.assertIn("scanctl status", self.err("fix", "--domain", "nowhere.example"))
        self.assertIn("Did you mean", self.err("fix", "--rule", "upn-invalld"))

    @staticmethod
    def flawed(random, number):
        """A user, contact or group with whatever may be wrong, some of which many have."""
        kind = random.choice(["user"] * 4 + ["contact", "group"])
        name = f"{random.choice(['Anna', 'Bert', 'Cleo', 'Zoë'])} {number}"
        nick = f"{name.split()[0].lower()}{random.choice([number, number % 7])}"
        domain = lambda: random.choice(["example.com"] * 6 + ["corp.local", "elsewhere.com", "contoso.onmicrosoft.com"])
        slip = lambda text: random.choice([text] * 6 + [f" {text}", text.replace("@", " @"), text.replace("@", ".@"), text.upper(), "x y@example.com"])
        maybe = lambda share, value: [value] if random.random() < share else []
        addresses = [f"{prefix}{slip(f'{nick}{extra}@{domain()}')}" for prefix, extra, share in
                     [("SMTP:", "", .7), ("smtp:", ".b", .5), ("SMTP:", ".c", .1), ("", ".d", .2), ("smtp:", "", .2), ("X500:/o=", "", .1)]
                     if random.random() < share]
        attributes = {"cn": name, "displayName": maybe(.85, random.choice([name, name, " "])), "mail": maybe(.7, slip(f"{nick}@{domain()}")),
                      "proxyAddresses": sorted(set(addresses)), "mailNickname": maybe(.6, random.choice([nick, nick, f".{nick}", f"{nick} x"])),
                      "department": maybe(.2, "  ")}
        if kind == "group":
            attributes |= {"sAMAccountName": f"group{number}", "groupType": random.choice([8, -2147483640])}
        if kind == "user":
            attributes |= {"sAMAccountName": f"user{number}", "userAccountControl": random.choice([512, 512, 514]), "givenName": name.split()[0],
                           "userPrincipalName": maybe(.9, slip(f"{nick}@{domain()}")),
                           "msExchRecipientTypeDetails": maybe(.2, 2147483648)}
        return f"CN={name},OU=Staff,{BASE}", kind, uuid.UUID(int=random.getrandbits(128)), number, attributes

    def database(self, folder, name, objects):
        (folder / f"{name}.ldif").write_text("".join(record(dn, kind, guid, usn, **attributes) for dn, kind, guid, usn, attributes in objects))
        subprocess.run([MAKE_DATABASE, folder / f"{name}.db", self.config, str(NOW), "corp.example", "first", folder / f"{name}.ldif"], check=True)
        found = json.loads(self.out("findings", "--all", "--json", "--database", str(folder / f"{name}.db")))["findings"]
        return {f["id"]: (f["dn"], f["rule"], f["value"]) for f in found}

    def test_repairs_close_what_they_promise_and_open_nothing(self):
        seed = int(os.environ.get("SCAND_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
        print(f"# seed {seed} (repeat with SCAND_TEST_SEED={seed})", file=sys.stderr)
        source = random.Random(seed)
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        objects = [self.flawed(source, number) for number in range(1, 300)]
        before = self.database(folder, "before", objects)
        answer = json.loads(self.out("fix", "--json", "--all", "--database", str(folder / "before.db")))
        self.assertGreater(len(answer["fixes"]), 20, seed)

        by_dn = {dn: attributes for dn, _, _, _, attributes in objects}
        for fix in answer["fixes"]:
            attributes = by_dn[fix["dn"]]
            for edit in fix["edits"]:
                values = attributes.get(edit["attribute"], [])
                values = list(values) if isinstance(values, list) else [values]
                if edit["delete"] is not None:
                    values.remove(edit["delete"])
                else:
                    values.append(edit["add"])
                attributes[edit["attribute"]] = values
        after = self.database(folder, "after", objects)
        promised = {f["id"] for f in answer["closes"]}
        self.assertEqual({one: after[one] for one in after.keys() - before.keys()}, {}, seed)
        self.assertEqual({one: before[one] for one in before.keys() - after.keys()}, {one: before[one] for one in promised}, seed)

    # predict

    def predict(self, *arguments, code=FINE, **more):
        answer = json.loads(self.out("predict", "--json", *arguments, code=code, **more))
        self.assertEqual(answer["schema"], 1)
        return answer["predictions"]

    BERT = "dn: CN=Bert,OU=X,DC=corp,DC=example\nobjectClass: user\nsAMAccountName: bert\nuserPrincipalName: bert@corp.local\n" \
           "mailNickname: bert\nproxyAddresses: SMTP:bert@example.com\nproxyAddresses: smtp:b@corp.local\nproxyAddresses: smtp:b b@example.com\n"

    def test_a_file_is_predicted_with_and_without_licence(self):
        predictions = self.predict("-", stdin=self.BERT)
        self.assertEqual([set(p) for p in predictions],
                         [{"dn", "domain", "guid", "kind", "left_out", "source_anchor", "unlicensed", "licensed"}])
        bert = predictions[0]
        self.assertEqual((bert["dn"], bert["domain"], bert["kind"]), ("CN=Bert,OU=X,DC=corp,DC=example", "corp.example", "user"))
        self.assertEqual((bert["guid"], bert["source_anchor"], bert["left_out"]), (None, None, None))
        for licence in "licensed", "unlicensed":
            self.assertEqual(set(bert[licence]), {"user_principal_name", "mail", "mail_nickname", "primary", "secondary", "others", "dropped", "notes"})
            self.assertEqual(bert[licence]["user_principal_name"], "bert@contoso.onmicrosoft.com")
            self.assertEqual((bert[licence]["mail"], bert[licence]["primary"]), ("bert@example.com",) * 2)
        self.assertEqual(bert["unlicensed"]["secondary"], ["b@corp.local"])
        self.assertEqual(bert["licensed"]["secondary"], ["bert@contoso.onmicrosoft.com"])
        self.assertEqual({d["value"]: d["reason"] for d in bert["licensed"]["dropped"]},
                         {"smtp:b@corp.local": "corp.local is not a verified domain of the tenant", "smtp:b b@example.com": "it holds a space"})

    def test_an_object_is_predicted_from_the_database(self):
        for name in str(ANNA), "anna.berg@example.com", f"CN=Berg\\, Anna,OU=Staff,{BASE}":
            anna, = self.predict(name)
            self.assertEqual(anna["guid"], str(ANNA))
            self.assertEqual(base64.b64decode(anna["source_anchor"]), ANNA.bytes_le)
            self.assertEqual(anna["licensed"]["others"], ["X500:/o=Old/cn=anna"])
            self.assertEqual(anna["licensed"]["secondary"], ["info@example.com", "anna.berg@contoso.onmicrosoft.com"])
        self.assertEqual(self.predict(str(GONE))[0]["left_out"], "it is deleted")
        self.assertRegex(self.predict(str(CONTACT))[0]["left_out"], r"\(rule contact-not-mail-enabled\)")
        self.assertEqual(self.predict("nobody@example.com", code=FOUND), [])
        self.assertIn("there is no object", self.err("predict", "nobody@example.com", code=FOUND))

    def test_domains_on_the_command_line_stand_instead_of_the_configured(self):
        bert, = self.predict("-", "--initial-domain=other.onmicrosoft.com", "--verified-domain", "corp.local", "--verified-domain=x.example", stdin=self.BERT)
        self.assertEqual(bert["licensed"]["user_principal_name"], "bert@corp.local")
        self.assertEqual(bert["licensed"]["primary"], "bert@other.onmicrosoft.com")
        self.assertEqual(set(bert["licensed"]["secondary"]), {"b@corp.local", "bert@corp.local"})
        self.assertIn("try a domain such as", self.err("predict", "-", "--verified-domain", "bert@corp.local"))
        self.assertIn("findings takes no --initial-domain", self.err("findings", "--initial-domain", "x.onmicrosoft.com"))

    def test_predicting_a_file_needs_no_database_and_no_configuration(self):
        done = subprocess.run([SCANCTL, "predict", "-", "--json", "--database", "/nonexistent/scand.db", "--config", "/dev/null"],
                              input=self.BERT, capture_output=True, text=True, env=PLAIN)
        self.assertEqual((done.returncode, done.stderr), (FINE, ""))
        bert, = json.loads(done.stdout)["predictions"]
        self.assertIsNone(bert["licensed"]["user_principal_name"])
        self.assertTrue(any("InitialDomain= is not set" in note for note in bert["licensed"]["notes"]))

    def test_the_second_of_one_nickname_gets_digits(self):
        first, second = self.predict("-", stdin=self.BERT + "\n" + self.BERT.replace("CN=Bert", "CN=Other").replace("nickname: bert", "nickname: BERT"))
        self.assertEqual(first["licensed"]["secondary"], ["bert@contoso.onmicrosoft.com"])
        self.assertEqual(second["licensed"]["secondary"], ["bert####@contoso.onmicrosoft.com"])
        self.assertEqual(second["licensed"]["mail_nickname"], "bert")

    def test_a_prediction_reads_well_on_any_terminal(self):
        (self.folder / "bert.ldif").write_text(self.BERT + "\n" + self.GOOD)
        for width in 60, 80, 200:
            text = self.terminal("predict", str(self.folder / "bert.ldif"), width=width, env={"NO_COLOR": "1"})
            self.assertLessEqual(max(columns(line) for line in text.split("\n")), width)
        text = self.out("predict", str(self.folder / "bert.ldif"))
        self.assertRegex(text, r"(?m)^  dropped +smtp:b b@example.com  \(it holds a space\)$")
        self.assertRegex(text, r"(?s)With an Exchange Online licence\n.*Without an Exchange Online licence\n")
        info = self.out("predict", str(INFO))
        self.assertRegex(info, r"(?m)^Addresses$")
        self.assertNotIn("licence", info)

    def test_unreadable_records_are_named_and_the_rest_is_predicted(self):
        code, out, err = self.run_scanctl("predict", "--json", "-", stdin="dn: nonsense\nobjectClass: user\n\n" + self.BERT)
        self.assertEqual((code, len(json.loads(out)["predictions"])), (TROUBLE, 1))
        self.assertIn("1 record could not be read", err)
        self.assertIn("No such file", self.err("predict", str(self.folder / "none.ldif")))
        self.assertEqual(self.out("predict", "-", stdin=""), "No user, contact or group is in it.\n")

    def test_odd_values_are_predicted_escaped(self):
        odd, = self.predict("-", stdin=self.BERT.replace("smtp:b b@", "smtp:b\N{RIGHT-TO-LEFT OVERRIDE}@") + "proxyAddresses:: eDUwMDr/AA==\n")
        self.assertIn("x500:\\xFF\\x00", odd["licensed"]["others"])

    def test_a_wrong_configuration_stops_check_and_only_warns_the_others(self):
        wrong = self.folder / "wrong.conf"
        wrong.write_text("[tenant]\nInitialDomian=x.onmicrosoft.com\n")
        done = subprocess.run([SCANCTL, "check", "--config", wrong, "-"], input="", capture_output=True, text=True, env=PLAIN)
        self.assertEqual((done.returncode, done.stdout), (TROUBLE, ""))
        self.assertIn("did you mean InitialDomain=?", done.stderr)
        self.assertNotIn("\n\n", done.stderr)

    def test_a_file_that_is_not_there(self):
        self.assertIn("No such file", self.err("check", str(self.folder / "none.ldif")))

    # usage, and trouble

    def test_wrong_usage_says_what_is_right(self):
        table = [([], "Usage:"), (["stauts"], 'Did you mean "status"?'), (["findings", "--jsn"], "Did you mean --json?"), (["-x"], "no option -x"),
                 (["show"], "show needs OBJECT"), (["show", "a", "b"], "one operand"), (["rules", "x"], "no operand"), (["rules", "--rule", "x"], "takes no --rule"),
                 (["findings", "--since", "soon"], "2h or 3d"), (["findings", "--severity=fatal"], "error, warning or notice"), (["findings", "--rule"], "--rule needs a value"),
                 (["show", "anna.berg", "--csv"], "takes no --csv"), (["help", "nothing"], "no verb"), (["rescan", "two words"], "no domain")]
        for arguments, said in table:
            with self.subTest(arguments):
                code, out, err = self.run_scanctl(*arguments)
                self.assertEqual((code, out), (TROUBLE, ""))
                self.assertIn(said, err)

    def test_options_stand_before_and_behind_the_verb(self):
        self.assertEqual(json.loads(self.out("--json", "findings", "--all"))["findings"], json.loads(self.out("findings", "--all", "--json"))["findings"])

    def test_help_and_version(self):
        self.assertRegex(self.out("--version"), r"^scanctl \d+\.\d+\.\d+\n$")
        self.assertEqual(self.out("--help"), self.out("help"))
        self.assertEqual(self.out("findings", "--help"), self.out("help", "findings"))
        for line in self.out("--help").splitlines():
            self.assertLessEqual(len(line), 100)

    def test_no_database_says_where_it_was_looked_for(self):
        err = self.err("findings", "--database", str(self.folder / "none.db"))
        self.assertIn("none.db", err)

    def test_what_is_no_database_of_ours_is_refused_and_untouched(self):
        other = self.folder / "other.db"
        sqlite3.connect(other).execute("CREATE TABLE t(x)").connection.close()
        before = other.read_bytes()
        self.assertIn("other.db", self.err("findings", "--database", str(other)))
        self.assertEqual(other.read_bytes(), before)

    def test_a_daemon_that_does_not_run_is_said_with_a_way_out(self):
        for verb in "reload", "rescan":
            self.assertIn("systemctl start scand", self.err(verb))

    def test_the_daemon_is_asked_in_its_words(self):
        for arguments, words in [(["reload"], "reload"), (["rescan"], "rescan"), (["rescan", "corp.example"], "rescan corp.example"),
                                 (["rescan", "--accept-deletions"], "rescan accept-deletions"), (["rescan", "--reconcile"], "rescan reconcile"),
                                 (["rescan", "corp.example", "--accept-deletions"], "rescan corp.example accept-deletions")]:
            with self.subTest(arguments):
                asked, said = self.ask_daemon("ok\ncorp.example is read anew", *arguments)
                self.assertEqual((asked, said), (words, (FINE, "corp.example is read anew\n", "")))

    def test_what_the_daemon_refuses_is_told(self):
        table = [("ok\n", FINE, ""), ("failed\nscand.conf:3: no such option", TROUBLE, "scand.conf:3: no such option"), ("denied\n", TROUBLE, "Be root"),
                 ("unknown-domain\n", TROUBLE, "scanctl status"), ("invalid\nwhat?", TROUBLE, "what?"), ("word of tomorrow\ntext", TROUBLE, "text"),
                 ("x", TROUBLE, "does not talk like scand"), (None, TROUBLE, "control")]
        for answer, code, words in table:
            with self.subTest(answer):
                _, (got, out, err) = self.ask_daemon(answer, "reload")
                self.assertEqual((got, out), (code, ""))
                self.assertIn(words, err)

    def test_a_full_disk_is_no_success(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([SCANCTL, "--config", self.config, "findings"], stdout=full, stderr=subprocess.PIPE, text=True, env=PLAIN)
        self.assertEqual(done.returncode, TROUBLE)
        self.assertIn("No space left", done.stderr)

    def test_the_pager_gets_everything_and_may_be_quit(self):
        self.assertIn("PAGED", self.terminal("rules", env={"PAGER": "sed 's/^/PAGED /'"}))
        self.assertNotIn("PAGED", self.terminal("rules", "--no-pager", env={"PAGER": "sed 's/^/PAGED /'"}))
        self.assertIn("critical-system-object", self.terminal("rules", env={"PAGER": "head -2"}))

    def test_no_read_transaction_waits_behind_a_pager(self):
        """While a pager shows page one, the daemon can move its write-ahead log into the database and begin it anew."""
        mark = self.folder / "paging"
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(SCANCTL, [SCANCTL, "--config", str(self.config), "findings", "--all"],
                      PLAIN | {"TERM": "xterm", "PAGER": f"read line && touch {mark} && sleep 60"})
        deadline = time.monotonic() + 30
        while not mark.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertTrue(mark.exists())
        writer = sqlite3.connect(self.folder / "scand.db")
        writer.execute("UPDATE domain SET polled_at = polled_at")
        writer.commit()
        busy, _, _ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        writer.close()
        self.assertEqual(busy, 0)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(fd)

    # views

    def test_a_backup_answers_as_the_database_does(self):
        copy = self.folder / "backup.db"
        said = self.out("backup", str(copy))
        self.assertEqual(said, f"{copy}: {copy.stat().st_size} bytes\n")
        self.assertEqual(stat.S_IMODE(copy.stat().st_mode), 0o600)
        self.assertEqual(json.loads(self.out("findings", "--all", "--json", "--database", str(copy)))["findings"], self.findings("--all"))
        code, _, error = self.run_scanctl("backup", str(copy))
        self.assertEqual(code, TROUBLE)
        self.assertIn("Name another file", error)
        self.assertEqual(self.run_scanctl("backup", str(self.folder / "none" / "backup.db"))[0], TROUBLE)

    def test_the_views_say_what_scanctl_says(self):
        database = sqlite3.connect(f"file:{self.folder}/scand.db?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        rows = {row["id"]: row for row in database.execute("SELECT * FROM v_finding")}
        found = self.findings("--all")
        self.assertEqual(set(rows), {f["id"] for f in found})
        for finding in found:
            row = rows[finding["id"]]
            for field in "rule", "class", "severity", "certainty", "domain", "guid", "kind", "attribute", "opened", "detail", "dn":
                self.assertEqual(row[field], finding[field], field)
        shown = json.loads(self.out("show", "--json", str(GONE)))["objects"][0]
        row = database.execute("SELECT * FROM v_object WHERE guid = ?", (str(GONE),)).fetchone()
        self.assertEqual((row["deleted"], row["in_scope"], row["dn"], row["kind"]), (shown["deleted"], 0, shown["dn"], "user"))
        self.assertEqual(database.execute("SELECT objects, last_poll_ok IS NOT NULL FROM v_domain").fetchone()[:], (6, 1))
        self.assertIn("deleted", {row["type"] for row in database.execute("SELECT * FROM v_event")})
        database.close()


def tail(line, at):
    """What stands behind so many columns."""
    used = 0
    for index, c in enumerate(line):
        if used >= at:
            return line[index:]
        used += columns(c)
    return ""


if __name__ == "__main__":
    unittest.main()
