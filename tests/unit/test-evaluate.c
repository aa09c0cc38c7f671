/* SPDX-License-Identifier: MIT */

/* What tests/rules cannot say: claims, what is unknown, what the caller of the two passes must be able to rely on. */

#include "lib/core/evaluate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/check-main.h"

static Tenant tenant;
static EvaluateContext context;
static Outcome *outcome;

static void set_up(void)
{
        tenant_init(&tenant);
        context = (EvaluateContext){
                .tenant = &tenant,
                .domain = "corp.example.com",
                .selected = true,
                .all_forests_scanned = true,
        };
        ck_assert_int_eq(outcome_new(&outcome), 0);
}

static void tear_down(void)
{
        outcome = outcome_free(outcome);
        tenant_done(&tenant);
}

/* Class, then attribute and value in turn, ended by 0. Everything is known. */
static Object *make(const char *class, ...)
{
        Object *object;
        va_list arguments;
        unsigned attribute;

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_set_dn(object, "CN=x,DC=corp,DC=example,DC=com", 30), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, class), 0);

        va_start(arguments, class);
        while ((attribute = va_arg(arguments, unsigned)) != 0)
                ck_assert_int_eq(object_add_string(object, (AttributeId)attribute,
                                                   va_arg(arguments, const char *)),
                                 0);
        va_end(arguments);

        memset(&object->known, 0xFF, sizeof(object->known));
        ck_assert_int_eq(object_seal(object), 0);
        return object;
}

#define user(...) make("user", ATTRIBUTE_SAM_ACCOUNT_NAME, "x", ##__VA_ARGS__, 0)
#define UPN       ATTRIBUTE_USER_PRINCIPAL_NAME
#define PROXY     ATTRIBUTE_PROXY_ADDRESSES
#define MAIL      ATTRIBUTE_MAIL

static const Verdict *said(const Outcome *of, const char *rule)
{
        for (size_t i = 0; i < of->n_verdicts; i++)
                if (strcmp(rule_id(of->verdicts[i].rule), rule) == 0)
                        return &of->verdicts[i];
        return NULL;
}

static const Claim *claimed(const Outcome *of, KeySpace space, const char *value)
{
        for (size_t i = 0; i < of->n_claims; i++)
                if (of->claims[i].space == space && of->claims[i].value.size == strlen(value) &&
                    memcmp(of->claims[i].value.data, value, strlen(value)) == 0)
                        return &of->claims[i];
        return NULL;
}

static size_t count_claims(const Outcome *of, KeySpace space)
{
        size_t n = 0;

        for (size_t i = 0; i < of->n_claims; i++)
                n += of->claims[i].space == space;
        return n;
}

/* ------------------------------------------------------------------ claims */

START_TEST(one_value_in_three_places_is_one_claim)
{
        _cleanup_(object_freep) Object *object = user(
                UPN, "Anna@example.com", MAIL, "anna@EXAMPLE.com", PROXY, "SMTP:anna@example.com");
        const Claim *claim;

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_uint_eq(count_claims(outcome, KEY_ADDRESS), 1);
        claim = claimed(outcome, KEY_ADDRESS, "anna@example.com");
        ck_assert_ptr_nonnull(claim);
        ck_assert_uint_eq(claim->attribute, PROXY);
        ck_assert_uint_eq(claim->places, CLAIM_UPN | CLAIM_MAIL | CLAIM_SMTP | CLAIM_PRIMARY);
}
END_TEST

START_TEST(mail_of_an_object_without_smtp_addresses_is_its_address)
{
        _cleanup_(object_freep) Object *object =
                user(UPN, "b@example.com", MAIL, " a@example.com ", PROXY, "sip:s@example.com");

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_uint_eq(claimed(outcome, KEY_ADDRESS, "a@example.com")->places,
                          CLAIM_MAIL | CLAIM_SOLE_MAIL);
        ck_assert_uint_eq(claimed(outcome, KEY_ADDRESS, "b@example.com")->places, CLAIM_UPN);
        ck_assert_ptr_nonnull(claimed(outcome, KEY_SIP, "s@example.com"));
}
END_TEST

START_TEST(a_missing_user_principal_name_is_made_of_account_and_domain)
{
        _cleanup_(object_freep) Object *object = user(MAIL, "a@example.com");
        const Claim *claim;

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        claim = claimed(outcome, KEY_ADDRESS, "x@corp.example.com");
        ck_assert_ptr_nonnull(claim);
        ck_assert_uint_eq(claim->places, CLAIM_UPN | CLAIM_DERIVED);
        ck_assert_uint_eq(claim->attribute, ATTRIBUTE_SAM_ACCOUNT_NAME);
}
END_TEST

/* An account that may not read it must not make up names that collide with real ones. */
START_TEST(an_unknown_user_principal_name_is_not_made_up)
{
        _cleanup_(object_freep) Object *object = user(MAIL, "a@example.com");

        attribute_set_add(&context.unreadable, UPN);
        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_ptr_null(claimed(outcome, KEY_ADDRESS, "x@corp.example.com"));
        ck_assert_ptr_null(said(outcome, "upn-missing"));
}
END_TEST

START_TEST(what_is_dropped_can_be_found_but_disputes_nothing)
{
        _cleanup_(object_freep) Object *object =
                user(UPN, "b@example.com", PROXY, "smtp:x@tenant.onmicrosoft.com", PROXY,
                     "smtp:a b@example.com", PROXY, "SMTP:b@example.com");

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_uint_eq(claimed(outcome, KEY_ADDRESS, "x@tenant.onmicrosoft.com")->places, 0);
        ck_assert_uint_eq(claimed(outcome, KEY_ADDRESS, "a b@example.com")->places, 0);
}
END_TEST

START_TEST(equal_values_have_equal_keys_and_spaces_are_parted)
{
        _cleanup_(object_freep) Object *object =
                user(UPN, "ÅSA@example.com", ATTRIBUTE_MAIL_NICKNAME, "åsa@example.com");
        uint64_t address, nickname;

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_int_eq(evaluate_make_key(KEY_ADDRESS, SLICE("asa@EXAMPLE.com"), &address), 0);
        ck_assert_int_eq(evaluate_make_key(KEY_NICKNAME, SLICE("Asa@example.com"), &nickname), 0);
        ck_assert_uint_eq(claimed(outcome, KEY_ADDRESS, "ÅSA@example.com")->key, address);
        ck_assert_uint_eq(claimed(outcome, KEY_NICKNAME, "åsa@example.com")->key, nickname);
        ck_assert_uint_ne(address, nickname);
}
END_TEST

/* The numbers stand in databases: this value was computed once and stays. */
START_TEST(keys_never_change)
{
        uint64_t key;

        ck_assert_int_eq(evaluate_make_key(KEY_ADDRESS, SLICE("anna@example.com"), &key), 0);
        ck_assert_uint_eq(key, UINT64_C(0xb22ff7dbcee64de1));
}
END_TEST

static const uint8_t sid_a[] = { 1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 'A', 0, 0, 0 };
static const uint8_t sid_b[] = { 1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 'a', 0, 0, 0 };
static const uint8_t sid_self[] = { 1, 1, 0, 0, 0, 0, 0, 5, 10, 0, 0, 0 };

static Object *user_with_sid(AttributeId attribute, const uint8_t *sid, size_t size)
{
        Object *object;

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_SAM_ACCOUNT_NAME, "x"), 0);
        ck_assert_int_eq(object_add(object, attribute, sid, size), 0);
        memset(&object->known, 0xFF, sizeof(object->known));
        ck_assert_int_eq(object_seal(object), 0);
        return object;
}

START_TEST(security_identifiers_are_bytes_and_self_joins_nobody)
{
        _cleanup_(object_freep) Object *object =
                user_with_sid(ATTRIBUTE_OBJECT_SID, sid_a, sizeof(sid_a));
        _cleanup_(object_freep) Object *self =
                user_with_sid(ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID, sid_self, sizeof(sid_self));
        uint64_t a, b;

        ck_assert_int_eq(evaluate_make_key(KEY_JOIN, (Slice){ sid_a, sizeof(sid_a) }, &a), 0);
        ck_assert_int_eq(evaluate_make_key(KEY_JOIN, (Slice){ sid_b, sizeof(sid_b) }, &b), 0);
        ck_assert_uint_ne(a, b);

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_uint_eq(count_claims(outcome, KEY_JOIN), 1);
        ck_assert_int_eq(evaluate_object(&context, self, outcome), 0);
        ck_assert_uint_eq(count_claims(outcome, KEY_JOIN), 0);
}
END_TEST

START_TEST(groups_and_contacts_claim_neither_names_nor_anchors)
{
        _cleanup_(object_freep) Object *group =
                make("group", ATTRIBUTE_GROUP_TYPE, "8", UPN, "g@example.com",
                     ATTRIBUTE_OBJECT_GUID, "0123456789abcdef", MAIL, "list@example.com", 0);

        ck_assert_int_eq(evaluate_object(&context, group, outcome), 0);
        ck_assert_uint_eq(count_claims(outcome, KEY_ANCHOR), 0);
        ck_assert_ptr_null(claimed(outcome, KEY_ADDRESS, "g@example.com"));
        ck_assert_ptr_nonnull(claimed(outcome, KEY_ADDRESS, "list@example.com"));
}
END_TEST

START_TEST(bytes_that_are_no_text_are_claimed_as_they_are)
{
        _cleanup_(object_freep) Object *object =
                user(UPN, "a\xff\xfe@example.com", PROXY, "SMTP:\x01@\x02");

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_ptr_nonnull(claimed(outcome, KEY_ADDRESS, "a\xff\xfe@example.com"));
        ck_assert_ptr_nonnull(said(outcome, "upn-invalid"));
}
END_TEST

START_TEST(an_outcome_is_as_good_as_new_when_it_is_used_again)
{
        _cleanup_(object_freep) Object *full = user(UPN, "not valid", MAIL, "none", PROXY, "a",
                                                    PROXY, "b", PROXY, "smtp:c@example.com");
        _cleanup_(object_freep) Object *plain = user(UPN, "plain@example.com");

        for (unsigned i = 0; i < 100; i++) {
                ck_assert_int_eq(evaluate_object(&context, full, outcome), 0);
                ck_assert_ptr_nonnull(said(outcome, "proxy-no-prefix"));
                ck_assert_int_eq(evaluate_object(&context, plain, outcome), 0);
                ck_assert_uint_eq(outcome->n_verdicts, 0);
                ck_assert_uint_eq(count_claims(outcome, KEY_ADDRESS), 1);
        }
}
END_TEST

/* ------------------------------------------------------------------ verdicts of one object */

START_TEST(an_unknown_attribute_gives_no_finding_and_is_counted)
{
        _cleanup_(object_freep) Object *object =
                make("group", ATTRIBUTE_GROUP_TYPE, "8", ATTRIBUTE_SAM_ACCOUNT_NAME, "g", 0);

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_ptr_nonnull(said(outcome, "group-not-mail-enabled"));
        ck_assert(outcome->is_excluded);
        ck_assert_uint_eq(outcome->rules_undefined, 0);

        attribute_set_add(&context.unreadable, MAIL);
        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_ptr_null(said(outcome, "group-not-mail-enabled"));
        ck_assert(!outcome->is_excluded);
        ck_assert_uint_gt(outcome->rules_undefined, 0);
        ck_assert(attribute_set_has(&outcome->undefined_attributes, MAIL));
}
END_TEST

/* A schema without Exchange: what only adjusts a severity is taken for absent, and addresses are judged all the same. */
START_TEST(without_exchange_attributes_the_rest_is_judged)
{
        _cleanup_(object_freep) Object *object = user(UPN, "a b@example.com", ATTRIBUTE_GIVEN_NAME,
                                                      "A", PROXY, "smtp:a@example.com");

        attribute_set_add(&context.unreadable, ATTRIBUTE_MAIL_NICKNAME);
        attribute_set_add(&context.unreadable, ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS);
        attribute_set_add(&context.unreadable, ATTRIBUTE_MS_EXCH_MAILBOX_GUID);
        attribute_set_add(&context.unreadable, ATTRIBUTE_HOME_MDB);
        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_ptr_nonnull(said(outcome, "upn-invalid"));
        ck_assert_ptr_nonnull(said(outcome, "primary-smtp-missing"));
        ck_assert(attribute_set_has(&outcome->undefined_attributes, ATTRIBUTE_MAIL_NICKNAME));
}
END_TEST

/* Certificates are never asked for in the main search: that is meant so, and nobody's trouble. */
START_TEST(what_is_never_requested_is_silent_where_unknown)
{
        _cleanup_(object_freep) Object *object =
                user(UPN, "a@example.com", ATTRIBUTE_MAIL_NICKNAME, "a");

        attribute_set_remove(&object->known, ATTRIBUTE_USER_CERTIFICATE);
        attribute_set_remove(&object->known, ATTRIBUTE_USER_SMIME_CERTIFICATE);
        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_uint_eq(outcome->rules_undefined, 0);
}
END_TEST

START_TEST(outside_the_selected_units_there_are_claims_but_no_verdicts)
{
        _cleanup_(object_freep) Object *object =
                user(UPN, "a b@example.com", ATTRIBUTE_ADMIN_DESCRIPTION, "User_x");

        context.selected = false;
        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_uint_eq(outcome->n_verdicts, 0);
        ck_assert(outcome->is_excluded);
        ck_assert_ptr_nonnull(claimed(outcome, KEY_ADDRESS, "a b@example.com"));
}
END_TEST

START_TEST(other_kinds_are_let_alone)
{
        _cleanup_(object_freep) Object *object = make("organizationalUnit", MAIL, "none", 0);

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_uint_eq(outcome->n_verdicts, 0);
        ck_assert_uint_eq(outcome->n_claims, 0);
}
END_TEST

START_TEST(a_value_that_a_file_repeats_is_told_once)
{
        _cleanup_(object_freep) Object *object = user(UPN, "a@example.com", PROXY, "x", PROXY, "x",
                                                      PROXY, "y", PROXY, "SMTP:a@example.com");
        size_t n = 0;

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        for (size_t i = 0; i < outcome->n_verdicts; i++)
                n += strcmp(rule_id(outcome->verdicts[i].rule), "proxy-no-prefix") == 0;
        ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(a_sentence_never_carries_what_a_terminal_would_obey)
{
        _cleanup_(object_freep) Object *object = user(
                UPN, "a@example.com", PROXY, "SMTP:a@example.com", MAIL, "x\x1b[31m@example.com");
        const Verdict *verdict;

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        verdict = said(outcome, "mail-invalid");
        ck_assert_ptr_nonnull(verdict);
        for (size_t i = 0; i < outcome->n_verdicts; i++)
                if (outcome->verdicts[i].detail)
                        ck_assert_ptr_null(strchr(outcome->verdicts[i].detail, 0x1b));
}
END_TEST

START_TEST(an_assumption_is_said_and_makes_it_probable)
{
        _cleanup_(object_freep) Object *object = user(MAIL, "a@example.com");
        const Verdict *verdict;

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        verdict = said(outcome, "upn-missing");
        ck_assert_ptr_nonnull(verdict);
        ck_assert_int_eq(verdict->certainty, CERTAINTY_PROBABLE);
        ck_assert_ptr_nonnull(strstr(verdict->detail, "VerifiedDomain="));
        ck_assert_ptr_nonnull(strstr(verdict->detail, "x@corp.example.com"));
}
END_TEST

START_TEST(what_the_configuration_names_is_asked_for)
{
        AttributeSet set = {};

        tenant.login_attribute = MAIL;
        tenant.user_match_attribute = ATTRIBUTE_EMPLOYEE_ID;
        evaluate_attributes(&tenant, &set);
        ck_assert(attribute_set_has(&set, ATTRIBUTE_EMPLOYEE_ID));
        ck_assert(attribute_set_has(&set, PROXY));
        ck_assert(!attribute_set_has(&set, ATTRIBUTE_NONE));
}
END_TEST

/* A server that lies may send any number of values in one object; that must not stop the loop for minutes. */
START_TEST(a_hundred_thousand_bad_values_are_judged_at_once)
{
        _cleanup_(object_freep) Object *object = NULL;
        char value[32];

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_SAM_ACCOUNT_NAME, "x"), 0);
        for (unsigned i = 0; i < 100000; i++) {
                snprintf(value, sizeof(value), " smtp:a..%u@x ", i);
                ck_assert_int_eq(object_add_string(object, PROXY, value), 0);
        }
        ck_assert_int_eq(object_seal(object), 0);
        memset(&object->known, 0xFF, sizeof(object->known));

        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert_uint_gt(outcome->n_verdicts, 100000);
        ck_assert_uint_gt(outcome->n_claims, 100000);
}
END_TEST

START_TEST(a_disabled_exclusion_excludes_nobody)
{
        const RuleSetting settings[] = { { .id = "opted-out", .is_disabled = true } };
        _cleanup_(object_freep) Object *object =
                user(UPN, "a b@example.com", ATTRIBUTE_ADMIN_DESCRIPTION, "User_x");

        context.settings = settings;
        context.n_settings = 1;
        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        ck_assert(!outcome->is_excluded);
        ck_assert_ptr_nonnull(said(outcome, "upn-invalid"));
}
END_TEST

/* ------------------------------------------------------------------ several objects */

typedef struct Crew {
        Object *objects[8];
        Outcome *outcomes[8];
        Holder holders[8];
        size_t n;
        KeyOutcome *judged;
} Crew;

static void crew_done(Crew *crew)
{
        for (size_t i = 0; i < crew->n; i++) {
                object_free(crew->objects[i]);
                outcome_free(crew->outcomes[i]);
        }
        key_outcome_free(crew->judged);
}

static void crew_add(Crew *crew, Object *object, KeySpace space)
{
        size_t i = crew->n++;
        const Outcome *of;

        crew->objects[i] = object;
        ck_assert_int_eq(outcome_new(&crew->outcomes[i]), 0);
        ck_assert_int_eq(evaluate_object(&context, object, crew->outcomes[i]), 0);
        of = crew->outcomes[i];

        crew->holders[i] = (Holder){
                .context = &context,
                .object = object,
                .outcome = of,
                .in_scope = !of->is_excluded,
        };
        for (size_t k = 0; k < of->n_claims; k++)
                if (of->claims[k].space == space && !crew->holders[i].claim)
                        crew->holders[i].claim = &of->claims[k];
        ck_assert_ptr_nonnull(crew->holders[i].claim);
}

static void crew_judge(Crew *crew, KeySpace space)
{
        if (!crew->judged)
                ck_assert_int_eq(key_outcome_new(&crew->judged), 0);
        ck_assert_int_eq(evaluate_key(space, crew->holders, crew->n, crew->judged), 0);
        ck_assert_uint_eq(crew->judged->n_holders, crew->n);
}

static const Verdict *crew_said(const Crew *crew, size_t holder, const char *rule)
{
        const HolderVerdicts *mark = &crew->judged->holders[holder];

        for (size_t i = mark->first; i < mark->first + mark->n; i++)
                if (strcmp(rule_id(crew->judged->outcome->verdicts[i].rule), rule) == 0)
                        return &crew->judged->outcome->verdicts[i];
        return NULL;
}

START_TEST(every_holder_is_told_with_its_own_spelling_and_the_key)
{
        _cleanup_(crew_done) Crew crew = {};

        crew_add(&crew, user(UPN, "Anna@example.com"), KEY_ADDRESS);
        crew_add(&crew, user(UPN, "anna@EXAMPLE.com"), KEY_ADDRESS);
        crew_judge(&crew, KEY_ADDRESS);

        for (size_t i = 0; i < 2; i++) {
                const Verdict *verdict = crew_said(&crew, i, "upn-not-unique");

                ck_assert_ptr_nonnull(verdict);
                ck_assert_int_eq(verdict->certainty, CERTAINTY_CERTAIN);
                ck_assert_uint_eq(verdict->key, crew.holders[i].claim->key);
                ck_assert_mem_eq(verdict->value.data,
                                 i == 0 ? "Anna@example.com" : "anna@EXAMPLE.com", 16);
        }
}
END_TEST

START_TEST(a_holder_out_of_scope_neither_hears_nor_counts)
{
        _cleanup_(crew_done) Crew crew = {};

        crew_add(&crew, user(UPN, "a@example.com"), KEY_ADDRESS);
        crew_add(&crew, user(UPN, "a@example.com"), KEY_ADDRESS);
        crew.holders[1].in_scope = false;
        crew_judge(&crew, KEY_ADDRESS);
        ck_assert_uint_eq(crew.judged->holders[0].n, 0);
        ck_assert_uint_eq(crew.judged->holders[1].n, 0);
}
END_TEST

/* One of three is spelled with an accent: of the two others it is certain, of that one it is not. */
START_TEST(certainty_is_each_holders_own)
{
        _cleanup_(crew_done) Crew crew = {};

        crew_add(&crew, user(UPN, "rene@example.com"), KEY_ADDRESS);
        crew_add(&crew, user(UPN, "Rene@example.com"), KEY_ADDRESS);
        crew_add(&crew, user(UPN, "rené@example.com"), KEY_ADDRESS);
        crew_judge(&crew, KEY_ADDRESS);
        ck_assert_int_eq(crew_said(&crew, 0, "upn-not-unique")->certainty, CERTAINTY_CERTAIN);
        ck_assert_int_eq(crew_said(&crew, 1, "upn-not-unique")->certainty, CERTAINTY_CERTAIN);
        ck_assert_int_eq(crew_said(&crew, 2, "upn-not-unique")->certainty, CERTAINTY_PROBABLE);
}
END_TEST

START_TEST(a_person_of_several_objects_is_no_dispute_but_a_stranger_is)
{
        _cleanup_(crew_done) Crew crew = {};

        tenant.user_match = USER_MATCH_ATTRIBUTE;
        tenant.user_match_attribute = ATTRIBUTE_EMPLOYEE_ID;
        crew_add(&crew, user(UPN, "a@example.com", ATTRIBUTE_EMPLOYEE_ID, "1"), KEY_ADDRESS);
        crew_add(&crew, user(UPN, "a@example.com", ATTRIBUTE_EMPLOYEE_ID, "1"), KEY_ADDRESS);
        crew_judge(&crew, KEY_ADDRESS);
        ck_assert_uint_eq(crew.judged->outcome->n_verdicts, 0);

        crew_add(&crew, user(UPN, "a@example.com", ATTRIBUTE_EMPLOYEE_ID, "2"), KEY_ADDRESS);
        crew_judge(&crew, KEY_ADDRESS);
        for (size_t i = 0; i < 3; i++)
                ck_assert_ptr_nonnull(crew_said(&crew, i, "upn-not-unique"));
}
END_TEST

START_TEST(a_linked_mailbox_alone_on_its_sid_is_excluded)
{
        _cleanup_(crew_done) Crew crew = {};
        Object *mailbox = user_with_sid(ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID, sid_a, sizeof(sid_a));

        ck_assert(key_needs_judgement(KEY_JOIN, 1, CLAIM_MASTER_SID));
        ck_assert(!key_needs_judgement(KEY_JOIN, 1, CLAIM_SELF_SID));
        ck_assert(!key_needs_judgement(KEY_ADDRESS, 1, CLAIM_SMTP));
        ck_assert(!key_needs_judgement(KEY_SAM, 2, 0));

        ck_assert_int_eq(object_add_string(mailbox, ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS, "2"),
                         0);
        ck_assert_int_eq(object_seal(mailbox), 0);
        crew_add(&crew, mailbox, KEY_JOIN);
        crew_judge(&crew, KEY_JOIN);
        ck_assert(crew.judged->holders[0].is_join_excluded);
        ck_assert_int_eq(crew_said(&crew, 0, "linked-mailbox")->certainty, CERTAINTY_CERTAIN);

        crew_add(&crew, user_with_sid(ATTRIBUTE_OBJECT_SID, sid_a, sizeof(sid_a)), KEY_JOIN);
        crew_judge(&crew, KEY_JOIN);
        ck_assert(!crew.judged->holders[0].is_join_excluded);
        ck_assert_ptr_null(crew_said(&crew, 0, "linked-mailbox"));

        crew.holders[1].in_scope = false;
        crew_judge(&crew, KEY_JOIN);
        ck_assert(crew.judged->holders[0].is_join_excluded);
}
END_TEST

START_TEST(while_forests_are_missing_a_linked_mailbox_is_not_given_up)
{
        _cleanup_(crew_done) Crew crew = {};
        Object *mailbox = user_with_sid(ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID, sid_a, sizeof(sid_a));

        context.all_forests_scanned = false;
        ck_assert_int_eq(object_add_string(mailbox, ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS, "2"),
                         0);
        ck_assert_int_eq(object_seal(mailbox), 0);
        crew_add(&crew, mailbox, KEY_JOIN);
        crew_judge(&crew, KEY_JOIN);
        ck_assert(!crew.judged->holders[0].is_join_excluded);
        ck_assert_int_eq(crew_said(&crew, 0, "linked-mailbox")->certainty, CERTAINTY_PROBABLE);
}
END_TEST

/*
 * Ten thousand accounts that carry the help desk's address: in pairs that is fifty million comparisons. What is measured is
 * not time but that doubling the holders does not quadruple the work, which a quadratic loop would show in minutes.
 */
START_TEST(a_value_that_everybody_holds_is_judged_at_once)
{
        enum { N = 100000 };
        _cleanup_(object_freep) Object *object =
                user(UPN, "a@example.com", MAIL, "desk@example.com");
        _cleanup_(key_outcome_freep) KeyOutcome *judged = NULL;
        _cleanup_free_ Holder *holders = calloc(N, sizeof(*holders));

        ck_assert_ptr_nonnull(holders);
        ck_assert_int_eq(evaluate_object(&context, object, outcome), 0);
        for (size_t i = 0; i < N; i++)
                holders[i] = (Holder){
                        .context = &context,
                        .object = object,
                        .outcome = outcome,
                        .claim = claimed(outcome, KEY_ADDRESS, "desk@example.com"),
                        .in_scope = true,
                };

        ck_assert_int_eq(key_outcome_new(&judged), 0);
        ck_assert_int_eq(evaluate_key(KEY_ADDRESS, holders, N, judged), 0);
        ck_assert_uint_eq(judged->outcome->n_verdicts, N);
        ck_assert_uint_eq(judged->holders[N - 1].n, 1);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("evaluate");
        TCase *claims = tcase_create("claims"), *one = tcase_create("one object"),
              *several = tcase_create("several objects");

        tcase_add_checked_fixture(claims, set_up, tear_down);
        tcase_add_test(claims, one_value_in_three_places_is_one_claim);
        tcase_add_test(claims, mail_of_an_object_without_smtp_addresses_is_its_address);
        tcase_add_test(claims, a_missing_user_principal_name_is_made_of_account_and_domain);
        tcase_add_test(claims, an_unknown_user_principal_name_is_not_made_up);
        tcase_add_test(claims, what_is_dropped_can_be_found_but_disputes_nothing);
        tcase_add_test(claims, equal_values_have_equal_keys_and_spaces_are_parted);
        tcase_add_test(claims, keys_never_change);
        tcase_add_test(claims, security_identifiers_are_bytes_and_self_joins_nobody);
        tcase_add_test(claims, groups_and_contacts_claim_neither_names_nor_anchors);
        tcase_add_test(claims, bytes_that_are_no_text_are_claimed_as_they_are);
        tcase_add_test(claims, an_outcome_is_as_good_as_new_when_it_is_used_again);
        suite_add_tcase(suite, claims);

        tcase_add_checked_fixture(one, set_up, tear_down);
        tcase_add_test(one, an_unknown_attribute_gives_no_finding_and_is_counted);
        tcase_add_test(one, without_exchange_attributes_the_rest_is_judged);
        tcase_add_test(one, what_is_never_requested_is_silent_where_unknown);
        tcase_add_test(one, outside_the_selected_units_there_are_claims_but_no_verdicts);
        tcase_add_test(one, other_kinds_are_let_alone);
        tcase_add_test(one, a_value_that_a_file_repeats_is_told_once);
        tcase_add_test(one, a_sentence_never_carries_what_a_terminal_would_obey);
        tcase_add_test(one, an_assumption_is_said_and_makes_it_probable);
        tcase_add_test(one, what_the_configuration_names_is_asked_for);
        tcase_add_test(one, a_hundred_thousand_bad_values_are_judged_at_once);
        tcase_add_test(one, a_disabled_exclusion_excludes_nobody);
        suite_add_tcase(suite, one);

        tcase_add_checked_fixture(several, set_up, tear_down);
        tcase_add_test(several, every_holder_is_told_with_its_own_spelling_and_the_key);
        tcase_add_test(several, a_holder_out_of_scope_neither_hears_nor_counts);
        tcase_add_test(several, certainty_is_each_holders_own);
        tcase_add_test(several, a_person_of_several_objects_is_no_dispute_but_a_stranger_is);
        tcase_add_test(several, a_linked_mailbox_alone_on_its_sid_is_excluded);
        tcase_add_test(several, while_forests_are_missing_a_linked_mailbox_is_not_given_up);
        tcase_add_test(several, a_value_that_everybody_holds_is_judged_at_once);
        suite_add_tcase(suite, several);
        return suite;
}
