/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "lib/core/address.h"
#include "tests/unit/check-main.h"

static void assert_slice(Slice slice, const char *expected)
{
        ck_assert_uint_eq(slice.size, strlen(expected));
        if (slice.size > 0)
                ck_assert_mem_eq(slice.data, expected, slice.size);
}

static Address proxy(const char *value)
{
        return address_parse_proxy(value, strlen(value));
}

static AddressProblem check_proxy(const char *value)
{
        Address address = proxy(value);

        ck_assert_int_eq(address.type, ADDRESS_SMTP);
        return address_check_smtp(&address);
}

static unsigned check_upn(const char *upn)
{
        return upn_check(upn, strlen(upn));
}

static const char *many(char c, size_t n)
{
        static char memory[4][512];
        static unsigned next;
        char *text = memory[next++ % 4];

        memset(text, c, n);
        text[n] = '\0';
        return text;
}

/* ------------------------------------------------------------------ parsing */

START_TEST(a_proxy_address_is_taken_apart)
{
        Address address = proxy("SMTP:anna.berg@contoso.com");

        ck_assert_int_eq(address.type, ADDRESS_SMTP);
        ck_assert(address.is_primary);
        assert_slice(address.prefix, "SMTP");
        assert_slice(address.address, "anna.berg@contoso.com");
        assert_slice(address.local, "anna.berg");
        assert_slice(address.domain, "contoso.com");
}
END_TEST

static const struct {
        const char *value;
        AddressType type;
        bool is_primary;
} types[] = {
        { "smtp:a@b", ADDRESS_SMTP, false },
        { "Smtp:a@b", ADDRESS_SMTP, false },
        { "SIP:a@b", ADDRESS_SIP, true },
        { "sip:a@b", ADDRESS_SIP, false },
        { "X500:/o=Contoso/cn=a", ADDRESS_X500, true },
        { "x500:/o=Contoso/cn=a", ADDRESS_X500, false },
        { "X400:C=no;A= ;P=Contoso;", ADDRESS_LEGACY, true },
        { "MS:CONTOSO/PO1/OTTO", ADDRESS_LEGACY, true },
        { "msmail:CONTOSO/PO1/OTTO", ADDRESS_LEGACY, false },
        { "CCMAIL:Old, Otto at PO1", ADDRESS_LEGACY, true },
        { "NOTES:Otto/Contoso", ADDRESS_LEGACY, true },
        { "GWISE:a.b.c", ADDRESS_LEGACY, true },
        { "PROFS:a", ADDRESS_LEGACY, true },
        { "EUM:1234;phone-context=x", ADDRESS_OTHER, true },
        { "SPO:SPO_1234@SPO_5678", ADDRESS_OTHER, true },
        { "x400:c=no", ADDRESS_LEGACY, false },
};

START_TEST(the_type_is_told_in_any_case)
{
        Address address = proxy(types[_i].value);

        ck_assert_int_eq(address.type, types[_i].type);
        ck_assert_int_eq(address.is_primary, types[_i].is_primary);
}
END_TEST

static const char *const untyped[] = { "anna@contoso.com", "",      ":anna@contoso.com",
                                       "anna@host:25",     "a b:c", "\xff:a" };

START_TEST(values_without_a_type_have_none)
{
        Address address = proxy(untyped[_i]);

        ck_assert_int_eq(address.type, ADDRESS_NONE);
        ck_assert_uint_eq(address.prefix.size, 0);
        assert_slice(address.address, untyped[_i]);
        ck_assert_uint_eq(address.domain.size, 0);
}
END_TEST

START_TEST(both_ends_are_trimmed_but_not_behind_the_colon)
{
        Address address = proxy(" \tSMTP: anna@contoso.com\xc2\xa0\n");

        ck_assert_int_eq(address.type, ADDRESS_SMTP);
        assert_slice(address.address, " anna@contoso.com");
}
END_TEST

START_TEST(the_last_at_parts_local_and_domain)
{
        Address address = proxy("smtp:a@b@c");

        assert_slice(address.local, "a@b");
        assert_slice(address.domain, "c");
        address = proxy("smtp:nobody");
        assert_slice(address.address, "nobody");
        ck_assert_uint_eq(address.local.size + address.domain.size, 0);
        ck_assert_uint_eq(proxy("sip:a@b").domain.size, 0);
}
END_TEST

START_TEST(mail_is_an_smtp_address_without_prefix)
{
        Address address = address_parse_mail(" anna@contoso.com ", 18);

        ck_assert_int_eq(address.type, ADDRESS_SMTP);
        ck_assert_uint_eq(address.prefix.size, 0);
        assert_slice(address.address, "anna@contoso.com");
        assert_slice(address.local, "anna");
        assert_slice(address.domain, "contoso.com");
        address = address_parse_mail("smtp:anna@contoso.com", 21);
        ck_assert_int_eq(address_check_smtp(&address), ADDRESS_FORBIDDEN);
}
END_TEST

/* ------------------------------------------------------------------ SMTP */

static const char *const fine[] = {
        "SMTP:anna.berg@contoso.com",
        "smtp:miles.o'brien@contoso.com",
        "smtp:max.muster@xn--mnchen-3ya.de",
        "smtp:anna@contoso.photography",
        "smtp:a!#$%&'*+-/=?^_`{|}~z@contoso.com",
        "smtp:1@2.3",
        "smtp:a@b",
};

START_TEST(addresses_of_real_companies_are_fine)
{
        ck_assert_int_eq(check_proxy(fine[_i]), ADDRESS_OK);
}
END_TEST

static const struct {
        const char *value;
        AddressProblem problem;
} smtp_problems[] = {
        { "smtp:", ADDRESS_NO_AT },
        { "smtp:anna", ADDRESS_NO_AT },
        { "smtp:a@b@c", ADDRESS_SEVERAL_AT },
        { "smtp: prox.space2@contoso.com", ADDRESS_SPACE },
        { "smtp:a b@contoso.com", ADDRESS_SPACE },
        { "smtp:a@con\ttoso.com", ADDRESS_SPACE },
        { "smtp:a\xc2\xa0"
          "b@contoso.com",
          ADDRESS_SPACE },
        { "smtp:prox,comma@contoso.com", ADDRESS_FORBIDDEN },
        { "smtp:user:M@contoso.com", ADDRESS_FORBIDDEN },
        { "smtp:<a@contoso.com>", ADDRESS_FORBIDDEN },
        { "smtp:a(b)@contoso.com", ADDRESS_FORBIDDEN },
        { "smtp:a@[10.0.0.1]", ADDRESS_FORBIDDEN },
        { "smtp:\"a\"@contoso.com", ADDRESS_FORBIDDEN },
        { "smtp:a;b@contoso.com", ADDRESS_FORBIDDEN },
        { "smtp:prox..dotdot@contoso.com", ADDRESS_EMPTY_ATOM },
        { "smtp:.a@contoso.com", ADDRESS_EMPTY_ATOM },
        { "smtp:a.@contoso.com", ADDRESS_EMPTY_ATOM },
        { "smtp:@contoso.com", ADDRESS_EMPTY_ATOM },
        { "smtp:a@", ADDRESS_DOMAIN },
        { "smtp:a@contoso..com", ADDRESS_DOMAIN },
        { "smtp:a@contoso.com.", ADDRESS_DOMAIN },
        { "smtp:a@-contoso.com", ADDRESS_DOMAIN },
        { "smtp:a@contoso-.com", ADDRESS_DOMAIN },
        { "smtp:a@con_toso.com", ADDRESS_DOMAIN },
        { "smtp:a@contoso.c!m", ADDRESS_DOMAIN },
        { "smtp:jörg@contoso.com", ADDRESS_NON_ASCII },
        { "smtp:a@münchen.de", ADDRESS_NON_ASCII },
        { "smtp:a\xe2\x80\x8b"
          "b@contoso.com",
          ADDRESS_NON_ASCII },
        { "smtp:a\x01@contoso.com", ADDRESS_CONTROL },
        { "smtp:a\x7f@contoso.com", ADDRESS_CONTROL },
        { "smtp:j\xf6rg@contoso.com", ADDRESS_CONTROL },
        /* the certain one wins over the probable one */
        { "smtp:jörg..x@contoso.com", ADDRESS_EMPTY_ATOM },
        { "smtp:jörg@@contoso.com", ADDRESS_SEVERAL_AT },
};

START_TEST(each_problem_of_an_smtp_address_is_named)
{
        ck_assert_int_eq(check_proxy(smtp_problems[_i].value), smtp_problems[_i].problem);
}
END_TEST

START_TEST(a_label_ends_at_63)
{
        char value[512];

        snprintf(value, sizeof(value), "smtp:a@%s.com", many('b', 63));
        ck_assert_int_eq(check_proxy(value), ADDRESS_OK);
        snprintf(value, sizeof(value), "smtp:a@%s.com", many('b', 64));
        ck_assert_int_eq(check_proxy(value), ADDRESS_DOMAIN);
}
END_TEST

START_TEST(nul_in_an_address_is_no_text)
{
        Address address = address_parse_proxy("smtp:a\0b@c.de", 13);

        ck_assert_int_eq(address_check_smtp(&address), ADDRESS_CONTROL);
}
END_TEST

/* ------------------------------------------------------------------ UPN */

static const struct {
        const char *upn;
        unsigned problems;
} upn_problems[] = {
        { "anna.berg@contoso.com", UPN_OK },
        { "miles.o'brien@contoso.com", UPN_OK },
        { "a-_!#^~.Z9@emea.contoso.com", UPN_OK },
        { "anna@corp", UPN_OK },
        { "anna@my_corp.local", UPN_OK },
        { "upn space@contoso.com", UPN_WHITE_SPACE },
        { "anna@contoso.com ", UPN_WHITE_SPACE },
        { " anna@contoso.com", UPN_WHITE_SPACE },
        { "anna@contoso.com\n", UPN_WHITE_SPACE },
        { "anna\xc2\xa0@contoso.com", UPN_WHITE_SPACE },
        { "anna\xe2\x80\x8b@contoso.com", UPN_WHITE_SPACE },
        { "anna\x01@contoso.com", UPN_WHITE_SPACE },
        { "anna@con\xe2\x80\xa8toso.com", UPN_WHITE_SPACE },
        { "", UPN_NO_AT },
        { "anna", UPN_NO_AT },
        { "a@b@contoso.com", UPN_SEVERAL_AT },
        { "@contoso.com", UPN_AT_FIRST },
        { "@", UPN_AT_FIRST | UPN_DOMAIN },
        { "upn.dot.@contoso.com", UPN_DOT_BEFORE_AT },
        { "jürgen.umlaut@contoso.com", UPN_FORBIDDEN },
        { "a$b@contoso.com", UPN_FORBIDDEN },
        { "a`b@contoso.com", UPN_FORBIDDEN },
        { "a\\b@contoso.com", UPN_FORBIDDEN },
        { "a%&*+/=?{}|<>();:,[]\"b@contoso.com", UPN_FORBIDDEN },
        { "j\xfcrgen@contoso.com", UPN_FORBIDDEN },
        { "jürgen x@contoso.com", UPN_FORBIDDEN | UPN_WHITE_SPACE },
        { "anna@", UPN_DOMAIN },
        { "anna@contoso..com", UPN_DOMAIN },
        { "anna@contoso.com.", UPN_DOMAIN },
        { "anna@-contoso.com", UPN_DOMAIN },
        { "anna@con~toso.com", UPN_DOMAIN },
        { "anna@con+toso.com", UPN_DOMAIN | UPN_FORBIDDEN },
};

START_TEST(each_problem_of_a_upn_is_named)
{
        ck_assert_uint_eq(check_upn(upn_problems[_i].upn), upn_problems[_i].problems);
}
END_TEST

START_TEST(a_upn_is_too_long_by_its_parts_or_in_all)
{
        char upn[512];

        snprintf(upn, sizeof(upn), "%s@%s.com", many('a', 64), many('b', 44));
        ck_assert_uint_eq(check_upn(upn), UPN_OK);
        snprintf(upn, sizeof(upn), "%s@contoso.com", many('a', 65));
        ck_assert_uint_eq(check_upn(upn), UPN_TOO_LONG);
        snprintf(upn, sizeof(upn), "a@%s.com", many('b', 45));
        ck_assert_uint_eq(check_upn(upn), UPN_TOO_LONG);
        ck_assert_uint_eq(check_upn(many('a', 113)), UPN_NO_AT);
        ck_assert_uint_eq(check_upn(many('a', 114)), UPN_NO_AT | UPN_TOO_LONG);
}
END_TEST

START_TEST(length_is_in_characters_not_bytes)
{
        char upn[512];

        snprintf(upn, sizeof(upn), "%sü@contoso.com", many('a', 63));
        ck_assert_uint_eq(check_upn(upn), UPN_FORBIDDEN);
}
END_TEST

START_TEST(the_suffix_stands_behind_the_last_at)
{
        assert_slice(upn_suffix("a@b@contoso.com", 15), "contoso.com");
        assert_slice(upn_suffix("a@", 2), "");
        assert_slice(upn_suffix("anna", 4), "");
        assert_slice(upn_suffix("", 0), "");
}
END_TEST

START_TEST(every_problem_has_words)
{
        for (int problem = ADDRESS_OK; problem <= ADDRESS_CONTROL; problem++)
                ck_assert_uint_gt(strlen(address_problem_text((AddressProblem)problem)), 5);
        for (int problem = 1; problem <= UPN_TOO_LONG; problem *= 2)
                ck_assert_uint_gt(strlen(upn_problem_text((UpnProblem)problem)), 5);
}
END_TEST

/* ------------------------------------------------------------------ domains */

static const struct {
        const char *domain;
        bool is_public;
} publics[] = {
        { "contoso.com", true },
        { "Contoso.COM", true },
        { "emea.contoso.com", true },
        { "contoso.com.", true },
        { "contoso.co.uk", true },
        { "contoso.photography", true },
        { "xn--mnchen-3ya.de", true },
        { "münchen.de", true },
        { "MÜNCHEN.DE", true },
        { "контора.рф", true },
        { "xn--80a.xn--p1ai", true },
        { "XN--80A.XN--P1AI", true },
        { "www.ck", true },
        { "anna.github.io", true },
        { "contoso.onmicrosoft.com", true },
        { "corp.local", false },
        { "corp.internal", false },
        { "corp", false },
        { "lab.example", false },
        { "com", false },
        { "co.uk", false },
        { "", false },
        { ".", false },
        { ".com", false },
        { "a..com", false },
        { "..", false },
        { "contoso.com..", false },
        { "cont\xf6so.com", false },
};

START_TEST(a_domain_is_public_below_a_public_suffix_only)
{
        ck_assert_int_eq(domain_is_public(SLICE(publics[_i].domain)), publics[_i].is_public);
}
END_TEST

START_TEST(what_is_no_name_of_dns_is_not_public)
{
        char domain[512];

        snprintf(domain, sizeof(domain), "%s.com", many('a', 249));
        ck_assert(domain_is_public(SLICE(domain)));
        snprintf(domain, sizeof(domain), "%s.com", many('a', 250));
        ck_assert(!domain_is_public(SLICE(domain)));
        ck_assert(!domain_is_public((Slice){ (const uint8_t *)"a\0.com", 6 }));
}
END_TEST

START_TEST(the_list_has_a_name)
{
        ck_assert_uint_gt(strlen(domain_list_version()), 10);
        ck_assert_str_eq(domain_list_version(), domain_list_version());
}
END_TEST

START_TEST(domains_are_equal_whatever_their_case_and_last_dot)
{
        ck_assert(domain_equal(SLICE("Contoso.com"), SLICE("contoso.COM.")));
        ck_assert(!domain_equal(SLICE("contoso.com"), SLICE("contoso.co")));
        ck_assert(!domain_equal(SLICE("contoso.com"), SLICE("contosoxcom")));
        ck_assert(domain_equal((Slice){}, SLICE(".")));
}
END_TEST

START_TEST(below_means_by_whole_labels)
{
        ck_assert(domain_is_below(SLICE("emea.contoso.com"), SLICE("CONTOSO.com.")));
        ck_assert(!domain_is_below(SLICE("contoso.com"), SLICE("contoso.com")));
        ck_assert(!domain_is_below(SLICE("notcontoso.com"), SLICE("contoso.com")));
        ck_assert(!domain_is_below(SLICE(".contoso.com"), SLICE("contoso.com")));
        ck_assert(!domain_is_below(SLICE("a.b"), SLICE("")));
}
END_TEST

START_TEST(reserved_domains_never_sync_but_hybrid_routing_does)
{
        ck_assert(domain_is_reserved(SLICE("contoso.onmicrosoft.com")));
        ck_assert(domain_is_reserved(SLICE("Contoso.OnMicrosoft.COM.")));
        ck_assert(domain_is_reserved(SLICE("fabrikam.microsoftonline.com")));
        ck_assert(domain_is_reserved(SLICE("a.b.microsoftonline.com")));
        ck_assert(!domain_is_reserved(SLICE("contoso.mail.onmicrosoft.com")));
        ck_assert(!domain_is_reserved(SLICE("onmicrosoft.com")));
        ck_assert(!domain_is_reserved(SLICE("microsoftonline.com")));
        ck_assert(!domain_is_reserved(SLICE("notonmicrosoft.com")));
        ck_assert(!domain_is_reserved(SLICE("")));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("address");
        TCase *tcase = tcase_create("address");

        tcase_add_test(tcase, a_proxy_address_is_taken_apart);
        tcase_add_loop_test(tcase, the_type_is_told_in_any_case, 0, (int)ARRAY_SIZE(types));
        tcase_add_loop_test(tcase, values_without_a_type_have_none, 0, (int)ARRAY_SIZE(untyped));
        tcase_add_test(tcase, both_ends_are_trimmed_but_not_behind_the_colon);
        tcase_add_test(tcase, the_last_at_parts_local_and_domain);
        tcase_add_test(tcase, mail_is_an_smtp_address_without_prefix);
        tcase_add_loop_test(tcase, addresses_of_real_companies_are_fine, 0, (int)ARRAY_SIZE(fine));
        tcase_add_loop_test(tcase, each_problem_of_an_smtp_address_is_named, 0,
                            (int)ARRAY_SIZE(smtp_problems));
        tcase_add_test(tcase, a_label_ends_at_63);
        tcase_add_test(tcase, nul_in_an_address_is_no_text);
        tcase_add_loop_test(tcase, each_problem_of_a_upn_is_named, 0,
                            (int)ARRAY_SIZE(upn_problems));
        tcase_add_test(tcase, a_upn_is_too_long_by_its_parts_or_in_all);
        tcase_add_test(tcase, length_is_in_characters_not_bytes);
        tcase_add_test(tcase, the_suffix_stands_behind_the_last_at);
        tcase_add_test(tcase, every_problem_has_words);
        tcase_add_loop_test(tcase, a_domain_is_public_below_a_public_suffix_only, 0,
                            (int)ARRAY_SIZE(publics));
        tcase_add_test(tcase, what_is_no_name_of_dns_is_not_public);
        tcase_add_test(tcase, the_list_has_a_name);
        tcase_add_test(tcase, domains_are_equal_whatever_their_case_and_last_dot);
        tcase_add_test(tcase, below_means_by_whole_labels);
        tcase_add_test(tcase, reserved_domains_never_sync_but_hybrid_routing_does);
        suite_add_tcase(suite, tcase);
        return suite;
}
