#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_scand over health files: what it says, with which exit code, and that it keeps to the plugin guidelines."""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

PLUGIN = sys.argv.pop(1)
OK, WARNING, CRITICAL, UNKNOWN = range(4)
NAMES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
HOUR = 3600

# 'label'=value[UOM];[warn];[crit];[min];[max], one space between two of them.
PERFDATA = re.compile(r"('[^'=]+'|[^ '=]+)=(U|-?[0-9.]+(s|us|ms|%|B|KB|MB|TB|c)?)(;[^; ]*){0,4}")


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def boottime():
    return int(time.clock_gettime(time.CLOCK_BOOTTIME))


def boot_id():
    return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def domain(age=8, **more):
    now = int(time.time())
    return {
        "name": "corp.example", "state": "following", "dc": "dc1.corp.example", "site": None, "invocation_id": None,
        "watermark": 4711, "usn_behind": 0, "objects": 51204, "last_poll_ok": stamp(now - age), "last_full_ok": None,
        "last_reconcile_ok": None, "stale_after": stamp(now - age + 600), "tombstones_readable": True,
        "unconfirmed_failover": False, "failures": 0, "last_error": None, "full_read": None,
    } | more


def health(age=5, due=55, **more):
    """A report written `age` seconds ago that promised the next one `due` seconds after that."""
    now = int(time.time())
    return {
        "schema": 1, "state": "running", "version": "0.1.0", "since": stamp(now - 7200), "written_at": stamp(now - age),
        "next_write_due": stamp(now - age + due), "next_write_due_boottime": boottime() - age + due, "pid": 1,
        "boot_id": boot_id(), "domains": [domain()], "objects": 51204,
        "findings": {"error": 0, "warning": 3, "notice": 402}, "rules": {"upn-missing": 3}, "rules_unknown": {},
        "missed_changes_total": 0,
    } | more


class Plugin(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name, "health.json")

    def run_plugin(self, *arguments, env=None):
        done = subprocess.run([PLUGIN, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=env)
        self.assertEqual(done.stderr, "", "everything is said on standard output")
        return done.returncode, done.stdout

    def check(self, report, *arguments):
        """Runs over a report; returns (code, text, perfdata, long lines), all held against the guidelines."""
        text = report if isinstance(report, str) else json.dumps(report)
        self.file.write_text(text)
        return self.check_file(self.file, *arguments)

    def check_file(self, file, *arguments):
        code, output = self.run_plugin("--file", str(file), *arguments)
        self.assertIn(code, range(4))
        first, *rest = output.removesuffix("\n").split("\n")
        self.assertTrue(output.endswith("\n"))
        self.assertTrue(first.startswith(f"SCAND {NAMES[code]} - "), first)
        text, _, perfdata = first.partition("|")
        self.assertNotIn("|", perfdata)
        self.assertNotIn(";", text, "Nagios turns it into a colon")
        for line in rest:
            self.assertNotIn("|", line, "a second bar begins performance data again")
        self.assertNotRegex(output, r"[\x00-\x09\x0b-\x1f\x7f]")
        labels = set()
        for item in filter(None, perfdata.split(" ")):
            self.assertRegex(item, PERFDATA)
            self.assertTrue(PERFDATA.fullmatch(item), item)
            labels.add(item.split("=")[0].strip("'")[:19])
        self.assertEqual(len(labels), len(list(filter(None, perfdata.split(" ")))), "labels differ in their first 19")
        return code, text, perfdata, rest

    # state of the daemon

    def test_a_live_daemon_without_errors_is_ok(self):
        begin = time.time()
        code, text, perfdata, rest = self.check(health())
        self.assertEqual(code, OK)
        self.assertRegex(text, r"^SCAND OK - 0 errors, 3 warnings in 51204 objects, read \d+ s ago$")
        self.assertIn(int(text.split()[-3]), range(8, int(time.time() - begin) + 10))
        self.assertRegex(perfdata, r"^'errors'=0;0;;0 'warnings'=3;;;0 'notices'=402;;;0 objects=51204;;;0 missed=0c differences=0c age=\d+s;;;0$")
        self.assertEqual(rest, [])

    def test_a_missing_report_is_critical(self):
        code, text, perfdata, _ = self.check_file(pathlib.Path(self.folder.name, "none.json"))
        self.assertEqual(code, CRITICAL)
        self.assertIn("is missing", text)
        self.assertEqual(perfdata, "")

    def test_an_overdue_report_is_critical_although_all_counts_are_zero(self):
        code, text, _, _ = self.check(health(age=HOUR, findings={"error": 0, "warning": 0, "notice": 0}))
        self.assertEqual(code, CRITICAL)
        self.assertIn("overdue by 59 min", text)

    def test_a_clock_that_was_set_back_does_not_hide_a_dead_daemon(self):
        now = int(time.time())
        report = health(written_at=stamp(now + HOUR), next_write_due=stamp(now + HOUR + 20),
                        next_write_due_boottime=max(1, boottime() - HOUR))
        self.assertEqual(self.check(report)[0], CRITICAL)

    def test_a_clock_that_was_set_forward_does_not_kill_a_live_daemon(self):
        now = int(time.time())
        report = health(written_at=stamp(now - HOUR), next_write_due=stamp(now - HOUR + 20))
        self.assertEqual(self.check(report)[0], OK)

    def test_a_report_of_another_boot_goes_by_the_wall_clock(self):
        report = health(boot_id="5bd2e7a6-0000-0000-0000-000000000000", next_write_due_boottime=1)
        self.assertEqual(self.check(report)[0], OK)
        report = health(age=HOUR, boot_id="5bd2e7a6-0000-0000-0000-000000000000", next_write_due_boottime=boottime() + HOUR)
        self.assertEqual(self.check(report)[0], CRITICAL)

    def test_a_report_from_the_future_is_unknown(self):
        now = int(time.time())
        code, text, _, _ = self.check(health(written_at=stamp(now + HOUR)))
        self.assertEqual(code, UNKNOWN)
        self.assertIn("clock", text)

    def test_a_stopped_daemon_is_critical(self):
        code, text, _, _ = self.check(health(age=7 * HOUR, state="stopped", next_write_due=None, next_write_due_boottime=0))
        self.assertEqual(code, CRITICAL)
        self.assertIn("stopped 7 h ago", text)

    def test_starting_and_stopping_are_warnings(self):
        for state in "starting", "stopping":
            with self.subTest(state):
                self.assertEqual(self.check(health(state=state))[0], WARNING)

    def test_a_report_that_is_no_json_is_unknown(self):
        for text in "", "{", "[]", "{}", "null", '{"schema":1,"domains":3}', "x" * 100000, '{"schema":1,"state":"run', "\0":
            with self.subTest(text[:30]):
                code, said, perfdata, _ = self.check(text)
                self.assertIn(code, (UNKNOWN, CRITICAL))
                if text != "{}":
                    self.assertEqual((code, perfdata), (UNKNOWN, ""), said)

    def test_fields_of_tomorrow_are_ignored(self):
        report = health(mood="sunny", domains=[domain(weather={"rain": 1})])
        self.assertEqual(self.check(report)[0], OK)

    def test_only_regular_files_are_opened(self):
        fifo = pathlib.Path(self.folder.name, "fifo")
        os.mkfifo(fifo)
        self.file.write_text(json.dumps(health()))
        link = pathlib.Path(self.folder.name, "link")
        link.symlink_to(self.file)
        for path in fifo, link, pathlib.Path(self.folder.name), pathlib.Path("/dev/zero"):
            with self.subTest(path):
                code, text, _, _ = self.check_file(path)
                self.assertEqual(code, UNKNOWN)
                self.assertIn("is not a regular file", text)

    @unittest.skipIf(os.geteuid() == 0, "root reads everything")
    def test_a_report_that_may_not_be_read_is_unknown(self):
        self.file.write_text("{}")
        self.file.chmod(0)
        self.assertEqual(self.check_file(self.file)[0], UNKNOWN)

    # freshness of domains

    def test_a_domain_that_was_not_read_for_long_is_critical_whatever_the_counts(self):
        late = domain(age=1500, last_error="connect-timeout", failures=9)
        code, text, _, _ = self.check(health(domains=[domain(), late | {"name": "emea.example"}]))
        self.assertEqual(code, CRITICAL)
        self.assertIn("emea.example not read for 25 min (connect-timeout)", text)
        self.assertNotIn("corp.example not", text)

    def test_one_domain_alone_can_be_looked_at(self):
        report = health(domains=[domain(), domain(age=1500, name="emea.example")])
        self.assertEqual(self.check(report, "--domain", "corp.example")[0], OK)
        self.assertEqual(self.check(report, "--domain", "EMEA.example")[0], CRITICAL)
        code, text, _, _ = self.check(report, "-d", "nowhere.example")
        self.assertEqual(code, UNKNOWN)
        self.assertIn("nowhere.example", text)

    def test_an_age_of_ones_own(self):
        begin = time.time()
        report = health(domains=[domain(age=300)])
        self.assertEqual(self.check(report)[0], OK)
        self.assertEqual(self.check(report, "--age", "1h")[0], OK)
        code, _, perfdata, _ = self.check(report, "--age", "2m")
        self.assertEqual(code, CRITICAL)
        self.assertRegex(perfdata, r"age=\d+s;;120;0$")
        self.assertIn(int(re.search(r"age=(\d+)", perfdata)[1]), range(300, int(time.time() - begin) + 302))

    def test_a_first_read_is_a_warning_and_a_domain_never_reached_is_critical(self):
        never = domain(last_poll_ok=None, stale_after=None, state="connecting", dc=None)
        reading = never | {"state": "reading", "full_read": {"objects": 1200, "rate": 5000.0, "since": stamp(time.time())}}
        code, text, perfdata, _ = self.check(health(domains=[reading]))
        self.assertEqual(code, WARNING)
        self.assertIn("first read under way (1200 objects so far)", text)
        self.assertRegex(perfdata, r"age=U$")
        code, text, _, _ = self.check(health(domains=[never]))
        self.assertEqual(code, CRITICAL)
        self.assertIn("corp.example was never read (connecting)", text)

    def test_no_domain_at_all_is_critical(self):
        self.assertEqual(self.check(health(domains=[]))[0], CRITICAL)

    # thresholds

    def test_thresholds(self):
        table = [
            # errors, warnings, arguments, state
            (1, 0, [], WARNING),
            (1, 0, ["-w", "1"], OK),
            (2, 0, ["-w", "1"], WARNING),
            (2, 0, ["-w", "1", "-c", "2"], WARNING),
            (3, 0, ["-w", "1", "-c", "2"], CRITICAL),
            (3, 0, ["-c", "5"], OK),
            (6, 0, ["-c", "5"], CRITICAL),
            (0, 9, [], OK),
            (0, 9, ["-s", "warning"], WARNING),
            (9, 0, ["--severity=warning", "-w5"], OK),
            (0, 9, ["--severity=warning", "--warning=5", "--critical=8"], CRITICAL),
            (0, 9, ["--severity=notice", "-w", "1000"], OK),
            (0, 0, ["--rule=upn-missing"], WARNING),
            (0, 0, ["--rule=upn-missing", "-w", "3"], OK),
            (0, 0, ["--rule=upn-invalid"], OK),
            (0, 0, ["-w", "1:"], WARNING),
            (5, 0, ["-w", "@5:6"], WARNING),
            (7, 0, ["-w", "@5:6"], OK),
            (7, 0, ["-w", "~:7"], OK),
        ]
        for errors, warnings, arguments, state in table:
            with self.subTest(errors=errors, warnings=warnings, arguments=arguments):
                report = health(findings={"error": errors, "warning": warnings, "notice": 402})
                self.assertEqual(self.check(report, *arguments)[0], state)

    def test_performance_data_carries_the_thresholds_of_what_is_counted(self):
        _, _, perfdata, _ = self.check(health(), "-s", "warning", "-w", "5:", "-c", "~:20")
        self.assertIn("'errors'=0;;;0 'warnings'=3;5:;~:20;0 'notices'=402;;;0", perfdata)
        _, _, perfdata, _ = self.check(health(), "-r", "upn-missing", "-w", "5")
        self.assertIn("'upn-missing'=3;5;;0", perfdata)

    def test_bad_news_is_told_together_worst_first(self):
        report = health(findings={"error": 7, "warning": 0, "notice": 0}, domains=[domain(age=HOUR)])
        code, text, _, _ = self.check(report)
        self.assertEqual(code, CRITICAL)
        self.assertRegex(text, r"- corp.example not read for 60 min \(following\), 7 errors \(limit 0\), 0 warnings in")

    def test_critical_wins_over_unknown(self):
        report = health(domains=[domain(age=HOUR)], written_at=stamp(time.time() + HOUR))
        code, text, _, _ = self.check(report)
        self.assertEqual(code, CRITICAL)
        self.assertIn("clock", text)

    # texts

    def test_more_words_say_more(self):
        late = domain(failures=2, last_error="tls-handshake", tombstones_readable=False, unconfirmed_failover=True)
        report = health(domains=[late], rules_unknown={"linked-mailbox": "attribute not in the schema"})
        self.assertEqual(len(self.check(report, "-v")[3]), 1)
        self.assertIn("2 failures in a row (tls-handshake)", self.check(report, "-v")[3][0])
        self.assertIn("upn-missing: 3", self.check(report, "-vv")[3])
        self.assertIn("linked-mailbox is not judged: attribute not in the schema", self.check(report, "-v", "-v", "-v")[3])

    def test_names_cannot_break_the_conventions(self):
        evil = "a|b;c\nd\x1b[31m'=5"
        report = health(domains=[domain(age=HOUR, name=evil, dc=evil, last_error=evil)], rules={evil: 1}, rules_unknown={evil: evil})
        code, _, _, _ = self.check(report, "-vvv")
        self.assertEqual(code, CRITICAL)

    # usage

    def test_help_and_version_end_with_unknown(self):
        for arguments in ["-h"], ["--help"], ["-V"], ["--version"]:
            with self.subTest(arguments):
                code, output = self.run_plugin(*arguments)
                self.assertEqual(code, UNKNOWN)
                self.assertIn("check_scand", output)

    def test_wrong_usage_is_unknown_and_says_what_is_wrong(self):
        table = [["--bogus"], ["-x"], ["-w"], ["-w", "ten"], ["-c", "5:1"], ["-s", "fatal"], ["-a", "soon"], ["-a", "0"],
                 ["-t", "0"], ["-t", "x"], ["-r", "a=b"], ["-r", ""], ["leftover"]]
        for arguments in table:
            with self.subTest(arguments):
                code, output = self.run_plugin(*arguments)
                self.assertEqual(code, UNKNOWN)
                self.assertTrue(output.startswith("SCAND UNKNOWN - "), output)
                self.assertIn("Usage: check_scand", output)

    def test_a_full_disk_under_the_output_is_no_ok(self):
        self.file.write_text(json.dumps(health()))
        with open("/dev/full", "w") as full:
            done = subprocess.run([PLUGIN, "--file", str(self.file)], stdout=full)
        self.assertEqual(done.returncode, UNKNOWN)

    def test_it_needs_nothing_but_json(self):
        if b"__asan_init" in pathlib.Path(PLUGIN).read_bytes():
            self.skipTest("sanitizers bring libraries of their own")
        needed = subprocess.run(["readelf", "-d", PLUGIN], capture_output=True, text=True, check=True).stdout
        libraries = re.findall(r"NEEDED.*\[(.*)\]", needed)
        self.assertEqual({name.split(".so")[0] for name in libraries} - {"libc", "ld-linux-x86-64"}, {"libjson-c"})


if __name__ == "__main__":
    unittest.main()
