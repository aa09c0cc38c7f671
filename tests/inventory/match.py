#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every way in which an object here may meet one of the cloud, against everything that it may meet there: `scanctl check --cloud`.

The expectations are Microsoft's documents, a line for each; nothing here knows how scand comes to its verdicts.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import uuid

SCANCTL = sys.argv.pop(1)
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="scand-match-"))
SID = "AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAA"  # S-1-5-21-1-2-3-… without its last number

CONFIG = """[tenant]
InitialDomain=contoso.onmicrosoft.com
VerifiedDomain=contoso.com
SourceAnchor=mS-DS-ConsistencyGuid
"""


def sid(number, text):
    if text:
        return f"S-1-5-21-1-2-3-{number}"
    return base64.b64encode(base64.b64decode(SID) + number.to_bytes(4, "little")).decode()


def anchor(number):
    return base64.b64encode(uuid.UUID(int=number).bytes).decode()


class Directory:
    """Objects of the directory as LDIF."""

    def __init__(self):
        self.records = []
        self.n = 0

    def add(self, kind, name, upn=None, proxies=(), mail=None, own_anchor=None, number=None, extra=()):
        self.n += 1
        number = number or 1000 + self.n
        lines = [f"dn: CN={name},OU=People,DC=corp,DC=example", f"objectClass: {kind}", f"cn: {name}",
                 f"objectGUID:: {base64.b64encode(uuid.UUID(int=number).bytes_le).decode()}",
                 "whenCreated: 20250101000000.0Z", "uSNChanged: 5"]
        if kind != "contact":
            lines += [f"sAMAccountName: {name}", f"objectSid:: {sid(number, False)}"]
        if kind == "user":
            lines += ["userAccountControl: 512", f"userPrincipalName: {upn or name + '@contoso.com'}", f"mS-DS-ConsistencyGuid:: {own_anchor or anchor(number)}"]
        if kind == "group":
            lines += ["groupType: -2147483640", f"displayName: {name}"]
        lines += [f"proxyAddresses: {proxy}" for proxy in proxies] + ([f"mail: {mail}"] if mail else []) + list(extra)
        self.records.append("\n".join(lines) + "\n")
        return number


class Cloud:
    """Objects of the tenant as Graph shows them."""

    def __init__(self):
        self.parts = {"users": [], "groups": [], "contacts": [], "deleted-users": [], "roles": [], "synchronization": []}
        self.n = 0

    def guid(self):
        self.n += 1
        return str(uuid.UUID(int=0x7000 + self.n))

    def user(self, upn, proxies=(), mail=None, own_anchor=None, synced=None, guest=False, deleted=False, admin=False):
        guid = self.guid()
        entry = {"id": guid, "displayName": "Cloud " + upn, "userPrincipalName": upn, "mail": mail, "proxyAddresses": list(proxies),
                 "userType": "Guest" if guest else "Member", "onPremisesImmutableId": own_anchor, "onPremisesSyncEnabled": synced,
                 "onPremisesSecurityIdentifier": None}
        if deleted:
            entry |= {"deletedDateTime": "2026-11-20T00:00:00Z", "userPrincipalName": guid.replace("-", "") + upn}
        self.parts["deleted-users" if deleted else "users"].append(entry)
        if admin:
            self.parts["roles"].append({"id": "r", "principalId": guid, "roleDefinitionId": "x"})
        return guid

    def group(self, proxies, synced=None, own_sid=None):
        guid = self.guid()
        self.parts["groups"].append({"id": guid, "displayName": "Team", "mail": None, "mailEnabled": True, "securityEnabled": False, "groupTypes": ["Unified"],
                                     "proxyAddresses": list(proxies), "onPremisesSyncEnabled": synced, "onPremisesSecurityIdentifier": own_sid})
        return guid

    def contact(self, mail, proxies, synced=None):
        guid = self.guid()
        self.parts["contacts"].append({"id": guid, "displayName": "Partner", "mail": mail, "proxyAddresses": list(proxies), "onPremisesSyncEnabled": synced})
        return guid

    def features(self, **settings):
        self.parts["synchronization"] = [{"id": "x", "features": settings}]


def judge(directory, cloud, config=CONFIG):
    """{cn: [finding]} of the rules about the cloud, and all findings."""
    (FOLDER / "scand.conf").write_text(config)
    (FOLDER / "objects.ldif").write_text("\n".join(directory.records))
    command = [SCANCTL, f"--config={FOLDER / 'scand.conf'}", "check", "--all", "--json"]
    for part, objects in cloud.parts.items():
        if objects:
            path = FOLDER / f"{part}.json"
            path.write_text(json.dumps({"value": objects}))
            command.append(f"--cloud={path}")
    done = subprocess.run([*command, str(FOLDER / "objects.ldif")], capture_output=True, text=True, env=os.environ | {"LC_ALL": "C.UTF-8"})
    assert done.returncode in (0, 1), done
    found, everything = {}, json.loads(done.stdout)["findings"]
    for finding in everything:
        if finding["rule"].startswith("cloud-"):
            found.setdefault(finding["dn"].split(",")[0][3:], []).append(finding)
    return found, everything


def brief(findings):
    return sorted((f["rule"].removeprefix("cloud-"), f["class"], f["severity"], f["certainty"]) for f in findings)


IN_USE, IN_USE_FAILS = ("value-in-use", "altered", "error", "certain"), ("value-in-use", "fails", "error", "certain")
CONFLICT = ("soft-match-conflict", "fails", "error", "certain")
TYPE = ("type-mismatch", "fails", "error", "certain")
ADMIN = ("admin-conflict", "fails", "error", "certain")
MATCH, MATCH_BY_UPN = ("soft-match", "directory", "notice", "certain"), ("soft-match", "directory", "notice", "probable")
HARD = ("hard-match-blocked", "fails", "error", "probable")
ADMIN_BY_UPN = ADMIN

# A new user here meets, by PATH, TARGET in the cloud: what is said.
#           hard        primary     secondary   upn            none
MATRIX = {
    "synced-same": [[], [], [], [], []],
    "synced-other": [None, [CONFLICT], [CONFLICT], [CONFLICT], []],
    "cloud-only": [[], [MATCH], [IN_USE], [MATCH_BY_UPN], []],
    "former-other": [None, [CONFLICT], [CONFLICT], [CONFLICT], []],
    "guest": [None, [IN_USE], [IN_USE], [IN_USE], []],
    "deleted": [[], [IN_USE], [IN_USE], [IN_USE], []],
    "deleted-same": [[], [], [], [], []],
    "group": [None, [TYPE], [TYPE], [("value-in-use", "fails", "error", "probable")], []],
    "contact": [None, [TYPE], [TYPE], [("value-in-use", "altered", "error", "probable")], []],
    "admin": [[HARD], [ADMIN], [IN_USE], [ADMIN], []],
}
PATHS = ["hard", "primary", "secondary", "upn", "none"]


class Match(unittest.TestCase):
    def test_every_path_against_every_target(self):
        directory, cloud, expected = Directory(), Cloud(), {}
        for target, row in MATRIX.items():
            for path, verdicts in zip(PATHS, row):
                if verdicts is None:
                    continue
                name = f"{target}-{path}"
                expected[name] = verdicts
                value = f"{name}@contoso.com"
                own = f"own-{name}@contoso.com"
                number = directory.add("user", name, upn=value if path == "upn" else own,
                                       proxies=[f"SMTP:{value if path == 'primary' else own}"] + ([f"smtp:{value}"] if path == "secondary" else []))
                theirs = "else-" + value if path in ("hard", "none") else value
                proxies = [] if path == "upn" and target not in ("group", "contact") else [f"SMTP:{theirs}"] if path != "secondary" else [f"smtp:{theirs}"]
                login = theirs if path == "upn" else f"login-{name}@contoso.com"
                same = anchor(number)
                if target == "synced-same":
                    cloud.user(login, proxies, own_anchor=same, synced=True)
                elif target == "synced-other":
                    cloud.user(login, proxies, own_anchor=anchor(5000 + number), synced=True)
                elif target == "former-other":
                    cloud.user(login, proxies, own_anchor=anchor(5000 + number), synced=False)
                elif target == "group":
                    cloud.group(proxies)
                elif target == "contact":
                    cloud.contact(theirs, proxies)
                else:
                    cloud.user(login, proxies, own_anchor=same if target == "deleted-same" or (path == "hard" and target != "deleted") else None,
                               guest=target == "guest", deleted=target.startswith("deleted"), admin=target == "admin")

        found, _ = judge(directory, cloud)
        for name, verdicts in expected.items():
            with self.subTest(name):
                self.assertEqual(brief(found.get(name, [])), verdicts, found.get(name))
        self.assertEqual(set(found) - set(expected), set())

        rules = json.loads(subprocess.run([SCANCTL, "rules", "--json"], capture_output=True, text=True, check=True).stdout)["rules"]
        about_cloud = {rule["rule"].removeprefix("cloud-") for rule in rules if rule["rule"].startswith("cloud-")} - {"sync-found"}
        self.assertEqual({verdict[0] for row in MATRIX.values() for said in row for verdict in said or []}, about_cloud)

    def test_both_sides_are_shown(self):
        directory, cloud = Directory(), Cloud()
        directory.add("user", "anna", proxies=["SMTP:Anna.A@contoso.com"])
        guid = cloud.user("guest#ext#@contoso.onmicrosoft.com", ["SMTP:anna.a@contoso.com"], guest=True)
        finding, = judge(directory, cloud)[0]["anna"]
        other, = finding["others"]
        self.assertEqual((finding["attribute"], finding["value"], finding["others_total"]), ("proxyAddresses", "Anna.A@contoso.com", 1))
        self.assertEqual((other["where"], other["guid"], other["kind"], other["attribute"], other["value"], other["user_principal_name"], other["state"],
                          other["dn"], other["domain"]),
                         ("cloud", guid, "user", "proxyAddresses", "anna.a@contoso.com", "guest#ext#@contoso.onmicrosoft.com", "guest", None, None))
        self.assertRegex(other["as_of"], r"^20\d\d-")

    def test_what_is_synced_already_matches_nobody(self):
        """Its values are in the way of others, and those of others in its way."""
        directory, cloud = Directory(), Cloud()
        number = directory.add("user", "bert", proxies=["SMTP:bert@contoso.com"])
        cloud.user("bert@contoso.com", ["SMTP:old@contoso.com"], own_anchor=anchor(number), synced=True)
        cloud.user("someone@contoso.com", ["SMTP:bert@contoso.com"])
        self.assertEqual(brief(judge(directory, cloud)[0]["bert"]), [IN_USE])

    def test_what_moves_between_synced_objects_is_no_conflict(self):
        """The inventory is older than the change: the directory's values stand for what is synced."""
        directory, cloud = Directory(), Cloud()
        first = directory.add("user", "carl", proxies=["SMTP:carl@contoso.com"])
        second = directory.add("user", "cora", proxies=["SMTP:cora@contoso.com", "smtp:shared@contoso.com"])
        group = directory.add("group", "Crew", proxies=["SMTP:crew@contoso.com"], mail="crew@contoso.com")
        directory.add("user", "cleo", proxies=["SMTP:cleo@contoso.com", "smtp:formerly-crew@contoso.com"])
        cloud.user("carl@contoso.com", ["SMTP:carl@contoso.com", "smtp:shared@contoso.com"], own_anchor=anchor(first), synced=True)
        cloud.user("cora@contoso.com", ["SMTP:cora@contoso.com"], own_anchor=anchor(second), synced=True)
        cloud.group(["SMTP:formerly-crew@contoso.com"], synced=True, own_sid=sid(group, True))
        self.assertEqual(judge(directory, cloud)[0], {})

    def test_what_left_the_scope_is_in_the_way(self):
        directory, cloud = Directory(), Cloud()
        left = directory.add("user", "dora", proxies=["SMTP:dora@contoso.com"], extra=["adminDescription: User_x"])
        directory.add("user", "dirk", upn="dirk@contoso.com", proxies=["SMTP:dora@contoso.com"])
        cloud.user("dora@contoso.com", ["SMTP:dora@contoso.com"], own_anchor=anchor(left), synced=True)
        self.assertEqual(brief(judge(directory, cloud)[0]["dirk"]), [CONFLICT])

    def test_settings_of_the_tenant_decide(self):
        def run(**settings):
            directory, cloud = Directory(), Cloud()
            directory.add("user", "emil", proxies=["SMTP:e@contoso.com"])
            cloud.user("emil@contoso.com")
            directory.add("user", "erna", upn="e2@contoso.com", proxies=["SMTP:erna@contoso.com"])
            cloud.user("x@contoso.com", ["SMTP:erna@contoso.com"])
            directory.add("user", "ezra", upn="ez@contoso.com", proxies=["SMTP:ezra@contoso.com"])
            cloud.user("y@contoso.com", ["SMTP:ezra@contoso.com"], own_anchor=anchor(99), synced=True)
            number = directory.add("user", "ella", proxies=["SMTP:ella@contoso.com"])
            cloud.user("z@contoso.com", own_anchor=anchor(number))
            cloud.features(**settings)
            found = judge(directory, cloud)[0]
            return [brief(found.get(name, [])) for name in ("emil", "erna", "ezra", "ella")]

        self.assertEqual(run(softMatchOnUpnEnabled=True), [[MATCH_BY_UPN], [MATCH], [CONFLICT], []])
        self.assertEqual(run(softMatchOnUpnEnabled=False), [[IN_USE], [MATCH], [CONFLICT], []])
        self.assertEqual(run(blockSoftMatchEnabled=True), [[IN_USE], [IN_USE], [CONFLICT], []])
        self.assertEqual(run(blockCloudObjectTakeoverThroughHardMatchEnabled=True), [[MATCH_BY_UPN], [MATCH], [CONFLICT], [HARD]])
        self.assertEqual(run(quarantineUponProxyAddressesConflictEnabled=True)[2], [("soft-match-conflict", "altered", "error", "certain")])
        self.assertEqual(run(quarantineUponUpnConflictEnabled=False, softMatchOnUpnEnabled=False)[0], [IN_USE_FAILS])

    def test_groups_and_contacts_match_their_kind(self):
        directory, cloud = Directory(), Cloud()
        directory.add("group", "Fleet", proxies=["SMTP:fleet@contoso.com"], mail="fleet@contoso.com")
        directory.add("contact", "Fred", proxies=["SMTP:fred@partner.com"], mail="fred@partner.com")
        directory.add("group", "Flock", proxies=["SMTP:flock@contoso.com"], mail="flock@contoso.com")
        directory.add("contact", "Fritz", proxies=["SMTP:fritz@partner.com"], mail="fritz@partner.com")
        cloud.group(["SMTP:fleet@contoso.com"])
        cloud.contact("fred@partner.com", ["SMTP:fred@partner.com"])
        cloud.user("flock@contoso.com", ["SMTP:flock@contoso.com"])
        cloud.contact("fritz@partner.com", ["SMTP:fritz@partner.com"], synced=True)
        found, _ = judge(directory, cloud)
        self.assertEqual({name: brief(findings) for name, findings in found.items()}, {"Fleet": [MATCH], "Fred": [MATCH], "Flock": [TYPE]})

    def test_sip_and_mail_fail(self):
        directory, cloud = Directory(), Cloud()
        directory.add("user", "gina", proxies=["SMTP:gina@contoso.com", "sip:gina.sip@contoso.com"])
        directory.add("user", "gustav", proxies=["SMTP:gustav@contoso.com"], mail="other@contoso.com")
        cloud.user("a@contoso.com", ["sip:GINA.sip@contoso.com"])
        cloud.user("b@contoso.com", [], mail="other@contoso.com")
        found, _ = judge(directory, cloud)
        self.assertEqual({name: brief(findings) for name, findings in found.items()}, {"gina": [IN_USE_FAILS], "gustav": [IN_USE_FAILS]})

    def test_what_is_assumed_is_probable(self):
        directory, cloud = Directory(), Cloud()
        directory.add("user", "hans", upn="h@contoso.com", proxies=["SMTP:hans@contoso.com"])
        cloud.user("z@contoso.com", ["SMTP:hans@contoso.com"], own_anchor=anchor(99), synced=True)
        finding, = judge(directory, cloud, CONFIG.replace("SourceAnchor=mS-DS-ConsistencyGuid\n", ""))[0]["hans"]
        self.assertEqual((finding["rule"], finding["certainty"]), ("cloud-soft-match-conflict", "probable"))
        self.assertIn("SourceAnchor= is not set", finding["detail"])
        directory, cloud = Directory(), Cloud()
        directory.add("user", "hugo", upn="hug@contoso.com", proxies=["SMTP:hugó@contoso.com"])
        cloud.user("z@contoso.com", ["smtp:hugo@contoso.com"])
        finding, = judge(directory, cloud)[0]["hugo"]
        self.assertEqual((finding["rule"], finding["certainty"]), ("cloud-value-in-use", "probable"))

    def test_users_of_whom_nobody_can_tell_who_they_are_are_refused(self):
        """As in the portal's list, or where -Property was not given: all would be in the way of themselves."""
        directory, cloud = Directory(), Cloud()
        directory.add("user", "jana", proxies=["SMTP:jana@contoso.com"])
        cloud.user("jana@contoso.com", ["SMTP:jana@contoso.com"])
        user, = cloud.parts["users"]
        (FOLDER / "objects.ldif").write_text("\n".join(directory.records))
        (FOLDER / "scand.conf").write_text(CONFIG)
        without = {key: value for key, value in user.items() if key != "onPremisesImmutableId"}
        for name, objects, code in (("as Graph", [user], 1), ("not asked for", [without], 2), ("PowerShell's", [{k[0].upper() + k[1:]: v for k, v in user.items()}], 2)):
            with self.subTest(name):
                (FOLDER / "users.json").write_text(json.dumps({"value": objects}))
                done = subprocess.run([SCANCTL, f"--config={FOLDER / 'scand.conf'}", "check", "--all", f"--cloud={FOLDER / 'users.json'}",
                                       str(FOLDER / "objects.ldif")], capture_output=True, text=True)
                self.assertEqual((done.returncode, "no user has onPremises" in done.stderr), (code, code == 2), done)

    def test_what_says_it_is_synced_and_nothing_more_is_in_nobody_s_way(self):
        directory, cloud = Directory(), Cloud()
        directory.add("user", "jens", upn="jens-login@contoso.com", proxies=["SMTP:jens@contoso.com"])
        cloud.user("jens@contoso.com", ["SMTP:jens@contoso.com"], synced=True)
        self.assertEqual(judge(directory, cloud)[0], {})

    def test_nothing_without_an_inventory_and_no_other_rule_with_one(self):
        directory, cloud = Directory(), Cloud()
        for name in ("ida", "ivan"):
            directory.add("user", name, upn=f"{name}-login@contoso.com", proxies=["SMTP:i@contoso.com"])
        before = judge(directory, cloud)[1]
        cloud.user("i@contoso.com", ["SMTP:i@contoso.com"], guest=True)
        after = [f for f in judge(directory, cloud)[1] if not f["rule"].startswith("cloud-")]
        self.assertEqual([(f["dn"], f["rule"], f["others"]) for f in before], [(f["dn"], f["rule"], f["others"]) for f in after])
        self.assertTrue(all(other["where"] == "ad" for f in after for other in f["others"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
