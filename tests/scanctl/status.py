#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl status: with a daemon, with a dead one, with the database or the report alone."""

import collections
import csv
import datetime
import io
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest

from company import ANNA, BASE, BERT, CONTACT, FINE, GONE, MAKE_DATABASE, NOW, ProgramCase, record, user


class Status(ProgramCase):
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

    def test_status_tells_what_is_new_since_yesterday(self):
        news = json.loads(self.out("status", "--json"))["news"]
        self.assertEqual((news["error"], news["notice"], news["deleted"]), (0, 1, 1)) # the first read was the day before
        self.assertIn("new since yesterday: 1 notice, 1 object deleted\n", self.out("status"))

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
        begin = time.time()
        self.write_health()
        status = json.loads(self.out("status", "--json"))
        self.assertEqual((status["state"], status["version"]), ("running", "0.1.0"))
        self.assertEqual(status["domains"][0]["dc"], "dc2.corp.example")
        self.assertLess(status["domains"][0]["age_seconds"], 60)
        self.assertEqual(status["findings"]["error"], len(self.findings("--severity=error")), "the database knows better")
        text = self.out("status")
        self.assertRegex(text, r"^● scand 0.1.0 is running, for 2 h\n")
        row = re.search(r"(?m)^corp.example +following +dc2.corp.example +(\d+) s ago +6$", text)
        self.assertIn(int(row[1]), range(5, int(time.time() - begin) + 7), "five seconds, and what the machine took since")
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


if __name__ == "__main__":
    unittest.main()
