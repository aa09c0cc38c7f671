#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may use what: CONTRIBUTING.md's table, kept by looking at #include lines and a few calls.

With --self-test it breaks each rule once, in a copy of one line, and must notice.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# libc and POSIX without a descriptor, a clock or an environment to them.
PLAIN = """arpa/inet.h assert.h ctype.h dirent.h endian.h errno.h inttypes.h limits.h math.h stdalign.h stdarg.h stdbool.h
           stddef.h stdint.h stdio.h stdlib.h string.h strings.h sys/stat.h sys/types.h syslog.h time.h unistd.h""".split()

# What is in one folder, or in some files of it: { files: libraries' headers }.
LIBRARIES = {
    "lib/core": {
        "*": [],
        "text*.c unicode.c": ["unistring/version.h", "unicase.h", "unictype.h", "uninorm.h", "unistr.h", "uniwidth.h"],
        "address*.c": ["libpsl.h", "unistr.h"],
        "json-member.[ch] health.c health-parse.c": ["json-c/json.h"],
        "inventory*.[ch] sync-error-row.c": ["json-c/json.h"],
        "sync-error-xml.c": ["expat.h"],
        "dn.c": ["ldap.h"],
        "config-file.c": ["ini_configobj.h", "ini_valueobj.h"],
        "rule-*.c evaluate*.c predict*.c facts.c": ["unictype.h", "unistr.h", "uninorm.h", "unicase.h"],
    },
    "lib/state": {
        "*": ["fcntl.h", "sys/file.h", "sys/mman.h"],
        "store-internal.h": ["sqlite3.h"],
    },
}

# Folders of ours that each folder may include from.
FOLDERS = {
    "lib/core": ["lib/core"],
    "lib/state": ["lib/core", "lib/state", "sql"],
    "daemon": ["lib/core", "lib/state", "daemon"],
    "ctl": ["lib/core", "lib/state", "ctl"],
}

# In folders that may use nearly all of the system, what they may not, and which files may all the same.
FORBIDDEN = {
    "daemon": {
        r"sqlite3\.h": "",
        r"(ldap|lber|openldap)\.h|sasl/.*|krb5/.*|gssapi/.*|profile\.h|netdb\.h|resolv\.h":
            "attempt.* bind.* connect.* dial.* dns.* entry.* handle.* interrupt.* kdc.* kerberos.* ping.* search.* "
            "krb5-*.* session.* steps.*",
        r"pthread\.h": "connect.* attempt.* interrupt.* worker.*",
    },
    "ctl": {
        r"sqlite3\.h": "",
        r"(ldap|lber|openldap)\.h|sasl/.*|krb5/.*|gssapi/.*|systemd/.*": "",
    },
}

# Time, configuration and the environment are arguments in lib/.
CALLS = {
    "lib/core": r"\b(time|clock_gettime|gettimeofday|getenv|secure_getenv|setenv|socket|connect|bind|sleep|usleep|random|rand)\s*\(",
    "lib/state": r"\b(time|clock_gettime|gettimeofday|getenv|secure_getenv|setenv|socket|connect|sleep|usleep|random|rand)\s*\(",
}

# check_scand starts in a millisecond, because it links json-c and these.
CHECK_SCAND = re.compile(r"ctl/(plugin|threshold|health-file|since|check-names|check-scand)\.h|"
                         r"lib/core/(health|health-check|duration|util|record|buffer)\.h")
CHECK_SCAND_FILES = ["ctl/check-names.c", "ctl/check-scand.c", "ctl/plugin.c", "ctl/threshold.c", "ctl/health-file.c"]


def matches(path, patterns):
    return any(path.match(pattern) for pattern in patterns.split())


def strip(text):
    """Without comments and strings, line numbers kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", blank, text, flags=re.S)


def complaints_include(folder, path, header, is_system):
    if not is_system:
        if str(pathlib.PurePath(header).parent) not in FOLDERS[folder]:
            yield f'{folder} may not use "{header}"'
        return

    if folder in LIBRARIES:
        allowed = set(PLAIN)
        for patterns, headers in LIBRARIES[folder].items():
            if matches(path, patterns):
                allowed.update(headers)
        if header not in allowed:
            yield f"<{header}> has no business here"
        return

    for pattern, exceptions in FORBIDDEN[folder].items():
        if re.fullmatch(pattern, header) and not matches(path, exceptions):
            yield f"<{header}> has no business here"


def complaints(folder, path, text):
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")', line)
        if found:
            for complaint in complaints_include(folder, path, found[1] or found[2], bool(found[1])):
                yield number, complaint
            name = str(path.relative_to(ROOT)) if path.is_absolute() else str(path)
            if name in CHECK_SCAND_FILES and found[2] and not CHECK_SCAND.fullmatch(found[2]):
                yield number, f'check_scand links nothing but health files: "{found[2]}"'

    calls = CALLS.get(folder)
    if calls:
        for number, line in enumerate(strip(text).splitlines(), 1):
            found = re.search(calls, line)
            if found:
                yield number, f"{found[1]}() in {folder}: time, configuration and input are arguments"


def check():
    n_files = n_bad = 0
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).glob("*.[ch]")):
            n_files += 1
            for number, complaint in complaints(folder, path, path.read_text(encoding="utf-8")):
                print(f"{path.relative_to(ROOT)}:{number}: {complaint}")
                n_bad += 1
    if n_files < 50:
        print(f"only {n_files} files found: this looks at the wrong folder")
        return 1
    print(f"{n_files} files, {n_bad} complaints")
    return 1 if n_bad else 0


def self_test():
    bad = [
        ("lib/core", "object.c", "#include <sqlite3.h>"),
        ("lib/core", "object.c", "#include <ldap.h>"),
        ("lib/core", "object.c", '#include "lib/state/store.h"'),
        ("lib/core", "object.c", "#include <sys/socket.h>"),
        ("lib/core", "object.c", "        t = time(NULL);"),
        ("lib/core", "object.c", '        s = getenv("HOME");'),
        ("lib/state", "feed.c", "#include <sqlite3.h>"),
        ("lib/state", "feed.c", "#include <ldap.h>"),
        ("lib/state", "feed.c", "        (void)clock_gettime(CLOCK_REALTIME, &t);"),
        ("lib/state", "feed.c", '#include "daemon/log.h"'),
        ("daemon", "manager.c", "#include <sqlite3.h>"),
        ("daemon", "manager.c", "#include <ldap.h>"),
        ("daemon", "follower.c", "#include <pthread.h>"),
        ("daemon", "manager.c", '#include "ctl/output.h"'),
        ("ctl", "scanctl.c", '#include "daemon/log.h"'),
        ("ctl", "scanctl.c", "#include <ldap.h>"),
        ("ctl", "check-scand.c", '#include "lib/state/store.h"'),
    ]
    good = [
        ("lib/core", "dn.c", "#include <ldap.h>"),
        ("lib/core", "object.c", "/* time(NULL) is for others */"),
        ("lib/core", "object.c", "        int64_t lifetime(void);"),
        ("lib/state", "store-internal.h", "#include <sqlite3.h>"),
        ("daemon", "session.c", "#include <ldap.h>"),
        ("ctl", "check-scand.c", '#include "lib/core/health.h"'),
    ]
    failed = 0
    for expected, cases in ((True, bad), (False, good)):
        for folder, name, line in cases:
            found = list(complaints(folder, pathlib.PurePath(folder) / name, line))
            if bool(found) != expected:
                print(f"{'not noticed' if expected else 'wrongly noticed'}: {folder}/{name}: {line}")
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(self_test() if "--self-test" in sys.argv else check())
