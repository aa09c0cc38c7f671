/* SPDX-License-Identifier: MIT */
#include "lib/core/rule.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/core/filter.h"
#include "tests/unit/check-main.h"

START_TEST(every_rule_is_found_by_its_id_and_no_id_is_there_twice)
{
        for (size_t i = 0; i < rule_count(); i++) {
                const Rule *rule = rule_at(i);

                ck_assert_ptr_eq(rule_find(rule_id(rule)), rule);
                ck_assert_uint_eq(rule_index(rule), i);
        }
        ck_assert_ptr_null(rule_find("no-such-rule"));
        ck_assert_ptr_null(rule_find(""));
}
END_TEST

START_TEST(ids_are_lower_case_words_and_hyphens)
{
        for (size_t i = 0; i < rule_count(); i++)
                for (const char *at = rule_id(rule_at(i)); *at; at++)
                        ck_assert_msg(islower(*at) || isdigit(*at) || *at == '-', "%s",
                                      rule_id(rule_at(i)));
}
END_TEST

START_TEST(every_rule_is_for_some_kind_that_is_judged)
{
        unsigned judged = kind_mask(KIND_USER) | kind_mask(KIND_INETORGPERSON) |
                          kind_mask(KIND_CONTACT) | kind_mask(KIND_GROUP) |
                          kind_mask(KIND_CONTAINER);

        for (size_t i = 0; i < rule_count(); i++) {
                ck_assert_uint_ne(rule_kinds(rule_at(i)), 0);
                ck_assert_uint_eq(rule_kinds(rule_at(i)) & ~judged, 0);
        }
}
END_TEST

START_TEST(every_filter_parses)
{
        for (size_t i = 0; i < rule_count(); i++) {
                _cleanup_(filter_freep) Filter *filter = NULL;
                _cleanup_free_ char *error = NULL;
                const char *string = rule_filter(rule_at(i));

                if (!string) {
                        ck_assert(!rule_filter_is_exact(rule_at(i)));
                        continue;
                }
                ck_assert_msg(filter_parse(string, &filter, &error) == 0, "%s: %s", string, error);
        }
}
END_TEST

static Object *object_of_class(const char *class)
{
        Object *object;

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "top"), 0);
        if (strcmp(class, "inetOrgPerson") == 0 || strcmp(class, "computer") == 0)
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, class), 0);
        ck_assert_int_eq(object_seal(object), 0);
        memset(&object->known, 0xFF, sizeof(object->known));
        return object;
}

/* What pastes into ldapsearch must leave out the kinds that the rule is not for; absence rules show it best. */
START_TEST(filters_name_the_kinds_of_their_rule)
{
        static const char *const classes[] = { "user", "inetOrgPerson", "contact", "group",
                                               "computer" };

        for (size_t i = 0; i < rule_count(); i++) {
                _cleanup_(filter_freep) Filter *filter = NULL;
                _cleanup_free_ char *error = NULL;

                if (!rule_filter(rule_at(i)))
                        continue;
                ck_assert_int_eq(filter_parse(rule_filter(rule_at(i)), &filter, &error), 0);

                for (size_t k = 0; k < ARRAY_SIZE(classes); k++) {
                        _cleanup_(object_freep) Object *object = object_of_class(classes[k]);
                        Truth truth;

                        ck_assert_int_eq(filter_evaluate(filter, object, &truth), 0);
                        if (truth == TRUTH_TRUE)
                                ck_assert_msg(rule_kinds(rule_at(i)) & kind_mask(object->kind),
                                              "%s, %s", rule_id(rule_at(i)), classes[k]);
                }
        }
}
END_TEST

START_TEST(the_request_never_names_what_is_large)
{
        static const AttributeId never[] = {
                ATTRIBUTE_MEMBER,
                ATTRIBUTE_MEMBER_OF,
                ATTRIBUTE_DIRECT_REPORTS,
                ATTRIBUTE_THUMBNAIL_PHOTO,
                ATTRIBUTE_USER_CERTIFICATE,
                ATTRIBUTE_USER_SMIME_CERTIFICATE,
                ATTRIBUTE_NT_SECURITY_DESCRIPTOR,
        };
        static const AttributeId always[] = {
                ATTRIBUTE_OBJECT_CLASS,
                ATTRIBUTE_OBJECT_GUID,
                ATTRIBUTE_OBJECT_SID,
                ATTRIBUTE_PROXY_ADDRESSES,
                ATTRIBUTE_MAIL,
                ATTRIBUTE_USER_PRINCIPAL_NAME,
                ATTRIBUTE_SAM_ACCOUNT_NAME,
                ATTRIBUTE_GROUP_TYPE,
                ATTRIBUTE_IS_CRITICAL_SYSTEM_OBJECT,
                ATTRIBUTE_ADMIN_DESCRIPTION,
                ATTRIBUTE_HOME_MDB,
                ATTRIBUTE_STREET_ADDRESS,
                ATTRIBUTE_MS_DS_CONSISTENCY_GUID,
                ATTRIBUTE_USN_CHANGED,
                ATTRIBUTE_IS_DELETED,
        };
        AttributeSet set = {};

        rule_attributes(&set);
        for (size_t i = 0; i < ARRAY_SIZE(never); i++)
                ck_assert_msg(!attribute_set_has(&set, never[i]), "%s", attribute_name(never[i]));
        for (size_t i = 0; i < ARRAY_SIZE(always); i++)
                ck_assert_msg(attribute_set_has(&set, always[i]), "%s", attribute_name(always[i]));
}
END_TEST

/* What a rule watches and nobody asks for would never be seen, and nobody would notice. */
START_TEST(what_a_rule_watches_is_asked_for)
{
        unsigned of_objects = ~kind_mask(KIND_CONTAINER);
        AttributeSet set = {};
        size_t n = 0;

        rule_attributes(&set);
        for (size_t i = 0; i < rule_count(); i++) {
                const Rule *rule = rule_at(i);

                if (rule_is_on_demand(rule) || !(rule_kinds(rule) & of_objects))
                        continue;
                for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++) {
                        if (!attribute_name(attribute) || !rule_watches(rule, attribute))
                                continue;
                        ck_assert_msg(attribute_set_has(&set, attribute), "%s watches %s",
                                      rule_id(rule), attribute_name(attribute));
                        n++;
                }
        }
        ck_assert_uint_gt(n, 100);
}
END_TEST

START_TEST(names_are_read_back)
{
        for (RuleClass class = RULE_EXCLUDED; class <= RULE_DIRECTORY; class ++) {
                RuleClass read;

                ck_assert_int_eq(rule_class_from_name(rule_class_name(class), &read), 0);
                ck_assert_int_eq(read, class);
        }
        for (Severity severity = SEVERITY_NOTICE; severity <= SEVERITY_ERROR; severity++) {
                Severity read;

                ck_assert_int_eq(severity_from_name(severity_name(severity), &read), 0);
                ck_assert_int_eq(read, severity);
        }
        for (Certainty certainty = CERTAINTY_PROBABLE; certainty <= CERTAINTY_CERTAIN;
             certainty++) {
                Certainty read;

                ck_assert_int_eq(certainty_from_name(certainty_name(certainty), &read), 0);
                ck_assert_int_eq(read, certainty);
        }
}
END_TEST

START_TEST(other_names_are_refused_and_leave_the_result_alone)
{
        RuleClass class = RULE_ALTERED;
        Severity severity = SEVERITY_WARNING;
        Certainty certainty = CERTAINTY_CERTAIN;

        ck_assert_int_eq(rule_class_from_name("fail", &class), -EINVAL);
        ck_assert_int_eq(severity_from_name("Error", &severity), -EINVAL);
        ck_assert_int_eq(certainty_from_name("", &certainty), -EINVAL);
        ck_assert_int_eq(class, RULE_ALTERED);
        ck_assert_int_eq(severity, SEVERITY_WARNING);
        ck_assert_int_eq(certainty, CERTAINTY_CERTAIN);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("rule");
        TCase *table = tcase_create("table"), *names = tcase_create("names");

        tcase_add_test(table, every_rule_is_found_by_its_id_and_no_id_is_there_twice);
        tcase_add_test(table, ids_are_lower_case_words_and_hyphens);
        tcase_add_test(table, every_rule_is_for_some_kind_that_is_judged);
        tcase_add_test(table, every_filter_parses);
        tcase_add_test(table, filters_name_the_kinds_of_their_rule);
        tcase_add_test(table, the_request_never_names_what_is_large);
        tcase_add_test(table, what_a_rule_watches_is_asked_for);
        suite_add_tcase(suite, table);

        tcase_add_test(names, names_are_read_back);
        tcase_add_test(names, other_names_are_refused_and_leave_the_result_alone);
        suite_add_tcase(suite, names);
        return suite;
}
