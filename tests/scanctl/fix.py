#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl fix: repairs as LDIF and CSV, which close what they promise and open nothing."""

import csv
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest
import uuid

from company import BASE, MAKE_DATABASE, NOW, ProgramCase, record


class Fix(ProgramCase):
    def test_repairs_are_ldif_that_takes_the_old_value_away(self):
        text = self.out("fix")
        self.assertIn("\n# upn-invalid: user principal name is not valid: it holds white space, or characters that cannot be seen\n"
                      f"dn: CN=Bert,OU=Staff,{BASE}\nchangetype: modify\ndelete: userPrincipalName\nuserPrincipalName: bert berg@example.com\n-\n"
                      "add: userPrincipalName\nuserPrincipalName: bert@example.com\n-\n", text)
        self.assertTrue(all(line.startswith("#") for line in text.split("\n\n")[0].splitlines()))
        self.assertIn("No", self.out("findings", "--text", "nobody at all"))
        self.assertNotIn("dn:", self.out("fix", "--text", "nobody at all"))

    def test_repairs_as_csv_have_the_nine_columns_of_idfix(self):
        rows = list(csv.DictReader(io.StringIO(self.out("fix", "--csv"))))
        self.assertEqual(list(rows[0]), ["DISTINGUISHEDNAME", "COMMONNAME", "OBJECTCLASS", "ATTRIBUTE", "ERROR", "VALUE", "UPDATE", "PROPOSEDACTION", "ACTION"])
        bert = next(row for row in rows if row["COMMONNAME"] == "Bert")
        self.assertEqual(list(bert.values()), [f"CN=Bert,OU=Staff,{BASE}", "Bert", "user", "userPrincipalName", "Character", "bert berg@example.com",
                                               "bert@example.com", "EDIT", ""])

    def test_repairs_take_the_filters_of_findings(self):
        everything = json.loads(self.out("fix", "--json", "--all"))
        self.assertEqual((everything["schema"], everything["generated"][-1]), (1, "Z"))
        for arguments, keep in [(["--ou", f"OU=Odd,{BASE}"], ",OU=Odd,"), (["--ou", f"OU=Staff,{BASE}"], ",OU=Staff,")]:
            some = json.loads(self.out("fix", "--json", "--all", *arguments))
            self.assertEqual(some["fixes"], [f for f in everything["fixes"] if keep in f["dn"]])
            self.assertGreater(len(some["fixes"]), 0)
        self.assertEqual(json.loads(self.out("fix", "--json", "--rule", "smtp-address-not-unique"))["fixes"], [])
        self.assertIn("scanctl status", self.err("fix", "--domain", "nowhere.example"))
        self.assertIn("Did you mean", self.err("fix", "--rule", "upn-invalld"))

    @staticmethod
    def flawed(random, number):
        """A user, contact or group with whatever may be wrong, some of which many have."""
        kind = random.choice(["user"] * 4 + ["contact", "group"])
        name = f"{random.choice(['Anna', 'Bert', 'Cleo', 'Zoë'])} {number}"
        nick = f"{name.split()[0].lower()}{random.choice([number, number % 7])}"
        domain = lambda: random.choice(["example.com"] * 6 + ["corp.local", "elsewhere.com", "contoso.onmicrosoft.com"])
        slip = lambda text: random.choice([text] * 6 + [f" {text}", text.replace("@", " @"), text.replace("@", ".@"), text.upper(), "x y@example.com"])
        maybe = lambda share, value: [value] if random.random() < share else []
        addresses = [f"{prefix}{slip(f'{nick}{extra}@{domain()}')}" for prefix, extra, share in
                     [("SMTP:", "", .7), ("smtp:", ".b", .5), ("SMTP:", ".c", .1), ("", ".d", .2), ("smtp:", "", .2), ("X500:/o=", "", .1)]
                     if random.random() < share]
        attributes = {"cn": name, "displayName": maybe(.85, random.choice([name, name, " "])), "mail": maybe(.7, slip(f"{nick}@{domain()}")),
                      "proxyAddresses": sorted(set(addresses)), "mailNickname": maybe(.6, random.choice([nick, nick, f".{nick}", f"{nick} x"])),
                      "department": maybe(.2, "  ")}
        if kind == "group":
            attributes |= {"sAMAccountName": f"group{number}", "groupType": random.choice([8, -2147483640])}
        if kind == "user":
            attributes |= {"sAMAccountName": f"user{number}", "userAccountControl": random.choice([512, 512, 514]), "givenName": name.split()[0],
                           "userPrincipalName": maybe(.9, slip(f"{nick}@{domain()}")),
                           "msExchRecipientTypeDetails": maybe(.2, 2147483648)}
        return f"CN={name},OU=Staff,{BASE}", kind, uuid.UUID(int=random.getrandbits(128)), number, attributes

    def database(self, folder, name, objects):
        (folder / f"{name}.ldif").write_text("".join(record(dn, kind, guid, usn, **attributes) for dn, kind, guid, usn, attributes in objects))
        subprocess.run([MAKE_DATABASE, folder / f"{name}.db", self.config, str(NOW), "corp.example", "first", folder / f"{name}.ldif"], check=True)
        found = json.loads(self.out("findings", "--all", "--json", "--database", str(folder / f"{name}.db")))["findings"]
        return {f["id"]: (f["dn"], f["rule"], f["value"]) for f in found}

    def test_repairs_close_what_they_promise_and_open_nothing(self):
        seed = int(os.environ.get("SCAND_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
        print(f"# seed {seed} (repeat with SCAND_TEST_SEED={seed})", file=sys.stderr)
        source = random.Random(seed)
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        objects = [self.flawed(source, number) for number in range(1, 300)]
        before = self.database(folder, "before", objects)
        answer = json.loads(self.out("fix", "--json", "--all", "--database", str(folder / "before.db")))
        self.assertGreater(len(answer["fixes"]), 20, seed)

        by_dn = {dn: attributes for dn, _, _, _, attributes in objects}
        for fix in answer["fixes"]:
            attributes = by_dn[fix["dn"]]
            for edit in fix["edits"]:
                values = attributes.get(edit["attribute"], [])
                values = list(values) if isinstance(values, list) else [values]
                if edit["delete"] is not None:
                    values.remove(edit["delete"])
                else:
                    values.append(edit["add"])
                attributes[edit["attribute"]] = values
        after = self.database(folder, "after", objects)
        promised = {f["id"] for f in answer["closes"]}
        self.assertEqual({one: after[one] for one in after.keys() - before.keys()}, {}, seed)
        self.assertEqual({one: before[one] for one in before.keys() - after.keys()}, {one: before[one] for one in promised}, seed)


if __name__ == "__main__":
    unittest.main()
