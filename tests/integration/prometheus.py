#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scand.prom, the alert rules and the dashboard, with the real promtool, node_exporter and Prometheus.

What needs none of them is always tested. A program that is missing is a skip; with REQUIRE_PEERS=1 or CI=true a failure.
"""

import datetime
import itertools
import json
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from peers import REQUIRED

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITORING = ROOT / "packaging/monitoring"
PRINT_METRICS = sys.argv.pop(1)
PATIENCE = 120


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return unittest.skipIf(missing and not REQUIRED, f"{' and '.join(missing)} not installed")


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def metrics():
    """What a daemon that follows one domain well and never reached another writes."""
    now = int(time.time())
    domain = {"state": "following", "dc": "dc1.corp.example", "site": "Kraków", "last_poll_ok": stamp(now), "last_full_ok": stamp(now),
              "stale_after": stamp(now + 3600), "objects": 51204, "tombstones_readable": True, "full_read": None}
    health = {"schema": 1, "state": "running", "version": "0.1.0", "since": stamp(now), "written_at": stamp(now),
              "next_write_due": stamp(now + 3600), "domains": [domain | {"name": "corp.example"},
                                                               {"name": "lab.example", "state": "waiting", "failures": 7, "full_read": None}],
              "objects": 51204, "findings": {"error": 2, "warning": 31, "notice": 402}, "rules": {"upn-missing": 31},
              "rules_unknown": {"linked-mailbox": "not in the schema"}, "missed_changes_total": 0, "database_bytes": 47000000, "wal_bytes": 4000}
    return subprocess.run([PRINT_METRICS], input=json.dumps(health), capture_output=True, text=True, check=True).stdout


def dashboard_expressions(board):
    def walk(part):
        if isinstance(part, dict):
            if "expr" in part:
                yield part["expr"]
            for value in part.values():
                yield from walk(value)
        elif isinstance(part, list):
            for value in part:
                yield from walk(value)
    return list(walk(board))


class Files(unittest.TestCase):
    def setUp(self):
        self.text = metrics()
        self.families = set(re.findall(r"^# TYPE (\S+) ", self.text, re.M))
        self.board = json.loads((MONITORING / "grafana.json").read_text())
        self.rules = (MONITORING / "prometheus-rules.yml").read_text()

    def used(self, text):
        return set(re.findall(r"\bscand_\w+", text))

    def test_names_follow_the_rules_of_naming(self):
        self.assertGreater(len(self.families), 20)
        for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", self.text, re.M):
            self.assertRegex(name, r"^scand_[a-z_]+$")
            self.assertEqual(kind == "counter", name.endswith("_total"), name)
        for name in re.findall(r"^(\w+)(?:\{.*\})? 1\d{9}$", self.text, re.M):
            self.assertTrue(name.endswith("_timestamp_seconds"), name)

    def test_every_sample_has_its_family_and_no_time_of_its_own(self):
        for line in self.text.splitlines():
            if line.startswith("#"):
                continue
            self.assertRegex(line, r'^\w+(\{(\w+="(\\.|[^"\\])*",?)+\})? [0-9.]+$')
            self.assertIn(re.match(r"\w+", line)[0], self.families)

    def test_labels_do_not_grow_with_the_directory(self):
        labels = set(re.findall(r'[{,](\w+)="', self.text))
        self.assertEqual(labels, {"domain", "dc", "site", "invocation_id", "state", "severity", "rule", "version"})

    def test_every_expression_of_the_dashboard_names_what_exists(self):
        expressions = dashboard_expressions(self.board)
        self.assertGreater(len(expressions), 10)
        for expression in expressions:
            used = self.used(expression)
            self.assertTrue(used, expression)
            self.assertEqual(used - self.families, set(), expression)

    def test_every_variable_of_the_dashboard_is_defined(self):
        defined = {variable["name"] for variable in self.board["templating"]["list"]}
        used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(self.board)))
        self.assertEqual(used, defined)

    def test_panels_do_not_cover_each_other(self):
        taken = set()
        for panel in self.board["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells
        self.assertEqual(len({panel["id"] for panel in self.board["panels"]}), len(self.board["panels"]))

    def test_every_alert_names_what_exists_and_is_tested(self):
        alerts = re.findall(r"- alert: (\w+)\n(.*?)(?=\n\n|\Z)", self.rules, re.S)
        tests = (ROOT / "tests/integration/prometheus-rules.yml").read_text()
        self.assertGreater(len(alerts), 8)
        for name, body in alerts:
            expression = re.search(r"expr: (.*?)\n    (for|labels):", body, re.S)[1]
            self.assertTrue(self.used(expression), name)
            self.assertEqual(self.used(expression) - self.families, set(), name)
            self.assertRegex(tests, rf"alertname: {name}\n    exp_alerts:", f"{name} is never seen to fire")
            self.assertRegex(tests, rf"alertname: {name} }}", f"{name} is never seen to be silent")
        self.assertEqual(self.used(tests) - self.families, set())


class Peers(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="scand-prometheus-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_quietly(self, *command, text=None):
        done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    @needs("promtool")
    def test_promtool_has_nothing_to_say_of_the_metrics(self):
        self.run_quietly("promtool", "check", "metrics", text=metrics())

    @needs("promtool")
    def test_the_alerts_fire_when_they_should(self):
        rules = MONITORING / "prometheus-rules.yml"
        tests = self.folder / "test.yml"
        tests.write_text((ROOT / "tests/integration/prometheus-rules.yml").read_text().replace("[RULES]", f"['{rules}']"))
        self.run_quietly("promtool", "check", "rules", str(rules))
        self.run_quietly("promtool", "test", "rules", str(tests))

    def start(self, *command):
        with open(self.folder / "out", "a") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=self.folder)

        def stop():
            process.terminate()
            process.wait(timeout=60)
        self.addCleanup(stop)

    def free_ports(self, n):
        """None of those that the kernel hands out: until they are taken, it could hand them to another test."""
        def is_free(port):
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) != 0
        return itertools.islice(filter(is_free, random.sample(range(20000, 32000), 100)), n)

    def get(self, url):
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return ""

    def wait_for(self, look, what):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.2)
        self.fail(f"{what}; they said: {(self.folder / 'out').read_text()[-3000:]}")

    @needs("prometheus", "prometheus-node-exporter")
    def test_a_prometheus_scrapes_them_and_answers_the_dashboard(self):
        # As the manual has it: the collector's folder holds a link to the file that scand renews.
        (self.folder / "textfile").mkdir()
        (self.folder / "run").mkdir()
        (self.folder / "run/scand.prom").write_text(metrics())
        (self.folder / "textfile/scand.prom").symlink_to(self.folder / "run/scand.prom")
        exporter, server = (f"127.0.0.1:{port}" for port in self.free_ports(2))
        (self.folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(MONITORING / "prometheus-rules.yml")],
            "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [exporter]}]}]}))
        self.start("prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                   f"--collector.textfile.directory={self.folder}/textfile", f"--web.listen-address={exporter}")
        self.start("prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                   f"--web.listen-address={server}")

        served = self.wait_for(lambda: [text for text in [self.get(f"http://{exporter}/metrics")] if "scand_build_info" in text], "nothing served")[0]
        self.assertIn("node_textfile_scrape_error 0", served)

        def query(expression):
            answer = self.get(f"http://{server}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
            return json.loads(answer) if answer.startswith("{") else {}

        def found(expression):
            """All is gone for a moment where a busy machine lets a scrape take longer than its second."""
            return self.wait_for(lambda: query(expression).get("data", {}).get("result"), f"nothing scraped: {expression}")
        objects = {result["metric"]["domain"]: result["value"][1] for result in found("scand_domain_objects")}
        self.assertEqual(objects, {"corp.example": "51204", "lab.example": "0"})
        self.assertEqual(found("scand_domain_info{domain='corp.example'}")[0]["metric"]["site"], "Kraków")

        # Each panel's question is understood, and answered where there is anything to show.
        for expression in dashboard_expressions(json.loads((MONITORING / "grafana.json").read_text())):
            answer = query(expression.replace("$instance", ".*"))
            self.assertEqual(answer.get("status"), "success", (expression, answer))
            if "reading_objects" not in expression and "increase" not in expression:
                found(expression.replace("$instance", ".*"))

        # The domain that was never reached has its alert on the way; nothing else but the errors and the rule has.
        def pending():
            answer = self.get(f"http://{server}/api/v1/alerts")
            alerts = json.loads(answer)["data"]["alerts"] if answer else []
            return {alert["labels"]["alertname"] for alert in alerts}
        # Rules are looked at one group after the other; and a scrape that took too long is an alert on the way, until the next.
        expected = {"ScandDomainNeverRead", "ScandFindings", "ScandRuleUnknown"}
        self.wait_for(lambda: pending() == expected, f"not these alerts: {expected}")


if __name__ == "__main__":
    unittest.main()
