#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl check: objects and changes of a file, by themselves and among what the cache has."""

import json
import subprocess
import unittest

from company import BASE, FINE, FOUND, GOOD, PLAIN, ProgramCase, SCANCTL, TROUBLE


class Check(ProgramCase):
    def check(self, text, *arguments, code):
        got, out, err = self.run_scanctl("check", "--json", *arguments, "-", stdin=text)
        self.assertEqual(got, code, err)
        return json.loads(out)["findings"], err

    def test_a_good_file_is_fine(self):
        self.assertEqual(self.check(GOOD, code=FINE), ([], ""))
        self.assertEqual(self.check("", code=FINE), ([], ""))

    def test_a_bad_object_is_found_without_ids_and_made_up_guids(self):
        bad = GOOD + "\n" + GOOD.replace("CN=A", "CN=B").replace("sAMAccountName: a", "sAMAccountName: b").replace("cn: A", "cn: B")
        found, _ = self.check(bad, code=FOUND)
        self.assertEqual([f["rule"] for f in found], ["upn-not-unique"] * 2)
        for finding in found:
            self.assertEqual((finding["id"], finding["guid"], finding["opened"], finding["others"][0]["guid"]), (None,) * 4)
            self.assertEqual(finding["domain"], "corp.example")

    def test_objects_of_two_domains_dispute(self):
        bad = GOOD + "\n" + GOOD.replace("DC=corp", "DC=emea")
        self.assertEqual([f["domain"] for f in self.check(bad, code=FOUND)[0]], ["corp.example", "emea.example"])

    def test_unreadable_records_are_named_and_the_rest_is_judged(self):
        bad = GOOD.replace("userPrincipalName: a@", "userPrincipalName: a b@")
        broken = ["dn: nonsense\nobjectClass: user\n", "dn: CN=M,DC=corp,DC=example\nchangetype: modify\nreplace: mail\nmail: x\n-\n",
                  "dn: CN=N,O=nowhere\nobjectClass: user\n", "dn: CN=P,DC=corp,DC=example\ncn: P\n", "mail: x@y\n"]
        for text in broken:
            with self.subTest(text):
                found, err = self.check(text + "\n" + bad, code=TROUBLE)
                self.assertEqual([f["rule"] for f in found], ["upn-invalid"])
                self.assertRegex(err, r"standard input:.*1\b")
                self.assertIn("1 record could not be judged, 1 object", err)

    def changed(self, text, *arguments, code):
        """{(name, rule)} of what `check --against-cache` finds, and what it says on stderr."""
        found, err = self.check(text, "--against-cache", *arguments, code=code)
        for finding in found:
            self.assertEqual((finding["id"], finding["opened"]), (None, None))
        return {(f["dn"].split(",")[0], f["rule"]) for f in found}, err

    def change(self, name, kind, body=""):
        return f"dn: {name}\nchangetype: {kind}\n{body}\n"

    def test_a_new_object_is_judged_among_all_that_the_cache_has(self):
        text = GOOD.replace("a@example.com", "bert@example.com")
        self.assertEqual(self.check(text, code=FINE)[0], [])
        self.assertEqual(self.changed(text, code=FOUND)[0], {("CN=A", "smtp-address-not-unique"), ("CN=Bert", "smtp-address-not-unique")})
        self.assertEqual(self.changed(GOOD, code=FINE), (set(), ""))

    def test_changes_are_applied_to_what_the_cache_has(self):
        bert = f"CN=Bert,OU=Staff,{BASE}"
        upn = "replace: userPrincipalName\nuserPrincipalName: {}\n-\n"
        self.assertEqual(self.changed(self.change(bert, "modify", upn.format("bert@example.com")), code=FINE), (set(), ""))
        self.assertEqual(self.changed(self.change(bert, "modify", "add: mailNickname\nmailNickname: bert\n-\n"), code=FOUND)[0],
                         {("CN=Bert", "upn-invalid")}, "what it had before is told too")
        self.assertEqual(self.changed(self.change(bert, "modify", upn.format("taro@example.com")), code=FOUND)[0],
                         {("CN=Bert", "smtp-address-not-unique"), ("CN=東京 太郎", "smtp-address-not-unique")})
        self.assertEqual(self.findings("--all"), self.findings("--all", "--database", str(self.folder / "scand.db")), "nothing was written")

    def test_changes_build_on_one_another(self):
        info = f"CN=Info,OU=Shared,OU=Staff,{BASE}"
        anna = f"CN=Berg\\, Anna,OU=Staff,{BASE}"
        touch = self.change(anna, "modify", "replace: department\ndepartment: X\n-\n")
        self.assertEqual(self.changed(touch, code=FOUND)[0], {("CN=Berg\\", "smtp-address-not-unique")})
        self.assertEqual(self.changed(touch + self.change(info, "delete"), code=FINE), (set(), ""))
        moved = self.change(info, "modrdn", f"newrdn: CN=Post\ndeleteoldrdn: 1\nnewsuperior: OU=Odd,{BASE}\n")
        self.assertEqual(self.changed(moved, code=FOUND)[0], {("CN=Post", "smtp-address-not-unique")})
        done = moved + self.change(f"CN=Post,OU=Odd,{BASE}", "modify", "replace: proxyAddresses\n-\nreplace: mail\nmail: post@example.com\n-\n")
        self.assertEqual(self.changed(done + touch, code=FINE), (set(), ""))

    def test_changes_that_a_directory_refuses_are_named(self):
        bert = f"CN=Bert,OU=Staff,{BASE}"
        table = [(self.change(f"CN=Nobody,{BASE}", "delete"), "neither the cache nor the file has"),
                 (self.change(bert, "modify", "delete: mail\nmail: x@example.com\n-\n"), "takes away a value that is not there"),
                 (self.change(bert, "modify", "add: mail\nmail: BERT@example.com\n-\n"), "adds a value that is there already"),
                 (self.change(bert, "add", "objectClass: user\n"), "adds an object whose name is taken"),
                 (self.change(bert, "modrdn", "newrdn: CN=Berg\\, Anna\ndeleteoldrdn: 1\n"), "a name that another object has"),
                 (self.change(bert, "delete") + self.change(bert, "delete"), "neither the cache nor the file has")]
        for text, why in table:
            with self.subTest(why):
                self.assertIn(why, self.changed(text, code=TROUBLE)[1])

    def test_names_without_domain_are_completed(self):
        text = GOOD.replace(",DC=corp,DC=example", "").replace("userPrincipalName: a@", "userPrincipalName: a b@")
        self.assertIn("no DC= parts", self.check(text, code=TROUBLE)[1])
        found, _ = self.check(text, "--domain", "corp.example", code=FOUND)
        self.assertEqual([f["dn"] for f in found], ["CN=A,OU=X,DC=corp,DC=example"])

    def test_repairs_can_be_checked_before_they_are_applied(self):
        before = {(f["dn"].split(",")[0], f["rule"]) for f in self.findings()}
        answer = json.loads(self.out("fix", "--json"))
        closed = {(f["dn"].split(",")[0], f["rule"]) for f in answer["closes"]}
        fixed = {f["dn"].split(",")[0] for f in answer["fixes"]}
        expected = {(name, rule) for name, rule in before - closed if name in fixed}
        self.assertEqual(self.changed(self.out("fix"), code=FOUND if expected else FINE), (expected, ""))

    def test_what_ldapsearch_prints_is_read_as_it_is(self):
        around = "# extended LDIF\n#\n# LDAPv3\n\n{}\n# search reference\nref: ldap://x.example/DC=x,DC=example\n\n" \
                 "# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 2\n# numEntries: 1\n"
        self.assertEqual(self.check(around.format(GOOD), code=FINE), ([], ""))

    def test_the_configured_ous_count(self):
        narrow = self.folder / "narrow.conf"
        narrow.write_text("[domain corp.example]\nIncludeOU=OU=Staff,DC=corp,DC=example\n")
        text = GOOD.replace("userPrincipalName: a@", "userPrincipalName: a b@")
        inside = text.replace("OU=X", "OU=Staff").replace("CN=A", "CN=In")
        (self.folder / "two.ldif").write_text(text + "\n" + inside)
        done = subprocess.run([SCANCTL, "check", "--config", narrow, "--json", self.folder / "two.ldif"], capture_output=True, text=True, env=PLAIN)
        self.assertEqual([f["dn"] for f in json.loads(done.stdout)["findings"]], ["CN=In,OU=Staff,DC=corp,DC=example"])

    def test_check_touches_nothing(self):
        before = sorted(p.name for p in self.folder.iterdir())
        self.check(GOOD, code=FINE)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), before)


if __name__ == "__main__":
    unittest.main()
