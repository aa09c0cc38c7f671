#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every verb of scanctl, check_scand and scand under German and Turkish, and on a terminal of 40 columns.

Under a Turkish locale "I" in lower case is "ı", under a German one 1.5 is "1,5": nothing of that may get into what is said, judged
or looked up. The locales are made for this test, as they are on few machines; without them their names would mean C.
"""

import datetime
import pathlib
import re
import subprocess
import sys
import unittest

CHECK_SCAND, SCAND = sys.argv[3:5]
del sys.argv[3:5]
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from company import ANNA, BASE, BERT, GONE, ODD, PLAIN, SCANCTL, WIDE, ProgramCase, columns
from peers import REQUIRED

LANGUAGES = ("de_DE", "tr_TR")
HEALTH = '''{"schema":1,"state":"running","version":"0.1.0","since":"%(now)s","written_at":"%(now)s","next_write_due":"%(due)s","pid":1,
"objects":1234567,"findings":{"error":12,"warning":3456,"notice":0},"rules":{"upn-invalid":12},"domains":[{"name":"corp.example","state":"following",
"dc":"dc1.corp.example","objects":1234567,"age_seconds":5}]}'''

# What each verb is tried with. A verb that is not here fails the test.
VERBS = {
    "status": [[], ["--domains"]],
    "findings": [[], ["--all"], ["--by", "ou"], ["--by", "domain"], ["--rule", "UPN-INVALID".lower()], ["--text", "INFO", "--all"], ["--text", "i", "--all"],
                 ["--domain", "CORP.EXAMPLE", "--all"], ["--ou", f"ou=STAFF,{BASE}", "--all"]],
    "show": [[str(ANNA)], [str(ODD)], [str(WIDE)], ["INFO@EXAMPLE.COM"]],
    "history": [[str(GONE)], [str(ANNA)]],
    "watch": None,  # lines of the log, never cut, until Ctrl-C
    "explain": [[str(BERT)], ["upn-invalid"], ["AttributeValueMustBeUnique"], [str(WIDE)]],
    "rules": [[]],
    "attributes": [[], ["user"]],
    "check": [["FIRST"]],
    "predict": [[str(ANNA)], [str(WIDE)]],
    "fix": [["--all"]],
    "report": None,  # a page
    "errors": [["import", "REPORT"]],
    "cloud": [["commands"], ["inspect", "USERS"], ["status"]],
    "accept": [["--rule", "upn-invalid", "--until", "2100-01-31", "--why", "x", "--dry-run"]],
    "rescan": [["corp.example"]],
    "reload": [[]],
    "backup": None,  # a line with the file's name
    "forget": [["--dry-run", str(GONE)]],
    "domain": [["list"], ["forget", "--dry-run", "corp.example"]],
    "help": [[], *[["VERB"]]],
}

# Machine-readable, or for a file: as wide as it is.
NOT_FOLDED = {"fix", "cloud commands", "help"}


class Languages(ProgramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.locales = cls.folder / "locales"
        cls.locales.mkdir()
        for language in LANGUAGES:
            try:
                subprocess.run(["localedef", "-i", language, "-f", "UTF-8", cls.locales / f"{language}.UTF-8"], check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                if REQUIRED:
                    raise
                raise unittest.SkipTest(f"localedef, and the package locales: {error}") from error
        users = '[{"id":"00000000-0000-0000-0000-000000000001","displayName":"İpek","userPrincipalName":"ipek@example.com","mail":null,' \
                '"proxyAddresses":[],"onPremisesSyncEnabled":null,"onPremisesImmutableId":null,"userType":"Member"}]'
        (cls.folder / "users.json").write_text(users)
        (cls.folder / "report.csv").write_text("Error Type,User Principal Name,Attribute Name,Attribute Value\n"
                                               "AttributeValueMustBeUnique,İpek@example.com,proxyAddresses,smtp:ipek@example.com\n")

    def environment(self, language):
        # What glibc takes from LOCPATH it keeps, which a sanitizer takes for a leak of ours.
        return {"LC_ALL": f"{language}.UTF-8", "LANG": f"{language}.UTF-8", "LANGUAGE": language, "LOCPATH": str(self.locales), "NO_COLOR": "1",
                "ASAN_OPTIONS": "detect_leaks=0"}

    def calls(self, every=False):
        verbs = re.findall(r"^  ([a-z]+)", self.out("help").split("Verbs:\n")[1].split("\n\n")[0], re.M)
        self.assertEqual(set(verbs), set(VERBS))
        for verb in verbs:
            for arguments in VERBS[verb] or ([] if not every else [[]]):
                if arguments == ["VERB"]:
                    yield from ([verb, other] for other in verbs)
                    continue
                places = {"FIRST": str(self.folder / "first.ldif"), "USERS": str(self.folder / "users.json"),
                          "REPORT": str(self.folder / "report.csv")}
                yield [verb, *[places.get(argument, argument) for argument in arguments]]

    def said(self, call, language):
        code, out, err = self.run_scanctl(*call, env=self.environment(language) if language else {"NO_COLOR": "1"})
        # Ages and times of the moment.
        return code, re.sub(r"\d+ (s|min|h|d) ago|\d{4}-\d\d-\d\dT[\d:]+Z?", "…", out), err

    def test_the_locales_are_there_and_differ(self):
        """Else this test would compare C with C."""
        for language, words in (("de_DE", "1,5"), ("tr_TR", "1,5")):
            done = subprocess.run(["/usr/bin/printf", "%.1f", "1,5"], capture_output=True, text=True, env=PLAIN | self.environment(language))
            self.assertEqual((done.returncode, done.stdout), (0, words), done.stderr)

    def test_every_verb_says_the_same_in_every_language(self):
        for call in self.calls():
            plain = self.said(call, None)
            for language in LANGUAGES:
                with self.subTest(language, call=call):
                    self.assertEqual(self.said(call, language), plain)

    def test_json_and_csv_are_the_same_in_every_language(self):
        for call in (["findings", "--all"], ["status", "--domains"], ["rules"], ["attributes"]):
            for form in "--json", "--csv":
                plain = self.said([*call, form], None)
                self.assertEqual(plain[0], 0)
                for language in LANGUAGES:
                    with self.subTest(language, call=call, form=form):
                        self.assertEqual(self.said([*call, form], language), plain)

    def test_the_plugin_and_the_daemon_say_the_same_in_every_language(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        health = self.folder / "health.json"
        health.write_text(HEALTH % {"now": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "due": (now + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")})
        for command in ([CHECK_SCAND, "--file", str(health), "-w", "0.5", "-c", "1e3", "-v"], [CHECK_SCAND, "--file", str(health), "-w", "10", "-c", "100:"],
                        [SCAND, "--config", str(self.config), "--check-config"], [SCAND, "--help"]):
            said = {}
            for language in (None, *LANGUAGES):
                done = subprocess.run(command, capture_output=True, text=True, env=PLAIN | (self.environment(language) if language else {}))
                said[language] = done.returncode, re.sub(r"\b\d+ ?s\b", "…", done.stdout), done.stderr
            for language in LANGUAGES:
                with self.subTest(language, command=command):
                    self.assertEqual(said[language], said[None])

    def test_no_line_is_wider_than_forty_columns(self):
        """Names and commands that stand whole on a line of their own may be: nothing in them can be broken without being wrong."""
        checked = 0
        for call in self.calls():
            if call[0] in NOT_FOLDED or " ".join(call[:2]) in NOT_FOLDED:
                continue
            for language in ("C", "tr_TR"):
                environment = {"NO_COLOR": "1"} if language == "C" else self.environment(language)
                text = self.terminal(*call, width=40, env=environment, code=None)  # which depends on what was found
                for line in text.splitlines():
                    with self.subTest(language, call=call):
                        checked += 1
                        # One word, with what stands before it: a DN, a GUID, an address, a link, a file.
                        rest = line.strip().split(maxsplit=1)
                        longest = max((columns(word) for word in line.split()), default=0)
                        if longest > 24 or len(rest) < 2 or line.startswith("scanctl: "):
                            continue
                        self.assertLessEqual(columns(line), 40, line)
        self.assertGreater(checked, 500)


if __name__ == "__main__":
    unittest.main()
