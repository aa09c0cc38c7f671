#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the connector reported, in each shape, against what the running daemon says: `scanctl errors import`.

The reports are written here as their tools write them, and share nothing with what reads them.
"""

import base64
import csv
import io
import json
import os
import time
import unittest
import uuid
from xml.sax.saxutils import escape, quoteattr

from running import Running, wait_until

MESSAGE = ("Unable to update this object because the following attributes associated with this object have values that may already be "
           "associated with another object in your local directory services: [{}]. Correct or remove the duplicate values.")


def anchor(guid):
    return base64.b64encode(uuid.UUID(guid).bytes_le).decode()


def health(rows, separator=","):
    """As the portal of Connect Health exports them: titles for columns, a byte order mark."""
    names = ["Error Type", "Display Name", "Object Type", "Source Anchor", "User Principal Name", "Distinguished Name", "Attribute Name", "Attribute Value",
             "Error Message", "Time Occurred"]
    file = io.StringIO()
    writer = csv.DictWriter(file, names, delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" + file.getvalue()).encode()


def csexport(objects):
    """As csexport NAME FILE /f:e writes them: UTF-16, what was to be exported in front, the error behind it."""
    text = '<?xml version="1.0" encoding="UTF-16" ?>\r\n<cs-objects>\r\n'
    for one in objects:
        text += (f'<cs-object cs-dn={quoteattr(one["dn"])} id="{{68C3525F-1235-41EE-BD97-431BE85A0ACA}}" object-type="user">\r\n'
                 f'<unapplied-export><delta operation="add" dn={quoteattr(one["dn"])}>'
                 f'<attr name="userPrincipalName" operation="add" type="string" multivalued="false"><value>{escape(one["upn"])}</value></attr>'
                 '</delta></unapplied-export>\r\n')
        if "error" in one:
            text += (f'<export-errordetail><export-status date-occurred="2026-11-20 09:30:12.345" retry-count="3" error-type="{one["error"]}">'
                     f'<algorithm-step>export</algorithm-step><cd-error><error-code>0x8023134a</error-code><error-name>{one["error"]}</error-name>'
                     f'<error-literal>{escape(one["message"])}</error-literal></cd-error></export-status></export-errordetail>\r\n')
        text += "</cs-object>\r\n"
    return (text + "</cs-objects>\r\n").encode("utf-16")


def connector_dn(guid):
    """The connector of Entra ID names objects by the digits of the text that the anchor is."""
    return "CN={" + anchor(guid).encode().hex().upper() + "}"


class Errors(Running):
    def setUp(self):
        super().setUp()
        for name, attributes in (("Twin A", "userPrincipalName: twin.a@contoso.com\\nproxyAddresses: SMTP:twin@contoso.com"),
                                 ("Twin B", "userPrincipalName: twin.b@contoso.com\\nproxyAddresses: smtp:TWIN@contoso.com"),
                                 ("Wrong", "userPrincipalName: wrong<@contoso.com"), ("Wrong Too", "userPrincipalName: (too)@contoso.com"),
                                 ("Mended", "userPrincipalName: (mended)@contoso.com")):
            self.command(f"ldif dn: CN={name},OU=People,DC=contoso,DC=com\\nobjectClass: user\\nsAMAccountName: {name.lower().replace(' ', '.')}\\n"
                         f"userAccountControl: 512\\n{attributes}")
        wait_until("all is found", lambda: len(self.found("upn-invalid")) == 3 and len(self.found("smtp-address-not-unique")) == 2)
        self.guid = {f["dn"].split(",")[0][3:]: f["guid"] for f in self.listed()}
        self.command("ldif dn: CN=Mended,OU=People,DC=contoso,DC=com\\nuserPrincipalName: mended@contoso.com")
        wait_until("it is mended", lambda: len(self.found("upn-invalid")) == 2)

    def listed(self):
        return json.loads(self.scanctl("findings", "--all", "--json"))["findings"]

    def found(self, rule):
        return [f for f in self.listed() if f["rule"] == rule]

    def report(self, name, content, later=7200):
        """A file written when the connector has come by after all that is known."""
        path = self.folder / name
        path.write_bytes(content)
        os.utime(path, (time.time() + later,) * 2)
        return path

    def imported(self, *paths):
        return json.loads(self.scanctl("errors", "import", *paths, "--json"))

    def outcomes(self, told):
        return [(e["number"], e["dn"] and e["dn"].split(",")[0][3:], e["found_by"], e["outcome"], e["predicted"], [f["rule"] for f in e["findings"]])
                for e in told["errors"]]

    def missing(self, told):
        return sorted((f["rule"], f["dn"].split(",")[0][3:]) for f in told["balance"]["not_there"] if f["rule"] in ("upn-invalid", "smtp-address-not-unique"))

    def test_every_shape_is_joined_to_its_object_and_its_rule(self):
        rows = [
            {"Error Type": "AttributeValueMustBeUnique", "Source Anchor": anchor(self.guid["Twin B"]), "Attribute Name": "ProxyAddresses",
             "Attribute Value": "SMTP:twin@contoso.com"},
            {"Error Type": "IdentityDataValidationFailed", "Distinguished Name": "CN=Wrong,OU=People,DC=contoso,DC=com"},
            {"Error Type": "IdentityDataValidationFailed", "User Principal Name": "mended@contoso.com"},
            {"Error Type": "AttributeValueMustBeUnique", "User Principal Name": "u1@contoso.com", "Attribute Value": "smtp:guest@contoso.com"},
            {"Error Type": "IdentityDataValidationFailed", "User Principal Name": "u2@contoso.com"},
            {"Error Type": "IdentityDataValidationFailed", "Display Name": "Nobody", "Source Anchor": anchor(str(uuid.UUID(int=77)))},
            {"Error Type": "SomethingNew", "User Principal Name": "u2@contoso.com", "Error Message": "of which nobody knows"},
        ]
        expected = [
            (1, "Twin B", "sourceAnchor", "predicted", True, ["smtp-address-not-unique"]),
            (2, "Wrong", "distinguishedName", "predicted", True, ["upn-invalid"]),
            (4, "User 1", "userPrincipalName", "no-inventory", False, []),
            (5, "User 2", "userPrincipalName", "not-found", False, []),
            (6, None, None, "unknown-object", False, []),
            (7, "User 2", "userPrincipalName", "no-rule", False, []),
        ]
        for separator in ",;\t":
            told = self.imported(self.report("health.csv", health(rows, separator)))
            self.assertEqual([o for o in self.outcomes(told) if o[0] != 3], expected)
            # Twin A has the same value, and the connector reports one of the two.
            self.assertEqual(self.missing(told), [("upn-invalid", "Wrong Too")])
        self.assertEqual(told["balance"]["files"][0]["source"], "health")

        # The same from the connector's own tool; what had no error is not among them.
        objects = [
            {"dn": connector_dn(self.guid["Twin B"]), "upn": "twin.b@contoso.com", "error": "AttributeValueMustBeUnique",
             "message": MESSAGE.format("ProxyAddresses SMTP:twin@contoso.com;")},
            {"dn": connector_dn(self.guid["Twin A"]), "upn": "twin.a@contoso.com"},
            {"dn": "CN=Wrong Too,OU=People,DC=contoso,DC=com", "upn": "", "error": "DataValidationFailed", "message": "a < b & c"},
        ]
        told = self.imported(self.report("errors.xml", csexport(objects)))
        self.assertEqual(self.outcomes(told), [(1, "Twin B", "sourceAnchor", "predicted", True, ["smtp-address-not-unique"]),
                                               (3, "Wrong Too", "distinguishedName", "predicted", True, ["upn-invalid"])])
        self.assertEqual((told["errors"][1]["message"], told["errors"][1]["occurred"]), ("a < b & c", "2026-11-20T09:30:12Z"))
        self.assertEqual((told["balance"]["files"][0]["objects"], told["balance"]["files"][0]["errors"]), (3, 2))
        self.assertEqual(self.missing(told), [("upn-invalid", "Wrong")])

        # Graph tells what was taken away from whom, and nothing of what failed.
        quarantined = [{"id": str(uuid.UUID(int=5)), "userPrincipalName": "twin1234@contoso.onmicrosoft.com", "onPremisesImmutableId": anchor(self.guid["Twin A"]),
                        "onPremisesProvisioningErrors": [{"category": "PropertyConflict", "occurredDateTime": "2026-11-20T09:30:00Z",
                                                          "propertyCausingError": "ProxyAddress", "value": "twin@contoso.com"}]},
                       {"id": str(uuid.UUID(int=6)), "userPrincipalName": "u3@contoso.com", "onPremisesProvisioningErrors": []}]
        told = self.imported(self.report("users.json", json.dumps({"value": quarantined}).encode()))
        self.assertEqual(self.outcomes(told), [(1, "Twin A", "sourceAnchor", "predicted", True, ["smtp-address-not-unique"])])
        self.assertEqual(self.missing(told), [])

        # The JSON of Connect Health's API, where the object stands within.
        api = {"value": [{"type": "IdentityDataValidationFailed", "timeOccurred": "2026-11-20T09:30:00Z",
                          "incomingObject": {"displayName": "Wrong", "distinguishedName": "CN=Wrong,OU=People,DC=contoso,DC=com"}}]}
        told = self.imported(self.report("api.json", json.dumps(api).encode()))
        self.assertEqual(self.outcomes(told), [(1, "Wrong", "distinguishedName", "predicted", True, ["upn-invalid"])])

        # A finding that closed after the error was there; and one that is newer than the report.
        told = self.imported(self.report("mended.csv", health([rows[2]]), later=-3600))
        self.assertEqual(self.outcomes(told), [(1, "Mended", "userPrincipalName", "repaired-since", True, [])])
        self.assertEqual(self.missing(told), [])
        self.assertGreaterEqual(sum(count["too_new"] for count in (told["balance"]["certain"], told["balance"]["probable"])), 2)

        # All files together, as text: three parts, and the numbers.
        text = self.scanctl("errors", "import", self.report("health.csv", health(rows[:6])), self.folder / "errors.xml")
        for words in ("6 errors of Connect Health, in 6 objects", "2 errors of csexport, in 3 objects", "Predicted and there", "There, but not predicted",
                      "scand has no inventory", "8 errors: 4 predicted and there, 4 there but not predicted."):
            self.assertIn(words, " ".join(text.split()))

    def test_a_damaged_file_is_named_and_nothing_is_told(self):
        good = self.report("good.csv", health([{"Error Type": "X", "User Principal Name": "u1@contoso.com"}]))
        whole = csexport([{"dn": f"CN=User {n},OU=People,DC=contoso,DC=com", "upn": "", "error": "DataValidationFailed", "message": "m"} for n in range(3)])
        cases = {
            "truncated.xml": (whole[:len(whole) - 90], r"truncated\.xml: byte \d+, object 3: .*truncated"),
            "nested.xml": (b"<?xml version='1.0'?><cs-objects><cs-object cs-dn='CN=A'></b></cs-objects>", r"byte \d+, object 1: mismatched tag"),
            "other.xml": (b"<html><body/></html>", "this is no file of csexport"),
            "nameless.xml": (b"<cs-objects><cs-object id='1'/></cs-objects>", "object 1: the object has no cs-dn"),
            "bomb.xml": (b"<!DOCTYPE a [<!ENTITY b 'c'>]><cs-objects/>", "DOCTYPE"),
            "cut.json": (b'{"value":[{"type":"X","userPrincipalName":"a@b.c"}', r"byte 50, object 2: .*truncated"),
            "flat.json": (b'[{"id":"1","onPremisesProvisioningErrors":["Microsoft.Graph.X"]}]', "ConvertTo-Json -Depth 8"),
            "nobody.csv": (b"Error Type,Colour\r\nX,red\r\n", r"byte \d+, object 1: nothing in it says which object"),
            "many.csv": (b"Error Type,UPN\r\n" + 200001 * b"X,a@b.c\r\n", "more than 200,000 errors"),
            "nothing.csv": (b"User Principal Name,Colour\r\na@b.c,red\r\n", "nothing in it says which error"),
        }
        for name, (content, expected) in cases.items():
            with self.subTest(name):
                self.assertRegex(self.scanctl("errors", "import", good, self.report(name, content), code=2), expected)
        self.assertIn("needs at least one FILE", self.scanctl("errors", "import", code=2))
        self.assertIn("there is no", self.scanctl("errors", "export", code=2))


if __name__ == "__main__":
    unittest.main(verbosity=2)
