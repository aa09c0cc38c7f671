/* SPDX-License-Identifier: MIT */
#include "lib/state/logon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/when.h"
#include "lib/state/trace.h"

#define REQUEST_SECONDS 30

struct Logon {
        Store *store;
        const Domain *domain;
        int64_t wall;
        FeedRequest request;
        Buffer filter;
};

Logon *logon_free(Logon *logon)
{
        if (!logon)
                return NULL;

        buffer_done(&logon->filter);
        free(logon);
        return NULL;
}

int logon_new(Store *store, const Domain *domain, int64_t wall, Logon **ret)
{
        _cleanup_(logon_freep) Logon *logon = calloc(1, sizeof(*logon));
        int r;

        if (!logon)
                return -ENOMEM;
        if (!domain->naming_context)
                return 0;

        logon->store = store;
        logon->domain = domain;
        logon->wall = wall;
        r = trace_filter(store, domain->id, &logon->filter);
        if (r <= 0)
                return r;
        if (!buffer_string(&logon->filter))
                return -ENOMEM;

        logon->request = (FeedRequest){
                .base = domain->naming_context,
                .scope = FEED_SUBTREE,
                .filter = buffer_string(&logon->filter),
                .timeout = REQUEST_SECONDS,
        };
        attribute_set_add(&logon->request.attributes, ATTRIBUTE_SAM_ACCOUNT_NAME);
        attribute_set_add(&logon->request.attributes, ATTRIBUTE_LAST_LOGON);
        *ret = TAKE_PTR(logon);
        return 1;
}

const FeedRequest *logon_request(const Logon *logon)
{
        return &logon->request;
}

int logon_entry(Logon *logon, const Object *object)
{
        const Value *name = object_value(object, ATTRIBUTE_SAM_ACCOUNT_NAME);
        int64_t at = 0;

        if (!name || !object_time(object, ATTRIBUTE_LAST_LOGON, &at) || at <= 0)
                return 0;

        return trace_put_logon(logon->store, logon->domain->id, (Slice){ name->data, name->size },
                               at, logon->wall);
}

/* Referrals to other naming contexts come beside the answer, and mean nothing here. */
const char *logon_failure(const FeedResult *result)
{
        if (result->code < 0)
                return "connection-closed";
        return result->code == 0 ? NULL : "search-failed";
}
