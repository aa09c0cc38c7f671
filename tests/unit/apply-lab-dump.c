/* SPDX-License-Identifier: MIT */
#include "tests/unit/apply-lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/evaluate.h"
#include "lib/state/store-internal.h"
#include "tests/unit/check-main.h"

/* Each row a line of text; the rows are sorted by the query. What history says is not a function of the directories. */
static const char *const dumps[] = {
        "SELECT 'domain ' || name || ' ' || objects || ' ' || is_ready FROM domain ORDER BY 1",
        "SELECT 'container ' || d.name || ' ' || hex(c.guid) || ' ' || c.dn || ' ' || c.selected "
        "|| ' ' || c.origin"
        " FROM container c JOIN domain d ON d.id = c.domain WHERE c.deleted_at IS NULL"
        /* An object that once had others below it goes on being known as a container. */
        " AND (EXISTS (SELECT 1 FROM object WHERE parent = c.id AND deleted_at IS NULL) OR"
        " EXISTS (SELECT 1 FROM container k WHERE k.parent = c.id AND k.deleted_at IS NULL) OR"
        " NOT EXISTS (SELECT 1 FROM object WHERE guid = c.guid)) ORDER BY 1",
        "SELECT 'object ' || d.name || ' ' || hex(o.guid) || ' ' || o.rdn || ',' || ifnull(c.dn, "
        "'') || ' ' || o.kind || ' ' ||"
        " o.excluded || ' ' || hex(o.attributes)"
        " FROM object o JOIN domain d ON d.id = o.domain LEFT JOIN container c ON c.id = o.parent"
        " WHERE o.deleted_at IS NULL ORDER BY 1",
        "SELECT 'claim ' || d.name || ' ' || hex(o.guid) || ' ' || l.key FROM claim l JOIN object "
        "o ON o.id = l.object"
        " JOIN domain d ON d.id = o.domain WHERE o.deleted_at IS NULL ORDER BY 1",
        "SELECT 'join ' || d.name || ' ' || hex(o.guid) || ' ' || j.key FROM join_exclusion j JOIN "
        "object o ON o.id = j.object"
        " JOIN domain d ON d.id = o.domain ORDER BY 1",
        "SELECT 'finding ' || d.name || ' ' || ifnull(hex(o.guid), 'itself') || ' ' || f.rule || ' "
        "' || f.attribute || ' ' ||"
        " ifnull(hex(f.value), '') || ' ' || f.key || ' ' || f.id || ' ' || f.class || f.severity "
        "|| f.certainty || ' ' ||"
        " ifnull(f.detail, '') || ' ' || ifnull(f.advice, '') || ' ' || ifnull(f.fold, '')"
        " FROM finding f LEFT JOIN object o ON o.id = f.object JOIN domain d ON d.id = f.object >> "
        "28 WHERE f.rule NOT IN (SELECT rule FROM past_rule) ORDER BY 1",
        "SELECT 'counter ' || d.name || ' ' || c.rule || ' ' || c.class || c.severity || "
        "c.accepted || ' ' || c.n"
        " FROM counter c JOIN domain d ON d.id = c.domain WHERE c.rule NOT IN (SELECT rule FROM "
        "past_rule) ORDER BY 1",
        /* What must be true of every database. */
        "SELECT 'a claim of nobody ' || key FROM claim WHERE object NOT IN (SELECT id FROM object)",
        "SELECT 'a finding of nobody ' || rule FROM finding WHERE object NOT IN (SELECT id FROM "
        "object) AND object & 268435455 <> 0",
        "SELECT 'a finding of the dead ' || rule FROM finding WHERE rule <> 'deleted' AND object "
        "IN "
        "(SELECT id FROM object WHERE deleted_at IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM held h "
        "WHERE "
        "h.key = finding.key AND h.object = finding.object AND h.id = finding.id)",
        "SELECT 'held, and not open ' || object FROM held h WHERE NOT EXISTS (SELECT 1 FROM "
        "finding f "
        "WHERE h.key = f.key AND h.object = f.object AND h.id = f.id)",
        "SELECT 'held for nothing ' || object FROM held JOIN domain d ON d.id = held.domain WHERE "
        "ifnull(length(d.unconfirmed), 0) = 0",
        "SELECT 'untold for nothing ' || u.id FROM untold u JOIN domain d ON d.id = u.domain LEFT "
        "JOIN object o ON o.id = u.id"
        " WHERE o.id IS NULL OR (ifnull(length(d.unconfirmed), 0) = 0 AND (u.deleted_at IS NULL OR "
        "o.deleted_at IS NULL))",
        "SELECT 'claims of the dead ' || n FROM (SELECT count(*) AS n FROM claim JOIN object ON "
        "object.id = claim.object"
        " WHERE deleted_at IS NOT NULL AND (key >> 60 & 15) NOT IN (1, 15)) WHERE n > 0",
        "SELECT 'a dead GUID not found ' || id FROM object WHERE id NOT IN"
        " (SELECT object FROM claim WHERE (key >> 60 & 15) = 15)",
        "SELECT 'a counter that is wrong: ' || rule || n FROM counter c WHERE n <> (SELECT "
        "count(*) FROM finding f WHERE"
        " f.rule = c.rule AND f.object >> 28 = c.domain AND f.class = c.class AND f.severity = "
        "c.severity AND f.accepted = c.accepted AND (f.fold IS NULL OR f.object & 268435455 = 0))",
        "SELECT 'folded ' || d.name || ' ' || f.rule || ' ' || f.fold || ' ' || f.n FROM folded f "
        "JOIN domain d ON d.id = f.domain ORDER BY 1",
        "SELECT 'many that are miscounted: ' || rule || ' ' || fold || ' ' || n FROM folded c "
        "WHERE n <> (SELECT count(*) FROM finding f WHERE f.rule = c.rule AND f.fold = c.fold AND "
        "f.object >> 28 = c.domain AND f.object & 268435455 <> 0)",
        "SELECT 'nobody stands for them: ' || f.rule || ' ' || f.fold FROM finding f WHERE f.fold "
        "IS NOT NULL AND NOT EXISTS (SELECT 1 FROM finding d WHERE d.rule = f.rule AND d.fold = "
        "f.fold AND d.object = f.object >> 28 << 28)",
        "SELECT 'accepted by nobody, or not at all ' || rule FROM finding f WHERE accepted <>"
        " EXISTS (SELECT 1 FROM acceptance WHERE finding = f.id)",
        "SELECT 'excluded by nobody ' || id FROM object WHERE deleted_at IS NULL AND (excluded & 2 "
        "<> 0) <>"
        " EXISTS (SELECT 1 FROM join_exclusion WHERE object = object.id)",
        /* An answer has one time. */
        "SELECT 'opened and closed by one answer: ' || a.rule FROM event a JOIN event b ON a.at = "
        "b.at AND a.domain = b.domain"
        " AND a.guid = b.guid AND a.finding = b.finding WHERE a.type = 1 AND b.type = 2",
        "SELECT 'objects miscounted ' || name FROM domain WHERE is_ready AND objects <>"
        " (SELECT count(*) FROM object WHERE domain = domain.id AND deleted_at IS NULL)",
        /* The numbers are Fate's. */
        "SELECT 'in scope, and counted otherwise: ' || object.id FROM object LEFT JOIN container c "
        "ON c.id = object.parent WHERE in_scope <> (object.deleted_at IS NULL AND "
        "ifnull(c.selected, 1) AND (excluded & 12) = 0)",
        "SELECT 'found of somebody who is not in scope: ' || rule FROM finding JOIN object ON "
        "object.id = finding.object WHERE class < 3 AND NOT in_scope",
        "SELECT 'in scope miscounted ' || name FROM domain WHERE is_ready AND ifnull((SELECT n "
        "FROM "
        "fate WHERE fate = 6 AND domain = domain.id), 0) <>"
        " (SELECT count(*) FROM object WHERE domain = domain.id AND in_scope)",
        "SELECT 'a fate miscounted: ' || d.name || ' ' || column1 || ' ' || ifnull(f.n, 0) FROM "
        "domain d JOIN (VALUES (0), (1), (2), (3), (4)) LEFT JOIN fate f ON f.domain = d.id AND "
        "f.fate = column1 WHERE d.is_ready AND ifnull(f.n, 0) <> (SELECT count(*) FROM (SELECT "
        "min(CASE WHEN class = 0 AND severity = 0 THEN 4 WHEN class = 2 AND severity = 0 THEN 3 "
        "ELSE class END) AS worst FROM finding WHERE class < 3 AND object >> 28 = d.id GROUP BY "
        "object) WHERE worst = column1)",
};

static void dump_into(Lab *lab, const char *sql, Buffer *buffer)
{
        sqlite3_stmt *statement;

        ck_assert_msg(sqlite3_prepare_v2(lab->store->database, sql, -1, &statement, NULL) ==
                              SQLITE_OK,
                      "%s: %s", sql, sqlite3_errmsg(lab->store->database));
        while (sqlite3_step(statement) == SQLITE_ROW) {
                const char *text = (const char *)sqlite3_column_text(statement, 0);

                ck_assert_msg(text, "a row of NULL: %s", sql);
                ck_assert_int_eq(buffer_append_format(buffer, "%s\n", text), 0);
        }
        ck_assert_int_eq(sqlite3_finalize(statement), SQLITE_OK);
}

/* The rules that are judged by more than what the directories hold now, as a table. */
static void lab_list_past_rules(Lab *lab)
{
        sqlite3 *database = lab->store->database;
        char sql[200];

        ck_assert_int_eq(sqlite3_exec(database,
                                      "CREATE TEMP TABLE IF NOT EXISTS past_rule(rule TEXT PRIMARY "
                                      "KEY)",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        for (size_t i = 0; i < rule_count(); i++) {
                if (rule_basis(rule_at(i)) == BASIS_STATE)
                        continue;
                (void)snprintf(sql, sizeof(sql), "INSERT OR IGNORE INTO past_rule VALUES ('%s')",
                               rule_id(rule_at(i)));
                ck_assert_int_eq(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
        }
}

char *lab_dump(Lab *lab)
{
        Buffer buffer = BUFFER_INIT;

        lab_list_past_rules(lab);
        for (size_t i = 0; i < ARRAY_SIZE(dumps); i++)
                dump_into(lab, dumps[i], &buffer);
        return buffer_steal_string(&buffer);
}

/* Lines that name a domain which is not ready are what nobody may see. */
char *lab_dump_ready(Lab *lab)
{
        char *dump = lab_dump(lab), *position, *line;
        Buffer buffer = BUFFER_INIT;

        for (line = strtok_r(dump, "\n", &position); line; line = strtok_r(NULL, "\n", &position)) {
                bool is_seen = true;

                for (unsigned i = 0; i < lab->n_domains; i++)
                        if (!lab->domains[i].domain.is_ready && strstr(line, lab->domains[i].name))
                                is_seen = false;
                if (is_seen && strncmp(line, "a dead GUID", 11) != 0)
                        ck_assert_int_eq(buffer_append_format(&buffer, "%s\n", line), 0);
        }
        free(dump);
        return buffer_steal_string(&buffer);
}

char *lab_dump_fresh(Lab *lab)
{
        Lab fresh = *lab;
        char *dump;

        fresh.folder = NULL;
        fresh.is_cramped = false;
        lab_open_store(&fresh);
        for (unsigned i = 0; i < fresh.n_domains; i++)
                lab_read(&fresh, i);
        dump = lab_dump(&fresh);
        lab_close_store(&fresh);
        lab->random = fresh.random;
        return dump;
}
