/* SPDX-License-Identifier: MIT */

/*
 * Accounts that are named as connectors name theirs, by a beginning and a number. Active Directory finds them by its index, but there are
 * servers that go through all of their accounts for that: 50,000 took Samba a tenth of what it takes to send them. So they are
 * remembered as the search brings them, and the quarter-hourly look at them asks by their whole names. Whoever follows a domain that
 * was read by a former process must ask by the beginnings once.
 */

#include <string.h>

#include "lib/core/filter.h"
#include "lib/state/feed-internal.h"

/* More than any directory should have; beyond that they are asked for by the beginnings. */
#define ACCOUNTS_MOST 64

static const char *const beginnings[] = { "MSOL_", "AAD_", "pGMSA_" };

void feed_accounts_done(FeedAccounts *accounts)
{
        buffer_done(&accounts->names);
        *accounts = (FeedAccounts){};
}

void feed_accounts_see_all(Feed *feed)
{
        feed->accounts.is_complete = true;
}

static bool is_named_so(Slice name)
{
        for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
                if (text_begins_nocase(name, beginnings[i]))
                        return true;
        return false;
}

/* The next of the names, which stand one behind another with their sizes; false behind the last. */
static bool accounts_next(const FeedAccounts *accounts, size_t *at, Slice *ret)
{
        uint64_t size;

        if (varint_read(accounts->names.data, accounts->names.size, at, &size) < 0)
                return false;

        *ret = (Slice){ accounts->names.data + *at, (size_t)size };
        *at += (size_t)size;
        return true;
}

static bool accounts_have(const FeedAccounts *accounts, Slice name)
{
        size_t at = 0;
        Slice known;

        while (accounts_next(accounts, &at, &known))
                if (slice_equal(known, name))
                        return true;
        return false;
}

int feed_accounts_note(Feed *feed, const Object *object)
{
        FeedAccounts *accounts = &feed->accounts;
        const Value *value = object_value(object, ATTRIBUTE_SAM_ACCOUNT_NAME);
        Slice name;
        int r;

        if (!value || object->is_deleted)
                return 0;
        name = (Slice){ value->data, value->size };
        if (!is_named_so(name) || accounts->n > ACCOUNTS_MOST || accounts_have(accounts, name))
                return 0;

        r = buffer_append_varint(&accounts->names, name.size);
        if (r >= 0)
                r = buffer_append(&accounts->names, name.data, name.size);
        if (r < 0)
                return r;

        accounts->n++;
        return 1;
}

static int append_term(Buffer *filter, Slice name)
{
        int r;

        r = buffer_append_string(filter, "(sAMAccountName=");
        if (r >= 0)
                r = filter_escape(name, filter);
        return r < 0 ? r : buffer_append_string(filter, ")");
}

int feed_accounts_filter(const Feed *feed, Buffer *filter)
{
        const FeedAccounts *accounts = &feed->accounts;
        size_t at = 0;
        Slice name;
        int r = 0;

        /* A first read is to come, and shows them. */
        if (!accounts->is_complete && !feed->domain->is_ready)
                return 0;
        if (!accounts->is_complete || accounts->n > ACCOUNTS_MOST) {
                for (size_t i = 0; i < ARRAY_SIZE(beginnings) && r >= 0; i++)
                        r = buffer_append_format(filter, "(sAMAccountName=%s*)", beginnings[i]);
                return r;
        }

        while (r >= 0 && accounts_next(accounts, &at, &name))
                r = append_term(filter, name);
        return r;
}
