#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What scanctl asks the daemon to forget, and what it refuses before it asks."""

import json
import sqlite3
import unittest

from company import ANNA, BASE, DAY, FOUND, GONE, NOW, TROUBLE, ProgramCase


class Forget(ProgramCase):
    def setUp(self):
        """A domain that left: only the daemon takes one out, so that here its row says so."""
        self.database = sqlite3.connect(self.folder / "scand.db")
        self.addCleanup(self.database.close)
        self.database.execute("INSERT OR IGNORE INTO domain(name, is_configured, is_ready, objects, last_poll_ok) VALUES ('old.example', 0, 1, 1200, ?)",
                              (NOW - DAY,))
        self.database.commit()

    def test_who_is_deleted_is_forgotten_by_guid_however_named(self):
        for name in str(GONE), f"CN=Gone Soon,OU=Staff,{BASE}":
            with self.subTest(name):
                asked, (code, out, err) = self.ask_daemon("ok\n1 object and 3 events forgotten", "forget", name)
                self.assertEqual((asked, code, err), (f"forget {GONE}", 0, ""))
                self.assertIn(f"CN=Gone Soon,OU=Staff,{BASE}", out)
                self.assertTrue(out.endswith("1 object and 3 events forgotten.\n"), out)

    def test_a_dry_run_tells_who_and_how_much_and_asks_nobody(self):
        out = self.out("forget", "--dry-run", str(GONE))
        events = self.database.execute("SELECT count(*) FROM event WHERE guid = ?", (GONE.bytes_le,)).fetchone()[0]
        self.assertGreater(events, 0)
        self.assertRegex(out, rf"(?s)^This would be forgotten:\n.*CN=Gone Soon,.*{GONE}.*Events +{events}\n$")

    def test_who_is_there_is_refused_before_the_daemon_is_asked(self):
        self.assertIn("is not deleted", self.err("forget", str(ANNA)))
        self.assertIn("is not deleted", self.err("forget", "--dry-run", "anna.berg@example.com"))
        self.assertIn("there is no object", self.err("forget", "nobody@example.com", code=FOUND))

    def test_who_is_only_in_the_log_any_more_is_found_there(self):
        copy = self.folder / "log-only.db"
        self.out("backup", str(copy))
        database = sqlite3.connect(copy)
        database.execute("DELETE FROM object WHERE guid = ?", (GONE.bytes_le,))
        database.commit()
        database.close()
        out = self.out("forget", "--dry-run", f"CN=Gone Soon,OU=Staff,{BASE}", "--database", str(copy))
        self.assertIn("no longer remembered", out)
        self.assertIn(str(GONE), out)

    def test_what_the_daemon_refuses_is_told(self):
        _, (code, _, err) = self.ask_daemon("denied\nthis needs root", "forget", str(GONE))
        self.assertEqual(code, TROUBLE)
        self.assertIn("needs root", err)
        self.assertIn("systemctl start scand", self.run_scanctl("forget", str(GONE))[2])

    # domains

    def test_domains_that_left_are_listed_with_those_that_are_followed(self):
        listed = {row["domain"]: row for row in json.loads(self.out("domain", "list", "--json"))["domains"]}
        self.assertEqual({name: (row["state"], row["objects"]) for name, row in listed.items()},
                         {"corp.example": ("followed", 6), "old.example": ("kept", 1200)})
        self.assertRegex(self.out("domain", "list"), r"(?m)^old\.example +kept +1200 ")
        self.assertNotIn("old.example", self.out("status"))

    def test_a_domain_is_forgotten_by_its_name(self):
        asked, said = self.ask_daemon("ok\nforgetting 1200 objects, with all that happened to them", "domain", "forget", "OLD.example")
        self.assertEqual((asked, said), ("forget-domain old.example", (0, "forgetting 1200 objects, with all that happened to them.\n", "")))
        self.assertEqual(self.out("domain", "forget", "--dry-run", "old.example"),
                         "This would be forgotten: 1200 objects of old.example, with all that happened to them.\n")

    def test_a_domain_that_is_not_kept_or_is_followed_is_refused_with_a_way_out(self):
        self.assertIn('Did you mean "old.example"', self.err("domain", "forget", "olf.example"))
        self.assertIn("scanctl domain list", self.err("domain", "forget", "somewhere.else"))
        self.assertIn("scand.conf", self.err("domain", "forget", "--dry-run", "corp.example"))
        self.assertIn("needs one DOMAIN", self.err("domain", "forget"))
        self.assertIn("scanctl help domain", self.err("domain", "remove"))

    def test_one_that_is_on_its_way_out_has_no_name(self):
        self.database.execute("INSERT INTO domain(name, is_configured, is_leaving, objects) VALUES ('leaving:9', 0, 1, 5)")
        self.database.commit()
        try:
            states = [(row["domain"], row["state"]) for row in json.loads(self.out("domain", "list", "--json"))["domains"]]
            self.assertIn((None, "being forgotten"), states)
            self.assertIn("nothing is kept", self.err("domain", "forget", "leaving:9"))
        finally:
            self.database.execute("DELETE FROM domain WHERE is_leaving")
            self.database.commit()


if __name__ == "__main__":
    unittest.main()
