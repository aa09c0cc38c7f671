#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns the SQL of this folder into queries.h and queries.c.

  schema/NNNN-*.sql   migrations, in order; user_version is how many there are
  query/*.sql         statements, each under a line "-- name: noun_verb"; what several of one file share stands once, before them,
                      under a line "-- part: noun", and as @noun@ where it belongs
  report.sql          the published views, made anew at each start of the daemon

Every statement is compiled against the schema here, so that one that does not compile stops the build, and its columns
become constants, so that C never counts columns by hand.
"""

import argparse
import pathlib
import re
import sqlite3
import sys

# RHEL 9 has SQLite 3.34: what came later must not slip in on a newer build machine.
TOO_NEW = re.compile(r"\bSTRICT\b|\bRETURNING\b|\bunixepoch\s*\(|->>?|\bIS\s+(NOT\s+)?DISTINCT\b|\bRIGHT\s+JOIN\b"
                     r"|\bFULL\s+JOIN\b|\bMATERIALIZED\b", re.IGNORECASE)

# The table whose numbers stand in finding.attribute.
ATTRIBUTES = pathlib.Path(__file__).resolve().parent.parent / "lib" / "core" / "attribute.h"

# Virtual tables that store-feed.c makes; an ordinary table stands in for each while compiling.
STAND_INS = "CREATE TABLE claim_feed(key INTEGER, object INTEGER);"


class Broken(Exception):
    pass


def without_comments(sql):
    return re.sub(r"--[^\n]*", "", sql)


def refuse_new(path, sql):
    hit = TOO_NEW.search(without_comments(sql))
    if hit:
        raise Broken(f"{path}: '{hit.group(0)}' needs a newer SQLite than 3.34")


def read_queries(paths):
    """Yields (path, name, text) of every named statement."""
    seen = {}
    for path in paths:
        pieces = re.split(r"^-- (name|part):\s*(\S+)[^\n]*\n", path.read_text(), flags=re.MULTILINE)
        if without_comments(pieces[0]).strip():
            raise Broken(f"{path}: a statement before the first '-- name:'")
        parts = {}
        for what, name, text in zip(pieces[1::3], pieces[2::3], pieces[3::3]):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise Broken(f"{path}: '{name}' is no name for a {'statement' if what == 'name' else what}")
            if name in seen:
                raise Broken(f"{path}: {name} is in {seen[name]} already")
            seen[name] = path
            refuse_new(path, text)
            text = insert_parts(path, parts, " ".join(without_comments(text).split()).rstrip(";"))
            if what == "part":
                parts[name] = text
            else:
                yield path, name, text


def insert_parts(path, parts, text):
    def part(match):
        if match[1] not in parts:
            raise Broken(f"{path}: '{match[0]}': no '-- part: {match[1]}' before it")
        return parts[match[1]]

    return re.sub(r"@(\w+)@", part, text)


def compile_query(database, path, name, sql):
    """The columns the statement gives; none for one that gives no rows."""
    parameters = {p[1:]: 0 for p in re.findall(r"[:][A-Za-z_]\w*", re.sub(r"'[^']*'", "", sql))}
    try:
        database.execute("EXPLAIN " + sql, parameters)
        if not sql.upper().startswith(("SELECT", "WITH", "PRAGMA")):
            return []
        description = database.execute(sql, parameters).description or []
    except sqlite3.Error as error:
        raise Broken(f"{path}: {name}: {error}") from error

    columns = [column[0] for column in description]
    if len(set(columns)) != len(columns):
        raise Broken(f"{path}: {name}: two columns of one name")
    for column in columns:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", column):
            raise Broken(f"{path}: {name}: '{column}' needs a name (AS …)")
    return columns


def literal(sql, indent="        "):
    lines = [line for line in sql.split("\n") if line.strip()]
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return "\n".join(f'{indent}"{line}\\n"' for line in escaped) if escaped else f'{indent}""'


def header(queries, n_migrations):
    out = ["/* Made by sql/embed.py: do not edit. */", "#pragma once", "",
           f"#define SCHEMA_VERSION {n_migrations}", "", "typedef enum QueryId {"]
    out += [f"        QUERY_{name.upper()}," for name, _, _ in queries]
    out += ["        QUERY_MAX,", "} QueryId;", ""]
    for name, _, columns in queries:
        if not columns:
            continue
        out.append("enum {")
        out += [f"        COLUMN_{name.upper()}_{column.upper()}," for column in columns]
        out += ["};", ""]
    out += ["extern const char *const query_names[QUERY_MAX];",
            "extern const char *const query_texts[QUERY_MAX];",
            "extern const char *const schema_migrations[SCHEMA_VERSION];",
            "extern const char *const report_views; /* empty: there are none */", ""]
    return "\n".join(out)


def source(queries, migrations, report):
    out = ["/* Made by sql/embed.py: do not edit. */", '#include "sql/queries.h"', "",
           "const char *const query_names[QUERY_MAX] = {"]
    out += [f'        [QUERY_{name.upper()}] = "{name}",' for name, _, _ in queries]
    out += ["};", "", "const char *const query_texts[QUERY_MAX] = {"]
    out += [f"        [QUERY_{name.upper()}] =\n{literal(text)}," for name, text, _ in queries]
    out += ["};", "", "const char *const schema_migrations[SCHEMA_VERSION] = {"]
    out += [literal(without_comments(text)) + "," for text in migrations]
    out += ["};", "", "const char *const report_views =", literal(without_comments(report)) + ";", ""]
    return "\n".join(out)


def read_report(path):
    """The views, with the attribute names that the database keeps as numbers only."""
    if not path:
        return ""
    names = re.findall(r'X\((\d+), \w+, "([\w-]+)",', ATTRIBUTES.read_text())
    if not names:
        raise Broken(f"{ATTRIBUTES}: no attribute found")
    return path.read_text().replace("@ATTRIBUTES@", ", ".join(f"({number}, '{name}')" for number, name in names))


def load_schema(paths, report_path, report):
    database = sqlite3.connect(":memory:")
    for number, path in enumerate(paths, 1):
        if not path.name.startswith(f"{number:04}-"):
            raise Broken(f"{path}: migration {number} is missing or out of order")
    for path, text in [*((path, path.read_text()) for path in paths), (report_path, report)]:
        refuse_new(path, text)
        try:
            database.executescript(text)
        except sqlite3.Error as error:
            raise Broken(f"{path}: {error}") from error
    database.executescript(STAND_INS)
    return database


def check_views(database):
    for (view,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
        try:
            database.execute(f"SELECT * FROM {view}")
        except sqlite3.Error as error:
            raise Broken(f"report.sql: {view}: {error}") from error


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--header", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()

    migrations = sorted(p for p in arguments.files if p.parent.name == "schema")
    report_path = next((p for p in arguments.files if p.name == "report.sql"), None)

    try:
        report = read_report(report_path)
        database = load_schema(migrations, report_path, report)
        check_views(database)
        queries = [(name, text, compile_query(database, path, name, text))
                   for path, name, text in read_queries(sorted(p for p in arguments.files if p.parent.name == "query"))]
    except Broken as error:
        sys.exit(str(error))

    arguments.header.write_text(header(queries, len(migrations)))
    arguments.source.write_text(source(queries, [p.read_text() for p in migrations], report))


if __name__ == "__main__":
    main()
