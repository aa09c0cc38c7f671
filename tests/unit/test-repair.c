/* SPDX-License-Identifier: MIT */
#include "lib/core/repair.h"

#include <stdio.h>
#include <string.h>

#include "lib/core/ldif-write.h"
#include "tests/unit/check-main.h"

static Tenant tenant;
static EvaluateContext evaluate;
static Object *object, *result;
static Repair repair;
static const char *taken;  /* an address that somebody else holds */
static const char *wanted; /* a rule; NULL: all */

static bool is_wanted(const Rule *rule, void *userdata)
{
        return !wanted || strcmp(rule_id(rule), wanted) == 0;
}

static int is_free(KeySpace space, Slice value, void *userdata)
{
        return !taken || !slice_equal(value, SLICE(taken));
}

static void set_up(void)
{
        static char *verified[] = { (char *)"contoso.com", NULL };

        tenant_init(&tenant);
        free(tenant.initial_domain);
        tenant.initial_domain = strdup("contoso.onmicrosoft.com");
        tenant.routing_domain = strdup("contoso.mail.onmicrosoft.com");
        tenant.verified_domains = verified;
        evaluate = (EvaluateContext){ .tenant = &tenant,
                                      .domain = "corp.example",
                                      .selected = true,
                                      .all_forests_scanned = true };
        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_new(&result), 0);
        taken = wanted = NULL;
}

static void tear_down(void)
{
        repair_done(&repair);
        object = object_free(object);
        result = object_free(result);
        tenant.verified_domains = NULL;
        tenant_done(&tenant);
}

static void add(const char *name, const char *value)
{
        AttributeId attribute = attribute_find(name, strlen(name));

        ck_assert_int_ne(attribute, ATTRIBUTE_NONE);
        ck_assert_int_eq(object_add_string(object, attribute, value), 0);
}

/* A user with a mailbox against whom nothing is to be said, but for what the test adds and leaves out. */
static void add_user(const char *upn, const char *mail, const char *proxy)
{
        add("objectClass", "user");
        add("cn", "Anna Berg");
        add("displayName", "Anna Berg");
        add("givenName", "Anna");
        add("sAMAccountName", "anna");
        add("userAccountControl", "512");
        if (upn)
                add("userPrincipalName", upn);
        if (mail)
                add("mail", mail);
        if (proxy)
                add("proxyAddresses", proxy);
}

/* The edits as text: "-mail=a +mail=b". Empty where nothing is proposed. */
static const char *repaired(void)
{
        RepairContext context = { .evaluate = &evaluate,
                                  .is_wanted = is_wanted,
                                  .is_free = is_free };
        static char text[2000];
        size_t n = 0;
        int r;

        ck_assert_int_eq(object_seal(object), 0);
        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++)
                attribute_set_add(&object->known, attribute);

        r = repair_object(&context, object, &repair, result);
        ck_assert_int_ge(r, 0);
        ck_assert_int_eq(r, repair.n_edits > 0);
        text[0] = '\0';
        for (size_t i = 0; i < repair.n_edits; i++) {
                const RepairEdit *edit = &repair.edits[i];
                Slice value = edit->old.data ? edit->old : edit->new;

                ck_assert((edit->old.data == NULL) != (edit->new.data == NULL));
                n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%c%s=%.*s", i > 0 ? " " : "",
                                      edit->old.data ? '-' : '+', attribute_name(edit->attribute),
                                      (int)value.size, (const char *)value.data);
        }
        return text;
}

START_TEST(every_rule_with_a_proposal_exists)
{
        size_t n = 0;

        for (; repair_rule(n); n++)
                ck_assert_msg(rule_find(repair_rule(n)), "%s", repair_rule(n));
        ck_assert_uint_gt(n, 10);
}
END_TEST

START_TEST(nothing_is_proposed_for_what_is_right)
{
        add_user("anna@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        ck_assert_str_eq(repaired(), "");
}
END_TEST

START_TEST(a_wrong_sign_in_name_becomes_the_primary_address)
{
        add_user("anna berg@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        ck_assert_str_eq(repaired(), "-userPrincipalName=anna berg@contoso.com "
                                     "+userPrincipalName=anna@contoso.com");
        ck_assert_uint_eq(repair.n_reasons, 1);
        ck_assert_str_eq(rule_id(repair.reasons[0].rule), "upn-invalid");
        ck_assert(value_equals_string(object_value(result, ATTRIBUTE_USER_PRINCIPAL_NAME),
                                      "anna@contoso.com"));
}
END_TEST

START_TEST(what_somebody_else_holds_is_not_given)
{
        taken = "anna@contoso.com";
        add_user("anna berg@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        ck_assert_str_eq(repaired(), "");
}
END_TEST

START_TEST(a_sign_in_name_is_not_put_at_a_domain_that_is_not_verified)
{
        add_user("anna berg@contoso.com", "anna@elsewhere.com", "SMTP:anna@elsewhere.com");
        ck_assert_str_eq(repaired(), "");
}
END_TEST

START_TEST(what_the_filter_leaves_out_is_left_alone)
{
        wanted = "mail-not-primary";
        add_user("anna berg@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        ck_assert_str_eq(repaired(), "");
}
END_TEST

START_TEST(the_primary_address_stays_the_primary_one)
{
        add_user("anna@contoso.com", "a.berg@contoso.com", "SMTP:anna@contoso.com");
        add("proxyAddresses", "smtp:a.berg@contoso.com");
        ck_assert_str_eq(repaired(), "-mail=a.berg@contoso.com +mail=anna@contoso.com");
}
END_TEST

START_TEST(the_address_that_mail_names_becomes_the_primary_one)
{
        add_user("anna@contoso.com", "anna@contoso.com", "smtp:anna@contoso.com");
        add("proxyAddresses", "smtp:a.berg@contoso.com");
        ck_assert_str_eq(repaired(), "-proxyAddresses=smtp:anna@contoso.com "
                                     "+proxyAddresses=SMTP:anna@contoso.com");
}
END_TEST

START_TEST(which_of_two_is_primary_without_mail_is_a_decision)
{
        add_user("anna@contoso.com", NULL, "smtp:anna@contoso.com");
        add("proxyAddresses", "smtp:a.berg@contoso.com");
        ck_assert_str_eq(repaired(), "");
}
END_TEST

START_TEST(of_several_primaries_mail_says_which)
{
        add_user("anna@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        add("proxyAddresses", "SMTP:a.berg@contoso.com");
        ck_assert_str_eq(repaired(), "-proxyAddresses=SMTP:a.berg@contoso.com "
                                     "+proxyAddresses=smtp:a.berg@contoso.com");
}
END_TEST

START_TEST(an_address_without_type_gets_one_or_goes)
{
        add_user("anna@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        add("proxyAddresses", "a.berg@contoso.com");
        add("proxyAddresses", "ANNA@contoso.com");
        add("proxyAddresses", "not an address");
        ck_assert_str_eq(repaired(),
                         "-proxyAddresses=a.berg@contoso.com -proxyAddresses=ANNA@contoso.com "
                         "+proxyAddresses=smtp:a.berg@contoso.com");
}
END_TEST

START_TEST(slips_of_the_blank_key_are_taken_back_but_no_name_is_invented)
{
        add_user("anna@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        add("proxyAddresses", "smtp: a.berg@contoso.com");
        add("proxyAddresses", "smtp:a berg@contoso.com");
        ck_assert_str_eq(repaired(), "-proxyAddresses=smtp: a.berg@contoso.com "
                                     "+proxyAddresses=smtp:a.berg@contoso.com");
}
END_TEST

/* Making the address a primary one would ask for mail: both together, or none. */
START_TEST(what_a_repair_opens_is_repaired_with_it)
{
        add("objectClass", "contact");
        add("cn", "Lena");
        add("displayName", "Lena");
        add("proxyAddresses", "smtp:lena@contoso.com");
        ck_assert_str_eq(repaired(), "-proxyAddresses=smtp:lena@contoso.com +mail=lena@contoso.com "
                                     "+proxyAddresses=SMTP:lena@contoso.com");
}
END_TEST

START_TEST(a_nickname_loses_what_the_cloud_replaces)
{
        add_user("anna@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        add("mailNickname", ".anna berg..x.");
        ck_assert_str_eq(repaired(), "-mailNickname=.anna berg..x. +mailNickname=anna_berg.x");
}
END_TEST

START_TEST(a_nickname_with_an_accent_is_its_owners)
{
        add_user("anna@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        add("mailNickname", "ann\xc3\xa1");
        ck_assert_str_eq(repaired(), "");
}
END_TEST

START_TEST(a_remote_mailbox_gets_the_routing_address_it_has)
{
        add_user("anna@contoso.com", "anna@contoso.com", "SMTP:anna@contoso.com");
        add("proxyAddresses", "smtp:anna@contoso.mail.onmicrosoft.com");
        add("mailNickname", "anna");
        add("msExchRecipientTypeDetails", "2147483648");
        ck_assert_str_eq(repaired(), "+targetAddress=SMTP:anna@contoso.mail.onmicrosoft.com");
}
END_TEST

START_TEST(the_result_has_what_the_edits_say)
{
        add_user("anna berg@contoso.com", "other@contoso.com", "SMTP:anna@contoso.com");
        add("department", "  ");
        ck_assert_str_eq(repaired(), "-userPrincipalName=anna berg@contoso.com "
                                     "-mail=other@contoso.com -department=   "
                                     "+userPrincipalName=anna@contoso.com +mail=anna@contoso.com");
        ck_assert(!object_has(result, ATTRIBUTE_DEPARTMENT));
        ck_assert(value_equals_string(object_value(result, ATTRIBUTE_MAIL), "anna@contoso.com"));
        ck_assert(value_equals_string(object_value(result, ATTRIBUTE_CN), "Anna Berg"));
        ck_assert_int_eq(result->kind, KIND_USER);
}
END_TEST

static const struct {
        const char *value;
        const char *line;
} lines[] = {
        { "anna", "mail: anna\n" },       { "", "mail: \n" },
        { " anna", "mail:: IGFubmE=\n" }, { "anna ", "mail:: YW5uYSA=\n" },
        { ":x", "mail:: Ong=\n" },        { "<x", "mail:: PHg=\n" },
        { "a\nb", "mail:: YQpi\n" },      { "\xc3\xa4", "mail:: w6Q=\n" },
        { "a: b<", "mail: a: b<\n" },
};

START_TEST(values_are_written_as_rfc_2849_wants_them)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        ck_assert_int_eq(ldif_write_value("mail", SLICE(lines[_i].value), &text), 0);
        ck_assert_str_eq(buffer_string(&text), lines[_i].line);
}
END_TEST

START_TEST(no_comment_ends_before_its_line_does)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        ck_assert_int_eq(ldif_write_comment("a\ndn: x", &text), 0);
        ck_assert_str_eq(buffer_string(&text), "# a\\x0Adn: x\n");
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("repair");
        TCase *repairs = tcase_create("repairs"), *ldif = tcase_create("ldif");

        tcase_add_checked_fixture(repairs, set_up, tear_down);
        tcase_add_test(repairs, every_rule_with_a_proposal_exists);
        tcase_add_test(repairs, nothing_is_proposed_for_what_is_right);
        tcase_add_test(repairs, a_wrong_sign_in_name_becomes_the_primary_address);
        tcase_add_test(repairs, what_somebody_else_holds_is_not_given);
        tcase_add_test(repairs, a_sign_in_name_is_not_put_at_a_domain_that_is_not_verified);
        tcase_add_test(repairs, what_the_filter_leaves_out_is_left_alone);
        tcase_add_test(repairs, the_primary_address_stays_the_primary_one);
        tcase_add_test(repairs, the_address_that_mail_names_becomes_the_primary_one);
        tcase_add_test(repairs, which_of_two_is_primary_without_mail_is_a_decision);
        tcase_add_test(repairs, of_several_primaries_mail_says_which);
        tcase_add_test(repairs, an_address_without_type_gets_one_or_goes);
        tcase_add_test(repairs, slips_of_the_blank_key_are_taken_back_but_no_name_is_invented);
        tcase_add_test(repairs, what_a_repair_opens_is_repaired_with_it);
        tcase_add_test(repairs, a_nickname_loses_what_the_cloud_replaces);
        tcase_add_test(repairs, a_nickname_with_an_accent_is_its_owners);
        tcase_add_test(repairs, a_remote_mailbox_gets_the_routing_address_it_has);
        tcase_add_test(repairs, the_result_has_what_the_edits_say);
        suite_add_tcase(suite, repairs);

        tcase_add_loop_test(ldif, values_are_written_as_rfc_2849_wants_them, 0,
                            (int)(sizeof(lines) / sizeof(lines[0])));
        tcase_add_test(ldif, no_comment_ends_before_its_line_does);
        suite_add_tcase(suite, ldif);
        return suite;
}
