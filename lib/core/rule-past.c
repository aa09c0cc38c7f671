/* SPDX-License-Identifier: MIT */

/* Checks on what happened to an object. Which rule asks for which is in rule-table.c. */

#include <errno.h>
#include <string.h>

#include "lib/core/evaluate-internal.h"
#include "lib/core/predict.h"
#include "lib/core/record.h"
#include "lib/core/when.h"

/* How long the cloud may take to follow a changed name, at the latest. */
#define UPN_FOLLOWS (7 * DAY)

/* Two cycles of the connector and some: what is older has been exported, unless something is wrong. */
#define EXPORTED_AFTER (35 * MINUTE)

/* A point in time, for a sentence. Never NULL. */
static const char *say_time(Hearing *hearing, int64_t at)
{
        char text[RECORD_TIME_SIZE];

        record_format_time(at, text);
        return hearing_say(hearing, "%s", text) ?: "";
}

/* A value between the single quotes of PowerShell, where nothing means anything but the quote itself. Never NULL. */
static const char *quote(Hearing *hearing, Slice value)
{
        const char *shown = hearing_show(hearing, value);
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        const char *copy;
        int r = 0;

        for (; *shown && r >= 0; shown++)
                r = *shown == '\'' ? buffer_append_string(&buffer, "''")
                                   : buffer_append_byte(&buffer, (uint8_t)*shown);
        copy = r < 0 ? NULL
                     : arena_copy(&hearing->outcome->memory->arena, buffer.data, buffer.size);
        if (!copy)
                hearing->error = -ENOMEM;
        return copy ?: "";
}

/* The effective source anchor as the cloud shows it, for the same place. Never NULL. */
static const char *quote_anchor(Hearing *hearing)
{
        _cleanup_buffer_ Buffer anchor = BUFFER_INIT;
        int r;

        r = predict_anchor(hearing->facts->tenant, hearing->facts->object, &anchor);
        if (r < 0)
                hearing->error = r;
        return quote(hearing, (Slice){ anchor.data, anchor.size });
}

static const char *quote_guid(Hearing *hearing)
{
        char text[GUID_STRING_SIZE];

        guid_format(&hearing->facts->object->guid, text);
        return hearing_say(hearing, "%s", text) ?: "";
}

/* ------------------------------------------------------------------ user principal names */

/* The first name of these days, which is what the cloud may still have; NULL where it is the same again, or there was no change. */
static const PastEvent *upn_changed(const Hearing *hearing)
{
        const Past *past = hearing->past;
        const PastEvent *first = past_first(past, PAST_UPN_CHANGED, past->now - UPN_FOLLOWS);
        Slice now =
                value_slice(object_value(hearing->facts->object, ATTRIBUTE_USER_PRINCIPAL_NAME));

        if (!first || past->deleted_at != 0 || now.size == 0 || first->old_value.size == 0 ||
            hearing->facts->login_attribute != ATTRIBUTE_USER_PRINCIPAL_NAME ||
            slice_equal(first->old_value, now))
                return NULL;
        return first;
}

void check_upn_changed(Hearing *hearing, const Rule *rule)
{
        const PastEvent *first = upn_changed(hearing), *last;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!first)
                return;

        last = past_last(hearing->past, PAST_UPN_CHANGED, first->at);
        verdict.look_again_at = first->at + UPN_FOLLOWS;
        verdict.detail =
                hearing_say(hearing, "it was %s until %s", hearing_show(hearing, first->old_value),
                            say_time(hearing, last->at));
        verdict.advice = hearing_say(
                hearing,
                "Nothing where the cloud shows the new name after the next cycle. Where it keeps "
                "the "
                "old one (SynchronizeUpnForManagedUsers is off): Update-MgUser -UserId '%s' "
                "-UserPrincipalName '%s'",
                quote(hearing, first->old_value), quote(hearing, verdict.value));
        hearing_report(hearing, &verdict);
}

static Slice upn_domain(Slice name)
{
        const uint8_t *at = name.size > 0 ? memrchr(name.data, '@', name.size) : NULL;

        return at ? (Slice){ at + 1, (size_t)(name.data + name.size - at - 1) } : (Slice){};
}

void check_upn_federated_change(Hearing *hearing, const Rule *rule)
{
        const Tenant *tenant = hearing->facts->tenant;
        const PastEvent *first = upn_changed(hearing);
        Verdict verdict = hearing_verdict(hearing, rule);
        Slice before, now, local;

        if (!first)
                return;

        before = upn_domain(first->old_value);
        local = (Slice){ first->old_value.data,
                         first->old_value.size - before.size - (before.size > 0) };
        now = upn_domain(verdict.value);
        if (domain_equal(before, now) || !tenant_domain_is_federated(tenant, before) ||
            !tenant_domain_is_federated(tenant, now))
                return;

        verdict.look_again_at = first->at + UPN_FOLLOWS;
        verdict.detail = hearing_say(hearing, "it was %s: both domains are federated",
                                     hearing_show(hearing, first->old_value));
        verdict.advice = hearing_say(
                hearing,
                "If the export fails, go by way of the initial domain: Update-MgUser -UserId '%s' "
                "-UserPrincipalName '%s@%s', and let the connector set the new name.",
                quote(hearing, first->old_value), quote(hearing, local),
                tenant->initial_domain ?: "the tenant's initial domain");
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ source anchors */

/* May the connector not have exported it before the change? Then nothing is broken. */
static bool was_fresh(const Hearing *hearing, const PastEvent *event)
{
        int64_t created;

        return object_time(hearing->facts->object, ATTRIBUTE_WHEN_CREATED, &created) &&
               event->at - created < EXPORTED_AFTER;
}

void check_anchor_changed(Hearing *hearing, const Rule *rule)
{
        const Tenant *tenant = hearing->facts->tenant;
        const Object *object = hearing->facts->object;
        const PastEvent *first = past_first(hearing->past, PAST_ANCHOR_CHANGED, 0);
        Verdict verdict = hearing_verdict(hearing, rule);
        _cleanup_buffer_ Buffer now = BUFFER_INIT;

        if (!first || hearing->past->deleted_at != 0)
                return;

        hearing->error = predict_anchor(tenant, object, &now);
        if (hearing->error < 0 || slice_equal(first->old_value, (Slice){ now.data, now.size }))
                return;

        verdict.attribute = predict_anchor_attribute(tenant, object);
        verdict.value = value_slice(object_value(object, verdict.attribute));
        verdict.detail = hearing_say(
                hearing, "it was %s until %s, and is %s", hearing_show(hearing, first->old_value),
                say_time(hearing, first->at), hearing_show(hearing, (Slice){ now.data, now.size }));
        if (tenant->source_anchor == ATTRIBUTE_NONE ||
            tenant->source_anchor == ATTRIBUTE_MS_DS_CONSISTENCY_GUID)
                verdict.advice = hearing_say(
                        hearing,
                        "Put the old one back: Set-ADUser -Identity '%s' -Replace "
                        "@{'mS-DS-ConsistencyGuid'=[Convert]::FromBase64String('%s')}. If the new "
                        "one is meant, the cloud object must take it over: Update-MgUser -UserId "
                        "'%s' -OnPremisesImmutableId '%s'",
                        quote_guid(hearing), quote(hearing, first->old_value),
                        quote(hearing, hearing->facts->login),
                        quote(hearing, (Slice){ now.data, now.size }));
        if (was_fresh(hearing, first)) {
                verdict.severity = SEVERITY_WARNING;
                verdict.certainty = CERTAINTY_PROBABLE;
                verdict.detail = hearing_say(
                        hearing,
                        "%s; it was so new then that the connector may not have exported it before",
                        verdict.detail);
        } else if (!tenant->source_anchor_is_set) {
                verdict.certainty = CERTAINTY_PROBABLE;
                verdict.detail = hearing_say(
                        hearing,
                        "%s; SourceAnchor= is not set, assumed to be mS-DS-ConsistencyGuid",
                        verdict.detail);
        }
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ deletion and return */

/* A notice is of interest for a week; what was lost, as long as the cloud's own copy of it may be asked. */
#define RESTORED_IS_NEWS (7 * DAY)
#define LOSS_IS_NEWS     (30 * DAY)

/* Of the attributes that the event names, those that are still missing. */
static const char *still_missing(Hearing *hearing, const PastEvent *event)
{
        const uint8_t *position = event->value.data, *end = position + event->value.size;
        const char *missing = NULL;

        while (position < end) {
                const uint8_t *blank = memchr(position, ' ', (size_t)(end - position));
                size_t size = (size_t)((blank ?: end) - position);
                AttributeId attribute = attribute_find((const char *)position, size);

                if (attribute != ATTRIBUTE_NONE && hearing_knows(hearing, attribute) &&
                    !object_has(hearing->facts->object, attribute))
                        missing = hearing_say(hearing, "%s%s%s", missing ?: "", missing ? ", " : "",
                                              attribute_name(attribute));
                position += size + 1;
        }

        return missing;
}

void check_restored(Hearing *hearing, const Rule *rule)
{
        const Past *past = hearing->past;
        const PastEvent *event = past_last(past, PAST_RESTORED, past->now - LOSS_IS_NEWS);
        Verdict verdict = hearing_verdict(hearing, rule);
        const char *missing;

        if (!event || past->deleted_at != 0)
                return;

        missing = still_missing(hearing, event);
        if (!missing && event->at < past->now - RESTORED_IS_NEWS)
                return;

        verdict.look_again_at = event->at + (missing ? LOSS_IS_NEWS : RESTORED_IS_NEWS);
        if (missing) {
                verdict.severity = SEVERITY_WARNING;
                verdict.detail = hearing_say(hearing, "restored %s, without %s",
                                             say_time(hearing, event->at), missing);
        } else
                verdict.detail = hearing_say(hearing, "restored %s", say_time(hearing, event->at));
        hearing_report(hearing, &verdict);
}

/* How long AD itself can bring it back, and with what. */
static const char *say_ad_keeps(Hearing *hearing)
{
        const Past *past = hearing->past;
        const char *until;

        if (past->lifetime_days <= 0)
                return "";

        until = say_time(hearing, past->deleted_at + past->lifetime_days * DAY);
        switch (past->recycle_bin) {
        case 1:
                return hearing_say(hearing, "; AD can restore it until %s", until) ?: "";
        case 0:
                return hearing_say(hearing,
                                   "; without the recycle bin, AD can bring it back until %s, but "
                                   "without most of its attributes",
                                   until)
                               ?: "";
        default:
                return "";
        }
}

void check_deleted(Hearing *hearing, const Rule *rule)
{
        const Past *past = hearing->past;
        int64_t until = past->deleted_at + CLOUD_KEEPS_DELETED_DAYS * DAY;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (past->deleted_at == 0 || past->now >= until)
                return;

        verdict.value = (Slice){};
        verdict.look_again_at = until;
        if (hearing->facts->is_user) {
                verdict.detail =
                        hearing_say(hearing, "deleted %s; the cloud keeps the user until %s%s",
                                    say_time(hearing, past->deleted_at), say_time(hearing, until),
                                    say_ad_keeps(hearing));
                verdict.advice = hearing_say(
                        hearing,
                        "Nothing if it is meant so. To get it back: Restore-ADObject -Identity "
                        "'%s', and the next cycle restores the cloud user with it. For the cloud "
                        "user alone: Get-MgDirectoryDeletedItemAsUser -All | Where-Object "
                        "OnPremisesImmutableId -eq '%s' | ForEach-Object { "
                        "Restore-MgDirectoryDeletedItem -DirectoryObjectId $_.Id }",
                        quote_guid(hearing), quote_anchor(hearing));
        } else {
                verdict.detail =
                        hearing_say(hearing, "deleted %s; the cloud does not keep a deleted %s%s",
                                    say_time(hearing, past->deleted_at),
                                    kind_name(hearing->facts->object->kind), say_ad_keeps(hearing));
                verdict.advice = hearing_say(
                        hearing,
                        "Nothing if it is meant so. To get it back: Restore-ADObject -Identity "
                        "'%s'; in the cloud it will be a new object.",
                        quote_guid(hearing));
        }
        hearing_report(hearing, &verdict);
}
