/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "lib/core/target.h"
#include "tests/unit/check-main.h"

static const struct {
        const char *text, *host, *again;
        uint16_t port;
        bool is_address;
} good[] = {
        { "dc1", "dc1", "dc1", 0, false },
        { "dc1.corp.example", "dc1.corp.example", "dc1.corp.example", 0, false },
        { "dc1.corp.example.:3389", "dc1.corp.example", "dc1.corp.example:3389", 3389, false },
        { "DC_1-a", "DC_1-a", "DC_1-a", 0, false },
        { "10.example", "10.example", "10.example", 0, false },
        { "10.0.0.1", "10.0.0.1", "10.0.0.1", 0, true },
        { "10.0.0.1:636", "10.0.0.1", "10.0.0.1:636", 636, true },
        { "fd00::1", "fd00::1", "[fd00::1]", 0, true },
        { "[fd00::1]", "fd00::1", "[fd00::1]", 0, true },
        { "[fd00::1]:636", "fd00::1", "[fd00::1]:636", 636, true },
        { "[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", "[::ffff:10.0.0.1]:1", 1, true },
        { "fe80::1%eth0", "fe80::1%eth0", "[fe80::1%eth0]", 0, true },
        { "[fe80::1%eth0]:636", "fe80::1%eth0", "[fe80::1%eth0]:636", 636, true },
};

START_TEST(names_addresses_and_ports_are_told_apart)
{
        _cleanup_(target_done) Target target = TARGET_NULL;
        _cleanup_free_ char *again = NULL;

        ck_assert_int_eq(target_parse(good[_i].text, &target), 0);
        ck_assert_str_eq(target.host, good[_i].host);
        ck_assert_uint_eq(target.port, good[_i].port);
        ck_assert_int_eq(target_is_address(&target), good[_i].is_address);
        again = target_format(&target);
        ck_assert_str_eq(again, good[_i].again);
}
END_TEST

#define LABEL_63 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-abcdefghi"

static const char *const bad[] = {
        "",           ":389",       ".",          "dc1:",        "dc1:0",        "dc1:65536",
        "dc1:x",      "dc1:+1",     "dc1:1:1",    "[fd00::1",    "[fd00::1]x",   "[fd00::1]636",
        "[dc1]",      "[10.0.0.1]", "[fd00::1]:", "fd00::zz",    "10.0.0.300",   "10.0.0",
        "ldap://dc1", "dc1/../..",  "dc1 dc2",    "dc1@REALM",   ".corp",        "dc1..corp",
        "-dc1",       "dc1.-corp",  "dc1%2f",     "dc1\nattack", "d\xc3\xbc.de", LABEL_63 "x.corp",
};

START_TEST(what_is_no_server_is_refused)
{
        Target target = { .port = 7 };

        ck_assert_int_eq(target_parse(bad[_i], &target), -EINVAL);
        ck_assert_ptr_null(target.host);
        ck_assert_uint_eq(target.port, 7);
}
END_TEST

START_TEST(a_label_may_have_63_characters)
{
        _cleanup_(target_done) Target target = TARGET_NULL;

        ck_assert_int_eq(target_parse(LABEL_63 ".corp", &target), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("target");
        TCase *tcase = tcase_create("target");

        tcase_add_loop_test(tcase, names_addresses_and_ports_are_told_apart, 0, ARRAY_SIZE(good));
        tcase_add_loop_test(tcase, what_is_no_server_is_refused, 0, ARRAY_SIZE(bad));
        tcase_add_test(tcase, a_label_may_have_63_characters);
        suite_add_tcase(suite, tcase);
        return suite;
}
