/* SPDX-License-Identifier: MIT */
#include "tests/unit/check-main.h"

#include <errno.h>
#include <string.h>

#include "lib/core/netlogon.h"
#include "lib/core/util.h"

/* What Samba 4.17 answers: forest and domain lab.example, server dc31, in the site that every forest begins with. */
static const uint8_t answer[] = {
        0x17, 0x00, 0x00, 0x00, 0xbd, 0x11, 0x00, 0x00, 0x1f, 0xd1, 0xd1, 0x8d, 0x25, 0xd7,
        0x1c, 0x45, 0xa6, 0xea, 0xb1, 0x0b, 0x05, 0x67, 0x08, 0xe1, 0x03, 'l',  'a',  'b',
        0x07, 'e',  'x',  'a',  'm',  'p',  'l',  'e',  0x00, 0xc0, 0x18, 0x04, 'd',  'c',
        '3',  '1',  0xc0, 0x18, 0x03, 'L',  'A',  'B',  0x00, 0x04, 'D',  'C',  '3',  '1',
        0x00, 0x00, 0x17, 'D',  'e',  'f',  'a',  'u',  'l',  't',  '-',  'F',  'i',  'r',
        's',  't',  '-',  'S',  'i',  't',  'e',  '-',  'N',  'a',  'm',  'e',  0x00, 0xc0,
        0x3a, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
};

START_TEST(an_answer_tells_domain_host_and_both_sites)
{
        Netlogon netlogon;

        ck_assert_int_eq(netlogon_parse(answer, sizeof(answer), &netlogon), 0);
        ck_assert_str_eq(netlogon.dns_domain, "lab.example");
        ck_assert_str_eq(netlogon.dns_host, "dc31.lab.example");
        ck_assert_str_eq(netlogon.dc_site, "Default-First-Site-Name");
        ck_assert_str_eq(netlogon.client_site, "Default-First-Site-Name");
        ck_assert_uint_eq(netlogon.flags, 0x11bd);
        ck_assert(netlogon.flags & NETLOGON_IS_WRITABLE);
}
END_TEST

START_TEST(an_answer_that_is_cut_off_is_refused)
{
        Netlogon netlogon = { .flags = 4711 };

        /* What follows the last name is the version, which nobody needs. */
        for (size_t size = 0; size < sizeof(answer) - 8; size++)
                ck_assert_int_eq(netlogon_parse(answer, size, &netlogon), -EBADMSG);
        ck_assert_uint_eq(netlogon.flags, 4711);
}
END_TEST

/* The answer with something else from a position on. */
static int parse_with(size_t position, const void *data, size_t size, Netlogon *ret)
{
        uint8_t copy[sizeof(answer)];

        memcpy(copy, answer, sizeof(answer));
        memcpy(copy + position, data, size);
        return netlogon_parse(copy, sizeof(copy), ret);
}

START_TEST(other_kinds_of_answers_are_told_apart)
{
        Netlogon netlogon;

        ck_assert_int_eq(parse_with(0, "\x19", 1, &netlogon),
                         0); /* the user that was not named is not known */
        ck_assert_int_eq(parse_with(0, "\x18", 1, &netlogon), -EAGAIN);
        ck_assert_int_eq(parse_with(0, "\x13", 1, &netlogon), -EBADMSG);
}
END_TEST

START_TEST(a_pointer_leads_back_or_nowhere)
{
        Netlogon netlogon;

        ck_assert_int_eq(parse_with(37, "\xc0\x25", 2, &netlogon), -EBADMSG); /* to itself */
        ck_assert_int_eq(parse_with(37, "\xc0\x26", 2, &netlogon), -EBADMSG); /* forward */
        ck_assert_int_eq(parse_with(37, "\xff\xff", 2, &netlogon), -EBADMSG);
        ck_assert_int_eq(parse_with(37, "\x80\x18", 2, &netlogon), -EBADMSG); /* a reserved form */
        ck_assert_int_eq(parse_with(36, "\xc0\x18\xc0\x18", 4, &netlogon),
                         -EBADMSG); /* a loop over two */
}
END_TEST

START_TEST(a_name_that_cannot_be_asked_for_is_left_empty)
{
        Netlogon netlogon;

        ck_assert_int_eq(parse_with(60, "\n", 1, &netlogon), 0);
        ck_assert_str_eq(netlogon.dc_site, "");
        ck_assert_str_eq(netlogon.client_site, "");
        ck_assert_str_eq(netlogon.dns_host, "dc31.lab.example");
        ck_assert_int_eq(parse_with(60, "\0", 1, &netlogon), 0);
        ck_assert_str_eq(netlogon.client_site, "");
        ck_assert_int_eq(parse_with(47, "&", 1, &netlogon), 0); /* a NetBIOS name may have that */
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("netlogon");
        TCase *c = tcase_create("netlogon");

        tcase_add_test(c, an_answer_tells_domain_host_and_both_sites);
        tcase_add_test(c, an_answer_that_is_cut_off_is_refused);
        tcase_add_test(c, other_kinds_of_answers_are_told_apart);
        tcase_add_test(c, a_pointer_leads_back_or_nowhere);
        tcase_add_test(c, a_name_that_cannot_be_asked_for_is_left_empty);
        suite_add_tcase(suite, c);
        return suite;
}
