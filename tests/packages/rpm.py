#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""packaging/rpm/scand.spec: built by rpmbuild, with the macros that RHEL 9 has and Debian has not in macros.rhel. It tests the spec and
what comes out of it, not a RHEL. Run by .ci/run.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Rpm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="scand-rpm-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        with open(cls.folder / "build.log", "w") as log:
            done = subprocess.run([ROOT / "packaging/build", "rpm", cls.folder / "packages"], stdout=log, stderr=subprocess.STDOUT,
                                  env=os.environ | {"RPM_MACROS": str(ROOT / "tests/packages/macros.rhel"), "RPM_OPTIONS": "--without check"})
        cls.log = (cls.folder / "build.log").read_text()
        if done.returncode != 0:
            raise AssertionError(cls.log[-4000:])
        packages = cls.folder / "packages"
        cls.main = next(path for path in packages.glob("scand-0*.rpm") if ".src." not in path.name)
        cls.plugin = next(packages.glob("nagios-plugins-scand-*.rpm"))
        cls.source = next(packages.glob("*.src.rpm"))

    def ask(self, package, *options):
        return subprocess.run(["rpm", "-qp", *options, package], check=True, capture_output=True, text=True).stdout

    def test_everything_that_is_installed_is_in_one_of_them(self):
        files = self.ask(self.main, "-l").split() + self.ask(self.plugin, "-l").split()
        for name in ("/usr/bin/scand", "/usr/bin/scanctl", "/usr/lib64/nagios/plugins/check_scand", "/usr/lib/systemd/system/scand.service",
                     "/usr/lib/sysusers.d/scand.conf", "/usr/lib/systemd/catalog/scand.catalog", "/etc/scand",
                     "/usr/share/bash-completion/completions/scanctl", "/usr/share/zsh/site-functions/_scanctl",
                     "/usr/share/doc/scand/monitoring/grafana.json", "/usr/share/doc/scand/examples/scand.conf"):
            self.assertIn(name, files)
        pages = {re.sub(r"\.gz$", "", path.rsplit("/", 1)[1]) for path in files if "/man/man" in path}
        self.assertEqual(pages, {"scand.8", "scanctl.1", "scand.conf.5", "scand-rules.7", "check_scand.8"})
        # What the spec names twice or not at all, rpmbuild says.
        self.assertNotRegex(self.log, r"(?m)^(warning: File listed twice|error: Installed \(but unpackaged\))")

    def test_scripts_make_the_account_and_tell_systemd(self):
        scripts = self.ask(self.main, "--scripts")
        for part in ("useradd -r", "preset scand.service", "disable --now scand.service", "try-restart scand.service"):
            self.assertIn(part, scripts)
        # A macro that nobody knows stays as it is written.
        self.assertNotRegex(scripts + self.ask(self.main, "-l") + self.ask(self.main, "-R"), r"%[{\w]")

    def test_it_asks_for_what_it_needs(self):
        self.assertIn("cyrus-sasl-gssapi", self.ask(self.main, "-R").split("\n"))
        wanted = set(re.findall(r"^(\S+)", self.ask(self.source, "-R"), re.M))
        for name in ("gcc", "meson", "scdoc", "sqlite-devel", "openldap-devel", "krb5-devel", "libini_config-devel", "json-c-devel", "expat-devel",
                     "libpsl-devel", "libunistring-devel", "cyrus-sasl-devel", "systemd-devel"):
            self.assertIn(name, wanted)

    def test_nothing_is_left_of_where_it_was_built(self):
        unpacked = self.folder / "unpacked"
        unpacked.mkdir()
        with subprocess.Popen(["rpm2cpio", self.main], stdout=subprocess.PIPE) as archive:
            subprocess.run(["cpio", "-idm", "--quiet"], cwd=unpacked, stdin=archive.stdout, check=True)
        work = re.search(r"/[\w./-]+/BUILD/scand-", self.log)[0]
        for path in unpacked.rglob("*"):
            if path.is_file():
                self.assertNotIn(work.encode(), path.read_bytes(), path)


if __name__ == "__main__":
    missing = [program for program in ("rpmbuild", "rpm2cpio", "cpio") if not shutil.which(program)]
    if missing and os.environ.get("CI") != "true":
        print(f"SKIP: {', '.join(missing)} not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
