#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl history: what happened to an object, with old and new values."""

import datetime
import json
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

from company import BASE, BERT, DAY, FINE, FOUND, MAKE_DATABASE, NOW, ProgramCase, TROUBLE, record, user


class History(ProgramCase):
    def test_history_says_where_it_cannot_ask_and_tells_the_rest(self):
        code, out, err = self.run_scanctl("history", "anna.berg", "--origin", "--json")
        self.assertEqual((code, json.loads(out)["objects"][0]["origin"]), (TROUBLE, None))
        self.assertIn("scand is not running", err)
        self.assertIsNone(json.loads(self.out("history", "anna.berg", "--json"))["objects"][0]["origin"])

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


if __name__ == "__main__":
    unittest.main()
