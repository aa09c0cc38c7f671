#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An inventory of the cloud in the running daemon: imported, replaced, refused; judged with what changes in the directory meanwhile.

The domain controller is a fake one, the exports are made by tenant.py.
"""

import json
import shutil
import unittest
import uuid

import tenant
from running import Running, wait_until


def cloud_user(number, login, address, **more):
    return {"id": str(uuid.UUID(int=number)), "displayName": f"Cloud {number}", "userPrincipalName": login, "mail": None, "proxyAddresses": [f"SMTP:{address}"],
            "userType": "Member", "onPremisesImmutableId": None, "onPremisesSyncEnabled": None, "onPremisesSecurityIdentifier": None} | more


class Daemon(Running):
    def export(self, name, objects):
        path = self.folder / name
        path.write_text("".join(json.dumps(page) for page in tenant.pages(objects, 100, name.split(".")[0])))
        return path

    def findings(self):
        found = json.loads(self.scanctl("findings", "--all", "--json"))["findings"]
        return {(f["rule"], f["dn"].split(",")[0], f["attribute"], (f["value"] or "").lower(), f["class"], f["certainty"], tuple(o["guid"] for o in f["others"]))
                for f in found if f["rule"].startswith("cloud-")}

    def rules(self):
        """Those about the values of others; about one object and its own in the cloud there may be more, for a test may last an hour."""
        of_one = ("cloud-orphan", "cloud-not-arrived", "cloud-differs", "cloud-restored-unmanaged")
        return sorted((rule, name) for rule, name, *_ in self.findings() if rule not in of_one)

    def change(self, name, proxy):
        self.command(f"ldif dn: CN={name},OU=People,DC=contoso,DC=com\\nproxyAddresses: {proxy}")

    def test_an_inventory_is_imported_replaced_and_refused(self):
        guest = cloud_user(1, "g@contoso.com", "u1@contoso.com", userType="Guest")
        other = cloud_user(2, "other@contoso.com", "USER2@contoso.com")
        users = self.export("users.json", [guest, other] + tenant.Tenant(250).users)
        groups = self.export("groups.json", [{"id": str(uuid.UUID(int=3)), "displayName": "T", "proxyAddresses": ["SMTP:u3@contoso.com"], "groupTypes": [],
                                              "onPremisesSyncEnabled": None}])
        self.assertIn("there is no inventory", self.scanctl("cloud", "orphans", code=2))
        self.assertIn("given twice", self.scanctl("cloud", "import", users, groups, users, code=2))
        self.assertRegex(self.scanctl("cloud", "import", users, groups), "imported: 252 users, 1 groups")
        expected = [("cloud-soft-match", "CN=User 2"), ("cloud-type-mismatch", "CN=User 3"), ("cloud-value-in-use", "CN=User 1")]
        self.assertEqual([r for r in self.rules() if r in expected], expected)
        wait_until("what was imported is gone", lambda: list((self.state / "cloud").iterdir()) == [])

        # The directory changes: what was in the way is so no more, and what was not is.
        self.change("User 1", "SMTP:elsewhere@contoso.com")
        self.change("User 4", "SMTP:u1@contoso.com")
        wait_until("it closes", lambda: ("cloud-value-in-use", "CN=User 1") not in self.rules())
        wait_until("it opens on the other", lambda: ("cloud-value-in-use", "CN=User 4") in self.rules())

        # A damaged file changes nothing, whichever way it comes.
        before, status = self.findings(), self.scanctl("cloud", "status", "--json")
        truncated = self.folder / "truncated.json"
        truncated.write_bytes(users.read_bytes()[:20000])
        self.assertRegex(self.scanctl("cloud", "import", truncated, code=2), r"byte 20000, object \d+: .*truncated")
        drop = self.state / "cloud/users.json"
        shutil.copy(truncated, drop)
        wait_until("it is refused", (drop.parent / "users.json.refused").exists)
        self.assertIn("byte 20000, object", (self.folder / "log").read_text())
        self.assertEqual((self.findings(), json.loads(self.scanctl("cloud", "status", "--json"))["parts"]), (before, json.loads(status)["parts"]))

        # A new one of one part takes the place of that part alone.
        self.scanctl("cloud", "import", self.export("new.json", [other]))
        self.assertEqual(self.rules(), [("cloud-soft-match", "CN=User 2"), ("cloud-type-mismatch", "CN=User 3")])
        parts = {part["part"]: part for part in json.loads(self.scanctl("cloud", "status", "--json"))["parts"]}
        self.assertEqual((parts["users"]["objects"], parts["groups"]["objects"], parts["contacts"]["is_imported"]), (1, 1, False))
        self.assertIn("no contacts: nobody can tell which addresses", self.scanctl("cloud", "status"))

        # What is not configured the inventory says; what is configured wins, and the difference is shown.
        (self.folder / "domains.json").write_text(json.dumps({"value": [
            {"id": "elsewhere.example", "isVerified": True, "isInitial": False, "authenticationType": "Federated"},
            {"id": "contoso.onmicrosoft.com", "isVerified": True, "isInitial": True, "authenticationType": "Managed"}]}))
        self.scanctl("cloud", "import", self.folder / "domains.json")
        said = {s["option"]: (s["value"], s["source"], s["differs"]) for s in json.loads(self.scanctl("cloud", "status", "--json"))["tenant"]}
        self.assertEqual(said["VerifiedDomain"], ("contoso.com", "configuration", True))
        self.assertEqual(said["InitialDomain"], ("contoso.onmicrosoft.com", "configuration", False))
        self.assertEqual(said["FederatedDomain"], ("elsewhere.example", "inventory", False))
        self.assertEqual(said["Quota"], ("", "nobody", False))
        self.assertIn("VerifiedDomain= is configured as contoso.com, which holds; the inventory says elsewhere.example",
                      " ".join(self.scanctl("cloud", "status").split()))
        wait_until("the log says so", lambda: "says something else of the tenant" in (self.folder / "log").read_text())

        # What was imported first, or read first, makes no difference.
        self.change("User 5", "SMTP:other@contoso.com")
        wait_until("it is seen", lambda: "CN=User 5" in {name for _, name, *_ in self.findings()})
        followed = self.findings()
        self.stop(self.scand)
        self.start("second-")
        self.scanctl("cloud", "import", self.export("new.json", [other]), groups)
        self.assertEqual(self.findings(), followed)

    def test_an_inventory_that_is_there_before_the_domain(self):
        """And a user whose object comes, goes and comes back: what is synced claims nothing while it is here."""
        self.stop(self.scand)
        same = "AAAAAAAAAAAAAAAAAAAAAQ=="  # sixteen bytes, the last of them 1
        synced = cloud_user(9, "synced@contoso.com", "user7@contoso.com", onPremisesImmutableId=same, onPremisesSyncEnabled=True)
        (self.folder / "second-state/cloud").mkdir(parents=True)
        shutil.copy(self.export("users.json", [synced]), self.folder / "second-state/cloud/users.json")
        self.start("second-")
        wait_until("it is in the way", lambda: ("cloud-soft-match-conflict", "CN=User 7") in self.rules())
        self.command("ldif dn: CN=Owner,OU=People,DC=contoso,DC=com\\nobjectClass: user\\nsAMAccountName: owner\\nuserPrincipalName: owner@contoso.com\\n"
                     f"userAccountControl: 512\\nmS-DS-ConsistencyGuid:: {same}")
        wait_until("its own object has come", lambda: self.rules() == [])
        self.command("delete CN=Owner,OU=People,DC=contoso,DC=com")
        wait_until("its own object is gone", lambda: ("cloud-soft-match-conflict", "CN=User 7") in self.rules())
        orphan, = json.loads(self.scanctl("cloud", "orphans", "--json"))["orphans"]
        self.assertEqual((orphan["id"], orphan["name"], orphan["here"], orphan["command"]),
                         (synced["id"], "synced@contoso.com", "unknown", f"Remove-MgUser -UserId {synced['id']}"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
