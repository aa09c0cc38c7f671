/* SPDX-License-Identifier: MIT */

/*
 * What is certain only as long as the domains it was judged from are followed. Verdicts are kept as they were judged, whatever the
 * hour, so that an outage opens, closes and rewrites nothing, however many findings there are: the doubt is added where they are
 * shown, and goes away by itself.
 */

#include <errno.h>

#include "lib/state/query-internal.h"

/* Why, in words for people. */
static int doubt_append(Buffer *text, DomainDoubt doubt, const Domain *domain)
{
        char since[RECORD_TIME_SIZE];

        switch (doubt) {
        case DOMAIN_CURRENT:
                return 0;
        case DOMAIN_STALE:
                record_format_time(domain->last_poll_ok, since);
                return buffer_append_format(text, "%s has not been followed since %s", domain->name,
                                            since);
        case DOMAIN_HELD:
                return buffer_append_format(
                        text,
                        "objects of %s seem to be gone: see scanctl rescan --accept-deletions",
                        domain->name);
        case DOMAIN_UNCONFIRMED:
                return buffer_append_format(text,
                                            "unconfirmed: the domain controller that is followed "
                                            "in %s may be behind the one before",
                                            domain->name);
        }
        return 0;
}

/* Behind what it says by itself. */
static int record_add_detail(Record *record, const Buffer *text, Arena *arena)
{
        _cleanup_buffer_ Buffer detail = BUFFER_INIT;
        int r = 0;

        record->certainty = CERTAINTY_PROBABLE;
        if (record->detail)
                r = buffer_append_format(&detail, "%s; ", record->detail);
        if (r >= 0)
                r = buffer_append(&detail, text->data, text->size);
        if (r < 0)
                return r;

        record->detail = arena_copy(arena, detail.data, detail.size);
        return record->detail ? 0 : -ENOMEM;
}

static int record_doubt(Record *record, DomainDoubt doubt, const Domain *domain, Arena *arena)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        int r;

        r = doubt_append(&text, doubt, domain);
        return r < 0 ? r : record_add_detail(record, &text, arena);
}

int query_doubt_held(const Domain *domain, Arena *arena, Record *record)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        int r;

        record->is_held = true;
        r = buffer_append_format(&text,
                                 "held: the domain controller that is followed%s%s does not show "
                                 "it, and may be behind the one before",
                                 domain ? " in " : "", domain ? domain->name : "");
        return r < 0 ? r : record_add_detail(record, &text, arena);
}

int query_doubt_object(const Domain *domain, int64_t now, Arena *arena, Record *record)
{
        if (domain_doubt(domain, now) != DOMAIN_UNCONFIRMED ||
            record->opened < domain->cursor.unconfirmed_since)
                return 0;
        return record_doubt(record, DOMAIN_UNCONFIRMED, domain, arena);
}

int query_doubt_dispute(const QueryReader *reader, int64_t now, const QueryHolders *holders,
                        const QueryHolder *self, int64_t key, Arena *arena, Record *record)
{
        for (size_t i = 0; i < reader->n_domains; i++) {
                const Domain *domain = &reader->domains[i];
                DomainDoubt doubt = domain_doubt(domain, now);

                if (doubt == DOMAIN_CURRENT || !domain->is_ready)
                        continue;
                for (size_t k = 0; k < holders->n; k++) {
                        const QueryHolder *holder = &holders->holders[k];

                        if (cache_domain_of(holder->object) == domain->id &&
                            (holder == self || query_holder_disputes(self, holder, key)))
                                return record_doubt(record, doubt, domain, arena);
                }
        }

        return 0;
}
