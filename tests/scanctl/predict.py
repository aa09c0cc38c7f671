#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scanctl predict: what becomes of the addresses of a file and of an object."""

import base64
import json
import subprocess
import unittest

from company import ANNA, BASE, BERT, CONTACT, FINE, FOUND, GONE, GOOD, INFO, PLAIN, ProgramCase, SCANCTL, TROUBLE, columns


class Predict(ProgramCase):
    def predict(self, *arguments, code=FINE, **more):
        answer = json.loads(self.out("predict", "--json", *arguments, code=code, **more))
        self.assertEqual(answer["schema"], 1)
        return answer["predictions"]

    BERT = "dn: CN=Bert,OU=X,DC=corp,DC=example\nobjectClass: user\nsAMAccountName: bert\nuserPrincipalName: bert@corp.local\n" \
           "mailNickname: bert\nproxyAddresses: SMTP:bert@example.com\nproxyAddresses: smtp:b@corp.local\nproxyAddresses: smtp:b b@example.com\n"

    def test_a_file_is_predicted_with_and_without_licence(self):
        predictions = self.predict("-", stdin=self.BERT)
        self.assertEqual([set(p) for p in predictions],
                         [{"dn", "domain", "guid", "kind", "left_out", "source_anchor", "unlicensed", "licensed"}])
        bert = predictions[0]
        self.assertEqual((bert["dn"], bert["domain"], bert["kind"]), ("CN=Bert,OU=X,DC=corp,DC=example", "corp.example", "user"))
        self.assertEqual((bert["guid"], bert["source_anchor"], bert["left_out"]), (None, None, None))
        for licence in "licensed", "unlicensed":
            self.assertEqual(set(bert[licence]), {"user_principal_name", "mail", "mail_nickname", "primary", "secondary", "others", "dropped", "notes"})
            self.assertEqual(bert[licence]["user_principal_name"], "bert@contoso.onmicrosoft.com")
            self.assertEqual((bert[licence]["mail"], bert[licence]["primary"]), ("bert@example.com",) * 2)
        self.assertEqual(bert["unlicensed"]["secondary"], ["b@corp.local"])
        self.assertEqual(bert["licensed"]["secondary"], ["bert@contoso.onmicrosoft.com"])
        self.assertEqual({d["value"]: d["reason"] for d in bert["licensed"]["dropped"]},
                         {"smtp:b@corp.local": "corp.local is not a verified domain of the tenant", "smtp:b b@example.com": "it holds a space"})

    def test_an_object_is_predicted_from_the_database(self):
        for name in str(ANNA), "anna.berg@example.com", f"CN=Berg\\, Anna,OU=Staff,{BASE}":
            anna, = self.predict(name)
            self.assertEqual(anna["guid"], str(ANNA))
            self.assertEqual(base64.b64decode(anna["source_anchor"]), ANNA.bytes_le)
            self.assertEqual(anna["licensed"]["others"], ["X500:/o=Old/cn=anna"])
            self.assertEqual(anna["licensed"]["secondary"], ["info@example.com", "anna.berg@contoso.onmicrosoft.com"])
        self.assertEqual(self.predict(str(GONE))[0]["left_out"], "it is deleted")
        self.assertRegex(self.predict(str(CONTACT))[0]["left_out"], r"\(rule contact-not-mail-enabled\)")
        self.assertEqual(self.predict("nobody@example.com", code=FOUND), [])
        self.assertIn("there is no object", self.err("predict", "nobody@example.com", code=FOUND))

    def test_domains_on_the_command_line_stand_instead_of_the_configured(self):
        bert, = self.predict("-", "--initial-domain=other.onmicrosoft.com", "--verified-domain", "corp.local", "--verified-domain=x.example", stdin=self.BERT)
        self.assertEqual(bert["licensed"]["user_principal_name"], "bert@corp.local")
        self.assertEqual(bert["licensed"]["primary"], "bert@other.onmicrosoft.com")
        self.assertEqual(set(bert["licensed"]["secondary"]), {"b@corp.local", "bert@corp.local"})
        self.assertIn("try a domain such as", self.err("predict", "-", "--verified-domain", "bert@corp.local"))
        self.assertIn("findings takes no --initial-domain", self.err("findings", "--initial-domain", "x.onmicrosoft.com"))

    def test_predicting_a_file_needs_no_database_and_no_configuration(self):
        done = subprocess.run([SCANCTL, "predict", "-", "--json", "--database", "/nonexistent/scand.db", "--config", "/dev/null"],
                              input=self.BERT, capture_output=True, text=True, env=PLAIN)
        self.assertEqual((done.returncode, done.stderr), (FINE, ""))
        bert, = json.loads(done.stdout)["predictions"]
        self.assertIsNone(bert["licensed"]["user_principal_name"])
        self.assertTrue(any("InitialDomain= is not set" in note for note in bert["licensed"]["notes"]))

    def test_the_second_of_one_nickname_gets_digits(self):
        first, second = self.predict("-", stdin=self.BERT + "\n" + self.BERT.replace("CN=Bert", "CN=Other").replace("nickname: bert", "nickname: BERT"))
        self.assertEqual(first["licensed"]["secondary"], ["bert@contoso.onmicrosoft.com"])
        self.assertEqual(second["licensed"]["secondary"], ["bert####@contoso.onmicrosoft.com"])
        self.assertEqual(second["licensed"]["mail_nickname"], "bert")

    def test_a_prediction_reads_well_on_any_terminal(self):
        (self.folder / "bert.ldif").write_text(self.BERT + "\n" + GOOD)
        for width in 60, 80, 200:
            text = self.terminal("predict", str(self.folder / "bert.ldif"), width=width, env={"NO_COLOR": "1"})
            self.assertLessEqual(max(columns(line) for line in text.split("\n")), width)
        text = self.out("predict", str(self.folder / "bert.ldif"))
        self.assertRegex(text, r"(?m)^  dropped +smtp:b b@example.com  \(it holds a space\)$")
        self.assertRegex(text, r"(?s)With an Exchange Online licence\n.*Without an Exchange Online licence\n")
        info = self.out("predict", str(INFO))
        self.assertRegex(info, r"(?m)^Addresses$")
        self.assertNotIn("licence", info)

    def test_unreadable_records_are_named_and_the_rest_is_predicted(self):
        code, out, err = self.run_scanctl("predict", "--json", "-", stdin="dn: nonsense\nobjectClass: user\n\n" + self.BERT)
        self.assertEqual((code, len(json.loads(out)["predictions"])), (TROUBLE, 1))
        self.assertIn("1 record could not be read", err)
        self.assertIn("No such file", self.err("predict", str(self.folder / "none.ldif")))
        self.assertEqual(self.out("predict", "-", stdin=""), "No user, contact or group is in it.\n")

    def test_odd_values_are_predicted_escaped(self):
        odd, = self.predict("-", stdin=self.BERT.replace("smtp:b b@", "smtp:b\N{RIGHT-TO-LEFT OVERRIDE}@") + "proxyAddresses:: eDUwMDr/AA==\n")
        self.assertIn("x500:\\xFF\\x00", odd["licensed"]["others"])

    def test_a_wrong_configuration_stops_check_and_only_warns_the_others(self):
        wrong = self.folder / "wrong.conf"
        wrong.write_text("[tenant]\nInitialDomian=x.onmicrosoft.com\n")
        done = subprocess.run([SCANCTL, "check", "--config", wrong, "-"], input="", capture_output=True, text=True, env=PLAIN)
        self.assertEqual((done.returncode, done.stdout), (TROUBLE, ""))
        self.assertIn("did you mean InitialDomain=?", done.stderr)
        self.assertNotIn("\n\n", done.stderr)

    def test_a_file_that_is_not_there(self):
        self.assertIn("No such file", self.err("check", str(self.folder / "none.ldif")))


if __name__ == "__main__":
    unittest.main()
