/* SPDX-License-Identifier: MIT */

/*
 * Checks on one object and what the cloud has of it. An inventory is of a moment, and the connector needs a while: what changed here since,
 * or shortly before, says nothing about the cloud.
 */

#include <errno.h>
#include <string.h>

#include "lib/core/evaluate-internal.h"
#include "lib/core/predict.h"
#include "lib/core/record.h"
#include "lib/core/when.h"

#define CYCLES_TWO HOUR

static const char *say_time(Hearing *hearing, int64_t at)
{
        char text[RECORD_TIME_SIZE];

        record_format_time(at, text);
        return hearing_say(hearing, "%s", text) ?: "";
}

static const char *say_id(Hearing *hearing, const CloudObject *object)
{
        char text[GUID_STRING_SIZE];

        guid_format(&object->id, text);
        return hearing_say(hearing, "%s", text) ?: "";
}

static Slice cloud_name(const CloudObject *object)
{
        if (object->user_principal_name.size > 0)
                return object->user_principal_name;
        return object->mail.size > 0 ? object->mail : object->name;
}

/* Without memory they are equal: then nothing is said. */
static bool is_equal(Slice a, Slice b)
{
        return text_equal_ad(a.data, a.size, b.data, b.size) != 0;
}

/* Has the object stood as it is for so long that the inventory must show it? What is not known settles nothing. */
static bool is_settled(const Hearing *hearing, AttributeId attribute)
{
        int64_t at;

        return object_time(hearing->facts->object, attribute, &at) &&
               at + CYCLES_TWO <= hearing->counterpart->exported_at;
}

/* One of several objects of a person: the cloud may know the person by another. */
static bool is_part_of_person(const Outcome *outcome)
{
        for (size_t i = 0; i < outcome->n_claims; i++)
                if (outcome->claims[i].space == KEY_JOIN &&
                    outcome->claims[i].places &
                            (CLAIM_MASTER_SID | CLAIM_ORIGINATOR_SID | CLAIM_USER_MATCH))
                        return true;
        return false;
}

/* What the inventory shows of it is it: synced, and not in the bin. */
static const CloudObject *synced_object(const Hearing *hearing)
{
        const CloudObject *object = hearing->counterpart->object;

        return object && object->sync == CLOUD_SYNC_NOW && !object->is_deleted ? object : NULL;
}

/* ------------------------------------------------------------------ what stayed behind */

static const char *removal_command(const CloudObject *object)
{
        switch (object->kind) {
        case CLOUD_USER:
                return "Remove-MgUser -UserId";
        case CLOUD_GROUP:
                return "Remove-MgGroup -GroupId";
        case CLOUD_CONTACT:
                return "Remove-MgContact -OrgContactId";
        }

        return "";
}

static void report_orphan(Hearing *hearing, const Rule *rule, const CloudObject *object,
                          const char *what)
{
        const char *id = say_id(hearing, object);
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.value = cloud_name(object);
        verdict.detail =
                hearing_say(hearing, "%s; the inventory of %s has it as a synced %s, %s (%s)", what,
                            say_time(hearing, object->as_of), cloud_kind_name(object->kind),
                            hearing_show(hearing, cloud_name(object)), id);
        verdict.advice = hearing_say(
                hearing,
                "First let the connector compare everything: Start-ADSyncSyncCycle -PolicyType "
                "Initial. What is then still in a new export, and nobody misses: %s '%s'. Whoever "
                "is missed comes back by being restored, or brought into scope, here.",
                removal_command(object), id);
        hearing_report(hearing, &verdict);
}

static void report_unknown_orphans(Hearing *hearing, const Rule *rule)
{
        const DirectoryFacts *facts = hearing->directory;
        Verdict verdict = hearing_verdict(hearing, rule);

        for (size_t i = 0; i < facts->n_orphans; i++)
                report_orphan(hearing, rule, facts->orphans[i],
                              "no domain that is read has or had its object");
        if (!facts->has_more_orphans)
                return;

        verdict.detail = hearing_say(
                hearing,
                "more than %zu synced objects of the cloud have no object in any domain that is "
                "read, the first of them %s; scanctl cloud orphans lists all. Is there a domain "
                "that scand does not know?",
                facts->n_orphans, hearing_show(hearing, cloud_name(facts->orphans[0])));
        hearing_report(hearing, &verdict);
}

void check_cloud_orphan(Hearing *hearing, const Rule *rule)
{
        const Counterpart *counterpart = hearing->counterpart;
        const CloudObject *object;

        if (hearing->directory) {
                report_unknown_orphans(hearing, rule);
                return;
        }

        object = synced_object(hearing);
        if (!object || counterpart->arrives || !counterpart->is_orphan)
                return;
        if (counterpart->deleted_at == 0)
                report_orphan(hearing, rule, object, "its object is here, and out of scope");
        else if (counterpart->deleted_at + CYCLES_TWO <= object->as_of)
                report_orphan(hearing, rule, object,
                              hearing_say(hearing, "its object was deleted here, which was seen %s",
                                          say_time(hearing, counterpart->deleted_at)));
}

void check_cloud_restored_unmanaged(Hearing *hearing, const Rule *rule)
{
        const Counterpart *counterpart = hearing->counterpart;
        const CloudObject *object = counterpart->object;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (!object || object->sync != CLOUD_SYNC_FORMER || object->is_deleted ||
            counterpart->arrives || !counterpart->is_orphan)
                return;

        verdict.value = cloud_name(object);
        verdict.detail = hearing_say(
                hearing,
                "its object %s, while %s (%s) was synced from it and is managed in the cloud now",
                counterpart->deleted_at != 0 ? "is deleted here" : "is here, and out of scope",
                hearing_show(hearing, cloud_name(object)), say_id(hearing, object));
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ what differs */

/* The cloud says itself of the value that it could not take it. */
static bool is_quarantined(const CloudObject *object, Slice value)
{
        CloudProblem problem;
        size_t position = 0;

        while (cloud_problem_next(object->problems, &position, &problem)) {
                Address proxy = address_parse_proxy(problem.value.data, problem.value.size);

                if (is_equal(problem.value, value) ||
                    (proxy.type == ADDRESS_SMTP && is_equal(proxy.address, value)))
                        return true;
        }

        return false;
}

static void report_difference(Hearing *hearing, const Rule *rule, AttributeId attribute, Slice own,
                              Slice there, Slice expected)
{
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.attribute = attribute;
        verdict.value = own;
        verdict.detail = hearing_say(hearing, "the cloud has %s, %s is expected; exported %s",
                                     there.size > 0 ? hearing_show(hearing, there) : "none",
                                     hearing_show(hearing, expected),
                                     say_time(hearing, hearing->counterpart->exported_at));
        hearing_report(hearing, &verdict);
}

static bool is_below_initial(const Tenant *tenant, Slice name)
{
        return tenant->initial_domain &&
               domain_equal(address_parse_mail(name.data, name.size).domain,
                            SLICE(tenant->initial_domain));
}

/*
 * A name that cannot stay becomes nickname@initial, once, and the nickname may have been another then: whatever is at the initial domain is
 * as expected.
 */
static void compare_login(Hearing *hearing, const Rule *rule, const CloudObject *object)
{
        const Facts *facts = hearing->facts;
        const Tenant *tenant = hearing->context->tenant;
        PredictContext context = { .tenant = tenant, .domain = hearing->context->domain };
        Slice there = object->user_principal_name;
        Prediction prediction = {};
        int r;

        if (!facts->is_user || facts->login.size == 0 || there.size == 0 ||
            is_equal(facts->login, there) || is_quarantined(object, facts->login))
                return;

        r = predict(&context, facts->object, &prediction);
        if (r < 0)
                hearing->error = r;
        else if (prediction.user_principal_name.size > 0 &&
                 !is_equal(prediction.user_principal_name, there) &&
                 !(is_below_initial(tenant, prediction.user_principal_name) &&
                   is_below_initial(tenant, there)))
                report_difference(hearing, rule, facts->login_attribute, facts->login, there,
                                  prediction.user_principal_name);
        prediction_done(&prediction);
}

/* The one that AD says, where nothing drops it on the way. */
static bool expected_primary(const Hearing *hearing, AttributeId *ret_attribute, Slice *ret)
{
        const Facts *facts = hearing->facts;
        Address address;

        if (facts->has_primary_with_at) {
                *ret_attribute = ATTRIBUTE_PROXY_ADDRESSES;
                address = *facts->primary;
        } else if (facts->n_smtp == 0 && facts->mail.size > 0) {
                *ret_attribute = ATTRIBUTE_MAIL;
                address = address_parse_mail(facts->mail.data, facts->mail.size);
        } else
                return false;

        *ret = address.address;
        return address_check_smtp(&address) == ADDRESS_OK &&
               tenant_domain_standing(hearing->context->tenant, address.domain) == DOMAIN_VERIFIED;
}

static void compare_primary(Hearing *hearing, const Rule *rule, const CloudObject *object)
{
        Slice there = cloud_object_primary(object), expected;
        AttributeId attribute;

        /* Without any address it may be that none were exported; mail follows the primary one. */
        if (object->addresses.size == 0)
                there = object->mail;
        if (there.size > 0 && expected_primary(hearing, &attribute, &expected) &&
            !is_equal(expected, there) && !is_quarantined(object, expected))
                report_difference(hearing, rule, attribute, expected, there, expected);
}

void check_cloud_differs(Hearing *hearing, const Rule *rule)
{
        const CloudObject *object = synced_object(hearing);

        if (!object || !hearing->counterpart->arrives ||
            !is_settled(hearing, ATTRIBUTE_WHEN_CHANGED) || is_part_of_person(hearing->outcome))
                return;

        compare_login(hearing, rule, object);
        compare_primary(hearing, rule, object);
}

/* ------------------------------------------------------------------ what was taken away */

static AttributeId problem_attribute(const Hearing *hearing, const CloudProblem *problem)
{
        if (text_equals_nocase(problem->property, "UserPrincipalName"))
                return hearing_attribute(hearing, ATTRIBUTE_USER_PRINCIPAL_NAME);
        if (text_equals_nocase(problem->property, "Mail"))
                return ATTRIBUTE_MAIL;
        return ATTRIBUTE_PROXY_ADDRESSES;
}

/* Without its prefix, which Graph writes or not. */
static Slice problem_value(const CloudProblem *problem)
{
        Address proxy = address_parse_proxy(problem->value.data, problem->value.size);

        return proxy.type == ADDRESS_SMTP || proxy.type == ADDRESS_SIP ? proxy.address
                                                                       : problem->value;
}

/* What was given up here is no conflict any more: within the hour the cloud takes note. */
static bool claims_value(const Outcome *outcome, Slice value)
{
        for (size_t i = 0; i < outcome->n_claims; i++)
                if ((outcome->claims[i].space == KEY_ADDRESS ||
                     outcome->claims[i].space == KEY_SIP) &&
                    is_equal(outcome->claims[i].value, value))
                        return true;
        return false;
}

void check_cloud_quarantined(Hearing *hearing, const Rule *rule)
{
        const CloudObject *object = synced_object(hearing);
        CloudProblem problem;
        size_t position = 0;

        if (!object || !hearing->counterpart->arrives)
                return;

        while (cloud_problem_next(object->problems, &position, &problem)) {
                Verdict verdict = hearing_verdict(hearing, rule);
                Slice value = problem_value(&problem);

                if (text_equals_nocase(problem.category, "PropertyConflict") && value.size > 0 &&
                    !claims_value(hearing->outcome, value))
                        continue;

                verdict.attribute = problem_attribute(hearing, &problem);
                verdict.value = value;
                verdict.detail =
                        hearing_say(hearing, "the cloud says %s of %s, since %s; exported %s",
                                    hearing_show(hearing, problem.category),
                                    hearing_show(hearing, problem.property),
                                    hearing_show(hearing, problem.occurred),
                                    say_time(hearing, hearing->counterpart->exported_at));
                hearing_report(hearing, &verdict);
        }
}

/* ------------------------------------------------------------------ what never came */

/* Of contacts the cloud shows nothing but the address. */
static bool can_be_told(const Hearing *hearing)
{
        const Facts *facts = hearing->facts;

        return facts->object->kind != KIND_CONTACT || facts->mail.size > 0;
}

void check_cloud_not_arrived(Hearing *hearing, const Rule *rule)
{
        const Counterpart *counterpart = hearing->counterpart;
        Verdict verdict = hearing_verdict(hearing, rule);

        if (counterpart->object || !counterpart->arrives || !can_be_told(hearing) ||
            !is_settled(hearing, ATTRIBUTE_WHEN_CREATED) ||
            !is_settled(hearing, ATTRIBUTE_WHEN_CHANGED) || is_part_of_person(hearing->outcome))
                return;

        verdict.detail = hearing_say(hearing, "the export of %s has no object that is it",
                                     say_time(hearing, counterpart->exported_at));
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ passwords */

void check_password_not_synced(Hearing *hearing, const Rule *rule)
{
        const CloudObject *object = synced_object(hearing);
        const Value *set = object_value(hearing->facts->object, ATTRIBUTE_PWD_LAST_SET);
        Verdict verdict = hearing_verdict(hearing, rule);
        int64_t at;

        if (!object || !hearing->counterpart->arrives || !set || object->password_changed == 0 ||
            hearing->context->tenant->password_hash_sync != 1)
                return;

        if (slice_equal(value_slice(set), SLICE("0"))) {
                verdict.severity = SEVERITY_NOTICE;
                verdict.detail = "it is to be changed when the user signs in next: a temporary "
                                 "password is not synced, unless the tenant is told to";
                hearing_report(hearing, &verdict);
                return;
        }
        if (!object_time(hearing->facts->object, ATTRIBUTE_PWD_LAST_SET, &at) ||
            object->password_changed + HOUR >= at || at + CYCLES_TWO > object->as_of)
                return;

        verdict.detail = hearing_say(
                hearing, "set here %s, in the cloud %s; exported %s", say_time(hearing, at),
                say_time(hearing, object->password_changed), say_time(hearing, object->as_of));
        hearing_report(hearing, &verdict);
}
