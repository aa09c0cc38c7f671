#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every message of daemon/message-id.h has a text in scand.catalog and is used, and no text is for nothing."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    header = (ROOT / "daemon/message-id.h").read_text()
    catalog = (ROOT / "packaging/systemd/scand.catalog").read_text()
    sources = "".join(path.read_text() for path in (ROOT / "daemon").glob("*.c"))

    ids = dict(re.findall(r'#define (MESSAGE_\w+)\s+"([0-9a-f]{32})"', header))
    entries = re.findall(r"^-- ([0-9a-f]{32})\nSubject: \S.*\nDefined-By: scand\n", catalog, re.M)
    complaints = []

    if len(ids) < 10 or len(ids) != len(re.findall(r"#define MESSAGE_", header)):
        complaints.append("message-id.h cannot be understood")
    if len(set(ids.values())) != len(ids):
        complaints.append("two messages have one id")
    for name, value in ids.items():
        if entries.count(value) != 1:
            complaints.append(f"{name} has {entries.count(value)} texts in scand.catalog")
        if not re.search(rf"\b{name}\b", sources):
            complaints.append(f"{name} is never sent")
    for value in set(entries) - set(ids.values()):
        complaints.append(f"scand.catalog has a text for {value}, which is no message")

    fields = set(re.findall(r'"([A-Z_]+)"', sources))
    for field in set(re.findall(r"@([A-Z_]+)@", catalog)) - fields:
        complaints.append(f"scand.catalog shows @{field}@, which nothing sends")

    print("\n".join(complaints) or f"{len(ids)} messages")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
