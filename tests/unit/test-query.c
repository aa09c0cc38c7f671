/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/query.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

static int add_user(unsigned domain, int parent, const char *name, const char *address)
{
        char rdn[100], attributes[500];

        (void)snprintf(rdn, sizeof(rdn), "CN=%s", name);
        (void)snprintf(attributes, sizeof(attributes),
                       "sAMAccountName: %s; displayName: %s; givenName: %s; sn: %s; "
                       "userAccountControl: 512; "
                       "userPrincipalName: %s@contoso.com; mailNickname: %s; mail: %s; "
                       "proxyAddresses: SMTP:%s",
                       name, name, name, name, name, name, address, address);
        return lab_add(&lab, domain, parent, "user", rdn, attributes);
}

static int add_ou(int parent, const char *name)
{
        char rdn[100];

        (void)snprintf(rdn, sizeof(rdn), "OU=%s", name);
        return lab_add(&lab, 0, parent, "organizationalUnit", rdn, NULL);
}

static FindingList *list_of(const FindingFilter *filter)
{
        FindingList *list = NULL;

        ck_assert_int_eq(finding_list_new(lab.store, lab.config, filter, &list), 0);
        return list;
}

static FindingPage *page_of(FindingList *list, size_t first, size_t n)
{
        FindingPage *page = NULL;

        ck_assert_int_eq(finding_list_page(list, first, n, SIZE_MAX, &page), 0);
        return page;
}

/* "RULE DN [other DN …]" of every finding, a line each, in the order of the list; the caller frees it. */
static char *told(const FindingFilter *filter, size_t page_size)
{
        _cleanup_(finding_list_freep) FindingList *list = list_of(filter);
        Buffer text = BUFFER_INIT;

        for (size_t first = 0; first < finding_list_size(list); first += page_size) {
                _cleanup_(finding_page_freep) FindingPage *page = page_of(list, first, page_size);

                for (size_t i = 0; i < page->n_records; i++) {
                        const Record *record = &page->records[i];

                        ck_assert_int_eq(
                                buffer_append_format(&text, "%s %s", record->rule, record->dn), 0);
                        for (size_t k = 0; k < record->n_others; k++)
                                ck_assert_int_eq(
                                        buffer_append_format(&text, " [%s]", record->others[k].dn),
                                        0);
                        ck_assert_int_eq(buffer_append_byte(&text, '\n'), 0);
                        ck_assert_uint_eq(record->n_others, record->others_total);
                }
        }

        return buffer_steal_string(&text);
}

static void expect(const FindingFilter *filter, const char *expected)
{
        _cleanup_free_ char *text = told(filter, 100);

        ck_assert_str_eq(text ? text : "", expected);
}

static const FindingFilter loud = { .least = SEVERITY_WARNING };

START_TEST(every_holder_of_a_value_is_named_and_nobody_else)
{
        add_user(0, 0, "a", "same@contoso.com");
        add_user(0, 0, "b", "same@contoso.com");
        add_user(1, 0, "c", "SAME@contoso.com");
        add_user(0, 0, "d", "other@contoso.com");
        lab_read(&lab, 0);
        lab_read(&lab, 1);

        expect(&loud, "smtp-address-not-unique CN=a,DC=corp,DC=example [CN=b,DC=corp,DC=example] "
                      "[CN=c,DC=sales,DC=example]\n"
                      "smtp-address-not-unique CN=b,DC=corp,DC=example [CN=a,DC=corp,DC=example] "
                      "[CN=c,DC=sales,DC=example]\n"
                      "smtp-address-not-unique CN=c,DC=sales,DC=example [CN=a,DC=corp,DC=example] "
                      "[CN=b,DC=corp,DC=example]\n");
}
END_TEST

START_TEST(who_is_out_of_scope_or_deleted_disputes_nothing)
{
        int gone;

        add_user(0, 0, "a", "same@contoso.com");
        add_user(0, 0, "b", "same@contoso.com");
        gone = add_user(0, 0, "gone", "same@contoso.com");
        lab_set(&lab, 0, add_user(0, 0, "left-out", "same@contoso.com"),
                "adminDescription: User_left");
        lab_read(&lab, 0);
        lab_delete(&lab, 0, gone);
        lab_poll(&lab, 0);

        expect(&loud,
               "smtp-address-not-unique CN=a,DC=corp,DC=example [CN=b,DC=corp,DC=example]\n"
               "smtp-address-not-unique CN=b,DC=corp,DC=example [CN=a,DC=corp,DC=example]\n");
}
END_TEST

START_TEST(the_two_halves_of_a_person_do_not_dispute_with_each_other)
{
        static const char sid[] = "010500000000000515000000010000000200000003000000e8030000";
        char attributes[200];

        (void)snprintf(attributes, sizeof(attributes), "objectSid: %s", sid);
        lab_set(&lab, 0, add_user(0, 0, "account", "same@contoso.com"), attributes);
        (void)snprintf(attributes, sizeof(attributes),
                       "msExchMasterAccountSid: %s; msExchRecipientTypeDetails: 2", sid);
        lab_set(&lab, 0, add_user(0, 0, "mailbox", "same@contoso.com"), attributes);
        lab_read(&lab, 0);
        expect(&loud, "");

        add_user(0, 0, "other", "same@contoso.com");
        lab_poll(&lab, 0);
        expect(&loud, "smtp-address-not-unique CN=account,DC=corp,DC=example "
                      "[CN=other,DC=corp,DC=example]\n"
                      "smtp-address-not-unique CN=mailbox,DC=corp,DC=example "
                      "[CN=other,DC=corp,DC=example]\n"
                      "smtp-address-not-unique CN=other,DC=corp,DC=example "
                      "[CN=account,DC=corp,DC=example] [CN=mailbox,DC=corp,DC=example]\n");
}
END_TEST

START_TEST(pages_of_any_size_make_the_same_list)
{
        _cleanup_free_ char *whole = NULL;

        for (int i = 0; i < 23; i++) {
                char name[20], address[60];

                (void)snprintf(name, sizeof(name), "user%02d", i);
                (void)snprintf(address, sizeof(address), "pair%d@contoso.com", i / 3);
                add_user(0, 0, name, address);
        }
        lab_read(&lab, 0);

        whole = told(&loud, 1000);
        for (size_t size = 1; size < 30; size += 5) {
                _cleanup_free_ char *text = told(&loud, size);

                ck_assert_str_eq(text, whole);
        }
}
END_TEST

START_TEST(what_closes_while_one_leafs_is_left_out_and_the_rest_stays_in_place)
{
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        _cleanup_(finding_page_freep) FindingPage *page = NULL;
        int mended;

        mended = add_user(0, 0, "a", "one@contoso.com");
        add_user(0, 0, "b", "two@contoso.com");
        lab_set(&lab, 0, mended, "userPrincipalName: a b@contoso.com");
        lab_set(&lab, 0, 2, "userPrincipalName: b c@contoso.com");
        lab_read(&lab, 0);

        list = list_of(&loud);
        ck_assert_uint_eq(finding_list_size(list), 2);
        lab_set(&lab, 0, mended, "userPrincipalName: ab@contoso.com");
        lab_poll(&lab, 0);

        page = page_of(list, 0, 10);
        ck_assert_uint_eq(page->n_records, 1);
        ck_assert_str_eq(page->records[0].dn, "CN=b,DC=corp,DC=example");
}
END_TEST

START_TEST(beyond_its_end_a_list_has_empty_pages)
{
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        _cleanup_(finding_page_freep) FindingPage *page = NULL;

        lab_read(&lab, 0);
        list = list_of(&loud);
        page = page_of(list, 5, SIZE_MAX);
        ck_assert_uint_eq(page->n_records, 0);
}
END_TEST

START_TEST(an_ou_is_all_that_stands_below_it_also_after_it_was_renamed)
{
        int staff = add_ou(0, "Staff"), north = add_ou(staff, "North"), south = add_ou(0, "South");

        lab_set(&lab, 0, add_user(0, staff, "a", "a@contoso.com"),
                "userPrincipalName: a a@contoso.com");
        lab_set(&lab, 0, add_user(0, north, "b", "b@contoso.com"),
                "userPrincipalName: b b@contoso.com");
        lab_set(&lab, 0, add_user(0, south, "c", "c@contoso.com"),
                "userPrincipalName: c c@contoso.com");
        lab_read(&lab, 0);

        expect(&(FindingFilter){ .least = SEVERITY_WARNING,
                                 .below = "ou=staff, dc=CORP,dc=example" },
               "upn-invalid CN=b,OU=North,OU=Staff,DC=corp,DC=example\nupn-invalid "
               "CN=a,OU=Staff,DC=corp,DC=example\n");

        lab_rename(&lab, 0, staff, "OU=People");
        lab_poll(&lab, 0);
        expect(&(FindingFilter){ .least = SEVERITY_WARNING,
                                 .below = "OU=People,DC=corp,DC=example" },
               "upn-invalid CN=b,OU=North,OU=People,DC=corp,DC=example\nupn-invalid "
               "CN=a,OU=People,DC=corp,DC=example\n");
        expect(&(FindingFilter){ .least = SEVERITY_WARNING, .below = "DC=corp,DC=example" },
               "upn-invalid CN=b,OU=North,OU=People,DC=corp,DC=example\nupn-invalid "
               "CN=a,OU=People,DC=corp,DC=example\n"
               "upn-invalid CN=c,OU=South,DC=corp,DC=example\n");
}
END_TEST

START_TEST(what_does_not_exist_is_told_apart_from_nothing_found)
{
        FindingList *list = NULL;

        lab_read(&lab, 0);
        ck_assert_int_eq(finding_list_new(lab.store, lab.config,
                                          &(FindingFilter){ .domain = "nowhere.example" }, &list),
                         QUERY_NO_DOMAIN);
        ck_assert_int_eq(finding_list_new(lab.store, lab.config,
                                          &(FindingFilter){ .domain = "sales.example" }, &list),
                         QUERY_NO_DOMAIN);
        ck_assert_int_eq(finding_list_new(lab.store, lab.config,
                                          &(FindingFilter){ .below = "OU=No,DC=corp,DC=example" },
                                          &list),
                         QUERY_NO_CONTAINER);
        ck_assert_int_eq(finding_list_new(lab.store, lab.config,
                                          &(FindingFilter){ .below = "no name at all" }, &list),
                         QUERY_NO_CONTAINER);
        ck_assert_ptr_null(list);
}
END_TEST

START_TEST(a_domain_in_its_first_read_is_not_there_yet)
{
        Apply *apply;
        int64_t *ids = NULL;
        RuleCount *counts = NULL;
        size_t n;
        int node;

        node = add_user(0, 0, "a", "a@contoso.com");
        lab_set(&lab, 0, node, "userPrincipalName: a a@contoso.com");
        apply = lab_begin(&lab, 0, APPLY_FIRST);
        lab_stage(&lab, apply, 0, node);

        expect(&loud, "");
        ck_assert_int_eq(query_find_objects(lab.store, "a@contoso.com", &ids, &n), 0);
        ck_assert_uint_eq(n, 0);
        free(ids);
        ck_assert_int_eq(query_counts(lab.store, &counts, &n), 0);
        ck_assert_uint_eq(n, 0);
        rule_counts_free(counts, n);
        (void)apply_free(apply);
}
END_TEST

static void expect_found(const char *text, const char *expected)
{
        _cleanup_(object_freep) Object *object = NULL;
        _cleanup_buffer_ Buffer names = BUFFER_INIT;
        _cleanup_free_ int64_t *ids = NULL;
        size_t n;

        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(query_find_objects(lab.store, text, &ids, &n), 0);
        for (size_t i = 0; i < n; i++) {
                _cleanup_(object_info_done) ObjectInfo info = {};

                ck_assert_int_eq(query_object(lab.store, ids[i], object, &info), 1);
                ck_assert_int_eq(buffer_append_format(&names, "%s%.*s", i ? " " : "",
                                                      (int)object->dn.size,
                                                      (const char *)object->dn.data),
                                 0);
        }
        ck_assert_str_eq(buffer_string(&names), expected);
}

START_TEST(a_domain_that_is_not_configured_any_more_is_shown_nowhere)
{
        _cleanup_(config_freep) Config *none = NULL;
        RuleCount *counts = NULL;
        int64_t *ids = NULL;
        size_t n;

        lab_set(&lab, 0, add_user(0, 0, "a", "a@contoso.com"),
                "userPrincipalName: a a@contoso.com");
        lab_read(&lab, 0);
        expect(&loud, "upn-invalid CN=a,DC=corp,DC=example\n");

        ck_assert_int_eq(config_new(&none), 0);
        ck_assert_int_eq(domain_retire_others(lab.store, none), 0);
        expect(&loud, "");
        ck_assert_int_eq(query_find_objects(lab.store, "a@contoso.com", &ids, &n), 0);
        ck_assert_uint_eq(n, 0);
        free(ids);
        ck_assert_int_eq(query_counts(lab.store, &counts, &n), 0);
        ck_assert_uint_eq(n, 0);
        rule_counts_free(counts, n);
}
END_TEST

START_TEST(an_object_is_found_by_the_first_way_that_knows_it)
{
        int a;

        a = add_user(0, 0, "a", "b@contoso.com");
        add_user(0, 0, "b", "x@contoso.com");
        lab_set(&lab, 0, a, "proxyAddresses: smtp:old@contoso.com");
        lab_read(&lab, 0);

        expect_found("a@contoso.com", "CN=a,DC=corp,DC=example");
        /* b's user principal name is a's mail: the name comes first. */
        expect_found("b@contoso.com", "CN=b,DC=corp,DC=example");
        expect_found("old@contoso.com", "CN=a,DC=corp,DC=example");
        expect_found("smtp:OLD@contoso.com", "CN=a,DC=corp,DC=example");
        expect_found("CORP\\a", "CN=a,DC=corp,DC=example");
        expect_found("cn=A,dc=corp,dc=example", "CN=a,DC=corp,DC=example");
        expect_found("nobody", "");
        expect_found("", "");
        expect_found("=", "");
        expect_found("CN=", "");
}
END_TEST

START_TEST(all_objects_of_one_name_are_found)
{
        add_user(0, 0, "a", "same@contoso.com");
        add_user(1, 0, "a", "same@contoso.com");
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        expect_found("same@contoso.com", "CN=a,DC=corp,DC=example CN=a,DC=sales,DC=example");
        expect_found("a", "CN=a,DC=corp,DC=example CN=a,DC=sales,DC=example");
}
END_TEST

START_TEST(the_deleted_are_found_where_no_live_object_is)
{
        int a;

        a = add_user(0, 0, "a", "a@contoso.com");
        lab_read(&lab, 0);
        lab_delete(&lab, 0, a);
        lab_poll(&lab, 0);
        expect_found("a", "CN=a,DC=corp,DC=example");

        add_user(0, 0, "new", "new@contoso.com");
        lab_set(&lab, 0, a + 1, "sAMAccountName: a");
        lab_poll(&lab, 0);
        expect_found("a", "CN=new,DC=corp,DC=example");
}
END_TEST

START_TEST(a_container_is_told_from_an_object)
{
        add_ou(0, "Staff");
        lab_read(&lab, 0);
        ck_assert_int_eq(query_is_container(lab.store, "ou=STAFF,dc=corp,dc=example"), 1);
        ck_assert_int_eq(query_is_container(lab.store, "OU=None,DC=corp,DC=example"), 0);
        ck_assert_int_eq(query_is_container(lab.store, "staff"), 0);
}
END_TEST

START_TEST(a_trend_goes_back_from_now_through_the_log)
{
        const int64_t day = 86400;
        TrendDay *days = NULL;
        size_t n;
        int a;

        lab.now = lab.now / day * day + day / 2;
        a = add_user(0, 0, "a", "a@contoso.com");
        lab_set(&lab, 0, add_user(0, 0, "b", "b@contoso.com"),
                "userPrincipalName: b b@contoso.com");
        lab_read(&lab, 0);
        lab.now += 2 * day;
        lab_set(&lab, 0, a, "userPrincipalName: a a@contoso.com");
        lab_poll(&lab, 0);
        lab.now += day;
        lab_set(&lab, 0, a, "userPrincipalName: a@contoso.com");
        lab_poll(&lab, 0);

        ck_assert_int_eq(query_trend(lab.store, lab.now + day, 90, &days, &n), 0);
        ck_assert_uint_eq(n, 5);
        for (size_t i = 0; i < n; i++) {
                static const int64_t errors[] = { 1, 1, 2, 1, 1 };

                ck_assert_int_eq(days[i].open[SEVERITY_ERROR], errors[i]);
                ck_assert_int_eq(days[i].day % day, 0);
        }
        free(days);

        /* No further back than is asked for. */
        ck_assert_int_eq(query_trend(lab.store, lab.now, 2, &days, &n), 0);
        ck_assert_uint_eq(n, 2);
        ck_assert_int_eq(days[0].open[SEVERITY_ERROR], 2);
        free(days);
}
END_TEST

START_TEST(a_trend_of_nothing_is_today)
{
        TrendDay *days = NULL;
        size_t n;

        ck_assert_int_eq(query_trend(lab.store, lab.now, 90, &days, &n), 0);
        ck_assert_uint_eq(n, 1);
        ck_assert_int_eq(days[0].open[SEVERITY_ERROR], 0);
        free(days);
}
END_TEST

START_TEST(counts_are_those_of_the_list)
{
        RuleCount *counts = NULL;
        int64_t sum = 0;
        size_t n;

        for (int i = 0; i < 5; i++) {
                char name[20];

                (void)snprintf(name, sizeof(name), "u%d", i);
                add_user(0, 0, name, "same@contoso.com");
        }
        lab_read(&lab, 0);

        ck_assert_int_eq(query_counts(lab.store, &counts, &n), 0);
        for (size_t i = 0; i < n; i++) {
                _cleanup_(finding_list_freep) FindingList *list = list_of(
                        &(FindingFilter){ .rule = counts[i].rule, .least = SEVERITY_NOTICE });

                ck_assert_int_eq(counts[i].count, (int64_t)finding_list_size(list));
                sum += counts[i].count;
        }
        ck_assert_int_ge(sum, 5);
        rule_counts_free(counts, n);
}
END_TEST

/* How a question is answered decides whether it takes a millisecond or a minute at a million objects. */
static const struct {
        QueryId query;
        const char *has, *lacks;
} plans[] = {
        { QUERY_QUERY_FINDINGS, "SEARCH object USING INTEGER PRIMARY KEY", "SCAN object" },
        { QUERY_QUERY_FINDINGS, "SEARCH container USING COVERING INDEX container_by_parent",
          "SCAN container" },
        { QUERY_QUERY_FINDINGS_OF, "SEARCH finding USING PRIMARY KEY (object=?)", "SCAN" },
        { QUERY_QUERY_FINDING, "SEARCH finding USING PRIMARY KEY (object=? AND key=? AND id=?)",
          "SCAN" },
        { QUERY_QUERY_DELETED, "USING COVERING INDEX object_by_deletion", "TEMP B-TREE" },
};

START_TEST(no_question_walks_through_all_objects)
{
        _cleanup_free_ char *plan = lab_plan(&lab, query_texts[plans[_i].query]);

        ck_assert_msg(strstr(plan, plans[_i].has) != NULL, "%s:\n%s", query_names[plans[_i].query],
                      plan);
        ck_assert_msg(strstr(plan, plans[_i].lacks) == NULL, "%s:\n%s",
                      query_names[plans[_i].query], plan);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("query");
        TCase *tcase = tcase_create("query");

        tcase_add_checked_fixture(tcase, two_domains, tear_down);
        tcase_add_test(tcase, every_holder_of_a_value_is_named_and_nobody_else);
        tcase_add_test(tcase, who_is_out_of_scope_or_deleted_disputes_nothing);
        tcase_add_test(tcase, the_two_halves_of_a_person_do_not_dispute_with_each_other);
        tcase_add_test(tcase, pages_of_any_size_make_the_same_list);
        tcase_add_test(tcase, what_closes_while_one_leafs_is_left_out_and_the_rest_stays_in_place);
        tcase_add_test(tcase, beyond_its_end_a_list_has_empty_pages);
        tcase_add_test(tcase, an_ou_is_all_that_stands_below_it_also_after_it_was_renamed);
        tcase_add_test(tcase, what_does_not_exist_is_told_apart_from_nothing_found);
        tcase_add_test(tcase, a_domain_in_its_first_read_is_not_there_yet);
        tcase_add_test(tcase, a_domain_that_is_not_configured_any_more_is_shown_nowhere);
        tcase_add_test(tcase, an_object_is_found_by_the_first_way_that_knows_it);
        tcase_add_test(tcase, all_objects_of_one_name_are_found);
        tcase_add_test(tcase, the_deleted_are_found_where_no_live_object_is);
        tcase_add_test(tcase, a_container_is_told_from_an_object);
        tcase_add_test(tcase, a_trend_goes_back_from_now_through_the_log);
        tcase_add_test(tcase, a_trend_of_nothing_is_today);
        tcase_add_test(tcase, counts_are_those_of_the_list);
        tcase_add_loop_test(tcase, no_question_walks_through_all_objects, 0, ARRAY_SIZE(plans));
        suite_add_tcase(suite, tcase);
        return suite;
}
