/* SPDX-License-Identifier: MIT */

/* What the documented rows (test-predict-documented.c) leave open, and what must be said of it. */

#include "lib/core/predict.h"

#include <stdarg.h>
#include <string.h>

#include "lib/core/address.h"
#include "tests/unit/check-main.h"

static char initial[] = "contoso.onmicrosoft.com";
static char contoso[] = "contoso.com", emea[] = "emea.contoso.com";
static char *verified[] = { contoso, emea, NULL };

static Tenant tenant;
static Prediction prediction;
static Object *object;

static void set_up(void)
{
        tenant_init(&tenant);
        tenant.initial_domain = initial;
        tenant.verified_domains = verified;
        prediction = (Prediction){};
        object = NULL;
}

static void tear_down(void)
{
        prediction_done(&prediction);
        object = object_free(object);
}

/* Class, then attribute and value in turn, ended by 0. */
static void make(const char *class, ...)
{
        va_list arguments;
        unsigned attribute;

        object = object_free(object);
        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_set_dn(object, "CN=x,DC=corp,DC=example,DC=com", 30), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, class), 0);

        va_start(arguments, class);
        while ((attribute = va_arg(arguments, unsigned)) != 0)
                ck_assert_int_eq(object_add_string(object, (AttributeId)attribute,
                                                   va_arg(arguments, const char *)),
                                 0);
        va_end(arguments);

        ck_assert_int_eq(object_seal(object), 0);
}

#define UPN      ATTRIBUTE_USER_PRINCIPAL_NAME
#define PROXY    ATTRIBUTE_PROXY_ADDRESSES
#define MAIL     ATTRIBUTE_MAIL
#define NICKNAME ATTRIBUTE_MAIL_NICKNAME
#define ACCOUNT  ATTRIBUTE_SAM_ACCOUNT_NAME
#define GROUP    ATTRIBUTE_GROUP_TYPE

static void foresee_with(const PredictContext *context)
{
        ck_assert_int_eq(predict(context, object, &prediction), 0);
}

static void foresee(bool is_licensed)
{
        foresee_with(&(PredictContext){
                .tenant = &tenant, .domain = "corp.example.com", .is_licensed = is_licensed });
}

static void assert_slice(Slice slice, const char *expected)
{
        ck_assert_msg(slice_equal(slice, SLICE(expected)), "\"%.*s\" is not \"%s\"",
                      (int)slice.size, slice.data ? (const char *)slice.data : "", expected);
}

static bool has_secondary(const char *address)
{
        for (size_t i = 0; i < prediction.n_secondary; i++)
                if (slice_equal(prediction.secondary[i], SLICE(address)))
                        return true;
        return false;
}

static const char *dropped(const char *value)
{
        for (size_t i = 0; i < prediction.n_dropped; i++)
                if (slice_equal(prediction.dropped[i].value, SLICE(value)))
                        return prediction.dropped[i].reason;
        return NULL;
}

static bool notes(const char *part)
{
        for (size_t i = 0; i < prediction.n_notes; i++)
                if (strstr(prediction.notes[i], part))
                        return true;
        return false;
}

/* ------------------------------------------------------------------ user principal name and nickname */

START_TEST(an_absent_user_principal_name_is_made_of_account_and_domain)
{
        static char corp[] = "corp.example.com";

        tenant.verified_domains = (char *[]){ corp, NULL };
        make("user", ACCOUNT, "anna", 0);
        foresee(true);
        assert_slice(prediction.user_principal_name, "anna@corp.example.com");
        assert_slice(prediction.mail_nickname, "anna");
        assert_slice(prediction.primary, "anna@corp.example.com");
        ck_assert(notes("the connector makes it anna@corp.example.com"));
}
END_TEST

START_TEST(a_name_at_an_unverified_domain_becomes_nickname_at_initial_domain)
{
        make("user", UPN, "anna@corp.local", NICKNAME, "aberg", 0);
        foresee(true);
        assert_slice(prediction.user_principal_name, "aberg@contoso.onmicrosoft.com");
        assert_slice(prediction.primary, "aberg@contoso.onmicrosoft.com");
        ck_assert_uint_eq(prediction.n_secondary, 0);
        ck_assert(notes("corp.local is not a verified domain"));
}
END_TEST

START_TEST(a_domain_below_a_verified_one_must_be_verified_itself)
{
        make("user", UPN, "anna@lab.contoso.com", 0);
        foresee(true);
        assert_slice(prediction.user_principal_name, "anna@contoso.onmicrosoft.com");
        ck_assert(notes("although it is below one"));

        make("user", UPN, "anna@EMEA.contoso.com", 0);
        foresee(true);
        assert_slice(prediction.user_principal_name, "anna@EMEA.contoso.com");
        ck_assert_uint_eq(prediction.n_notes, 0);
}
END_TEST

START_TEST(white_space_in_a_name_replaces_it_and_other_faults_may_refuse_it)
{
        make("user", UPN, "anna berg@contoso.com", NICKNAME, "aberg", 0);
        foresee(false);
        assert_slice(prediction.user_principal_name, "aberg@contoso.onmicrosoft.com");
        ck_assert(!notes("may refuse"));

        make("user", UPN, "anna+x@contoso.com", NICKNAME, "aberg", 0);
        foresee(false);
        assert_slice(prediction.user_principal_name, "aberg@contoso.onmicrosoft.com");
        ck_assert(notes("may refuse"));
}
END_TEST

START_TEST(an_apostrophe_is_no_fault)
{
        make("user", UPN, "o'neil@contoso.com", 0);
        foresee(true);
        assert_slice(prediction.user_principal_name, "o'neil@contoso.com");
        assert_slice(prediction.primary, "o'neil@contoso.com");
        ck_assert_uint_eq(prediction.n_notes, 0);
}
END_TEST

START_TEST(a_nickname_that_makes_no_name_is_told)
{
        make("user", UPN, "anna@corp.local", NICKNAME, "a&b", 0);
        foresee(false);
        ck_assert(notes("The nickname holds what"));
}
END_TEST

START_TEST(a_replaced_name_is_kept_until_the_name_or_the_domains_change)
{
        PredictState before = {
                .login = SLICE("anna@corp.local"),
                .user_principal_name = SLICE("old@contoso.onmicrosoft.com"),
                .mail_nickname = SLICE("old"),
        };
        PredictContext context = { .tenant = &tenant, .domain = "corp.local", .previous = &before };

        make("user", UPN, "anna@corp.local", NICKNAME, "new", 0);
        foresee_with(&context);
        assert_slice(prediction.user_principal_name, "old@contoso.onmicrosoft.com");
        assert_slice(prediction.mail_nickname, "new");

        before.user_principal_name = before.login; /* its domain was verified then */
        foresee_with(&context);
        assert_slice(prediction.user_principal_name, "new@contoso.onmicrosoft.com");
}
END_TEST

START_TEST(login_attribute_stands_in_and_nothing_is_made_up_for_it)
{
        tenant.login_attribute = MAIL;
        make("user", UPN, "anna@corp.local", ACCOUNT, "anna", MAIL, "anna.berg@contoso.com", 0);
        foresee(true);
        assert_slice(prediction.user_principal_name, "anna.berg@contoso.com");

        make("user", UPN, "anna@corp.local", ACCOUNT, "anna", 0);
        foresee(true);
        assert_slice(prediction.user_principal_name, "");
        ck_assert(notes("LoginAttribute= names mail"));
}
END_TEST

START_TEST(without_a_list_domains_of_the_internet_are_taken_for_verified)
{
        tenant.verified_domains = NULL;
        make("user", UPN, "anna@fabrikam.com", PROXY, "SMTP:anna@contoso.com", PROXY,
             "smtp:anna@corp.local", 0);
        foresee(true);
        assert_slice(prediction.user_principal_name, "anna@fabrikam.com");
        assert_slice(prediction.primary, "anna@contoso.com");
        ck_assert_ptr_nonnull(dropped("smtp:anna@corp.local"));
        ck_assert_uint_eq(prediction.n_notes, 1);
        ck_assert(notes("VerifiedDomain= is not set"));
}
END_TEST

START_TEST(without_the_initial_domain_nothing_is_invented)
{
        tenant.initial_domain = NULL;
        make("user", UPN, "anna@corp.local", PROXY, "smtp:anna@contoso.com", 0);
        foresee(true);
        assert_slice(prediction.user_principal_name, "");
        assert_slice(prediction.primary, "");
        ck_assert(notes("InitialDomain= is not set"));

        make("user", UPN, "anna@contoso.com", PROXY, "SMTP:anna@contoso.com", 0);
        foresee(false);
        ck_assert_uint_eq(prediction.n_notes, 0);
}
END_TEST

START_TEST(a_taken_nickname_gets_digits_that_nobody_knows)
{
        make("user", UPN, "anna@contoso.com", NICKNAME, "info", 0);
        foresee_with(&(PredictContext){
                .tenant = &tenant, .is_licensed = true, .is_moera_taken = true });
        assert_slice(prediction.mail_nickname, "info");
        ck_assert(has_secondary("info####@contoso.onmicrosoft.com"));
        ck_assert(notes("four random digits"));
        ck_assert_uint_eq(prediction.n_notes, 1);
}
END_TEST

START_TEST(a_name_that_must_be_replaced_by_a_taken_one_gets_them_too)
{
        make("user", UPN, "anna@corp.local", NICKNAME, "info", 0);
        foresee_with(&(PredictContext){
                .tenant = &tenant, .is_licensed = true, .is_moera_taken = true });
        assert_slice(prediction.user_principal_name, "info####@contoso.onmicrosoft.com");
        assert_slice(prediction.primary, "info####@contoso.onmicrosoft.com");
        ck_assert_uint_eq(prediction.n_secondary, 0);
        ck_assert_uint_eq(prediction.n_notes, 2);
}
END_TEST

/* ------------------------------------------------------------------ addresses */

START_TEST(each_address_that_is_dropped_says_why)
{
        static const struct {
                const char *value, *reason;
        } cases[] = {
                { "anna@contoso.com", "no type" },
                { "X400:c=de;a= ;p=corp;s=anna", "X400 is a type" },
                { "MSMAIL:corp/anna", "MSMAIL is a type" },
                { "smtp:an na@contoso.com", "holds a space" },
                { "smtp:anna@@contoso.com", "more than one @" },
                { "smtp:anna.contoso.com", "no @" },
                { "smtp:anna.@contoso.com", "a dot too many" },
                { "smtp:anna@con_toso.com", "invalid domain" },
                { "smtp:müller@contoso.com", "not ASCII" },
                { "smtp:x@fabrikam.onmicrosoft.com", "only Microsoft" },
                { "smtp:x@contoso.microsoftonline.com", "only Microsoft" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                make("user", UPN, "anna@contoso.com", PROXY, "SMTP:anna@contoso.com", PROXY,
                     cases[i].value, 0);
                foresee(false);
                ck_assert_uint_eq(prediction.n_dropped, 1);
                ck_assert_int_eq(prediction.dropped[0].attribute, PROXY);
                ck_assert_ptr_nonnull(dropped(cases[i].value));
                ck_assert_msg(strstr(dropped(cases[i].value), cases[i].reason), "%s: %s",
                              cases[i].value, dropped(cases[i].value));
                assert_slice(prediction.primary, "anna@contoso.com");
                ck_assert_uint_eq(prediction.n_secondary, 0);
        }
}
END_TEST

START_TEST(unverified_domains_cost_an_address_only_under_a_licence)
{
        make("user", UPN, "anna@contoso.com", NICKNAME, "anna", PROXY, "SMTP:anna@fabrikam.com",
             PROXY, "smtp:a@contoso.com", 0);
        foresee(false);
        assert_slice(prediction.primary, "anna@fabrikam.com");
        ck_assert_uint_eq(prediction.n_dropped, 0);

        foresee(true);
        assert_slice(prediction.primary, "anna@contoso.onmicrosoft.com");
        ck_assert_str_eq(dropped("SMTP:anna@fabrikam.com"),
                         "fabrikam.com is not a verified domain of the tenant");
        ck_assert(has_secondary("a@contoso.com"));
        ck_assert(has_secondary("anna@contoso.com"));
        ck_assert_uint_eq(prediction.n_secondary, 2);
}
END_TEST

START_TEST(the_routing_address_stays)
{
        make("user", UPN, "anna@contoso.com", PROXY, "SMTP:anna@contoso.com", PROXY,
             "smtp:anna@contoso.mail.onmicrosoft.com", 0);
        foresee(true);
        ck_assert(has_secondary("anna@contoso.mail.onmicrosoft.com"));
        ck_assert_uint_eq(prediction.n_dropped, 0);
}
END_TEST

START_TEST(a_dropped_address_that_is_made_anew_says_so)
{
        make("user", UPN, "anna@contoso.com", PROXY, "SMTP:anna@contoso.com", PROXY,
             "smtp:Anna@contoso.onmicrosoft.com", 0);
        foresee(true);
        ck_assert_ptr_nonnull(
                strstr(dropped("smtp:Anna@contoso.onmicrosoft.com"), "will give this one"));
        ck_assert(has_secondary("anna@contoso.onmicrosoft.com"));

        foresee(false);
        ck_assert_ptr_null(
                strstr(dropped("smtp:Anna@contoso.onmicrosoft.com"), "will give this one"));
}
END_TEST

START_TEST(values_are_trimmed_and_equal_ones_arrive_once)
{
        make("user", UPN, "anna@contoso.com", PROXY, " smtp:a@contoso.com ", PROXY,
             "SMTP:A@contoso.com", PROXY, "smtp:b@contoso.com", PROXY, "smtp:b@contoso.com ", 0);
        foresee(false);
        assert_slice(prediction.primary, "A@contoso.com");
        ck_assert_uint_eq(prediction.n_secondary, 1);
        ck_assert(has_secondary("b@contoso.com"));
        ck_assert_ptr_nonnull(strstr(dropped(" smtp:a@contoso.com "), "there twice"));
        ck_assert_ptr_nonnull(strstr(dropped("smtp:b@contoso.com "), "there twice"));
}
END_TEST

START_TEST(other_types_pass_with_their_prefix)
{
        make("user", UPN, "anna@contoso.com", PROXY, "X500:/o=Old/cn=anna", PROXY,
             "sip:anna@corp.local", PROXY, "EUM:1234;phone-context=x", PROXY,
             "x500:/o=Old/cn=anna ", MAIL, "anna@contoso.com", 0);
        foresee(true);
        ck_assert_uint_eq(prediction.n_others, 3);
        assert_slice(prediction.others[0], "X500:/o=Old/cn=anna");
        assert_slice(prediction.others[1], "sip:anna@corp.local");
        assert_slice(prediction.others[2], "EUM:1234;phone-context=x");
        ck_assert_ptr_nonnull(dropped("x500:/o=Old/cn=anna "));
        /* They are no SMTP addresses, so mail still counts. */
        assert_slice(prediction.primary, "anna@contoso.com");
}
END_TEST

START_TEST(smtp_values_mask_mail_even_where_none_of_them_arrives)
{
        make("user", UPN, "anna@contoso.com", NICKNAME, "anna", MAIL, "other@contoso.com", PROXY,
             "SMTP:anna@fabrikam.onmicrosoft.com", 0);
        foresee(true);
        assert_slice(prediction.primary, "anna@contoso.onmicrosoft.com");
        ck_assert_ptr_nonnull(strstr(dropped("other@contoso.com"), "none of them"));

        foresee(false);
        assert_slice(prediction.primary, "");
}
END_TEST

START_TEST(mail_that_is_no_address_masks_the_user_principal_name_all_the_same)
{
        make("user", UPN, "anna@contoso.com", MAIL, "n/a", 0);
        foresee(true);
        assert_slice(prediction.primary, "n/a@contoso.onmicrosoft.com");
        ck_assert_str_eq(dropped("n/a"), "it has no @");
        ck_assert_int_eq(prediction.dropped[0].attribute, MAIL);
}
END_TEST

START_TEST(of_several_primaries_one_is_chosen_whatever_their_order)
{
        make("user", UPN, "anna@contoso.com", PROXY, "SMTP:b@contoso.com", PROXY,
             "SMTP:a@contoso.com", 0);
        foresee(false);
        assert_slice(prediction.primary, "a@contoso.com");
        ck_assert(has_secondary("b@contoso.com"));
        ck_assert(notes("Several values begin with SMTP:"));

        make("user", UPN, "anna@contoso.com", PROXY, "SMTP:a@contoso.com", PROXY,
             "SMTP:b@contoso.com", 0);
        foresee(false);
        assert_slice(prediction.primary, "a@contoso.com");
}
END_TEST

START_TEST(a_value_that_is_no_text_is_dropped_and_shown_escaped)
{
        make("user", UPN, "anna@contoso.com", PROXY, "smtp:a\xff@contoso.com", PROXY,
             "smtp:x@cont\xffoso.com", 0);
        foresee(true);
        ck_assert_uint_eq(prediction.n_dropped, 2);
        for (size_t i = 0; i < 2; i++)
                ck_assert(text_is_utf8(prediction.dropped[i].reason,
                                       strlen(prediction.dropped[i].reason)));

        make("user", UPN, "an\xffna@contoso.com", NICKNAME, "anna", 0);
        foresee(true);
        ck_assert(notes("an\\xFFna@contoso.com"));
}
END_TEST

START_TEST(nothing_is_lost_and_nothing_is_doubled)
{
        uint64_t state = test_seed();

        for (int round = 0; round < 200; round++) {
                static const char *const values[] = {
                        "SMTP:a@contoso.com",
                        "smtp:a@contoso.com",
                        "smtp:b@corp.local",
                        "SMTP:b@emea.contoso.com",
                        "smtp:c",
                        " smtp:d@contoso.com",
                        "smtp:d@contoso.com",
                        "X500:/o=x",
                        "sip:a@contoso.com",
                        "e@contoso.com",
                        "smtp:f@x.onmicrosoft.com",
                        "smtp:upn@contoso.com",
                };
                size_t n = 0, n_smtp = 0;

                object = object_free(object);
                ck_assert_int_eq(object_new(&object), 0);
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user"), 0);
                ck_assert_int_eq(object_add_string(object, UPN, "upn@contoso.com"), 0);
                for (size_t i = 0; i < ARRAY_SIZE(values); i++)
                        if (test_random(&state) % 2 == 0) {
                                ck_assert_int_eq(object_add_string(object, PROXY, values[i]), 0);
                                n++;
                        }
                ck_assert_int_eq(object_seal(object), 0);
                foresee(round % 2 == 0);

                for (size_t i = 0; i < prediction.n_secondary; i++) {
                        ck_assert(!slice_equal(prediction.secondary[i], prediction.primary));
                        for (size_t k = 0; k < i; k++)
                                ck_assert(!slice_equal(prediction.secondary[i],
                                                       prediction.secondary[k]));
                }

                /* What the cloud added by itself is not AD's. */
                for (size_t i = 0; i <= prediction.n_secondary; i++) {
                        Slice address = i < prediction.n_secondary ? prediction.secondary[i]
                                                                   : prediction.primary;
                        const Value *proxies;
                        size_t n_proxies;
                        bool is_own = false;

                        proxies = object_values(object, PROXY, &n_proxies);
                        for (size_t k = 0; k < n_proxies; k++)
                                is_own |= slice_equal(address, address_parse_proxy(proxies[k].data,
                                                                                   proxies[k].size)
                                                                       .address);
                        n_smtp += address.size > 0 && is_own;
                }
                ck_assert_uint_eq(n, n_smtp + prediction.n_others + prediction.n_dropped);
        }
}
END_TEST

/* ------------------------------------------------------------------ contacts and groups */

START_TEST(a_contact_keeps_foreign_addresses_and_gets_none_of_its_own)
{
        make("contact", ATTRIBUTE_CN, "Out There", MAIL, "out@fabrikam.com", PROXY,
             "SMTP:out@fabrikam.com", 0);
        for (int licensed = 0; licensed < 2; licensed++) {
                foresee(licensed);
                assert_slice(prediction.primary, "out@fabrikam.com");
                assert_slice(prediction.mail_nickname, "Out There");
                assert_slice(prediction.user_principal_name, "");
                ck_assert_uint_eq(prediction.n_secondary, 0);
                ck_assert_uint_eq(prediction.n_dropped, 0);
                ck_assert(notes("for a contact it is taken to be the same"));
        }
}
END_TEST

START_TEST(a_mail_enabled_group_is_a_recipient_without_licence)
{
        make("group", GROUP, "8", NICKNAME, "info", PROXY, "SMTP:info@contoso.com", 0);
        for (int licensed = 0; licensed < 2; licensed++) {
                foresee(licensed);
                assert_slice(prediction.primary, "info@contoso.com");
                ck_assert_uint_eq(prediction.n_secondary, 1);
                ck_assert(has_secondary("info@contoso.onmicrosoft.com"));
        }
}
END_TEST

START_TEST(a_group_whose_mail_is_removed_keeps_its_own_address)
{
        PredictState before = { .mail_nickname = SLICE("info"),
                                .moera = SLICE("info@contoso.onmicrosoft.com") };

        make("group", GROUP, "-2147483646", 0);
        foresee_with(&(PredictContext){ .tenant = &tenant, .previous = &before });
        assert_slice(prediction.primary, "info@contoso.onmicrosoft.com");
        assert_slice(prediction.mail_nickname, "info");
}
END_TEST

START_TEST(a_group_that_is_not_mail_enabled_loses_all_its_addresses)
{
        make("group", GROUP, "-2147483646", NICKNAME, "info", PROXY, "smtp:info@contoso.com", PROXY,
             "X500:/o=Old/cn=info", 0);
        foresee(true);
        assert_slice(prediction.primary, "");
        assert_slice(prediction.mail_nickname, "");
        ck_assert_uint_eq(prediction.n_secondary + prediction.n_others, 0);
        ck_assert_uint_eq(prediction.n_dropped, 2);
        ck_assert_ptr_nonnull(strstr(dropped("X500:/o=Old/cn=info"), "not mail-enabled"));
}
END_TEST

/* ------------------------------------------------------------------ source anchor */

static void assert_anchor(AttributeId attribute, const char *expected)
{
        _cleanup_buffer_ Buffer anchor = BUFFER_INIT;

        ck_assert_int_eq(predict_anchor_attribute(&tenant, object), attribute);
        ck_assert_int_eq(predict_anchor(&tenant, object, &anchor), 0);
        ck_assert_str_eq(buffer_string(&anchor), expected);
}

static void make_anchored(const char *class, bool is_written)
{
        static const uint8_t guid[16] = "0123456789abcdef", other[16] = "fedcba9876543210";

        object = object_free(object);
        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, class), 0);
        ck_assert_int_eq(object_add(object, ATTRIBUTE_OBJECT_GUID, guid, sizeof(guid)), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_EMPLOYEE_ID, " 4711 "), 0);
        if (is_written)
                ck_assert_int_eq(
                        object_add(object, ATTRIBUTE_MS_DS_CONSISTENCY_GUID, other, sizeof(other)),
                        0);
        ck_assert_int_eq(object_seal(object), 0);
}

START_TEST(a_user_is_anchored_by_consistency_guid_once_it_is_written)
{
        make_anchored("user", false);
        assert_anchor(ATTRIBUTE_OBJECT_GUID, "MDEyMzQ1Njc4OWFiY2RlZg==");
        make_anchored("user", true);
        assert_anchor(ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "ZmVkY2JhOTg3NjU0MzIxMA==");
        tenant.source_anchor = ATTRIBUTE_OBJECT_GUID;
        assert_anchor(ATTRIBUTE_OBJECT_GUID, "MDEyMzQ1Njc4OWFiY2RlZg==");
}
END_TEST

START_TEST(groups_and_contacts_are_anchored_by_object_guid)
{
        make_anchored("group", true);
        assert_anchor(ATTRIBUTE_OBJECT_GUID, "MDEyMzQ1Njc4OWFiY2RlZg==");
        make_anchored("contact", true);
        assert_anchor(ATTRIBUTE_OBJECT_GUID, "MDEyMzQ1Njc4OWFiY2RlZg==");
}
END_TEST

START_TEST(an_anchor_that_is_text_stays_text)
{
        tenant.source_anchor = ATTRIBUTE_EMPLOYEE_ID;
        make_anchored("user", true);
        assert_anchor(ATTRIBUTE_EMPLOYEE_ID, "4711");
}
END_TEST

START_TEST(what_has_no_anchor_shows_none)
{
        make("user", UPN, "anna@contoso.com", 0);
        assert_anchor(ATTRIBUTE_OBJECT_GUID, "");
        tenant.source_anchor = ATTRIBUTE_EMPLOYEE_ID;
        assert_anchor(ATTRIBUTE_EMPLOYEE_ID, "");
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("predict");
        TCase *tcase = tcase_create("names");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, an_absent_user_principal_name_is_made_of_account_and_domain);
        tcase_add_test(tcase, a_name_at_an_unverified_domain_becomes_nickname_at_initial_domain);
        tcase_add_test(tcase, a_domain_below_a_verified_one_must_be_verified_itself);
        tcase_add_test(tcase, white_space_in_a_name_replaces_it_and_other_faults_may_refuse_it);
        tcase_add_test(tcase, an_apostrophe_is_no_fault);
        tcase_add_test(tcase, a_nickname_that_makes_no_name_is_told);
        tcase_add_test(tcase, a_replaced_name_is_kept_until_the_name_or_the_domains_change);
        tcase_add_test(tcase, login_attribute_stands_in_and_nothing_is_made_up_for_it);
        tcase_add_test(tcase, without_a_list_domains_of_the_internet_are_taken_for_verified);
        tcase_add_test(tcase, without_the_initial_domain_nothing_is_invented);
        tcase_add_test(tcase, a_taken_nickname_gets_digits_that_nobody_knows);
        tcase_add_test(tcase, a_name_that_must_be_replaced_by_a_taken_one_gets_them_too);
        suite_add_tcase(suite, tcase);

        tcase = tcase_create("addresses");
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, each_address_that_is_dropped_says_why);
        tcase_add_test(tcase, unverified_domains_cost_an_address_only_under_a_licence);
        tcase_add_test(tcase, the_routing_address_stays);
        tcase_add_test(tcase, a_dropped_address_that_is_made_anew_says_so);
        tcase_add_test(tcase, values_are_trimmed_and_equal_ones_arrive_once);
        tcase_add_test(tcase, other_types_pass_with_their_prefix);
        tcase_add_test(tcase, smtp_values_mask_mail_even_where_none_of_them_arrives);
        tcase_add_test(tcase, mail_that_is_no_address_masks_the_user_principal_name_all_the_same);
        tcase_add_test(tcase, of_several_primaries_one_is_chosen_whatever_their_order);
        tcase_add_test(tcase, a_value_that_is_no_text_is_dropped_and_shown_escaped);
        tcase_add_test(tcase, nothing_is_lost_and_nothing_is_doubled);
        suite_add_tcase(suite, tcase);

        tcase = tcase_create("contacts and groups");
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, a_contact_keeps_foreign_addresses_and_gets_none_of_its_own);
        tcase_add_test(tcase, a_mail_enabled_group_is_a_recipient_without_licence);
        tcase_add_test(tcase, a_group_whose_mail_is_removed_keeps_its_own_address);
        tcase_add_test(tcase, a_group_that_is_not_mail_enabled_loses_all_its_addresses);
        suite_add_tcase(suite, tcase);

        tcase = tcase_create("source anchor");
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, a_user_is_anchored_by_consistency_guid_once_it_is_written);
        tcase_add_test(tcase, groups_and_contacts_are_anchored_by_object_guid);
        tcase_add_test(tcase, an_anchor_that_is_text_stays_text);
        tcase_add_test(tcase, what_has_no_anchor_shows_none);
        suite_add_tcase(suite, tcase);
        return suite;
}
