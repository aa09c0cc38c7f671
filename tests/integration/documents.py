#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the programs say of themselves, the manual pages and the completion: the same options everywhere."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

from peers import REQUIRED

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCANCTL, CHECK_SCAND, SCAND, LIST_OPTIONS = sys.argv[1:5]
PAGES = [pathlib.Path(page) for page in sys.argv[5:]]
del sys.argv[1:]


def run(*command, code=0):
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    assert done.returncode == code, (command, done)
    return done.stdout


def source(name):
    return (ROOT / "doc" / f"{name}.scd").read_text()


def section(text, title):
    """What stands below a heading of scdoc."""
    return re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", text, re.M | re.S).group(1)


def help_options(text):
    """{"--rule": ("-r", "RULE")} of a --help text."""
    found = {}
    for letter, name, operand in re.findall(r"^ +(?:(-\w), ?)? *(--[\w-]+)(?:[= ]([A-Z]+))?  *\S", text, re.M):
        found[name] = (letter, operand)
    return found


def page_options(text):
    """The same of a manual page's source."""
    found = {}
    for letter, name, operand in re.findall(r"^(?:\*(-\w)\*, )?\*(--[\w-]+)\*(?:[= ]_(\w+)_)?$", text, re.M):
        found[name] = (letter, operand)
    return found


class Options(unittest.TestCase):
    def setUp(self):
        self.verbs = re.findall(r"^  (\w+)", section("# V\n" + run(SCANCTL, "--help").split("Verbs:\n")[1].split("\n\n")[0] + "\n", "V"), re.M)
        self.common = help_options(run(SCANCTL, "--help"))

    def verb_options(self, verb):
        return help_options(run(SCANCTL, "help", verb))

    def test_scanctl_has_the_verbs_of_its_page(self):
        self.assertGreater(len(self.verbs), 8)
        self.assertEqual(re.findall(r"^\*(\w+)\*", section(source("scanctl.1"), "VERBS"), re.M), self.verbs)
        self.assertEqual(re.findall(r"\.\.\. \*(\w+)\*", section(source("scanctl.1"), "SYNOPSIS")), self.verbs)

    def test_scanctl_has_the_options_of_its_page(self):
        everything = dict(self.common)
        for verb in self.verbs:
            everything |= self.verb_options(verb)
        self.assertGreater(len(everything), 15)
        page = source("scanctl.1")
        options = page[page.index("# OPTIONS"):page.index("# VIEWS")]
        self.assertEqual(page_options(options), everything)

    def test_options_of_a_verb_stand_under_its_name_in_the_page(self):
        page = source("scanctl.1")
        for title, verbs in [("Options of findings", ["findings"]), ("Options of findings, watch, check, fix and accept", ["findings", "watch", "check", "fix", "accept"]),
                             ("Options of findings, watch and accept", ["findings", "watch", "accept"]), ("Options of accept", ["accept"]),
                             ("Options of accept, forget and domain", ["accept", "forget", "domain"]),
                             ("Options of findings, watch, check, fix, report and accept", ["findings", "watch", "check", "fix", "report", "accept"]),
                             ("Options of report", ["report"]),
                             ("Options of check", ["check"]), ("Options of status", ["status"]), ("Options of predict", ["predict"]),
                             ("Options of rescan", ["rescan"])]:
            for name in page_options(section(page, title)):
                taking = [verb for verb in self.verbs if name in self.verb_options(verb)]
                self.assertEqual(taking, verbs, name)

    def test_check_scand_has_the_options_of_its_page(self):
        said = help_options(run(CHECK_SCAND, "--help", code=3))
        self.assertGreater(len(said), 8)
        self.assertEqual(page_options(section(source("check_scand.8"), "OPTIONS")), said)

    def test_scand_has_the_options_of_its_page(self):
        said = help_options(run(SCAND, "--help"))
        self.assertIn("--check-config", said)
        self.assertEqual(set(page_options(section(source("scand.8"), "OPTIONS"))), set(said))

    def test_the_configuration_has_the_options_of_its_page(self):
        titles = {"scand": "[scand]", "storage": "[storage]", "domain": "[domain NAME]", "tenant": "[tenant]", "rule": "[rule ID]"}
        known = {}
        for line in run(LIST_OPTIONS).splitlines():
            part, name, syntax, fallback, effect = line.split("\t")
            known.setdefault(part, []).append((name, syntax, fallback, effect))
        self.assertEqual(set(known), set(titles))
        for part, options in known.items():
            text = section(source("scand.conf.5"), titles[part])
            said = []
            for name, syntax, body in re.findall(r"^\*(\w+)\*=_(.+?)_\n(.*?)(?=^\*|\Z)", text, re.M | re.S):
                flat = " ".join(body.split())
                fallback = re.search(r"Default: (.+?)\. Applied", flat)
                self.assertRegex(flat, r"Applied by: \w+\.$", name)
                said.append((name, syntax.replace("\\", ""), fallback.group(1) if fallback else "", re.search(r"Applied by: (\w+)\.$", flat).group(1)))
            self.assertEqual(said, options)

    def test_every_effect_is_explained(self):
        text = section(source("scand.conf.5"), "DESCRIPTION")
        effects = {line.split("\t")[4] for line in run(LIST_OPTIONS).splitlines()}
        self.assertEqual(set(re.findall(r"^\*(\w+)\*$", text, re.M)), effects)

    def test_every_rule_is_in_the_page_of_rules(self):
        rules = [rule["rule"] for rule in json.loads(run(SCANCTL, "--config", "/dev/null", "rules", "--json"))["rules"]]
        page = next(page for page in PAGES if page.name == "scand-rules.7").read_text().replace("\\-", "-")
        for rule in rules:
            self.assertIn(f".SS {rule}\n", page)


class Completion(unittest.TestCase):
    SCRIPT = """
        source "$1"; shift
        COMP_WORDS=(scanctl "$@"); COMP_CWORD=$#
        _scanctl
        printf '%s\\n' "${COMPREPLY[@]}"
    """

    def complete(self, *words):
        path = pathlib.Path(SCANCTL).parent
        done = subprocess.run(["bash", "-c", self.SCRIPT, "bash", ROOT / "packaging/completions/scanctl", *words], capture_output=True, text=True,
                              env={"PATH": f"{path}:/usr/bin:/bin"})
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def setUp(self):
        self.common = set(help_options(run(SCANCTL, "--help")))
        self.verbs = self.complete("")

    def test_verbs_and_options_are_those_of_the_program(self):
        self.assertEqual(self.complete("-"), sorted(self.common, key=self.complete("-").index))
        for verb in self.verbs:
            with self.subTest(verb):
                own = set(help_options(run(SCANCTL, "help", verb)))
                self.assertEqual(set(self.complete(verb, "-")), own | self.common)
        self.assertEqual(self.verbs, re.findall(r"^  (\w+) ", run(SCANCTL, "--help").split("Verbs:\n")[1].split("\n\n")[0] + "\n", re.M))

    def test_beginnings_are_completed(self):
        self.assertEqual(self.complete("fin"), ["findings"])
        self.assertEqual(self.complete("findings", "--sev"), ["--severity"])
        self.assertEqual(self.complete("--config", "/x", "sta"), ["status"])
        self.assertEqual(self.complete("help", "exp"), ["explain"])

    def test_values_are_those_the_program_takes(self):
        self.assertEqual(self.complete("findings", "--severity", "=", "err"), ["error"])
        self.assertEqual(self.complete("findings", "--severity", "="), ["error", "warning", "notice"])
        self.assertEqual(self.complete("findings", "--class", ""), ["excluded", "fails", "altered", "directory"])
        self.assertEqual(self.complete("--color", "n"), ["never"])
        for option, values in ("--severity", ["error", "warning", "notice"]), ("--class", ["excluded", "fails", "altered", "directory"]):
            for value in values:
                run(SCANCTL, "check", "--config", "/dev/null", f"{option}={value}", "/dev/null")

    def test_rules_are_asked_of_the_program(self):
        self.assertEqual(self.complete("explain", "linked"), ["linked-mailbox"])
        self.assertEqual(self.complete("findings", "-r", "linked"), ["linked-mailbox"])
        self.assertEqual(self.complete("explain", "linked-mailbox", "x"), [])
        self.assertEqual(self.complete("attributes", "con"), ["contact"])

    def test_files_are_completed(self):
        for verb in "check", "predict":
            self.assertIn(str(ROOT / "meson.build"), self.complete(verb, str(ROOT / "meson")))

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_has_nothing_to_say(self):
        run("shellcheck", str(ROOT / "packaging/completions/scanctl"))


@unittest.skipUnless(shutil.which("zsh") or REQUIRED, "zsh is not installed")
class ZshCompletion(unittest.TestCase):
    """What a real zsh offers. It is started once for all lines, as that takes its time."""

    @classmethod
    def setUpClass(cls):
        cls.verbs = re.findall(r"^  (\w+) ", run(SCANCTL, "--help").split("Verbs:\n")[1].split("\n\n")[0] + "\n", re.M)
        cls.common = help_options(run(SCANCTL, "--help"))
        lines = ["", "-", *(f"{verb} -" for verb in cls.verbs), "fin", "--config /x sta", "help exp", "findings --severity=", "findings --class ",
                 "--color n", "explain linked", "findings -r linked", "explain linked-mailbox ", f"check {ROOT}/meson.b", f"--config {ROOT}/meson.b"]
        done = subprocess.run(["zsh", "-f", ROOT / "tests/integration/complete.zsh", ROOT / "packaging/completions", *(f"scanctl {line}" for line in lines)],
                              capture_output=True, text=True, env={"PATH": f"{pathlib.Path(SCANCTL).parent}:/usr/bin:/bin", "TERM": "xterm", "LC_ALL": "C.UTF-8"})
        assert (done.returncode, done.stderr) == (0, ""), done
        answers = re.split(r"^= scanctl ", done.stdout, flags=re.M)[1:]
        cls.offered = {line: answer.split("\n")[1:] for line, answer in zip(lines, answers, strict=True)}

    def complete(self, line):
        return [word for word in self.offered[line] if word]

    def test_verbs_and_options_are_those_of_the_program(self):
        self.assertEqual(self.complete(""), self.verbs)
        self.assertEqual({word for word in self.complete("-") if word.startswith("--")}, set(self.common))
        for verb in self.verbs:
            with self.subTest(verb):
                own = help_options(run(SCANCTL, "help", verb)) | self.common
                letters = {letter for letter, _ in own.values() if letter}
                self.assertEqual(set(self.complete(f"{verb} -")), set(own) | letters)

    def test_beginnings_are_completed(self):
        self.assertEqual(self.complete("fin"), ["findings"])
        self.assertEqual(self.complete("--config /x sta"), ["status"])
        self.assertEqual(self.complete("help exp"), ["explain"])

    def test_values_are_those_the_program_takes(self):
        self.assertEqual(self.complete("findings --severity="), ["error", "warning", "notice"])
        self.assertEqual(self.complete("findings --class "), ["excluded", "fails", "altered", "directory"])
        self.assertEqual(self.complete("--color n"), ["never"])

    def test_rules_are_asked_of_the_program(self):
        self.assertEqual(self.complete("explain linked"), ["linked-mailbox"])
        self.assertEqual(self.complete("findings -r linked"), ["linked-mailbox"])
        # zsh goes on with options where no operand may follow.
        self.assertEqual({word[0] for word in self.complete("explain linked-mailbox ")}, {"-"})

    def test_files_are_completed(self):
        self.assertEqual(self.complete(f"check {ROOT}/meson.b"), ["meson.build"])
        self.assertEqual(self.complete(f"--config {ROOT}/meson.b"), ["meson.build"])


class Pages(unittest.TestCase):
    def test_there_are_five(self):
        self.assertEqual(sorted(page.name for page in PAGES), ["check_scand.8", "scanctl.1", "scand-rules.7", "scand.8", "scand.conf.5"])

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_man_warns_of_nothing(self):
        for page in PAGES:
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", page], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
            # What is for pasting may be wider than the page.
            self.assertEqual([line for line in done.stderr.splitlines() if "can't break line" not in line and "cannot adjust line" not in line], [], page)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc_finds_no_error(self):
        for page in PAGES:
            run("mandoc", "-Tlint", "-W", "error", str(page))

    def test_pages_and_files_that_are_named_exist(self):
        names = {page.name for page in PAGES}
        for page in "scanctl.1", "scand.8", "scand.conf.5", "check_scand.8":
            for name, part in re.findall(r"\*(scan[\w.-]*|check_scand)\*\((\d)\)", source(page)):
                self.assertIn(f"{name}.{part}", names)


if __name__ == "__main__":
    unittest.main()
