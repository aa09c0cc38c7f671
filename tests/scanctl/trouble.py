#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl used wrongly, without a database, without a daemon, on a full disk, behind a pager."""

import json
import os
import pty
import sqlite3
import subprocess
import time
import unittest

from company import FINE, PATIENCE, PLAIN, ProgramCase, SCANCTL, TROUBLE


class Trouble(ProgramCase):
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
        deadline = time.monotonic() + PATIENCE
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


if __name__ == "__main__":
    unittest.main()
