/* SPDX-License-Identifier: MIT */
#include "lib/core/symptom.h"

#include <string.h>

#include "lib/core/rule.h"
#include "tests/unit/check-main.h"

/* The names of all symptoms that a text means, as "A|B". */
static const char *names_of(const char *text)
{
        static char names[2000];
        SymptomQuery query;

        names[0] = '\0';
        ck_assert_int_eq(symptom_query_init(&query, text), 0);
        for (size_t i = 0; i < symptom_count(); i++) {
                int r = symptom_matches(symptom_at(i), &query);

                ck_assert_int_ge(r, 0);
                if (r == 0)
                        continue;
                if (*names)
                        strcat(names, "|");
                strcat(names, symptom_at(i)->name);
        }
        symptom_query_done(&query);
        return names;
}

START_TEST(every_symptom_is_found_by_its_name_and_its_other_texts)
{
        for (size_t i = 0; i < symptom_count(); i++) {
                const Symptom *symptom = symptom_at(i);

                ck_assert_msg(strstr(names_of(symptom->name), symptom->name), "%s", symptom->name);
                for (const char *const *text = symptom->texts; *text; text++)
                        ck_assert_msg(strstr(names_of(*text), symptom->name), "%s", *text);
        }
}
END_TEST

START_TEST(every_symptom_says_all_and_names_rules_that_exist)
{
        for (size_t i = 0; i < symptom_count(); i++) {
                const Symptom *symptom = symptom_at(i);

                ck_assert(*symptom->seen && *symptom->meaning && *symptom->advice &&
                          *symptom->source);
                for (const char *const *id = symptom->rules; *id; id++)
                        ck_assert_msg(rule_find(*id), "%s names %s", symptom->name, *id);
        }
}
END_TEST

static const struct {
        const char *text;
        const char *names;
} cases[] = {
        { "AttributeValueMustBeUnique", "AttributeValueMustBeUnique" },
        { "attribute value must be unique", "AttributeValueMustBeUnique" },
        { "QuarantinedAttributeValueMustBeUnique", "QuarantinedAttributeValueMustBeUnique" },
        { "error: attribute value must be uniquely chosen", "" },
        { "InvalidSoftMatch", "InvalidSoftMatch" },
        { "ObjectTypeMismatch", "ObjectTypeMismatch" },
        { "FederatedDomainChangeError", "FederatedDomainChangeError" },
        { "LargeObject", "LargeObject" },
        { "6941", "Event 6941" },
        { "Event ID 6941", "Event 6941" },
        { "116", "stopped-deletion-threshold-exceeded" },
        { "Error 016", "Error 016" },
        { "114", "DeletingCloudOnlyObjectNotAllowed" },
        { "8344", "permission-issue" },
        { "8453", "Replication access was denied" },
        { "the user ID is not found", "The user ID is not found" },
        { "stopped-deletion-threshold-exceeded", "stopped-deletion-threshold-exceeded" },
        { "This company has exceeded the number of objects that can be synchronized", "Error 016" },
        { "error 103", "InvalidHardMatch" },
        { "96", "AttributeUpdateNotAllowed" },
        { "0x8023134a", "DeletingCloudOnlyObjectNotAllowed" },
        { "dn-attributes-failure", "dn-attributes-failure" },
        { "ExceededAllowedLength", "LargeObject" },
        { "PropertyConflict", "QuarantinedAttributeValueMustBeUnique" },
        { "stopped-error-limit", "stopped-error-limit" },
        { "Maximum Group member count exceeded", "Maximum Group member count exceeded" },
        { "No sync in the last 24 hours", "No synchronization in the last 24 hours" },
        { "Data Mismatch", "Connect Health error report" },
        { "BlockSoftMatch", "BlockSoftMatch" },
        { "DirSyncOverrides", "The mobile phone does not change" },
        { "SynchronizeUpnForManagedUsers", "UPN changes do not arrive" },
        /* A part of a sentence, and a sentence within more of it. */
        { "may already be associated with another object in your local",
          "AttributeValueMustBeUnique" },
        { "ExportError: permission-issue (8344 Insufficient access rights to perform the "
          "operation.)",
          "permission-issue" },
        /* Numbers in longer texts count behind a word that says so only. */
        { "at 9:00 we saw 114 objects more", "" },
        { "the run profile ended with error type 114 today", "DeletingCloudOnlyObjectNotAllowed" },
        { "1140", "" },
        { "Soft", "" },
        { "", "" },
        { " - ", "" },
        { "anna berg", "" },
};

/* Whoever is told an error is told of the rules that find its cause. */
static const struct {
        const char *text;
        const char *rule;
} leads[] = {
        { "Error 016", "quota" },
        { "Maximum Group member count exceeded", "group-too-large" },
        { "AttributeValueMustBeUnique", "cloud-value-in-use" },
        { "InvalidSoftMatch", "cloud-soft-match-conflict" },
        { "hard match", "cloud-hard-match-blocked" },
        { "ObjectTypeMismatch", "cloud-type-mismatch" },
        { "admin role conflict", "cloud-admin-conflict" },
        { "stopped-error-limit", "error-limit" },
        { "stopped-deletion-threshold-exceeded", "mass-deletion" },
        { "stopped-deletion-threshold-exceeded", "scope-ou-missing" },
        { "Event 116", "mass-deletion" },
        { "unhealthy identity synchronization notification", "connector-silent" },
        { "no recent synchronization", "connector-account-abandoned" },
        { "AttributeValueMustBeUnique", "smtp-address-not-unique" },
        { "InvalidHardMatch", "anchor-changed" },
        { "IdentityDataValidationFailed", "upn-invalid" },
        { "LargeObject", "certificates-too-many" },
        { "FederatedDomainChangeError", "upn-federated-change" },
        { "AADSTS50034", "upn-unverified-domain" },
        { "8344", "write-back-blocked" },
        { "Pending Import + Add", "orphan-expected" },
        { "Replication access was denied", "password-hash-rights-missing" },
        { "dn-attributes-failure", "manager-out-of-scope" },
        { "large attribute", "object-too-large" },
};

START_TEST(an_error_leads_to_the_rule_behind_it)
{
        SymptomQuery query;
        bool is_led = false;

        ck_assert_int_eq(symptom_query_init(&query, leads[_i].text), 0);
        for (size_t i = 0; i < symptom_count(); i++) {
                if (symptom_matches(symptom_at(i), &query) <= 0)
                        continue;
                for (const char *const *id = symptom_at(i)->rules; *id; id++)
                        is_led |= strcmp(*id, leads[_i].rule) == 0;
        }
        symptom_query_done(&query);
        ck_assert_msg(is_led, "\"%s\" does not lead to %s", leads[_i].text, leads[_i].rule);
}
END_TEST

START_TEST(a_text_means_what_is_expected)
{
        ck_assert_msg(strcmp(names_of(cases[_i].text), cases[_i].names) == 0,
                      "\"%s\" means \"%s\", expected \"%s\"", cases[_i].text,
                      names_of(cases[_i].text), cases[_i].names);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("symptom");
        TCase *tcase = tcase_create("symptom");

        tcase_add_test(tcase, every_symptom_is_found_by_its_name_and_its_other_texts);
        tcase_add_test(tcase, every_symptom_says_all_and_names_rules_that_exist);
        tcase_add_loop_test(tcase, a_text_means_what_is_expected, 0,
                            (int)(sizeof(cases) / sizeof(cases[0])));
        tcase_add_loop_test(tcase, an_error_leads_to_the_rule_behind_it, 0,
                            (int)(sizeof(leads) / sizeof(leads[0])));
        suite_add_tcase(suite, tcase);
        return suite;
}
