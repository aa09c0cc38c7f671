/* SPDX-License-Identifier: MIT */

/* Checks on a domain, the connector and the tenant. Which rule asks for which is in rule-table.c. */

#include <inttypes.h>

#include "lib/core/evaluate-internal.h"
#include "lib/core/record.h"
#include "lib/core/when.h"

static const char *say_date(Hearing *hearing, int64_t at)
{
        char text[RECORD_TIME_SIZE];

        record_format_time(at, text);
        return hearing_say(hearing, "%.10s", text) ?: "";
}

static Verdict verdict_on(const Hearing *hearing, const Rule *rule, const char *name)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.value = SLICE(name);
        return verdict;
}

/* ------------------------------------------------------------------ the domain */

void check_recycle_bin_disabled(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (hearing->directory->recycle_bin == 0)
                hearing_report(hearing, &verdict);
}

void check_tombstones_unreadable(Hearing *hearing, const Rule *rule)
{
        const char *dn = hearing->directory->dn;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (hearing->directory->tombstones_readable != 0)
                return;

        verdict.advice = hearing_say(
                hearing,
                "As a domain administrator, once: dsacls \"CN=Deleted Objects,%s\" /takeownership; "
                "dsacls \"CN=Deleted Objects,%s\" /g ACCOUNT:LCRP",
                dn, dn);
        hearing_report(hearing, &verdict);
}

/* One OU or one rule explains most of it: then that is where to look. */
#define CAUSE_PERCENT 80

#define HALF_HOUR (30 * MINUTE)

static void report_departures(Hearing *hearing, const Rule *rule, const Departures *departures,
                              int64_t span, const char *said, Severity severity)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.severity = severity;
        verdict.look_again_at = departures->oldest + span + 1;
        verdict.detail = hearing_say(
                hearing,
                "%" PRIi64 " object%s left the cloud's scope within %s; the threshold is %u",
                departures->n, departures->n == 1 ? "" : "s", said,
                hearing->context->tenant->deletion_threshold);
        if (departures->cause && departures->n_cause * 100 >= departures->n * CAUSE_PERCENT)
                verdict.detail =
                        hearing_say(hearing, "%s; of %" PRIi64 " of them the cause is %s",
                                    verdict.detail, departures->n_cause, departures->cause);
        hearing_report(hearing, &verdict);
}

/*
 * The connector counts what one run would delete, and runs every half hour. What comes slower does not stop it; but where it
 * has not run for some time, the whole day counts.
 */
void check_mass_deletion(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        int64_t threshold = hearing->context->tenant->deletion_threshold;

        if (facts->half_hour.n >= threshold)
                report_departures(hearing, rule, &facts->half_hour, HALF_HOUR, "half an hour",
                                  SEVERITY_ERROR);
        else if (facts->day.n >= threshold)
                report_departures(hearing, rule, &facts->day, DAY, "a day", SEVERITY_WARNING);
        else if (facts->half_hour.n * 2 >= threshold)
                report_departures(hearing, rule, &facts->half_hour, HALF_HOUR, "half an hour",
                                  SEVERITY_WARNING);
}

void check_scope_ou_missing(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;

        for (size_t i = 0; i < facts->n_units; i++) {
                const ScopeUnit *unit = &facts->units[i];
                Verdict verdict = verdict_on(hearing, rule, unit->dn);

                if (unit->exists)
                        continue;

                if (unit->present) {
                        verdict.detail = hearing_say(hearing, "%s= names it; it is now %s",
                                                     unit->option, unit->present);
                        verdict.advice = hearing_say(
                                hearing,
                                "Select it anew in the connector before its next full import, and "
                                "write %s=%s in scand.conf.",
                                unit->option, unit->present);
                } else
                        verdict.detail =
                                hearing_say(hearing, "%s= names it, and there is no such container",
                                            unit->option);
                hearing_report(hearing, &verdict);
        }
}

void check_health_mailboxes_in_scope(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        Verdict verdict;

        if (facts->monitoring_mailboxes == 0)
                return;

        verdict = verdict_on(hearing, rule, facts->monitoring_container);
        verdict.detail = hearing_say(hearing, "%" PRIi64 " of them", facts->monitoring_mailboxes);
        verdict.advice = hearing_say(
                hearing,
                "Leave out the container %s in the connector, and write it as ExcludeOU= in "
                "scand.conf.",
                facts->monitoring_container);
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ the tenant */

/* What a tenant may hold, if nobody has asked for more: with a domain of its own, and without. */
#define QUOTA_VERIFIED INT64_C(300000)
#define QUOTA_FIRST    INT64_C(50000)

/* The tenant itself has said what it holds and may hold, everything counted. */
static void check_quota_told(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!facts->is_first || facts->quota_used < facts->quota_total / 10 * 9)
                return;

        verdict.certainty = CERTAINTY_CERTAIN;
        if (facts->quota_used >= facts->quota_total)
                verdict.severity = SEVERITY_ERROR;
        verdict.detail = hearing_say(
                hearing, "%" PRIi64 " objects of %" PRIi64 ", as the inventory of the cloud says",
                facts->quota_used, facts->quota_total);
        hearing_report(hearing, &verdict);
}

void check_quota(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        const Tenant *tenant = hearing->context->tenant;
        int64_t quota = tenant->quota;
        Verdict verdict = hearing_verdict(hearing, rule);

        /* What is configured wins. */
        if (facts->quota_total > 0 &&
            (tenant->quota == 0 || tenant->from_inventory & TENANT_QUOTA)) {
                check_quota_told(hearing, rule);
                return;
        }
        if (quota == 0)
                quota = tenant->verified_domains ? QUOTA_VERIFIED : QUOTA_FIRST;
        if (!facts->is_first || facts->objects < quota / 10 * 9)
                return;

        if (tenant->quota == 0)
                verdict.severity = SEVERITY_NOTICE;
        else if (facts->objects >= quota)
                verdict.severity = SEVERITY_ERROR;
        verdict.detail =
                hearing_say(hearing,
                            "%" PRIi64 " users, contacts and groups here, and the quota is %" PRIi64
                            "%s; devices and what is in the cloud only are not counted",
                            facts->objects, quota,
                            tenant->quota ? "" : " (Quota= is not set, so this is assumed)");
        hearing_report(hearing, &verdict);
}

void check_error_limit(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!facts->is_first || facts->export_errors <= EXPORT_ERRORS_MOST)
                return;

        verdict.detail = hearing_say(hearing, "%" PRIi64 " objects", facts->export_errors);
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ the connector */

#define SILENCE_LEAST (90 * MINUTE)
#define ABANDONED     (30 * DAY)

static bool is_connector(const Trace *trace)
{
        return trace->type == TRACE_CONNECTOR && trace->is_enabled;
}

static int64_t newest(int64_t a, int64_t b)
{
        return a > b ? a : b;
}

/* A fortnight's lateness has its own margin; what is exact needs the connector's. */
static int64_t silent_after(const DirectoryFacts *facts, const Trace *trace)
{
        int64_t ran = trace_ran(trace, facts);
        int64_t patience = 3 * trace->longest_gap;

        if (ran == 0)
                return 0;
        /* A ticket lasts ten hours, in which nobody logs on: before the first pause was seen, nobody knows how long they are. */
        if (facts->logons_known_until == 0 || patience == 0)
                return ran + DAY;
        return ran + (patience > SILENCE_LEAST ? patience : SILENCE_LEAST);
}

/* Since then nobody has asked everywhere: what happened later is nobody's silence. */
static int64_t known_until(const DirectoryFacts *facts)
{
        return facts->logons_known_until != 0 && facts->logons_known_until < facts->now
                       ? facts->logons_known_until
                       : facts->now;
}

/* "; not asked: dc2.corp.example (connect-timeout), dc3.corp.example"; empty where all were. */
static const char *say_unasked(Hearing *hearing)
{
        const DirectoryFacts *facts = hearing->directory;
        const char *said = "";

        for (size_t i = 0; i < facts->n_unasked_named && said; i++) {
                const UnaskedController *unasked = &facts->unasked[i];

                said = hearing_say(hearing, "%s%s%s%s%s%s", said, i == 0 ? "; not asked: " : ", ",
                                   unasked->host, unasked->failure ? " (" : "",
                                   unasked->failure ?: "", unasked->failure ? ")" : "");
        }
        if (said && facts->n_unasked > facts->n_unasked_named)
                said = hearing_say(hearing, "%s and %zu more", said,
                                   facts->n_unasked - facts->n_unasked_named);
        return said ?: "";
}

static bool is_abandoned(const DirectoryFacts *facts, const Trace *trace)
{
        int64_t at = newest(trace_logged_on(trace), trace->created);

        return at != 0 && facts->now > at + ABANDONED + TRACE_REPLICATED_LATE;
}

/* One of several may be of a connector that is gone: as long as any is heard of, the connector is not silent. */
/* The tenant's own word: it knows when the connector was there last, whichever it was. */
#define SILENCE_IN_CLOUD (3 * HOUR)

static void check_silence_told(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!facts->is_first || facts->last_sync == 0 ||
            facts->last_sync_as_of - facts->last_sync <= SILENCE_IN_CLOUD)
                return;

        verdict.severity = SEVERITY_ERROR;
        verdict.certainty = CERTAINTY_CERTAIN;
        verdict.detail = hearing_say(hearing,
                                     "the tenant heard of the connector on %s, and of none until "
                                     "the export of %s",
                                     say_date(hearing, facts->last_sync),
                                     say_date(hearing, facts->last_sync_as_of));
        hearing_report(hearing, &verdict);
}

void check_connector_silent(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        const Trace *last = NULL;
        Verdict verdict;
        int64_t latest = 0;

        check_silence_told(hearing, rule);
        for (size_t i = 0; i < facts->n_traces; i++) {
                const Trace *trace = &facts->traces[i];
                int64_t at = is_connector(trace) ? silent_after(facts, trace) : 0;

                if (at > latest) {
                        latest = at;
                        last = trace;
                }
        }
        if (!last || is_abandoned(facts, last))
                return;

        verdict = verdict_on(hearing, rule, last->name);
        if (latest > known_until(facts))
                return;

        verdict.detail = hearing_say(
                hearing,
                "no logon since %s that %s knows of%s; a staging server that goes on hides a dead "
                "active one, and the other way round",
                say_date(hearing, trace_logged_on(last)),
                facts->n_domain_controllers == 1 ? "the domain controller"
                                                 : "any domain controller",
                say_unasked(hearing));
        hearing_report(hearing, &verdict);
}

/*
 * What was deleted since the connector ran last is still in the cloud. While it runs as usual, that is so for half an hour at
 * most, and nobody need know.
 */
#define CYCLES_TWO HOUR

void check_orphan_expected(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        int64_t ran = directory_connector_ran(facts);
        Verdict verdict = hearing_verdict(hearing, rule);

        if (ran == 0 || facts->unexported.n == 0)
                return;

        if (known_until(facts) - ran < SILENCE_LEAST ||
            known_until(facts) - facts->unexported.oldest < CYCLES_TWO)
                return;

        verdict.detail = hearing_say(
                hearing,
                "%" PRIi64 " object%s deleted here or left the scope since %s; the connector's "
                "last logon that is known was %s",
                facts->unexported.n, facts->unexported.n == 1 ? " was" : "s were",
                say_date(hearing, facts->unexported.oldest),
                facts->logons_known_until != 0 ? "before that"
                                               : "more than a fortnight before that");
        hearing_report(hearing, &verdict);
}

void check_connector_missing(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (facts->is_first && facts->is_traced && !facts->has_traces)
                hearing_report(hearing, &verdict);
}

void check_connector_account_abandoned(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;

        for (size_t i = 0; i < facts->n_traces; i++) {
                const Trace *trace = &facts->traces[i];
                Verdict verdict = verdict_on(hearing, rule, trace->name);

                if (!is_connector(trace) || !is_abandoned(facts, trace))
                        continue;
                if (trace->rights >= 0 && !(trace->rights & REPLICATION_CHANGES_ALL))
                        continue;

                verdict.detail = hearing_say(
                        hearing, "last seen %s; %s",
                        say_date(hearing, newest(trace_logged_on(trace), trace->created)),
                        trace->rights >= 0
                                ? "it still may read all password hashes"
                                : "whether it still may read password hashes is not known");
                hearing_report(hearing, &verdict);
        }
}

#define REPLICATION_BOTH (REPLICATION_CHANGES | REPLICATION_CHANGES_ALL)

/* One account that may is enough: the others may be another program's, or of a connector that has gone. */
void check_password_hash_rights_missing(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        const Trace *latest = NULL;
        Verdict verdict;

        for (size_t i = 0; i < facts->n_traces; i++) {
                const Trace *trace = &facts->traces[i];

                if (!is_connector(trace) || is_abandoned(facts, trace))
                        continue;
                if (trace->rights < 0 || (trace->rights & REPLICATION_BOTH) == REPLICATION_BOTH)
                        return;
                if (!latest || trace_logged_on(trace) > trace_logged_on(latest))
                        latest = trace;
        }
        if (!latest)
                return;

        verdict = verdict_on(hearing, rule, latest->name);
        if (hearing->context->tenant->password_hash_sync != 1)
                verdict.severity = SEVERITY_NOTICE;
        verdict.detail = hearing_say(
                hearing, "it lacks %s",
                latest->rights & REPLICATION_CHANGES ? "Replicating Directory Changes All"
                : latest->rights & REPLICATION_CHANGES_ALL
                        ? "Replicating Directory Changes"
                        : "Replicating Directory Changes, and Replicating Directory Changes All");
        verdict.advice = hearing_say(hearing,
                                     "Where password hash synchronisation is on, as a domain "
                                     "administrator: dsacls \"%s\" /G "
                                     "\"%s:CA;Replicating Directory Changes\" \"%s:CA;Replicating "
                                     "Directory Changes All\"",
                                     facts->dn, latest->name, latest->name);
        hearing_report(hearing, &verdict);
}

void check_foreign_members_lost(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        Verdict verdict;

        if (facts->foreign_members == 0 || !facts->foreign_container)
                return;

        verdict = verdict_on(hearing, rule, facts->foreign_container);
        verdict.detail = hearing_say(
                hearing, "%" PRIi64 " membership%s of people from other domains%s in %s",
                facts->foreign_members, facts->foreign_members == 1 ? "" : "s",
                facts->foreign_members == 1 ? "," : ", one of them",
                hearing_show(hearing, SLICE(facts->foreign_group)));
        verdict.advice = hearing_say(hearing,
                                     "Select %s in the connector, and write it as IncludeOU= in "
                                     "scand.conf.",
                                     facts->foreign_container);
        hearing_report(hearing, &verdict);
}

/* One that inherits nothing, and whose descriptor was looked at. */
static void check_object_not_readable(Hearing *hearing, const Rule *rule)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!object_has(hearing->facts->object, ATTRIBUTE_READ_DENIED))
                return;

        verdict.detail = "by its own descriptor: it has adminCount=1 and inherits nothing";
        verdict.advice = "If it is not privileged any more, clear adminCount and let it inherit "
                         "again. If it is, see who is denied on "
                         "CN=AdminSDHolder,CN=System, whose descriptor it has.";
        hearing_report(hearing, &verdict);
}

void check_not_readable(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        const Trace *latest = NULL;

        if (!facts) {
                check_object_not_readable(hearing, rule);
                return;
        }

        for (size_t i = 0; i < facts->n_traces; i++)
                if (is_connector(&facts->traces[i]) &&
                    (!latest || trace_logged_on(&facts->traces[i]) > trace_logged_on(latest)))
                        latest = &facts->traces[i];

        for (size_t i = 0; i < facts->n_hidden_units && latest; i++) {
                const char *unit = facts->hidden_units[i];
                Verdict verdict = verdict_on(hearing, rule, unit);

                verdict.detail = hearing_say(hearing, "the account is %s, which logged on last",
                                             latest->name);
                verdict.advice = hearing_say(hearing,
                                             "Look at who is denied there (dsacls \"%s\"), and let "
                                             "the account read what is below: "
                                             "dsacls \"%s\" /I:T /G \"%s:GR\". Or leave the OU out "
                                             "in the connector and in scand.conf.",
                                             unit, unit, latest->name);
                hearing_report(hearing, &verdict);
        }
}

#define KEY_NOTICE (30 * DAY)
#define KEY_OLD    (180 * DAY)

void check_sso_key_old(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;

        for (size_t i = 0; i < facts->n_traces; i++) {
                const Trace *trace = &facts->traces[i];
                Verdict verdict = verdict_on(hearing, rule, trace->name);
                int64_t age = facts->now - trace->password_set;

                if (trace->type != TRACE_SSO || !trace->is_enabled || trace->password_set == 0 ||
                    age <= KEY_NOTICE)
                        continue;

                if (age <= KEY_OLD) {
                        verdict.severity = SEVERITY_NOTICE;
                        verdict.look_again_at = trace->password_set + KEY_OLD + 1;
                }
                verdict.detail = hearing_say(hearing, "set %s, %" PRIi64 " days ago",
                                             say_date(hearing, trace->password_set), age / DAY);
                hearing_report(hearing, &verdict);
        }
}

void check_cloud_sync_found(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;

        for (size_t i = 0; i < facts->n_traces; i++) {
                Verdict verdict = verdict_on(hearing, rule, facts->traces[i].name);

                if (facts->traces[i].type == TRACE_CLOUD_SYNC)
                        hearing_report(hearing, &verdict);
        }
}
