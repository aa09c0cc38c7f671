#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Exports in every shape through `scanctl cloud inspect`: recognised, counted alike, and refused at the right byte where damaged."""

import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import tenant

SCANCTL = sys.argv.pop(1)
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="scand-inventory-"))


def inspect(*contents, part=None, code=0):
    """Writes files, inspects them: their descriptions, or what stands on stderr."""
    paths = []
    for i, content in enumerate(contents):
        path = FOLDER / f"file{i}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(str(path))
    command = [SCANCTL, "cloud", "inspect", "--json", *([f"--part={part}"] if part else []), *paths]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C.UTF-8"})
    assert done.returncode == code, (command, done.returncode, done.stderr)
    return done.stderr if code else json.loads(done.stdout)["files"]


class Shapes(unittest.TestCase):
    def setUp(self):
        self.tenant = tenant.Tenant(40)

    def test_every_shape_says_the_same(self):
        synced = sum(1 for user in self.tenant.users if user["onPremisesSyncEnabled"])
        guests = sum(1 for user in self.tenant.users if user["userType"] == "Guest")
        for name, (shape, content) in tenant.shapes(self.tenant.users).items():
            with self.subTest(name):
                told, = inspect(content)
                self.assertEqual((told["part"], told["shape"], told["objects"], told["synced"], told["guests"], told["missing"]),
                                 ("users", shape, 40, synced, guests, []))
                self.assertEqual(told["encoding"], "UTF-16" if "utf16" in name else "UTF-8")

    def test_every_part_is_recognised(self):
        for part, objects in tenant.tenant_parts().items():
            path = {"deleted-users": "directory/deletedItems/microsoft.graph.user", "deleted-groups": "directory/deletedItems/microsoft.graph.group",
                    "roles": "roleManagement/directory/roleAssignments", "eligible-roles": "roleManagement/directory/roleEligibilitySchedules",
                    "synchronization": "directory/onPremisesSynchronization"}.get(part, part)
            shapes = [json.dumps(next(tenant.pages(objects, 10, path))), json.dumps(objects), json.dumps(tenant.pascal(objects)),
                      *([json.dumps(objects[0])] if len(objects) == 1 else [])]
            for shape in shapes:
                with self.subTest(part, shape=shape[:40]):
                    told, = inspect(shape)
                    self.assertEqual((told["part"], told["objects"]), (part, len(objects)))

    def test_the_tenant_s_facts(self):
        parts = tenant.tenant_parts()
        facts = [(f["name"], f["value"]) for told in inspect(*(json.dumps(parts[p]) for p in ("domains", "organization", "synchronization")))
                 for f in told["facts"]]
        for fact in [("verified-domain", "contoso.com"), ("initial-domain", "contoso.onmicrosoft.com"), ("federated-domain", "contoso.com"),
                     ("quota-total", "300000"), ("quota-used", "12"), ("last-sync", "2026-11-21T09:00:00Z"),
                     ("softMatchOnUpnEnabled", "true"), ("blockSoftMatchEnabled", "false"), ("deletion-threshold", "500")]:
            self.assertIn(fact, facts)
        self.assertNotIn(("verified-domain", "soon.example"), facts)

    def test_what_was_not_exported_is_missing(self):
        users = [{key: value for key, value in user.items() if key not in ("proxyAddresses", "onPremisesImmutableId")} for user in self.tenant.users]
        told, = inspect(json.dumps(users))
        self.assertEqual([missing["property"] for missing in told["missing"]], ["proxyAddresses", "onPremisesImmutableId"])

    def test_what_cannot_be_told_can_be_forced(self):
        unknown = json.dumps([{"id": self.tenant.guid(), "displayName": "?"}])
        self.assertIn("--part", inspect(unknown, code=2))
        told, = inspect(unknown, part="contacts")
        self.assertEqual((told["part"], told["objects"]), ("contacts", 1))
        self.assertIn("no userPrincipalName", inspect(unknown, part="users", code=2))
        self.assertIn("is it a user?", inspect(json.dumps(self.tenant.users), part="groups", code=2))

    def test_flattened_values_are_told_with_the_command(self):
        for value in ("System.Object[]", "SMTP:a@b smtp:c@d"):
            with self.subTest(value):
                error = inspect(json.dumps([self.tenant.users[0], self.tenant.users[1] | {"proxyAddresses": value}]), code=2)
                self.assertRegex(error, r"byte \d+, object 2: [a-zA-Z]+ was flattened.*ConvertTo-Json -Depth 8")
        error = inspect(json.dumps({"value": ["@{Id=1; Mail=}"]}), code=2)
        self.assertRegex(error, r"object 1: .*ConvertTo-Json -Depth 8")
        self.assertIn("-join ';'", inspect(tenant.table([self.tenant.users[0] | {"proxyAddresses": "System.String[]"}]), code=2))

    def test_pages_without_the_last_are_incomplete(self):
        pages = [json.dumps(page) for page in tenant.pages(self.tenant.users, 10)]
        self.assertEqual(len(inspect(*pages)), 4)
        self.assertIn("the last one is missing", inspect(*pages[:-1], code=2))

    def test_truncated_anywhere_is_refused(self):
        """At every 1,000th byte, and near the end; byte and object are named. But what is cut between two objects, or two rows, is whole."""
        n_refused = {}
        for name, (shape, content) in tenant.shapes(self.tenant.users[:20]).items():
            length = len(content.rstrip() if isinstance(content, bytes) else content.encode().rstrip())
            content = content if isinstance(content, bytes) else content.encode()
            for cut in sorted({*range(1000, length, 1000), length - 1}):
                between = content[:cut].rstrip(b"\r\n\0 ")[-1:] == b"}" and name == "objects" or shape == "CSV" and content[cut - 2:cut].strip(b"\0") == b"\n"
                if not between:
                    with self.subTest(name, cut=cut):
                        self.assertRegex(inspect(content[:cut], code=2), r"byte \d+, object \d+: |the last one is missing")
                    n_refused[name] = n_refused.get(name, 0) + 1
        self.assertEqual(set(n_refused), set(tenant.shapes(self.tenant.users)))

    def test_damage_is_named_by_its_byte(self):
        text = json.dumps(self.tenant.users)
        for needle, put, reason in (('"userType"', "userType", "expected"), ('"mailNickname": ', '"mailNickname" ', "expected")):
            at = text.index(needle, len(text) // 2)
            damaged = text[:at] + put + text[at + len(needle):]
            for encoding, width in (("utf-8", 1), ("utf-16", 2)):
                with self.subTest(needle, encoding=encoding):
                    error = inspect(damaged.encode(encoding), code=2)
                    byte, number = map(int, re.search(r"byte (\d+), object (\d+): ", error).groups())
                    near = len(damaged[:at].encode(encoding))
                    self.assertLess(abs(byte - near), 40 * width, error)
                    self.assertEqual(number, damaged[:at].count('"userPrincipalName"'), error)

    def test_no_text_is_told(self):
        content = json.dumps(self.tenant.users, ensure_ascii=False).encode()
        at = content.index("zoë".encode()) + 2
        self.assertIn(f"byte {at}, ", inspect(content[:at] + b"\xff" + content[at + 1:], code=2))
        self.assertIn("empty", inspect(b"", code=2))
        for text in (b"Dear administrator,\nhello, you\n", b"<!DOCTYPE html><html></html>", b"null",
                     b"\r\nId   : 11111111-1111-1111-1111-111111111111\r\n", b"WARNING: Resulting JSON is truncated.\r\n[]"):
            for part in (None, "groups"):
                with self.subTest(text, part=part):
                    self.assertIn('no CSV with a column "id"', inspect(text, part=part, code=2))

    def test_what_is_compressed_is_told(self):
        for content in (gzip.compress(b"[]"), b"PK\x03\x04\x14\0\0\0"):
            self.assertIn("unpack it first", inspect(content, code=2))

    def test_an_error_of_graph_is_told(self):
        page, _ = tenant.pages(self.tenant.users, 20)
        refused = json.dumps({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges.", "innerError": {}}})
        for content in (refused, json.dumps(page) + refused):
            self.assertIn("Graph gave an error where an export should be: Authorization_RequestDenied: Insufficient privileges.",
                          inspect(content, code=2))

    def test_files_put_behind_each_other_keep_their_marks(self):
        pages = [json.dumps(page) for page in tenant.pages(self.tenant.users, 15)]
        for encoding in ("utf-8-sig", "utf-16"):
            told, = inspect(b"".join((page + "\r\n").encode(encoding) for page in pages))
            self.assertEqual((told["part"], told["objects"]), ("users", 40))

    def test_other_names_of_the_same(self):
        """Of the portal and of PowerShell's other modules."""
        names = {"id": "ObjectId", "onPremisesImmutableId": "ImmutableId", "onPremisesSyncEnabled": "DirSyncEnabled"}
        users = [{names.get(key, key): value for key, value in user.items()} for user in self.tenant.users]
        synced = sum(1 for user in self.tenant.users if user["onPremisesSyncEnabled"])
        for content in (json.dumps(users), tenant.table(users)):
            told, = inspect(content)
            self.assertEqual((told["objects"], told["synced"], told["missing"]), (40, synced, []))

    def test_memory_does_not_grow_with_the_file(self):
        """Ten times the users, and nearly the same peak: measured by the kernel."""
        peaks = []
        for n in (2000, 20000):
            path = FOLDER / "many.json"
            path.write_text("".join(json.dumps(page) for page in tenant.pages(tenant.Tenant(n).users, 999)))
            done = subprocess.run([sys.executable, "-c", "import resource,subprocess,sys;"
                                   "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
                                   "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)", SCANCTL, "cloud", "inspect", str(path)],
                                  capture_output=True, text=True, check=True,
                                  env=os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=1"})  # else it keeps what was freed
            peaks.append(int(done.stdout))
        self.assertLess(peaks[1], 1.2 * peaks[0], peaks)

    def test_the_commands_ask_for_every_part(self):
        script = subprocess.run([SCANCTL, "cloud", "commands"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(re.findall(r"^Export-Part '([a-z-]+)' 'https://graph\.microsoft\.com/(?:v1\.0|beta)/", script, re.M),
                         ["users", *tenant.tenant_parts()][:4] + ["deleted-groups", "organization", "domains", "synchronization", "roles", "eligible-roles"])
        for permission in re.findall(r"\((\w+(?:\.\w+)+)\): ", script):
            self.assertIn(f"'{permission}'", script)
        self.assertNotIn("ReadWrite", script)

    def test_the_rest_script_follows_pages_with_least_rights(self):
        """Against a curl that answers as Graph does; the token never stands on a command line."""
        script = subprocess.run([SCANCTL, "cloud", "commands", "rest"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn("ReadWrite", script)
        power_shell = subprocess.run([SCANCTL, "cloud", "commands"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(set(re.findall(r"^#   (\S+)$", script, re.M)), set(re.findall(r"^  '([\w.]+)'", power_shell, re.M)))

        folder = pathlib.Path(tempfile.mkdtemp(prefix="scand-rest-"))
        first, second = tenant.pages(tenant.Tenant(6).users, 3)
        (folder / "first").write_text(json.dumps(first, separators=(",", ":")))
        (folder / "second").write_text(json.dumps(second, separators=(",", ":")))
        (folder / "curl").write_text(f"""#!/bin/sh
printf '%s\\n' "$*" >> {folder}/calls
for url; do :; done
case $url in
*/oauth2/v2.0/token) echo '{{"token_type":"Bearer","access_token":"t0k3n"}}'; exit ;;
esac
grep -q 'Bearer t0k3n' || exit 22
case $url in
*skiptoken*) cat {folder}/second ;;
*/beta/users?*) cat {folder}/first ;;
*) echo '{{"value":[]}}' ;;
esac
""")
        (folder / "curl").chmod(0o755)
        (folder / "secret").write_text("s3cret")
        done = subprocess.run(["sh", "-s", folder / "export"], input=script, text=True, capture_output=True,
                              env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "TENANT": "t", "CLIENT": "c", "SECRET_FILE": str(folder / "secret")})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        names = ["users", *tenant.tenant_parts()]
        self.assertEqual(sorted(path.name for path in (folder / "export").iterdir()), sorted(f"{name}.json" for name in names))
        told, = inspect((folder / "export/users.json").read_text())
        self.assertEqual((told["part"], told["objects"]), ("users", 6))
        calls = (folder / "calls").read_text()
        self.assertNotIn("t0k3n", calls)
        self.assertNotIn("s3cret", calls)


if __name__ == "__main__":
    unittest.main(verbosity=2)
