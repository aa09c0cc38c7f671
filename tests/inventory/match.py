#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every way in which an object here may meet one of the cloud, against everything that it may meet there: `scanctl check --cloud`.

The expectations are Microsoft's documents, a line for each; nothing here knows how scand comes to its verdicts.
"""

import base64
import datetime
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


def ago(hours, form="%Y%m%d%H%M%S.0Z"):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)).strftime(form)


def graph_ago(hours):
    return ago(hours, "%Y-%m-%dT%H:%M:%SZ")


def filetime_ago(hours):
    return str(int((datetime.datetime.now(datetime.timezone.utc).timestamp() - hours * 3600 + 11644473600) * 10000000))


class Directory:
    """Objects of the directory as LDIF. What is `settled` stands as it is for so long that an export of today shows it."""

    def __init__(self, settled=False):
        self.records = []
        self.n = 0
        self.changed = ago(48 if settled else 0)

    def add(self, kind, name, upn=None, proxies=(), mail=None, own_anchor=None, number=None, extra=()):
        self.n += 1
        number = number or 1000 + self.n
        lines = [f"dn: CN={name},OU=People,DC=corp,DC=example", f"objectClass: {kind}", f"cn: {name}",
                 f"objectGUID:: {base64.b64encode(uuid.UUID(int=number).bytes_le).decode()}",
                 f"whenCreated: {self.changed}", f"whenChanged: {self.changed}", "uSNChanged: 5"]
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
        self.parts = {"users": [], "groups": [], "contacts": [], "deleted-users": [], "roles": [], "synchronization": [], "organization": [], "domains": []}
        self.n = 0

    def guid(self):
        self.n += 1
        return str(uuid.UUID(int=0x7000 + self.n))

    def user(self, upn, proxies=(), mail=None, own_anchor=None, synced=None, guest=False, deleted=False, admin=False, **more):
        guid = self.guid()
        entry = {"id": guid, "displayName": "Cloud " + upn, "userPrincipalName": upn, "mail": mail, "proxyAddresses": list(proxies),
                 "userType": "Guest" if guest else "Member", "onPremisesImmutableId": own_anchor, "onPremisesSyncEnabled": synced,
                 "onPremisesSecurityIdentifier": None} | more
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
        if finding["rule"].startswith("cloud-") or finding["rule"] in ("password-not-synced", "quota", "connector-silent"):
            found.setdefault(finding["dn"].split(",")[0].partition("=")[2], []).append(finding)
    return found, everything


def brief(findings):
    return sorted((f["rule"].removeprefix("cloud-"), f["class"], f["severity"], f["certainty"]) for f in findings)


IN_USE, IN_USE_FAILS = ("value-in-use", "altered", "error", "certain"), ("value-in-use", "fails", "error", "certain")
CONFLICT = ("soft-match-conflict", "fails", "error", "certain")
TYPE = ("type-mismatch", "fails", "error", "certain")
ADMIN = ("admin-conflict", "fails", "error", "certain")
MATCH, MATCH_BY_UPN = ("soft-match", "directory", "notice", "certain"), ("soft-match", "directory", "notice", "probable")
HARD = ("hard-match-blocked", "fails", "error", "probable")
ORPHAN, UNMANAGED = ("orphan", "directory", "warning", "certain"), ("restored-unmanaged", "fails", "warning", "probable")
DIFFERS, QUARANTINED = ("differs", "altered", "warning", "certain"), ("quarantined", "altered", "error", "certain")
NOT_ARRIVED, OLD_PASSWORD = ("not-arrived", "fails", "warning", "probable"), ("password-not-synced", "altered", "warning", "probable")
OF_ONE = {verdict[0] for verdict in (ORPHAN, UNMANAGED, DIFFERS, QUARANTINED, NOT_ARRIVED)}  # about an object and its own in the cloud

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
        self.assertEqual(set(found) - set(expected), {"corp"})  # the domain: orphans of nobody here

        rules = json.loads(subprocess.run([SCANCTL, "rules", "--json"], capture_output=True, text=True, check=True).stdout)["rules"]
        about_cloud = {rule["rule"].removeprefix("cloud-") for rule in rules if rule["rule"].startswith("cloud-")} - {"sync-found"}
        self.assertEqual({verdict[0] for row in MATRIX.values() for said in row for verdict in said or []} | OF_ONE, about_cloud)

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

    def test_who_is_taken_over_is_shown_with_what_he_has(self):
        directory, cloud = Directory(), Cloud()
        directory.add("user", "bert", proxies=["SMTP:bert@contoso.com"])
        cloud.user("b.old@contoso.com", ["SMTP:bert@contoso.com"] + [f"smtp:b{i}@contoso.com" for i in range(7)], mail="bert@contoso.com", displayName="Old Bert")
        finding, = judge(directory, cloud)[0]["bert"]
        self.assertEqual((finding["rule"], finding["detail"]), (
            "cloud-soft-match", "a user of the cloud has it: b.old@contoso.com; it will be taken over, by the primary address; it has now: displayName Old Bert, "
            "userPrincipalName b.old@contoso.com, mail bert@contoso.com, proxyAddresses SMTP:bert@contoso.com, and smtp:b0@contoso.com, and smtp:b1@contoso.com, "
            "and smtp:b2@contoso.com, and smtp:b3@contoso.com and more"))

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

    def test_an_account_that_is_bound_to_an_object_is_not_taken_over_by_the_anchor(self):
        directory, cloud = Directory(), Cloud()
        for name, identifier in (("free", None), ("bound", str(uuid.UUID(int=5)))):
            number = directory.add("user", name, proxies=[f"SMTP:{name}@contoso.com"])
            cloud.user(f"{name}.there@contoso.com", own_anchor=anchor(number), onPremisesObjectIdentifier=identifier)
        found = judge(directory, cloud)[0]
        self.assertEqual((brief(found.get("free", [])), brief(found["bound"])), ([], [HARD]))
        self.assertIn("onPremisesObjectIdentifier", found["bound"][0]["detail"])

    def test_whoever_comes_back_is_not_restored_where_that_is_blocked(self):
        """Restored in Active Directory, an object brings its account back from the bin by the anchor."""
        def run(**settings):
            directory, cloud = Directory(), Cloud()
            for name, more in (("anyone", {}), ("admin", {"admin": True}), ("bound", {"onPremisesObjectIdentifier": str(uuid.UUID(int=6))})):
                number = directory.add("user", name, proxies=[f"SMTP:{name}@contoso.com"])
                cloud.user(f"{name}@contoso.com", own_anchor=anchor(number), deleted=True, **more)
            cloud.features(**settings)
            found = judge(directory, cloud)[0]
            return [brief(found.get(name, [])) for name in ("anyone", "admin", "bound")], found

        self.assertEqual(run(blockCloudObjectTakeoverThroughHardMatchEnabled=False)[0], [[], [HARD], []])
        blocked, found = run(blockCloudObjectTakeoverThroughHardMatchEnabled=True)
        self.assertEqual(blocked, [[HARD], [HARD], [HARD]])
        self.assertIn("not restored", found["anyone"][0]["detail"])
        self.assertEqual([o["state"] for o in found["anyone"][0]["others"]], ["deleted"])

    def test_what_left_and_is_still_there_is_an_orphan(self):
        directory, cloud = Directory(settled=True), Cloud()
        left = directory.add("user", "olga", proxies=["SMTP:olga@contoso.com"], extra=["adminDescription: User_x"])
        stays = directory.add("user", "otto", proxies=["SMTP:otto@contoso.com"])
        guid = cloud.user("olga@contoso.com", ["SMTP:olga@contoso.com"], own_anchor=anchor(left), synced=True)
        cloud.user("otto@contoso.com", ["SMTP:otto@contoso.com"], own_anchor=anchor(stays), synced=True)
        unknown = cloud.user("oleg@contoso.com", ["SMTP:oleg@contoso.com"], own_anchor=anchor(4711), synced=True)
        found, everything = judge(directory, cloud)
        self.assertEqual(brief(found["olga"]), [ORPHAN])
        self.assertNotIn("otto", found)
        finding, = found["olga"]
        self.assertEqual([(o["where"], o["guid"], o["state"]) for o in finding["others"]], [("cloud", guid, "synced")])
        self.assertIn(f"Remove-MgUser -UserId '{guid}'", finding["advice"])
        of_domain, = [f for f in everything if f["rule"] == "cloud-orphan" and f["dn"] == "DC=corp,DC=example"]
        self.assertEqual((of_domain["value"], unknown in of_domain["detail"]), ("oleg@contoso.com", True))

    def test_many_unknown_orphans_are_folded(self):
        directory, cloud = Directory(settled=True), Cloud()
        number = directory.add("user", "otto", proxies=["SMTP:otto@contoso.com"])
        cloud.user("otto@contoso.com", ["SMTP:otto@contoso.com"], own_anchor=anchor(number), synced=True)
        for i in range(30):
            cloud.user(f"o{i}@contoso.com", own_anchor=anchor(8000 + i), synced=True)
        orphans = [f for f in judge(directory, cloud)[1] if f["rule"] == "cloud-orphan"]
        self.assertEqual(len(orphans), 21)
        self.assertEqual(len([f for f in orphans if f["value"] is None and "more than 20" in f["detail"]]), 1)

    def test_what_was_restored_in_the_cloud_is_unmanaged(self):
        directory, cloud = Directory(settled=True), Cloud()
        left = directory.add("user", "rita", proxies=["SMTP:rita@contoso.com"], extra=["adminDescription: User_x"])
        stays = directory.add("user", "rolf", proxies=["SMTP:rolf@contoso.com"])
        cloud.user("rita@contoso.com", ["SMTP:rita@contoso.com"], own_anchor=anchor(left), synced=False)
        cloud.user("rolf@contoso.com", ["SMTP:rolf@contoso.com"], own_anchor=anchor(stays), synced=False)
        found, _ = judge(directory, cloud)
        self.assertEqual({name: brief(findings) for name, findings in found.items()}, {"rita": [UNMANAGED]})

    def test_what_differs(self):
        cases = {
            "same": ("SAME@contoso.com", "same@contoso.com", ["SMTP:Same@contoso.com"], []),
            "name": ("name@contoso.com", "old@contoso.com", ["SMTP:name@contoso.com"], ["userPrincipalName"]),
            "address": ("address@contoso.com", "address@contoso.com", ["SMTP:other@contoso.com", "smtp:address@contoso.com"], ["proxyAddresses"]),
            "initial": ("initial@contoso.com", "initial1234@contoso.onmicrosoft.com", ["SMTP:initial@contoso.com"], ["userPrincipalName"]),
            "local": ("local@corp.local", "whoever@contoso.onmicrosoft.com", ["SMTP:local@contoso.com"], []),
            "mail": ("mail@contoso.com", "mail@contoso.com", [], []),
        }
        for settled in (True, False):
            directory, cloud = Directory(settled), Cloud()
            for name, (own, login, proxies, _) in cases.items():
                number = directory.add("user", name, upn=own, proxies=[f"SMTP:{name}@contoso.com"])
                cloud.user(login, proxies, own_anchor=anchor(number), synced=True)
            found, _ = judge(directory, cloud)
            for name, (_, _, _, attributes) in cases.items():
                with self.subTest(name=name, settled=settled):
                    self.assertEqual([f["attribute"] for f in found.get(name, [])], attributes if settled else [])
                    self.assertEqual(brief(found.get(name, [])), [DIFFERS] * len(attributes) if settled else [])

    def test_what_the_cloud_says_it_took_away(self):
        def problem(value, category="PropertyConflict", name="ProxyAddresses"):
            return {"category": category, "occurredDateTime": "2026-11-01T08:00:00Z", "propertyCausingError": name, "value": value}

        directory, cloud = Directory(settled=True), Cloud()
        for name, problems in (("quinn", [problem("SMTP:quinn2@contoso.com")]), ("queen", [problem("given-up@contoso.com")]),
                               ("quentin", [problem("quentin@contoso.com", name="UserPrincipalName")]), ("quiet", [])):
            number = directory.add("user", name, proxies=[f"SMTP:{name}@contoso.com", f"smtp:{name}2@contoso.com"])
            login = f"{name}9876@contoso.onmicrosoft.com" if name == "quentin" else f"{name}@contoso.com"
            cloud.user(login, [f"SMTP:{name}@contoso.com"], own_anchor=anchor(number), synced=True, onPremisesProvisioningErrors=problems)
        found, _ = judge(directory, cloud)
        self.assertEqual({name: brief(findings) for name, findings in found.items()}, {"quinn": [QUARANTINED], "quentin": [QUARANTINED]})
        self.assertEqual([(f["attribute"], f["value"]) for f in found["quinn"] + found["quentin"]],
                         [("proxyAddresses", "quinn2@contoso.com"), ("userPrincipalName", "quentin@contoso.com")])
        self.assertIn("2026-11-01T08:00:00Z", found["quinn"][0]["detail"])

    def test_what_has_not_arrived(self):
        for settled in (True, False):
            directory, cloud = Directory(settled), Cloud()
            here = directory.add("user", "nina", proxies=["SMTP:nina@contoso.com"])
            directory.add("user", "nora", proxies=["SMTP:nora@contoso.com"])
            directory.add("user", "nobody", extra=["adminDescription: User_x"])
            group = directory.add("group", "Nice", proxies=["SMTP:nice@contoso.com"], mail="nice@contoso.com")
            directory.add("group", "Nasty", proxies=["SMTP:nasty@contoso.com"], mail="nasty@contoso.com")
            directory.add("contact", "Noel", proxies=["SMTP:noel@partner.com"], mail="noel@partner.com")
            cloud.user("nina@contoso.com", ["SMTP:nina@contoso.com"], own_anchor=anchor(here), synced=True)
            cloud.group(["SMTP:nice@contoso.com"], synced=True, own_sid=sid(group, True))
            found, _ = judge(directory, cloud)
            # No contacts were exported, so nobody can tell of them.
            self.assertEqual({name: brief(findings) for name, findings in found.items()}, {"nora": [NOT_ARRIVED], "Nasty": [NOT_ARRIVED]} if settled else {})

    def test_what_the_write_back_ties(self):
        """Without a SID in the export, a group is known by the id that Exchange wrote back."""
        directory, cloud = Directory(settled=True), Cloud()
        known = cloud.group(["SMTP:tied@contoso.com"], synced=True)
        cloud.group(["SMTP:other@contoso.com"], synced=True, own_sid="S-1-5-21-1-2-3-99")
        directory.add("group", "Tied", proxies=["SMTP:tied@contoso.com"], mail="tied@contoso.com", extra=[f"msDS-ExternalDirectoryObjectId: Group_{known}"])
        directory.add("group", "Untied", proxies=["SMTP:untied@contoso.com"], mail="untied@contoso.com", extra=["msDS-ExternalDirectoryObjectId: Group_x"])
        found, _ = judge(directory, cloud)
        self.assertEqual({name: brief(findings) for name, findings in found.items() if name != "corp"}, {"Untied": [NOT_ARRIVED]})

    def test_whose_password_is_old(self):
        def run(on):
            directory, cloud = Directory(settled=True), Cloud()
            for name, own, there in (("pia", filetime_ago(5), graph_ago(400)), ("paul", filetime_ago(400), graph_ago(400)), ("petra", "0", graph_ago(400)),
                                     ("phil", filetime_ago(0), graph_ago(400)), ("pam", filetime_ago(5), None)):
                number = directory.add("user", name, extra=[f"pwdLastSet: {own}"])
                cloud.user(f"{name}@contoso.com", own_anchor=anchor(number), synced=True, lastPasswordChangeDateTime=there)
            found, _ = judge(directory, cloud, CONFIG + f"PasswordHashSync={on}\n")
            return {name: brief(findings) for name, findings in found.items()}

        self.assertEqual(run("yes"), {"pia": [OLD_PASSWORD], "petra": [("password-not-synced", "altered", "notice", "probable")]})
        self.assertEqual(run("no"), {})

    def test_what_the_tenant_says_of_itself(self):
        def run(used, hours):
            directory, cloud = Directory(settled=True), Cloud()
            directory.add("user", "tim", extra=["adminDescription: User_x"])
            cloud.parts["organization"] = [{"id": "x", "displayName": "Contoso", "onPremisesLastSyncDateTime": graph_ago(hours),
                                            "directorySizeQuota": {"used": used, "total": 50000}, "verifiedDomains": []}]
            return [verdict for verdict in brief(judge(directory, cloud)[0].get("corp", [])) if verdict[0] in ("quota", "connector-silent")]

        silent = ("connector-silent", "directory", "error", "certain")
        self.assertEqual(run(10, 1), [])
        self.assertEqual(run(46000, 1), [("quota", "directory", "warning", "certain")])
        self.assertEqual(run(50000, 5), [silent, ("quota", "directory", "error", "certain")])

    def test_what_is_not_configured_the_inventory_says(self):
        """And what is configured wins."""
        def run(config):
            directory, cloud = Directory(), Cloud()
            directory.add("user", "vera", upn="vera@contoso.com")
            directory.add("user", "viktor", upn="viktor@fabrikam.com")
            cloud.parts["domains"] = [{"id": "contoso.com", "isVerified": True, "isInitial": False, "authenticationType": "Managed"},
                                      {"id": "contoso.onmicrosoft.com", "isVerified": True, "isInitial": True, "authenticationType": "Managed"},
                                      {"id": "fabrikam.com", "isVerified": False, "isInitial": False, "authenticationType": "Managed"}]
            found = [f for f in judge(directory, cloud, config)[1] if f["rule"] == "upn-unverified-domain"]
            return [(f["value"], f["certainty"]) for f in found]

        self.assertEqual(run("[tenant]\n"), [("viktor@fabrikam.com", "certain")])
        self.assertEqual(run("[tenant]\nVerifiedDomain=fabrikam.com\n")[0][0], "vera@contoso.com")

    def test_a_group_with_too_many_members_is_new_or_there_already(self):
        """A new group is left out from the limit on; of one that is there, the export fails above it."""
        directory, cloud = Directory(settled=True), Cloud()
        for name, n in (("Full", 3), ("Over", 4), ("Newfull", 3), ("Small", 2)):
            number = directory.add("group", name, extra=[f"member: CN=m{k},OU=People,DC=corp,DC=example" for k in range(n)])
            if not name.startswith("New"):
                cloud.group([], synced=True, own_sid=sid(number, True))
        found = [f for f in judge(directory, cloud, CONFIG + "MemberLimit=3\n")[1] if f["rule"] == "group-too-large"]
        self.assertEqual({(f["dn"].split(",")[0], f["class"], f["severity"], f["certainty"]) for f in found},
                         {("CN=Over", "fails", "error", "certain"), ("CN=Newfull", "excluded", "error", "certain")})

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
