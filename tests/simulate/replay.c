/* SPDX-License-Identifier: MIT */
#include "tests/simulate/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/attribute-list.h"
#include "lib/state/cache.h"
#include "lib/state/event.h"
#include "lib/state/store-internal.h"
#include "lib/state/untold.h"

enum {
        RULES_MOST = 32, /* that one answer may tell of by their number */
};

/* Of a silent answer: how many more findings of a rule there are. */
typedef struct ReplaySum {
        const char *rule;
        int64_t n;
} ReplaySum;

typedef struct Reader {
        Replay *replay;
        Client *client;
        FILE *to;
        bool is_counting;
        unsigned n_wrong;
        ReplaySum sums[RULES_MOST];
        unsigned n_sums;
} Reader;

static void must(int r)
{
        if (r >= 0)
                return;
        fprintf(stderr, "the event log cannot be read: %s\n", strerror(-r));
        abort();
}

void replay_done(Replay *replay)
{
        free(replay->open.findings);
        *replay = (Replay){};
}

/* Open findings, in the order of their ids. */

static size_t findings_place(const ReplayFindings *list, uint64_t id, bool *ret_is_there)
{
        size_t low = 0, high = list->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (list->findings[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }

        *ret_is_there = low < list->n && list->findings[low].id == id;
        return low;
}

static bool findings_add(ReplayFindings *list, uint64_t id, const char *rule)
{
        bool is_there;
        size_t at = findings_place(list, id, &is_there);

        if (is_there)
                return false;

        if (list->n == list->n_allocated) {
                list->n_allocated = list->n_allocated ? 2 * list->n_allocated : 64;
                list->findings =
                        reallocarray(list->findings, list->n_allocated, sizeof(*list->findings));
                if (!list->findings)
                        abort();
        }
        memmove(&list->findings[at + 1], &list->findings[at],
                (list->n - at) * sizeof(*list->findings));
        list->findings[at] = (ReplayFinding){ id, rule };
        list->n++;
        return true;
}

static bool findings_remove(ReplayFindings *list, uint64_t id)
{
        bool is_there;
        size_t at = findings_place(list, id, &is_there);

        if (is_there)
                memmove(&list->findings[at], &list->findings[at + 1],
                        (--list->n - at) * sizeof(*list->findings));
        return is_there;
}

/* The rule table's own string: it outlives the row that names the rule. */
static const char *rule_name(const char *id)
{
        const Rule *rule = rule_find(id);

        if (!rule)
                abort();
        return rule_id(rule);
}

static void findings_look_up(Client *client, ReplayFindings *ret)
{
        sqlite3_stmt *statement;

        ret->n = 0;
        must(store_errno(sqlite3_prepare_v2(
                client->store->database,
                "SELECT id, rule FROM finding WHERE fold IS NULL OR object & 268435455 = 0", -1,
                &statement, NULL)));
        while (sqlite3_step(statement) == SQLITE_ROW)
                (void)findings_add(ret, (uint64_t)sqlite3_column_int64(statement, 0),
                                   rule_name((const char *)sqlite3_column_text(statement, 1)));
        must(store_errno(sqlite3_finalize(statement)));
}

static int64_t findings_of(const ReplayFindings *list, const char *rule)
{
        int64_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                n += list->findings[i].rule == rule;
        return n;
}

/* Events. */

static unsigned login_number(const char *login)
{
        unsigned number = 0;

        (void)sscanf(login, "address%u@", &number);
        return number;
}

static void complain(Reader *reader, const Event *event, const char *what)
{
        if (reader->to)
                fprintf(reader->to, "# event %" PRIi64 " (%s of %s): %s\n", event->id,
                        event_type_name(event->type), event->dn ? event->dn : event->rule, what);
        reader->n_wrong++;
}

static void read_sum(Reader *reader, const Event *event, int64_t sign)
{
        const char *rule = rule_name(event->rule);
        unsigned i = 0;

        while (i < reader->n_sums && reader->sums[i].rule != rule)
                i++;
        if (i == RULES_MOST)
                abort();
        if (i == reader->n_sums)
                reader->sums[reader->n_sums++] = (ReplaySum){ .rule = rule };
        reader->sums[i].n += sign * event->count;
}

/* Is that more than was done to it? What died with a domain controller was done, and is undone by nobody. */
static void check_count(Reader *reader, const Event *event, unsigned number, unsigned n_told,
                        unsigned n_done)
{
        if (reader->is_counting && !reader->client->directory->has_lost[number] && n_told > n_done)
                complain(reader, event, "nobody did that so often");
}

static void count_event(Reader *reader, const Event *event, unsigned number)
{
        const Directory *directory = reader->client->directory;
        ReplayObject *object = &reader->replay->objects[number];
        unsigned name;

        if (event->type == EVENT_MOVED)
                check_count(reader, event, number, ++object->n_moved,
                            directory->n_placed[number][false]);
        if (event->type == EVENT_DELETED)
                check_count(reader, event, number, ++object->n_deleted,
                            directory->n_placed[number][true]);
        if (event->type == EVENT_RESTORED)
                check_count(reader, event, number, ++object->n_restored,
                            directory->n_placed[number][false]);
        if (event->type == EVENT_UPN_CHANGED) {
                name = login_number(object->login);
                check_count(reader, event, number, ++object->n_named[name],
                            directory->n_named[number][name]);
        }
}

static void read_deletion(Reader *reader, const Event *event, ReplayObject *object, bool is_deleted)
{
        if (object->is_known && object->is_deleted == is_deleted)
                complain(reader, event, "it was before");
        object->is_deleted = is_deleted;
}

static void read_login(Reader *reader, const Event *event, ReplayObject *object)
{
        if (object->is_known &&
            !slice_equal(event->old_value,
                         (Slice){ (const uint8_t *)object->login, strlen(object->login) }))
                complain(reader, event, "it had another login name before");
        snprintf(object->login, sizeof(object->login), "%.*s", (int)event->value.size,
                 event->value.data ? (const char *)event->value.data : "");
}

static int read_event(const Event *event, void *userdata)
{
        Reader *reader = userdata;
        Replay *replay = reader->replay;
        int number = directory_find(reader->client->directory, &event->guid);
        ReplayObject *object = number >= 0 ? &replay->objects[number] : NULL;

        switch (event->type) {
        case EVENT_OPENED:
                if (!findings_add(&replay->open, event->finding, rule_name(event->rule)))
                        complain(reader, event, "the finding was open before");
                break;
        case EVENT_CLOSED:
                if (!findings_remove(&replay->open, event->finding))
                        complain(reader, event, "the finding was not open");
                break;
        case EVENT_BASELINE:
        case EVENT_SUMMARY:
                read_sum(reader, event, 1);
                break;
        case EVENT_CLOSED_SUMMARY:
                read_sum(reader, event, -1);
                break;
        case EVENT_DELETED:
        case EVENT_RESTORED:
                if (object)
                        read_deletion(reader, event, object, event->type == EVENT_DELETED);
                break;
        case EVENT_MOVED:
                if (slice_equal(event->value, event->old_value))
                        complain(reader, event, "it is where it was");
                break;
        case EVENT_UPN_CHANGED:
                if (object)
                        read_login(reader, event, object);
                break;
        case EVENT_ANCHOR_CHANGED:
                if (slice_equal(event->value, event->old_value))
                        complain(reader, event, "it is what it was");
                break;
        case EVENT_LEFT_SCOPE:
        case EVENT_ACCEPTED:
        case EVENT_ACCEPTANCE_UNDONE:
        case EVENT_ACCEPTANCE_EXPIRED:
        case EVENT_READ_COMPLETE:
                break;
        }

        if (object)
                count_event(reader, event, (unsigned)number);
        replay->last_event = event->id;
        return 0;
}

static void settle_sums(Reader *reader)
{
        ReplayFindings *open = &reader->replay->open, now = {};

        findings_look_up(reader->client, &now);
        for (unsigned i = 0; i < reader->n_sums; i++) {
                const ReplaySum *sum = &reader->sums[i];
                int64_t n = findings_of(&now, sum->rule) - findings_of(open, sum->rule);

                if (n == sum->n)
                        continue;
                if (reader->to)
                        fprintf(reader->to,
                                "# events: %s has %" PRIi64 " findings more, not %" PRIi64 "\n",
                                sum->rule, n, sum->n);
                reader->n_wrong++;
        }

        free(open->findings);
        *open = now;
}

/* Objects. */

static void object_look_up(Client *client, const CacheRow *row, ReplayObject *ret)
{
        Object *object;
        const Value *value;

        must(object_new(&object));
        must(cache_row_object(row, (Slice){ row->rdn.data, row->rdn.size },
                              &client->domain.requested, object));
        value = object_value(object, ATTRIBUTE_USER_PRINCIPAL_NAME);
        *ret = (ReplayObject){ .is_known = true, .is_deleted = row->deleted_at != 0 };
        if (value)
                snprintf(ret->login, sizeof(ret->login), "%.*s", (int)value->size,
                         (const char *)value->data);
        ret->n_named[login_number(ret->login)] = 1;
        object_free(object);
}

static void look_up_new_objects(Replay *replay, Client *client)
{
        const Directory *directory = client->directory;

        for (unsigned number = N_FIXED_OBJECTS; number < directory->n_objects; number++) {
                Guid guid = directory_object_guid(directory, number);
                CacheRow row = {};
                int r;

                if (replay->objects[number].is_known || directory->kinds[number] == KIND_CONTAINER)
                        continue;
                r = cache_find(client->store, client->domain.id, &guid, &row);
                must(r);
                /* As it was told, if what has become of it is not told so far. */
                if (r > 0)
                        must(untold_get(client->store, row.id, &row));
                if (r > 0)
                        object_look_up(client, &row, &replay->objects[number]);
                cache_row_done(&row);
        }
}

/* What was open stays so as long as the server may be behind. What history says may end by the clock. */
static unsigned compare_kept(const Replay *replay, Client *client, FILE *to)
{
        ReplayFindings now = {};
        unsigned n = 0;

        if (client->domain.cursor.unconfirmed.size == 0)
                return 0;

        findings_look_up(client, &now);
        for (size_t i = 0; i < replay->open.n; i++) {
                const ReplayFinding *finding = &replay->open.findings[i];
                bool is_there;

                (void)findings_place(&now, finding->id, &is_there);
                if (is_there || rule_basis(rule_find(finding->rule)) != BASIS_STATE ||
                    rule_class(rule_find(finding->rule)) == RULE_DIRECTORY)
                        continue;
                if (to)
                        fprintf(to,
                                "# finding %016" PRIx64
                                " of %s is gone, and the server may be behind\n",
                                finding->id, finding->rule);
                n++;
        }

        free(now.findings);
        return n;
}

unsigned replay_read_on(Replay *replay, Client *client, bool is_counting, FILE *to)
{
        Reader reader = {
                .replay = replay, .client = client, .to = to, .is_counting = is_counting
        };

        reader.n_wrong += compare_kept(replay, client, to);
        must(event_walk(client->store, replay->last_event, UINT32_MAX, read_event, &reader));
        if (reader.n_sums > 0)
                settle_sums(&reader);
        look_up_new_objects(replay, client);
        return reader.n_wrong;
}

static unsigned compare_open(const Replay *replay, Client *client, FILE *to)
{
        ReplayFindings now = {};
        const ReplayFindings *open = &replay->open;
        unsigned n = 0;

        findings_look_up(client, &now);
        for (size_t i = 0, k = 0; i < open->n || k < now.n;) {
                bool is_missing = i == open->n ||
                                  (k < now.n && now.findings[k].id < open->findings[i].id),
                     is_extra = !is_missing &&
                                (k == now.n || open->findings[i].id < now.findings[k].id);
                const ReplayFinding *finding = is_missing ? &now.findings[k] : &open->findings[i];

                if (is_missing || is_extra) {
                        if (to)
                                fprintf(to, "# finding %016" PRIx64 " of %s %s\n", finding->id,
                                        finding->rule,
                                        is_missing ? "is open, and no event told that it opened"
                                                   : "is gone, and no event told that it closed");
                        n++;
                }
                i += !is_missing;
                k += !is_extra;
        }

        free(now.findings);
        return n;
}

unsigned replay_compare(const Replay *replay, Client *client, FILE *to)
{
        Replay now = {};
        unsigned n = compare_open(replay, client, to);

        look_up_new_objects(&now, client);
        for (unsigned number = 0; number < DIRECTORY_OBJECTS_MOST; number++) {
                const ReplayObject *told = &replay->objects[number], *is = &now.objects[number];

                if (told->is_known == is->is_known && told->is_deleted == is->is_deleted &&
                    strcmp(told->login, is->login) == 0)
                        continue;
                if (to)
                        fprintf(to,
                                "# object %u is %s and its login name \"%s\": the events told "
                                "\"%s\" and \"%s\"\n",
                                number, is->is_deleted ? "deleted" : "live", is->login,
                                told->is_deleted ? "deleted" : "live", told->login);
                n++;
        }

        return n;
}
