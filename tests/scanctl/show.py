#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl show: an object by any of its names, and what is said of it."""

import base64
import json
import unittest

from company import ANNA, BASE, BERT, FOUND, GONE, INFO, ODD, ProgramCase, TROUBLE, shown


class Show(ProgramCase):
    def test_an_object_is_found_by_any_of_its_names(self):
        names = [f"CN=Berg\\, Anna,OU=Staff,{BASE}", f"cn=BERG\\2c anna, ou=staff,{BASE.lower()}", str(ANNA), "{" + str(ANNA).upper() + "}",
                 "anna.berg@example.com", "ANNA.BERG@EXAMPLE.COM", "smtp:anna.berg@example.com", "anna.berg", "CORP\\anna.berg", " anna.berg@example.com "]
        for name in names:
            with self.subTest(name):
                objects = json.loads(self.out("show", "--json", name))["objects"]
                self.assertEqual([o["guid"] for o in objects], [str(ANNA)])

    def test_show_tells_everything(self):
        shown = json.loads(self.out("show", "--json", str(ANNA)))["objects"][0]
        self.assertEqual(shown["attributes"]["objectSid"], ["S-1-5-21-1-2-3-500"])
        self.assertEqual(shown["attributes"]["mS-DS-ConsistencyGuid"], [base64.b64encode(ANNA.bytes_le).decode()])
        self.assertEqual(shown["attributes"]["proxyAddresses"], ["SMTP:anna.berg@example.com", "smtp:info@example.com", "X500:/o=Old/cn=anna"])
        self.assertEqual((shown["deleted"], shown["in_scope"], shown["selected"], shown["excluded"]), (None, True, True, False))
        self.assertIn("smtp-address-not-unique", [f["rule"] for f in shown["findings"]])

        text = self.out("show", "anna.berg")
        self.assertRegex(text, r"(?m)^  proxyAddresses +SMTP:anna.berg@example.com  \(primary\)$")
        self.assertRegex(text, r"(?m)^ {24}smtp:info@example.com$")
        self.assertRegex(text, rf"(?m)^  objectGUID +{ANNA}$")
        self.assertRegex(text, r"(?m)^  userAccountControl +512  \(ordinary account\)$")
        self.assertRegex(text, rf"(?m)^  also held by +CN=Info,OU=Shared,OU=Staff,{BASE} \(")
        self.assertRegex(text, r"(?m)^error  smtp-address-not-unique$")

    def test_show_predicts_and_marks_what_does_not_arrive(self):
        prediction = json.loads(self.out("predict", "--json", str(BERT)))["predictions"][0]
        self.assertEqual(json.loads(self.out("show", "--json", str(BERT)))["objects"][0]["prediction"], prediction)
        text = self.out("show", str(BERT))
        self.assertRegex(text, r"(?m)^  userPrincipalName +bert berg@example.com  \(becomes bert@contoso.onmicrosoft.com\)$")
        self.assertRegex(text, r"(?m)^In the cloud\n  Source anchor ")
        self.assertRegex(self.out("show", "anna.berg"), r"(?m)^  userPrincipalName +anna.berg@example.com$")
        odd = self.out("show", str(ODD))
        self.assertRegex(odd, r"(?m)^  mail +odd\\xFF@example.com  \(dropped: it ")
        self.assertNotIn("In the cloud", self.out("show", str(GONE)))

    def test_the_deleted_are_found_too(self):
        for name in str(GONE), "gone@example.com", "gone":
            with self.subTest(name):
                shown = json.loads(self.out("show", "--json", name))["objects"]
                self.assertEqual([o["guid"] for o in shown], [str(GONE)])
                self.assertIsNotNone(shown[0]["deleted"])
                self.assertFalse(shown[0]["in_scope"])
        self.assertRegex(self.out("show", str(GONE)), r"(?m)^  Deleted +[0-9]+ (min|h) ago$")

    def test_several_of_one_name_are_listed(self):
        code, out, err = self.run_scanctl("show", "info@example.com")
        self.assertEqual(code, TROUBLE)
        self.assertIn(str(ANNA), out)
        self.assertIn(str(INFO), out)
        self.assertIn("2 objects are called so", err)
        self.assertEqual(len(json.loads(self.out("show", "--json", "info@example.com"))["objects"]), 2)

    def test_what_is_no_object_is_said_with_a_way_out(self):
        self.assertIn("findings --text", self.err("show", "nobody", code=FOUND))
        self.assertIn("scanctl explain upn-invalid", self.err("show", "upn-invalid", code=FOUND))
        self.assertIn(f"findings --ou='OU=Staff,{BASE}'", self.err("show", f"OU=Staff,{BASE}", code=FOUND))
        self.assertEqual(json.loads(self.out("show", "--json", "nobody", code=FOUND))["objects"], [])


if __name__ == "__main__":
    unittest.main()
