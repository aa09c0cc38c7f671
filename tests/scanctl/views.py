#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The views for other programs, and a backup, say what scanctl says."""

import json
import sqlite3
import stat
import unittest

from company import GONE, ProgramCase, TROUBLE, shown


class Views(ProgramCase):
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


if __name__ == "__main__":
    unittest.main()
