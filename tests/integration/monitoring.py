#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_scand under a real Icinga 2 and a real Nagios 4, by the command definitions that are installed.

Skipped where neither is there; with REQUIRE_PEERS=1 or CI=true a missing one is a failure.
"""

import datetime
import json
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from peers import REQUIRED

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUGIN = sys.argv.pop(1)
ICINGA, NAGIOS = shutil.which("icinga2"), shutil.which("nagios4")
PATIENCE = 120

# Both run plugins as an ordinary user; as root neither wants to start.
USER = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
GROUP = "nogroup" if os.geteuid() == 0 else USER
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={GROUP}", "--clear-groups"] if os.geteuid() == 0 else []


def health(**more):
    """A report that stays good for an hour."""
    now, boottime = int(time.time()), int(time.clock_gettime(time.CLOCK_BOOTTIME))
    stamp = lambda s: datetime.datetime.fromtimestamp(s, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({
        "schema": 1, "state": "running", "version": "0.1.0", "since": stamp(now), "written_at": stamp(now),
        "next_write_due": stamp(now + 3600), "next_write_due_boottime": boottime + 3600,
        "boot_id": pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        "domains": [{"name": "corp.example", "state": "following", "dc": "dc1.corp.example", "last_poll_ok": stamp(now),
                     "stale_after": stamp(now + 3600), "objects": 51204, "full_read": None}],
        "objects": 51204, "findings": {"error": 2, "warning": 31, "notice": 402}, "rules": {"upn-missing": 31}, "rules_unknown": {},
        "missed_changes_total": 0} | more)


class Peer(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="scand-peer-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.health = self.folder / "health.json"
        self.health.write_text(health())
        shutil.copy(PLUGIN, self.folder / "check_scand")

    def hand_over(self):
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{USER}:{GROUP}", self.folder], check=True)

    def start(self, *command):
        with open(self.folder / "out", "w") as out:
            process = subprocess.Popen([*AS_USER, *command], stdout=out, stderr=subprocess.STDOUT, cwd=self.folder)

        def stop():
            process.terminate()
            process.wait(timeout=PATIENCE)
        self.addCleanup(stop)
        return process

    def wait_for(self, look, what):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.1)
        self.fail(f"{what}; it said: {(self.folder / 'out').read_text()[-3000:]}")


@unittest.skipUnless(ICINGA or REQUIRED, "icinga2 is not installed")
class Icinga(Peer):
    CONFIG = """
        const PluginDir = "{folder}"
        const NodeName = "lab"
        include <itl>
        include "{definition}"
        object IcingaApplication "app" {{ }}
        object CheckerComponent "checker" {{ }}
        object PerfdataWriter "writer" {{
            rotation_interval = 1s
            service_perfdata_path = SpoolDir + "/service"
            service_temp_path = SpoolDir + "/service.new"
            host_perfdata_path = SpoolDir + "/host"
            host_temp_path = SpoolDir + "/host.new"
            service_format_template = "$service.name$\\t$service.state$\\t$service.output$\\t$service.perfdata$"
        }}
        object Host "h" {{ check_command = "dummy", enable_active_checks = false }}
        template Service "quick" {{ host_name = "h", check_command = "scand", check_interval = 1s, retry_interval = 1s, max_check_attempts = 1
                                    vars.scand_file = "{folder}/health.json" }}
        object Service "plain" {{ import "quick" }}
        object Service "limits" {{ import "quick", vars.scand_warning = 5, vars.scand_critical = 9, vars.scand_timeout = 7 }}
        object Service "rule" {{ import "quick", vars.scand_rule = "upn-missing", vars.scand_critical = 30, vars.scand_domain = "corp.example" }}
        object Service "age" {{ import "quick", vars.scand_severity = "notice", vars.scand_warning = "~:1000", vars.scand_age = "1d" }}
    """

    def test_icinga_runs_the_definition_as_it_is_installed(self):
        for name in "data", "log", "cache", "spool", "run":
            (self.folder / name / "icinga2").mkdir(parents=True)
        config = self.folder / "icinga2.conf"
        config.write_text(self.CONFIG.format(folder=self.folder, definition=ROOT / "packaging/monitoring/icinga2.conf"))
        self.hand_over()
        paths = {"DataDir": "data", "LogDir": "log", "CacheDir": "cache", "SpoolDir": "spool", "InitRunDir": "run", "PidPath": "run/pid",
                 "ConfigDir": ".", "StatePath": "data/state", "ObjectsPath": "cache/objects", "VarsPath": "cache/vars", "ModAttrPath": "data/modified"}
        defines = [f"--define={name}={self.folder / path}" for name, path in paths.items()] + [f"--define=RunAsUser={USER}", f"--define=RunAsGroup={GROUP}"]

        checked = subprocess.run([*AS_USER, ICINGA, "daemon", "-C", "-c", config, *defines], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        self.start(ICINGA, "daemon", "-c", config, *defines)

        def results():
            text = "".join(path.read_text() for path in (self.folder / "spool").glob("service.[0-9]*"))
            said = {fields[0]: fields[1:] for fields in re.findall(r"^(\w+)\t(\w+)\t([^\t]*)\t(.*)$", text, re.M)}
            # What has no performance data is not written. A check that a busy machine kept for seven seconds was given up: the next one counts.
            return said if len(said) == 4 and not any("timed out" in fields[1] for fields in said.values()) else None
        said = self.wait_for(results, "no results")

        self.assertEqual({name: fields[0] for name, fields in said.items()},
                         {"plain": "WARNING", "limits": "OK", "rule": "CRITICAL", "age": "OK"})
        self.assertTrue(said["plain"][1].startswith("SCAND WARNING - 2 errors (limit 0), 31 warnings in 51204 objects, read "))
        self.assertIn("errors=2;5;9;0 ", said["limits"][2])
        self.assertIn("upn-missing=31;;30;0 ", said["rule"][2])
        self.assertIn("notices=402;~:1000;;0 ", said["age"][2])
        self.assertRegex(said["age"][2], r"age=\d+s;;86400;0")


@unittest.skipUnless(NAGIOS or REQUIRED, "nagios4 is not installed")
class Nagios(Peer):
    MAIN = """
log_file={folder}/log
cfg_file={folder}/objects.cfg
cfg_file={definition}
object_cache_file={folder}/objects.cache
precached_object_file={folder}/objects.precache
resource_file={folder}/resource.cfg
status_file={folder}/status.dat
status_update_interval=1
nagios_user={user}
nagios_group={group}
check_external_commands=0
command_file={folder}/command
lock_file={folder}/lock
temp_file={folder}/temp
temp_path={folder}
check_result_path={folder}/results
state_retention_file={folder}/retention
query_socket={folder}/query
use_syslog=0
interval_length=1
check_for_updates=0
enable_notifications=0
process_performance_data=1
"""
    SERVICE = "define service {{\n host_name h\n service_description {0}\n check_command {1}\n check_interval 1\n retry_interval 1\n" \
              " max_check_attempts 1\n check_period always\n contacts c\n}}\n"
    OBJECTS = """
define timeperiod {
 timeperiod_name always
 alias always
 monday 00:00-24:00
 tuesday 00:00-24:00
 wednesday 00:00-24:00
 thursday 00:00-24:00
 friday 00:00-24:00
 saturday 00:00-24:00
 sunday 00:00-24:00
}
define contact {
 contact_name c
 host_notification_commands check_scand
 service_notification_commands check_scand
 host_notification_period always
 service_notification_period always
}
define host {
 host_name h
 address 127.0.0.1
 active_checks_enabled 0
 max_check_attempts 1
 check_period always
 contacts c
}
"""

    def test_nagios_runs_the_definition_as_it_is_installed(self):
        (self.folder / "results").mkdir()
        # Its definitions look at the usual place only: a program of that name passes the file on.
        (self.folder / "plugin").mkdir()
        wrapper = self.folder / "plugin" / "check_scand"
        wrapper.write_text(f'#!/bin/sh\nexec {self.folder}/check_scand --file {self.health} "$@"\n')
        wrapper.chmod(0o755)
        (self.folder / "resource.cfg").write_text(f"$USER1$={self.folder}/plugin\n")
        (self.folder / "objects.cfg").write_text(self.OBJECTS + "".join(self.SERVICE.format(*row) for row in [
            ("plain", "check_scand"), ("limits", "check_scand_limits!5!9"), ("rule", "check_scand_rule!upn-missing!5!30")]))
        main = self.folder / "nagios.cfg"
        main.write_text(self.MAIN.format(folder=self.folder, definition=ROOT / "packaging/monitoring/nagios.cfg", user=USER, group=GROUP))
        self.hand_over()

        checked = subprocess.run([*AS_USER, NAGIOS, "-v", main], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        self.start(NAGIOS, main)

        def results():
            status = self.folder / "status.dat"
            text = status.read_text() if status.exists() else ""
            blocks = re.findall(r"^servicestatus \{\n(.*?)^\t\}", text, re.M | re.S)
            said = [dict(line.strip().split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks]
            return {s["service_description"]: s for s in said} if len(said) == 3 and all(s["plugin_output"].startswith("SCAND") for s in said) else None
        said = self.wait_for(results, "no results")

        self.assertEqual({name: s["current_state"] for name, s in said.items()}, {"plain": "1", "limits": "0", "rule": "2"})
        self.assertRegex(said["limits"]["plugin_output"], r"^SCAND OK - 2 errors, 31 warnings in 51204 objects, read \d+ (s|min) ago$")
        self.assertIn("'errors'=2;5;9;0 ", said["limits"]["performance_data"])
        self.assertIn("corp.example: following, DC dc1.corp.example", said["limits"]["long_plugin_output"])


if __name__ == "__main__":
    if not (ICINGA or NAGIOS or REQUIRED):
        print("neither icinga2 nor nagios4 is installed")
        sys.exit(77)
    unittest.main()
