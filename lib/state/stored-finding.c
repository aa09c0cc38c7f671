/* SPDX-License-Identifier: MIT */
#include "lib/state/stored-finding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void stored_findings_reset(StoredFindings *stored)
{
        for (size_t i = 0; i < stored->n; i++) {
                free(stored->rows[i].rule);
                free(stored->rows[i].detail);
                free(stored->rows[i].advice);
                free(stored->rows[i].fold);
                buffer_done(&stored->rows[i].value);
        }
        stored->n = 0;
}

void stored_findings_done(StoredFindings *stored)
{
        stored_findings_reset(stored);
        free(stored->rows);
        *stored = (StoredFindings){};
}

static int copy_text(Statement *statement, int column, char **ret)
{
        const char *text = statement_text(statement, column);

        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

static int stored_read(StoredFindings *stored, Statement *statement)
{
        StoredFinding *row;
        const void *value;
        size_t size;
        int r;

        if (stored->n == stored->n_allocated) {
                size_t n = stored->n_allocated ? stored->n_allocated * 2 : 8;
                StoredFinding *rows = reallocarray(stored->rows, n, sizeof(*rows));

                if (!rows)
                        return -ENOMEM;
                stored->rows = rows;
                stored->n_allocated = n;
        }

        row = &stored->rows[stored->n++];
        *row = (StoredFinding){
                .id = (uint64_t)statement_integer(statement, COLUMN_FINDING_OF_ID),
                .class = (RuleClass)statement_integer(statement, COLUMN_FINDING_OF_CLASS),
                .severity = (Severity)statement_integer(statement, COLUMN_FINDING_OF_SEVERITY),
                .certainty = (Certainty)statement_integer(statement, COLUMN_FINDING_OF_CERTAINTY),
                .attribute = (AttributeId)statement_integer(statement, COLUMN_FINDING_OF_ATTRIBUTE),
                .look_again_at = statement_integer(statement, COLUMN_FINDING_OF_LOOK_AGAIN_AT),
                .is_accepted = statement_integer(statement, COLUMN_FINDING_OF_ACCEPTED) != 0,
        };

        value = statement_blob(statement, COLUMN_FINDING_OF_VALUE, &size);
        r = buffer_append(&row->value, value, size);
        if (r >= 0)
                r = copy_text(statement, COLUMN_FINDING_OF_RULE, &row->rule);
        if (r >= 0)
                r = copy_text(statement, COLUMN_FINDING_OF_DETAIL, &row->detail);
        if (r >= 0)
                r = copy_text(statement, COLUMN_FINDING_OF_ADVICE, &row->advice);
        if (r >= 0)
                r = copy_text(statement, COLUMN_FINDING_OF_FOLD, &row->fold);
        return r;
}

int stored_findings_read(StoredFindings *stored, Store *store, int64_t object, int64_t key)
{
        _cleanup_statement_ Statement *statement = store_statement(store, QUERY_FINDING_OF);
        int r;

        stored_findings_reset(stored);
        statement_bind_integer(statement, ":object", object);
        statement_bind_integer(statement, ":key", key);
        while ((r = statement_step(statement)) > 0) {
                r = stored_read(stored, statement);
                if (r < 0)
                        break;
        }

        return r;
}

StoredFinding *stored_findings_find(StoredFindings *stored, uint64_t id)
{
        for (size_t i = 0; i < stored->n; i++)
                if (stored->rows[i].id == id)
                        return &stored->rows[i];
        return NULL;
}
