/* SPDX-License-Identifier: MIT */
#include "lib/core/directory-facts.h"

#include "lib/core/when.h"

int64_t trace_logged_on(const Trace *trace)
{
        return trace->logged_on > trace->logged_on_replicated ? trace->logged_on
                                                              : trace->logged_on_replicated;
}

int64_t trace_ran(const Trace *trace, const DirectoryFacts *facts)
{
        if (facts->logons_known_until != 0 && trace->logged_on != 0)
                return trace_logged_on(trace);
        if (trace->logged_on_replicated != 0)
                return trace_logged_on(trace) + TRACE_REPLICATED_LATE;
        return 0;
}

int64_t directory_connector_ran(const DirectoryFacts *facts)
{
        int64_t latest = 0;

        for (size_t i = 0; i < facts->n_traces; i++) {
                const Trace *trace = &facts->traces[i];
                int64_t ran = trace->type == TRACE_CONNECTOR && trace->is_enabled
                                      ? trace_ran(trace, facts)
                                      : 0;

                if (ran > latest)
                        latest = ran;
        }

        return latest;
}
