/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "lib/core/tenant.h"
#include "tests/unit/check-main.h"

static DomainStanding standing(char *initial, char **verified, const char *domain)
{
        Tenant tenant;

        tenant_init(&tenant);
        tenant.initial_domain = initial;
        tenant.verified_domains = verified;
        return tenant_domain_standing(&tenant, SLICE(domain));
}

static char initial[] = "contoso.onmicrosoft.com";
static char first[] = "contoso.com", second[] = "xn--mnchen-3ya.de",
            third[] = "other.onmicrosoft.com";
static char *verified[] = { first, second, third, NULL };

START_TEST(what_is_not_configured_says_so)
{
        Tenant tenant;

        tenant_init(&tenant);
        ck_assert_ptr_null(tenant.verified_domains);
        ck_assert_int_eq(tenant.login_attribute, ATTRIBUTE_USER_PRINCIPAL_NAME);
        ck_assert_int_eq(tenant.source_anchor, ATTRIBUTE_MS_DS_CONSISTENCY_GUID);
        ck_assert_int_eq(tenant.user_match, USER_MATCH_NONE);
        ck_assert(!tenant.user_match_is_set && !tenant.source_anchor_is_set);
        ck_assert_int_eq(tenant.password_hash_sync, -1);
        ck_assert_uint_eq(tenant.member_limit, 250000);
        ck_assert_uint_eq(tenant.deletion_threshold, 500);
        ck_assert_int_eq(standing(NULL, NULL, "contoso.com"), DOMAIN_UNKNOWN);
        ck_assert_int_eq(standing(initial, NULL, "contoso.com"), DOMAIN_UNKNOWN);
        tenant_done(&tenant);
}
END_TEST

START_TEST(the_initial_domain_and_its_mail_form_are_verified_without_a_list)
{
        ck_assert_int_eq(standing(initial, NULL, "Contoso.OnMicrosoft.com"), DOMAIN_VERIFIED);
        ck_assert_int_eq(standing(initial, NULL, "contoso.mail.onmicrosoft.com"), DOMAIN_VERIFIED);
        ck_assert_int_eq(standing(initial, NULL, "contoso.mail.onmicrosoft.com."), DOMAIN_VERIFIED);
        ck_assert_int_eq(standing(initial, verified, "CONTOSO.MAIL.onmicrosoft.com"),
                         DOMAIN_VERIFIED);
        ck_assert_int_eq(standing(NULL, verified, "other.mail.onmicrosoft.com"), DOMAIN_VERIFIED);
}
END_TEST

START_TEST(other_tenants_and_mail_forms_of_ordinary_domains_are_not)
{
        ck_assert_int_eq(standing(initial, verified, "fabrikam.onmicrosoft.com"),
                         DOMAIN_UNVERIFIED);
        ck_assert_int_eq(standing(initial, verified, "fabrikam.mail.onmicrosoft.com"),
                         DOMAIN_UNVERIFIED);
        ck_assert_int_eq(standing(initial, verified, "contoso.mail.com"), DOMAIN_UNVERIFIED);
        ck_assert_int_eq(standing(initial, verified, "contoso.mailonmicrosoft.com"),
                         DOMAIN_UNVERIFIED);
        ck_assert_int_eq(standing(initial, verified, "contoso.mail"), DOMAIN_UNVERIFIED);
        ck_assert_int_eq(standing(initial, verified, ""), DOMAIN_UNVERIFIED);
}
END_TEST

START_TEST(listed_domains_are_verified_and_what_is_below_them_is_said_apart)
{
        ck_assert_int_eq(standing(initial, verified, "CONTOSO.com"), DOMAIN_VERIFIED);
        ck_assert_int_eq(standing(initial, verified, "XN--mnchen-3ya.de"), DOMAIN_VERIFIED);
        ck_assert_int_eq(standing(initial, verified, "emea.contoso.com"), DOMAIN_SUB_OF_VERIFIED);
        ck_assert_int_eq(standing(initial, verified, "notcontoso.com"), DOMAIN_UNVERIFIED);
        ck_assert_int_eq(standing(initial, verified, "com"), DOMAIN_UNVERIFIED);
}
END_TEST

START_TEST(a_tenant_owns_its_strings)
{
        Tenant tenant;

        tenant_init(&tenant);
        tenant.initial_domain = strdup(initial);
        tenant.routing_domain = strdup("contoso.mail.onmicrosoft.com");
        tenant.connector_build = strdup("2.4.18.0");
        tenant.group_filter = strdup("CN=Pilot,DC=corp,DC=example");
        tenant.connector_account = strdup("MSOL_0123456789ab");
        tenant.verified_domains = calloc(3, sizeof(*tenant.verified_domains));
        ck_assert_ptr_nonnull(tenant.verified_domains);
        tenant.verified_domains[0] = strdup(first);
        tenant.verified_domains[1] = strdup(second);
        tenant_done(&tenant);
        ck_assert_ptr_null(tenant.initial_domain);
        tenant_done(&tenant);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("tenant");
        TCase *tcase = tcase_create("tenant");

        tcase_add_test(tcase, what_is_not_configured_says_so);
        tcase_add_test(tcase, the_initial_domain_and_its_mail_form_are_verified_without_a_list);
        tcase_add_test(tcase, other_tenants_and_mail_forms_of_ordinary_domains_are_not);
        tcase_add_test(tcase, listed_domains_are_verified_and_what_is_below_them_is_said_apart);
        tcase_add_test(tcase, a_tenant_owns_its_strings);
        suite_add_tcase(suite, tcase);
        return suite;
}
