#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes zoo.ldif from a JSON list of object shapes: name, dn, objectClass, attrs, expect, note.

  zoo2ldif.py zoo.json > zoo.ldif

zoo.ldif is what is kept and read; this is here for the day the list grows.
"""

import base64
import json
import sys

BINARY = {
    "objectGUID", "objectSid", "msExchMasterAccountSid", "msRTCSIP-OriginatorSid", "msExchMailboxGuid",
    "mS-DS-ConsistencyGuid", "userCertificate", "thumbnailPhoto",
}


def is_safe(text):
    return (all(" " <= c <= "~" for c in text) and not text.startswith((" ", ":", "<"))
            and not text.endswith(" "))


def to_bytes(name, text):
    """Binary values come as base64; what only looks like it is taken as it stands, so that values stay different."""
    if name in BINARY:
        try:
            data = base64.b64decode(text, validate=True)
        except ValueError:
            return text.encode()
        if base64.b64encode(data).decode() == text:
            return data
    return text.encode()


def write_value(name, text):
    if name not in BINARY and is_safe(text):
        print(f"{name}: {text}")
    else:
        print(f"{name}:: {base64.b64encode(to_bytes(name, text)).decode()}")


def write_expectation(expect):
    if expect.get("clean"):
        print("# expect: clean")
        return
    for rule in expect["rules"]:
        one = len(expect["rules"]) == 1
        words = [rule] + [expect.get(key, "*") if one else "*" for key in ("severity", "certainty", "class")]
        print("# expect:", *words)
    # The list names what must be there at least.
    print("# expect: more")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        entries = json.load(file)

    print("# Object shapes of a hybrid company. Those named h-… are healthy; those named s-… are not.")
    print("# Written by zoo2ldif.py; see README.md for the comments.")
    for entry in entries:
        print()
        if entry.get("note"):
            print("#", entry["note"])
        write_expectation(entry["expect"])
        write_value("dn", entry["dn"])
        for name in entry["objectClass"]:
            write_value("objectClass", name)
        for name, values in entry["attrs"].items():
            for value in values:
                write_value(name, value)


if __name__ == "__main__":
    main()
