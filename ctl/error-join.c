/* SPDX-License-Identifier: MIT */

/* From an error of a report to the object that it is of, and to the findings that are behind it. */

#include <errno.h>
#include <string.h>

#include "ctl/errors.h"
#include "lib/core/cloud.h"
#include "lib/core/sid.h"
#include "lib/core/symptom.h"
#include "lib/state/event.h"

const char *error_tie_name(ErrorTie tie)
{
        switch (tie) {
        case ERROR_TIE_NONE:
                return NULL;
        case ERROR_TIE_ANCHOR:
                return "sourceAnchor";
        case ERROR_TIE_GUID:
                return "objectGUID";
        case ERROR_TIE_SID:
                return "onPremisesSecurityIdentifier";
        case ERROR_TIE_CLOUD_ID:
                return "msDS-ExternalDirectoryObjectId";
        case ERROR_TIE_DN:
                return "distinguishedName";
        case ERROR_TIE_UPN:
                return "userPrincipalName";
        case ERROR_TIE_MAIL:
                return "mail";
        case ERROR_TIE_ACCOUNT:
                return "sAMAccountName";
        }

        return NULL;
}

const char *error_outcome_name(ErrorOutcome outcome)
{
        switch (outcome) {
        case ERROR_PREDICTED:
                return "predicted";
        case ERROR_REPAIRED_SINCE:
                return "repaired-since";
        case ERROR_OTHER_VALUE:
                return "other-value";
        case ERROR_NO_RULE:
                return "no-rule";
        case ERROR_UNKNOWN_OBJECT:
                return "unknown-object";
        case ERROR_DELETED_OBJECT:
                return "deleted-object";
        case ERROR_OUT_OF_SCOPE:
                return "out-of-scope";
        case ERROR_NO_INVENTORY:
                return "no-inventory";
        case ERROR_NOT_FOUND:
                return "not-found";
        }

        return "not-found";
}

const char *error_outcome_text(ErrorOutcome outcome)
{
        switch (outcome) {
        case ERROR_PREDICTED:
                return "a finding names it";
        case ERROR_REPAIRED_SINCE:
                return "a finding named it, and has closed since: the connector's next run takes "
                       "it";
        case ERROR_OTHER_VALUE:
                return "such findings of the object are open, but about other values";
        case ERROR_NO_RULE:
                return "no rule finds errors of this name beforehand";
        case ERROR_UNKNOWN_OBJECT:
                return "nothing that scand reads is this object: is its domain configured?";
        case ERROR_DELETED_OBJECT:
                return "the object is deleted here";
        case ERROR_OUT_OF_SCOPE:
                return "the object is out of scope here, so nothing is said of it: scanctl explain "
                       "tells why, and IncludeOU= and Filter= should be those of the connector";
        case ERROR_NO_INVENTORY:
                return "what it collides with may be in the cloud only, and scand has no inventory "
                       "of it: scanctl cloud commands tells how to export one";
        case ERROR_NOT_FOUND:
                return "the rules for it looked at the object and found nothing";
        }

        return "";
}

void joined_error_done(JoinedError *joined)
{
        free(joined->domain);
        free(joined->dn);
        free(joined->records);
        (void)finding_page_free(joined->page);
        *joined = (JoinedError){};
}

/* ------------------------------------------------------------------ rules */

static void add_rule(JoinedError *joined, const Rule *rule)
{
        for (size_t i = 0; i < joined->n_rules; i++)
                if (joined->rules[i] == rule)
                        return;
        if (joined->n_rules < ERROR_RULES_MAX)
                joined->rules[joined->n_rules++] = rule;
}

/*
 * cloud-quarantined says what an inventory holds, which is the same as what this report says: counted as a prediction, it would always be
 * right.
 */
static bool predicts(const char *rule)
{
        return strcmp(rule, "cloud-quarantined") != 0;
}

static int add_symptoms(JoinedError *joined, const char *text)
{
        SymptomQuery query;
        int r;

        r = symptom_query_init(&query, text);
        for (size_t i = 0; r >= 0 && i < symptom_count(); i++) {
                const Symptom *symptom = symptom_at(i);

                r = symptom_matches(symptom, &query);
                for (const char *const *id = symptom->rules; r > 0 && *id; id++)
                        if (predicts(*id))
                                add_rule(joined, rule_find(*id));
        }
        symptom_query_done(&query);
        return r < 0 ? r : 0;
}

static int find_rules(JoinedError *joined)
{
        const char *name = joined->error->fields[SYNC_ERROR_NAME];
        const char *message = joined->error->fields[SYNC_ERROR_MESSAGE];
        int r = 0;

        if (name)
                r = add_symptoms(joined, name);
        if (r >= 0 && joined->n_rules == 0 && message)
                r = add_symptoms(joined, message);
        return r;
}

/* ------------------------------------------------------------------ the object */

static int find_text(Store *store, const char *text, int64_t *ret, size_t most)
{
        _cleanup_free_ int64_t *ids = NULL;
        size_t n;
        int r;

        r = query_find_objects(store, text, &ids, &n);
        if (r < 0)
                return r;

        n = n < most ? n : most;
        if (n > 0)
                memcpy(ret, ids, n * sizeof(*ids));
        return (int)n;
}

/* By the anchor that the object has; or where that is its GUID, by the GUID, which a deleted one is known by, too. */
static int find_anchor(Store *store, const Tenant *tenant, const char *text, int64_t *ret,
                       size_t most)
{
        _cleanup_buffer_ Buffer anchor = BUFFER_INIT;
        char guid_text[GUID_STRING_SIZE];
        Guid guid;
        int r;

        r = cloud_anchor_decode(SLICE(text), &anchor);
        if (r >= 0)
                r = query_find_tied(store, tenant, KEY_ANCHOR, (Slice){ anchor.data, anchor.size },
                                    ret, most);
        if (r != 0 || guid_from_bytes(anchor.data, anchor.size, &guid) < 0)
                return r;

        guid_format(&guid, guid_text);
        return find_text(store, guid_text, ret, most);
}

static int find_sid(Store *store, const Tenant *tenant, const char *text, int64_t *ret, size_t most)
{
        uint8_t sid[SID_SIZE_MAX];
        size_t size;

        if (sid_parse(text, strlen(text), sid, &size) < 0)
                return 0;
        return query_find_tied(store, tenant, KEY_SID, (Slice){ sid, size }, ret, most);
}

static int find_cloud_id(Store *store, const Tenant *tenant, const char *text, int64_t *ret,
                         size_t most)
{
        Guid id;

        if (guid_parse(text, &id) < 0)
                return 0;
        return query_find_tied(store, tenant, KEY_CLOUD_ID, (Slice){ id.bytes, sizeof(id.bytes) },
                               ret, most);
}

static int find_by(Store *store, const Tenant *tenant, ErrorTie tie, const char *text, int64_t *ret,
                   size_t most)
{
        switch (tie) {
        case ERROR_TIE_NONE:
                return 0;
        case ERROR_TIE_ANCHOR:
                return find_anchor(store, tenant, text, ret, most);
        case ERROR_TIE_SID:
                return find_sid(store, tenant, text, ret, most);
        case ERROR_TIE_CLOUD_ID:
                return find_cloud_id(store, tenant, text, ret, most);
        case ERROR_TIE_GUID:
        case ERROR_TIE_DN:
        case ERROR_TIE_UPN:
        case ERROR_TIE_MAIL:
        case ERROR_TIE_ACCOUNT:
                return find_text(store, text, ret, most);
        }

        return 0;
}

static const struct {
        ErrorTie tie;
        SyncErrorField field;
} ties[] = {
        { ERROR_TIE_ANCHOR, SYNC_ERROR_ANCHOR }, { ERROR_TIE_GUID, SYNC_ERROR_GUID },
        { ERROR_TIE_SID, SYNC_ERROR_SID },       { ERROR_TIE_CLOUD_ID, SYNC_ERROR_CLOUD_ID },
        { ERROR_TIE_DN, SYNC_ERROR_DN },         { ERROR_TIE_UPN, SYNC_ERROR_UPN },
        { ERROR_TIE_MAIL, SYNC_ERROR_MAIL },     { ERROR_TIE_ACCOUNT, SYNC_ERROR_ACCOUNT },
};

/* The first way by which exactly one object is meant. 1, 0: none, or negative. */
static int find_object(Store *store, const Tenant *tenant, JoinedError *joined, int64_t *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(ties); i++) {
                const char *text = joined->error->fields[ties[i].field];
                int64_t ids[2];
                int n;

                if (!text)
                        continue;
                n = find_by(store, tenant, ties[i].tie, text, ids, ARRAY_SIZE(ids));
                if (n < 0)
                        return n;
                if (n == 1) {
                        joined->tie = ties[i].tie;
                        *ret = ids[0];
                        return 1;
                }
        }

        return 0;
}

static int read_object(Store *store, int64_t id, JoinedError *joined, ObjectInfo *ret)
{
        _cleanup_(object_freep) Object *object = NULL;
        int r;

        r = object_new(&object);
        if (r >= 0)
                r = query_object(store, id, object, ret);
        if (r <= 0)
                return r < 0 ? r : -ESTALE;

        joined->guid = object->guid;
        joined->kind = object->kind;
        joined->domain = strdup(ret->domain);
        joined->dn = strndup((const char *)object->dn.data, object->dn.size);
        return joined->domain && joined->dn ? 0 : -ENOMEM;
}

/* ------------------------------------------------------------------ findings */

static bool is_behind(const JoinedError *joined, const char *rule)
{
        for (size_t i = 0; i < joined->n_rules; i++)
                if (strcmp(rule_id(joined->rules[i]), rule) == 0)
                        return true;
        return false;
}

/* How many findings of such rules there are, whatever they are about; or negative. */
static int match_findings(JoinedError *joined)
{
        int n = 0;

        joined->records = calloc(joined->page->n_records + 1, sizeof(*joined->records));
        if (!joined->records)
                return -ENOMEM;

        for (size_t i = 0; i < joined->page->n_records; i++) {
                const Record *record = &joined->page->records[i];
                int r = 1;

                if (!is_behind(joined, record->rule))
                        continue;
                n++;
                if (record->value)
                        r = sync_error_is_about(joined->error, record->value);
                if (r < 0)
                        return r;
                if (r > 0)
                        joined->records[joined->n_records++] = record;
        }

        return n;
}

static int read_findings(Store *store, const Config *config, int64_t now, int64_t object,
                         JoinedError *joined)
{
        const FindingFilter filter = {
                .shown = FINDING_SHOWN_ALL, .least = SEVERITY_NOTICE, .object = object, .now = now
        };
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        int r;

        r = finding_list_new(store, config, &filter, &list);
        if (r < 0)
                return r;
        r = finding_list_page(list, 0, finding_list_size(list), SIZE_MAX, &joined->page);
        return r < 0 ? r : match_findings(joined);
}

typedef struct Repair {
        const JoinedError *joined;
        int64_t since;
        bool is_found;
} Repair;

static int see_event(const Event *event, void *userdata)
{
        Repair *repair = userdata;
        _cleanup_free_ char *value = NULL;
        int r = 1;

        if (event->type != EVENT_CLOSED || event->at < repair->since || !event->rule ||
            !is_behind(repair->joined, event->rule))
                return 0;
        if (event->value.size > 0) {
                value = strndup((const char *)event->value.data, event->value.size);
                r = value ? sync_error_is_about(repair->joined->error, value) : -ENOMEM;
        }
        repair->is_found = repair->is_found || r > 0;
        return r < 0 ? r : 0;
}

/* Did a finding close after the error occurred? 1, 0, or negative. */
static int is_repaired(Store *store, const JoinedError *joined)
{
        int64_t occurred = sync_error_time(joined->error);
        Repair repair = { .joined = joined, .since = occurred ?: joined->file->written_at };
        int r;

        r = event_walk_object(store, &joined->guid, see_event, &repair);
        return r < 0 ? r : repair.is_found;
}

static bool needs_inventory(const JoinedError *joined)
{
        for (size_t i = 0; i < joined->n_rules; i++)
                if (rule_is_cloud(joined->rules[i]))
                        return true;
        return false;
}

static ErrorOutcome outcome_of(const JoinedError *joined, const ObjectInfo *info, int n_findings,
                               bool is_repaired, bool has_inventory)
{
        if (joined->n_records > 0)
                return ERROR_PREDICTED;
        if (joined->n_rules == 0)
                return ERROR_NO_RULE;
        if (is_repaired)
                return ERROR_REPAIRED_SINCE;
        if (info->deleted_at)
                return ERROR_DELETED_OBJECT;
        if (!info->in_scope)
                return ERROR_OUT_OF_SCOPE;
        if (n_findings > 0)
                return ERROR_OTHER_VALUE;
        return needs_inventory(joined) && !has_inventory ? ERROR_NO_INVENTORY : ERROR_NOT_FOUND;
}

int error_join(Store *store, const Config *config, int64_t now, bool has_inventory,
               JoinedError *joined)
{
        ObjectInfo info = {};
        int64_t object;
        int n, r;

        joined->outcome = ERROR_UNKNOWN_OBJECT;
        r = find_rules(joined);
        if (r >= 0)
                r = find_object(store, &config->tenant, joined, &object);
        if (r <= 0)
                return r;

        r = read_object(store, object, joined, &info);
        n = r < 0 ? r : read_findings(store, config, now, object, joined);
        r = n < 0 ? n : is_repaired(store, joined);
        if (r >= 0)
                joined->outcome = outcome_of(joined, &info, n, r > 0, has_inventory);
        object_info_done(&info);
        return r < 0 ? r : 0;
}
