#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The Debian package: built of a clean tree, judged by lintian, and installed, started, upgraded, removed and purged in a minimal Debian
that a real systemd has booted. Needs root, the set "ci" of tests/lab/install, and SCAND_BUILD for what is put into the database.

SCAND_PACKAGES names a folder where packaging/build has put them already. Run by .ci/run.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import nspawn

BUILD = pathlib.Path(os.environ.get("SCAND_BUILD", nspawn.ROOT / "build"))

CONFIG = "[domain corp.example]\nServers=dc1.corp.example\nKeytab=/etc/scand/scand.keytab\n" \
         "[tenant]\nInitialDomain=contoso.onmicrosoft.com\nVerifiedDomain=example.com\n"
LDIF = """dn: CN=Anna,DC=corp,DC=example
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
objectGUID:: AQAAAAAAAAAAAAAAAAAAAQ==
uSNChanged: 101
cn: Anna
sAMAccountName: anna
userAccountControl: 512
userPrincipalName: anna anna@example.com
mail: not an address
"""


class Debian(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="scand-deb-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.package = nspawn.build_package(cls.folder / "packages")
        cls.facts = cls.boot()

    @classmethod
    def boot(cls):
        """Boots a minimal Debian, and gives what it found out."""
        root, out = cls.folder / "root", cls.folder / "root/out"
        nspawn.make_root(root, cls.package)
        shutil.copy(cls.package, out / "scand_1.deb")
        nspawn.repack(cls.package, cls.folder / "newer", out / "scand_2.deb")
        (out / "scand.conf").write_text(CONFIG)
        (cls.folder / "first.ldif").write_text(LDIF)
        subprocess.run([BUILD / "tests/scanctl/make-database", out / "scand.db", out / "scand.conf", str(int(time.time())), "corp.example", "first",
                        cls.folder / "first.ldif"], check=True)
        shutil.copy(nspawn.ROOT / "tests/packages/machine", out / "machine")
        cls.transcript = nspawn.boot(root, "deb")
        facts = dict(line.split("=", 1) for line in (out / "facts").read_text().splitlines())
        if facts.get("end") != "1":
            raise AssertionError(f"the machine did not come to its end:\n{cls.transcript}")
        cls.check = (out / "check").read_text()
        return facts

    def assertFact(self, name, value):
        self.assertEqual(self.facts[name], value, f"{name}; the machine said:\n{self.transcript}")

    def test_lintian_has_nothing_to_say(self):
        done = subprocess.run(["lintian", "--allow-root", "-i", "-I", "--pedantic", "--fail-on", "error,warning,info,pedantic",
                               next(self.package.parent.glob("*.changes"))], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_installed_and_not_configured_it_waits_enabled_without_failing(self):
        self.assertFact("install", "0")
        self.assertFact("enabled", "enabled")
        self.assertFact("unconfigured", "inactive")
        self.assertFact("unconfigured_failed", "0")
        self.assertFact("user", "scand")
        self.assertFact("etc_mode", "755 root")

    def test_the_catalog_is_up_to_date(self):
        texts = (nspawn.ROOT / "packaging/systemd/scand.catalog").read_text().count("\nDefined-By: scand\n")
        self.assertGreater(texts, 10)
        self.assertFact("catalog", str(texts))

    def test_it_starts_and_the_database_is_read(self):
        self.assertFact("started", "active")
        self.assertGreater(int(self.facts["n_findings"]), 0, self.transcript)
        # Its own test is elsewhere; here it must find the daemon's report. Nobody reads the domain, and something is wrong in it.
        self.assertIn((self.facts["check"], self.check[:13]), [("1", "SCAND WARNING"), ("2", "SCAND CRITICA")])

    def test_an_upgrade_restarts_it_and_keeps_the_database(self):
        self.assertFact("upgrade", "0")
        self.assertFact("upgraded", "active")
        self.assertNotEqual(self.facts["pid_upgraded"], self.facts["pid"])
        self.assertFact("database_upgraded", self.facts["database"])
        self.assertFact("findings_upgraded", self.facts["findings"])

    def test_removing_it_stops_it_and_keeps_the_database(self):
        self.assertFact("remove", "0")
        self.assertNotEqual(self.facts["removed"], "active")
        self.assertFact("database_removed", self.facts["database"])
        self.assertFact("again", "active")
        self.assertFact("findings_again", self.facts["findings"])

    def test_a_purge_leaves_what_the_administrator_wrote_and_nothing_else(self):
        self.assertFact("purge", "0")
        self.assertFact("left", "/etc/scand /etc/scand/scand.conf ")
        self.assertFact("failed", "0")


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("tests/packages/debian.py: needs root: it boots a machine")
    missing = [program for program in ("dh", "lintian", "mmdebstrap", "systemd-nspawn") if not shutil.which(program)]
    if missing and os.environ.get("CI") != "true":
        print(f"SKIP: {', '.join(missing)} not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
