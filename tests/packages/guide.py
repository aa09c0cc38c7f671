#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The walk through doc/guide.md: its commands and configurations are taken out of the page and run, in its order, in a fresh Debian that a
real systemd has booted, against the lab's domain. No block of the page may be left out: one that is new must be given its place below.

Needs root, the sets "lab" and "ci" of tests/lab/install, and SCAND_BUILD, which the lab asks for. SCAND_PACKAGES names a folder where
packaging/build has put the package already. Run by .ci/run.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import nspawn

sys.path.insert(0, str(nspawn.ROOT / "tests/integration"))
sys.path.insert(0, str(nspawn.ROOT / "tests/inventory"))

COMMANDS, CONFIGURATION, WINDOWS, SHOWN = "commands", "configuration", "windows", "shown"

# Who walks puts other names in place of these, as the page asks for, or cannot do there what it says: on the left the words of the
# page, which must be found, and on the right what is done.
INSTEAD = {
    # Built outside by the same program: to fetch a compiler into the machine takes longer than all the rest.
    "tests/lab/install build && apt-get install --no-install-recommends debhelper\n": "",
    "DEB_BUILD_OPTIONS=nocheck packaging/build deb /tmp/packages\n": "",
    # It asks; here nobody is there to answer.
    "apt-get install ": "apt-get install --yes --quiet ",
    "apt-get purge ": "apt-get purge --yes --quiet ",
    "kinit administrator\n": "kinit administrator < /root/admin.password\n",
    "kinit anna-admin && ": "kinit administrator < /root/admin.password && ",
    "systemd-ask-password | ": "cat /root/svc.password | ",
    # The account of that name is there already, with the keytab that ktpass would have made.
    "--account-name svc-scand": "--account-name svc-msktutil",
    # It goes on for ever.
    "journalctl -u scand -f\n": "journalctl -u scand -n 5\n",
    "OU=Old,DC=corp,DC=example": "OU=Contoso,DC=corp,DC=example",
    # What it was about is repaired by then.
    "--rule upn-unverified-domain": "--rule smtp-address-not-unique",
    "anna.berg@contoso.com": "clara.clash@contoso.com",
    "'THE ERROR BEFORE YOU'": "AttributeValueMustBeUnique",
}

SCAND_CONF, UNIT = "/etc/scand/scand.conf", "/etc/systemd/system/scand.service.d/override.conf"
FOLLOWING = "for try in $(seq 1200); do scanctl {} status --json | grep -Eq '\"state\": ?\"following\"' && break; [ $try = 1200 ] && false; sleep 0.1; done\n"
CHECK = "runuser -u scand -- scand --check\n"
ARRIVED = "for try in $(seq 1200); do journalctl -q --directory=/var/log/journal/remote SCAND_EVENT=closed 2> /dev/null | grep -q . && break; sleep 0.1; done\n"
RESTORE = f"cp /root/first.conf {SCAND_CONF}; rm -f {UNIT}; systemctl daemon-reload\ninstall -o scand -g scand -m 400 /root/scand.keytab /etc/scand/scand.keytab; systemctl restart scand\n"
KEEP_TENANT = "sed -n '/^.tenant/,$p' /root/first.conf >> " + SCAND_CONF + "\n"

# The walk, block by block under each heading: None is done as it stands; a function makes of it what is run; a text is what
# is run behind it, because the page says so in prose, or to see that it worked.


def write(path, then="", mode=">"):
    return lambda text: f"mkdir -p $(dirname {path}); cat {mode} {path} << 'END-OF-BLOCK'\n{text}END-OF-BLOCK\n{then}"


def look(text):
    """Only whether it is right."""
    return write("/root/look.conf", f"{KEEP_TENANT.replace(SCAND_CONF, '/root/look.conf')}scand --config /root/look.conf --check-config\n")(text)


def nothing(text):
    return ""


# One object that the connector could not export, and that nobody knows here.
ERRORS = """<?xml version="1.0" encoding="UTF-8"?>
<cs-objects>
<cs-object cs-dn="CN={6B4E}" id="{68C3525F-1235-41EE-BD97-431BE85A0ACA}" object-type="user">
<unapplied-export><delta operation="add" dn="CN={6B4E}"><attr name="userPrincipalName"><value>nobody@contoso.com</value></attr></delta></unapplied-export>
<export-errordetail><export-status error-type="AttributeValueMustBeUnique"><cd-error><error-literal>
Unable to update this object because the following attributes associated with this object have values that may already be associated with another
object in your local directory services: [ProxyAddresses SMTP:nobody@contoso.com;]. Correct or remove the duplicate values in your local directory.
</error-literal></cd-error></export-status></export-errordetail>
</cs-object>
</cs-objects>
"""

WALK = {
    "Ten minutes": [
        "test \"$(systemctl is-enabled scand)\" = enabled\nsystemctl start scand; test \"$(systemctl is-active scand)\" = inactive\n",
        None,
        write(SCAND_CONF, f"cp {SCAND_CONF} /root/first.conf\n"),
        lambda text: look("[domain corp.example]\nKeytab=/etc/scand/scand.keytab\n" + text),
        None,
        FOLLOWING.format("") + "scanctl status\n",
        lambda text: f"useradd -m anna\n! runuser -u anna -- scanctl findings\n{text}runuser -u anna -- scanctl findings\n"],
    "As a credential of systemd": [
        write(UNIT, "systemctl daemon-reload\n"),
        f"sed -i 's,^Keytab=.*,Keytab=credential:keytab,' {SCAND_CONF}\n",
        FOLLOWING.format("") ],
    "With msktutil": [
        lambda text: RESTORE + "printf 'dn: OU=Service Accounts,DC=corp,DC=example\\nobjectClass: organizationalUnit\\n' > /root/ou.ldif\n"
        "LDAPTLS_CACERT=/root/ca.pem ldapadd -H ldaps://dc1.corp.example -D administrator@corp.example -y /root/admin.secret -f /root/ou.ldif\n" +
        "rm /etc/scand/scand.keytab\n" + text + CHECK],
    "A computer account, which changes its own password": [
        lambda text: f"rm /etc/scand/scand.keytab\n{text}sed -i '/^Keytab=/aPrincipal=SCAND-LINUX$@CORP.EXAMPLE' {SCAND_CONF}\n{CHECK}",
        CHECK],
    "gMSA": [look],
    "A password instead": [
        nothing, # when its files are there
        None,
        None],
    "Several domains, forests, tenants": [
        look,
        None,
        lambda text: "head -2 /root/first.conf > /etc/scand/fabrikam.conf; sed -n '/^.tenant/,$p' /root/first.conf >> /etc/scand/fabrikam.conf\n" +
        write("/etc/scand/fabrikam.conf", mode=">>")(text),
        FOLLOWING.format("--config /etc/scand/fabrikam.conf")],
    "The first morning": [
        None, None, None,
        write(SCAND_CONF, "scand --check-config\nsystemctl reload scand\n", ">>"),
        None],
    "Monitoring": [
        lambda text: "mkdir -p /var/lib/prometheus/node-exporter\n" + text + "grep -q ^scand_ /var/lib/prometheus/node-exporter/scand.prom\n",
        None,
        write("/etc/systemd/journal-remote.conf"),
        write("/etc/systemd/journal-upload.conf"),
        # Both sides are this machine, so that the key is for both.
        lambda text: "chown systemd-journal-remote:systemd-journal /etc/ssl/private/journal.key; chmod 440 /etc/ssl/private/journal.key\n" + text,
        lambda text: ARRIVED + text + "journalctl --directory=/var/log/journal/remote SCAND_EVENT=closed -o json\n"],
    "Reports": [None],
    "The cloud's side": [
        None,
        lambda text: "cd /root/export\n" + text,
        lambda text: "cd /root/export\n" + text + "for try in $(seq 1200); do ls /var/lib/scand/cloud/*.json > /dev/null 2>&1 || break; [ $try = 1200 ] && false; sleep 0.1; done\n",
        lambda text: "cd /root/export\n" + text,
        lambda text: "cd /root/export\n" + write("errors.xml")(ERRORS) + text],
    "Backup, upgrade, leaving": [
        None,
        FOLLOWING.format(""),
        lambda text: "cp /out/newer/*.deb /tmp/packages/; rm /tmp/packages/scand_0*-1_*.deb\n" + text + FOLLOWING.format(""),
        None],
}

# What says by its exit status that it has found something.
MAY_FIND = ("scanctl check ",)

RUNNER = """#!/bin/bash
exec > /out/transcript 2>&1
export DEBIAN_FRONTEND=noninteractive COLUMNS=110 HOME=/root LC_ALL=C.UTF-8
cd /root
rm -f /usr/sbin/policy-rc.d
mkdir -p /tmp/packages && cp /out/packages/*.deb /tmp/packages/
for step in /out/steps/*; do
        printf '\\n===== %s\\n' "$(basename "$step")"
        timeout 900 bash "$step" < /dev/null
        printf '%s\\n' "$?" > "/out/results/$(basename "$step")"
done
"""

# Each command of a block must go well, but for those that tell what they found.
STEP = """failed=0
note() { local status=$?; case $BASH_COMMAND in %s) [ $status = 1 ] && return ;; esac; echo "FAILED with $status: $BASH_COMMAND"; failed=1; }
trap note ERR
%s
exit $failed
"""


def blocks():
    """(heading, kind, text) of each fenced block of the page."""
    page, heading, found = (nspawn.ROOT / "doc/guide.md").read_text(), None, []
    for line in re.finditer(r"^#+ (?P<heading>[^\n]+)$|^```\n(?P<block>.*?)^```$", page, re.M | re.S):
        if line["heading"]:
            heading = line["heading"]
            continue
        text = line["block"]
        first = text.splitlines()[0]
        kind = (WINDOWS if first.startswith("PS>") else SHOWN if first.startswith(("corp.example", "●", "# /usr/lib/nagios")) else
                CONFIGURATION if re.match(r"\[|[A-Z]\w+=", first) else COMMANDS)
        found.append((heading, kind, text))
    return found


def steps():
    """(name, script) of what is to be run."""
    made, used = [], {heading: iter(entries) for heading, entries in WALK.items()}
    replaced = set()
    for heading, kind, text in blocks():
        if kind in (WINDOWS, SHOWN):
            continue
        how = next(used[heading])
        if kind == COMMANDS:
            for words, instead in INSTEAD.items():
                if words in text:
                    replaced.add(words)
                    text = text.replace(words, instead)
        script = how(text) if callable(how) else text + (how or "")
        if heading == "A password instead" and kind == CONFIGURATION:
            password = text
        made.append((f"{len(made):02} {heading} ({kind})", script))
    left = [heading for heading, entries in used.items() if next(entries, "none") != "none"]
    # A password, when its files are there; and the alternative that the page names. Then the first way again.
    at = max(index for index, (name, _) in enumerate(made) if "A password instead" in name) + 1
    with_password = "".join([write(SCAND_CONF)(password.replace("dc1.corp.example dc2.corp.example", "dc1.corp.example")), KEEP_TENANT, CHECK,
                             f"sed -i 's,^TLS=.*,TLS=starttls,' {SCAND_CONF}\n", CHECK, "scanctl reload\n", FOLLOWING.format(""), RESTORE])
    made.insert(at, (made[at - 1][0] + " tried", with_password))
    return made, left, set(INSTEAD) - replaced


class Guide(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.steps, cls.left, cls.unused = steps()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="scand-guide-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        from lab import CORP
        CORP.start()
        root = cls.folder / "root"
        package = nspawn.build_package(cls.folder / "packages")
        nspawn.make_root(root, package, "libsasl2-modules-gssapi-mit", "sqlite3", "msktutil", "krb5-user", "ldap-utils", "openssl",
                         "systemd-journal-remote")
        cls.prepare(root, package, CORP)
        cls.transcript = nspawn.boot(root, "guide")
        cls.results = {path.name: path.read_text().strip() for path in (root / "out/results").iterdir()}

    @classmethod
    def prepare(cls, root, package, domain):
        """What stands around who walks: DNS, the files that come from elsewhere, and passwords in his head."""
        out, home = root / "out", root / "root"
        for name in "steps", "results", "packages", "newer":
            (out / name).mkdir()
        shutil.copy(package, out / "packages")
        nspawn.repack(package, cls.folder / "newer", out / "newer/scand_newer.deb")
        for number, (name, script) in enumerate(cls.steps):
            pattern = "|".join(f"{command.replace(' ', chr(92) + ' ')}*" for command in MAY_FIND)
            (out / "steps" / f"{number:02}").write_text(STEP % (pattern, script))
        (out / "machine").write_text(RUNNER)
        (out / "machine").chmod(0o755)

        (root / "etc/hostname").write_text("scand-linux\n")
        (root / "etc/hosts").write_text("127.0.0.1 localhost journal.corp.example\n")
        (root / "etc/resolv.conf").unlink(missing_ok=True)
        shutil.copy(domain.file("resolv.conf"), root / "etc/resolv.conf")
        shutil.copy(domain.file("svc-scand.keytab"), home / "scand.keytab")
        shutil.copy(domain.file("ca.pem"), home / "ca.pem")
        subprocess.run(["openssl", "x509", "-in", domain.file("ca.pem"), "-outform", "der", "-out", home / "ca.cer"], check=True)
        (home / "svc.password").write_text(domain.read("svc-scand.password") + "\n")
        (home / "admin.password").write_text(domain.read("admin.password") + "\n")
        (home / "admin.secret").write_text(domain.read("admin.password"))
        cls.make_certificate(root / "etc/ssl")

        import tenant
        made = tenant.Tenant(50)
        (home / "export").mkdir()
        (home / "export/users.json").write_text("\n".join(json.dumps(page) for page in tenant.pages(made.users, 20)) + "\n")
        (home / "export/new-users.ldif").write_text(
            "dn: CN=New,OU=People,DC=corp,DC=example\nobjectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\n"
            "cn: New\ndisplayName: New\nsAMAccountName: new\nuserPrincipalName: user1@contoso.com\n")

    @classmethod
    def make_certificate(cls, folder):
        """Of the company's authority, for who sends and who receives journals."""
        (folder / "private").mkdir(exist_ok=True)
        subject = ["-subj", "/CN=journal.corp.example", "-addext", "subjectAltName=DNS:journal.corp.example"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, "-keyout", folder / "private/journal.key",
                        "-out", folder / "certs/journal.pem"], check=True, capture_output=True)
        shutil.copy(folder / "certs/journal.pem", folder / "certs/corp-ca.pem")
        (folder / "private").chmod(0o755)

    def test_every_block_has_its_place_and_every_substitute_is_needed(self):
        self.assertEqual((self.left, self.unused), ([], set()))

    def test_the_walk_works_as_written(self):
        self.assertGreater(len(self.steps), 30)
        for number, (name, script) in enumerate(self.steps):
            with self.subTest(name):
                said = re.search(rf"^===== {number:02}\n(.*?)(?=^===== |\Z)", self.transcript, re.M | re.S)
                self.assertEqual(self.results.get(f"{number:02}"), "0", f"\n{script}\n{said[1] if said else self.transcript}")

    def said(self, words):
        """What the step said whose script has these words."""
        number = next(number for number, (_, script) in enumerate(self.steps) if words in script)
        return re.search(rf"^===== {number:02}\n(.*?)(?=^===== |\Z)", self.transcript, re.M | re.S)[1]

    def test_the_check_says_what_the_page_shows(self):
        """Line by line: which checks there are, and whether they are well. Figures and names are the lab's of that day."""
        shown = next(text for _, kind, text in blocks() if kind == SHOWN and text.startswith("corp.example"))
        lines = [line.split("  ")[1:3] for line in shown.splitlines() if re.match(r"  [✓!✗] ", line)]
        self.assertGreater(len(lines), 10)
        said = [line.split("  ")[1:3] for line in self.said(CHECK).splitlines() if re.match(r"  [✓!✗] ", line)]
        # The lab's account may list deleted objects; whether there are any, and another server to be behind, differs.
        apart = ("fail-over", "deleted objects")
        self.assertEqual([line[0] for line in said if line[0][2:] not in apart], [line[0] for line in lines if line[0][2:] not in apart])

    def test_the_status_says_what_the_page_shows(self):
        shown = next(text for _, kind, text in blocks() if kind == SHOWN and text.startswith("●"))
        said = self.said("systemctl enable --now scand\n")
        for line in shown.splitlines()[:1] + shown.splitlines()[-1:]:
            self.assertIn(re.sub(r", for \d+ s$", ", for ", line), said)
        self.assertRegex(said, r"(?m)^of [\d,]+ in scope, [\d,]+ arrive unchanged, [\d,]+ altered, [\d,]+ left out, [\d,]+ fail$")

    def test_findings_of_the_fleet_arrive_where_they_are_collected(self):
        said = self.said("journalctl --directory=/var/log/journal/remote")
        self.assertRegex(said, r"scand\[\d+\]: .*smtp-address-not-unique")
        entries = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        self.assertGreater(len(entries), 0)
        for entry in entries:
            self.assertEqual((entry["SCAND_EVENT"], entry["SCAND_DOMAIN"], entry["_HOSTNAME"]), ("closed", "corp.example", "scand-linux"))
            self.assertRegex(entry["SCAND_RULE"], r"^[a-z0-9-]+$")
            self.assertRegex(entry["SCAND_GUID"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("tests/packages/guide.py: needs root: it boots a machine")
    missing = [program for program in ("dh", "mmdebstrap", "systemd-nspawn", "samba") if not shutil.which(program)]
    if missing and os.environ.get("CI") != "true":
        print(f"SKIP: {', '.join(missing)} not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
