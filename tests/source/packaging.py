#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the two packages say is what the tree says: versions, what is needed to build, and which files are installed."""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = sys.argv[1]

# What else a package needs to be built, and what a machine needs only to work in a clone.
DEBIAN_ONLY = {"debhelper-compat", "dh-sequence-installsysusers", "systemd"}
CLONE_ONLY = {"gcc", "libc6-dev", "ninja-build", "patch"}

# A library as Debian and as RHEL call what is needed to build with it.
RHEL = {"check": "check-devel", "libexpat1-dev": "expat-devel", "libini-config-dev": "libini_config-devel", "libjson-c-dev": "json-c-devel", "libkrb5-dev": "krb5-devel",
        "libldap-dev": "openldap-devel", "libpsl-dev": "libpsl-devel", "libsasl2-dev": "cyrus-sasl-devel", "libsqlite3-dev": "sqlite-devel",
        "libssl-dev": "openssl-devel", "libsystemd-dev": "systemd-devel", "libunistring-dev": "libunistring-devel", "meson": "meson",
        "pkg-config": "pkgconf-pkg-config", "python3": "python3", "scdoc": "scdoc", "gcc": "gcc", "systemd": "systemd-rpm-macros"}

# The spec's macros, and the folders they stand for.
FOLDERS = {"_bindir": "/usr/bin", "_unitdir": "/lib/systemd/system", "_sysusersdir": "/usr/lib/sysusers.d", "_prefix": "/usr", "_libdir": "/usr/lib",
           "_datadir": "/usr/share", "_docdir": "/usr/share/doc", "_mandir": "/usr/share/man", "_sysconfdir": "/etc"}

control = (ROOT / "packaging/debian/control").read_text()
spec = (ROOT / "packaging/rpm/scand.spec").read_text()
complaints = []


def same(what, a, b):
    if a != b:
        complaints.append(f"{what}: {sorted(a - b)} here and {sorted(b - a)} there" if isinstance(a, set) else f"{what}: {a} and {b}")


version = re.search(r"version: '([\d.]+)'", (ROOT / "meson.build").read_text())[1]
same("version in debian/changelog", re.match(r"scand \(([\d.]+)-", (ROOT / "packaging/debian/changelog").read_text())[1], version)
same("version in scand.spec", re.search(r"^Version: +(\S+)$", spec, re.M)[1], version)
same("version in the spec's changelog", re.search(r"%changelog\n\*.* - ([\d.]+)-", spec)[1], version)
same("newest version in NEWS.md", re.search(r"^## ([\d.]+)", (ROOT / "NEWS.md").read_text(), re.M)[1], version)

debian = set(re.findall(r"^ ([\w.+-]+)", control.split("Build-Depends:\n")[1].split("\nStandards")[0], re.M))
clone = set(re.findall(r"^([\w.+-]+)", (ROOT / "tests/lab/packages/build").read_text(), re.M))
rhel = set(re.findall(r"^BuildRequires: +(\S+)", spec, re.M))
same("what builds the Debian package, and what tests/lab/install brings", debian - DEBIAN_ONLY, clone - CLONE_ONLY)
same("what builds the RPM, and the Debian package", rhel, {RHEL[name] for name in (debian | {"gcc"}) & set(RHEL)})

installed = set(json.loads(subprocess.run(["meson", "introspect", "--installed", BUILD], check=True, capture_output=True, text=True).stdout).values())
listed = set()
for section in re.findall(r"^%files.*\n((?:[%#].*\n)*)", spec, re.M):
    for line in re.findall(r"^(%\{\w+\}\S+)$", section, re.M):
        listed.add(re.sub(r"%\{(\w+)\}", lambda match: FOLDERS[match[1]], line))
if len(listed) < 10 or len(installed) < 10:
    complaints.append("nothing found: this looks at the wrong place")
for path in sorted(installed):
    if not any(path == entry or path == entry.rstrip("*") or entry.endswith("/") and path.startswith(entry) for entry in listed):
        complaints.append(f"{path} is installed, but not in scand.spec")
for entry in sorted(listed):
    if not any(path == entry or path == entry.rstrip("*") or entry.endswith("/") and path.startswith(entry) for path in installed):
        complaints.append(f"{entry} is in scand.spec, but not installed")

print("\n".join(complaints) or f"{len(installed)} files, {len(debian)} packages to build with")
sys.exit(1 if complaints else 0)
