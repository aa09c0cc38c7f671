/* SPDX-License-Identifier: MIT */
#include "lib/state/fate.h"

int fate_without(Store *store, int64_t object, int64_t key, uint64_t id, Fate *ret)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_FINDING_FATES);
        Fate worst = FATE_UNCHANGED;
        int r;

        statement_bind_integer(row, ":object", object);
        while ((r = statement_step(row)) > 0) {
                Fate fate =
                        fate_of((RuleClass)statement_integer(row, COLUMN_FINDING_FATES_CLASS),
                                (Severity)statement_integer(row, COLUMN_FINDING_FATES_SEVERITY));

                if (fate < worst &&
                    (statement_integer(row, COLUMN_FINDING_FATES_KEY) != key ||
                     (uint64_t)statement_integer(row, COLUMN_FINDING_FATES_ID) != id))
                        worst = fate;
        }
        if (r < 0)
                return r;

        *ret = worst;
        return 0;
}
