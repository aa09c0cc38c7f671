/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "lib/core/grant.h"
#include "tests/unit/check-main.h"

static const struct {
        const char *principal, *bind_dn, *account;
} accounts[] = {
        { "svc-scand@CORP.EXAMPLE", NULL, "svc-scand@CORP.EXAMPLE" },
        { NULL, "svc-scand@corp.example", "svc-scand@corp.example" },
        { NULL, "CORP\\svc-scand", "CORP\\svc-scand" },
        { NULL, "CN=svc@scand,DC=corp,DC=example", "ACCOUNT" },
        { NULL, NULL, "ACCOUNT" },
};

START_TEST(the_commands_can_be_pasted)
{
        const DomainConfig config = {
                .name = (char *)"corp.example",
                .principal = (char *)accounts[_i].principal,
                .bind_dn = (char *)accounts[_i].bind_dn,
        };
        _cleanup_buffer_ Buffer expected = BUFFER_INIT;
        _cleanup_free_ char *text = NULL;

        ck_assert_int_eq(
                buffer_append_format(
                        &expected,
                        "  dsacls \"CN=Deleted Objects,DC=corp,DC=example\" /takeownership\n"
                        "  dsacls \"CN=Deleted Objects,DC=corp,DC=example\" /g %s:LCRP",
                        accounts[_i].account),
                0);
        ck_assert_int_eq(grant_format(&config, "  ", &text), 0);
        ck_assert_str_eq(text, buffer_string(&expected));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("grant");
        TCase *test = tcase_create("grant");

        tcase_add_loop_test(test, the_commands_can_be_pasted, 0, ARRAY_SIZE(accounts));
        suite_add_tcase(suite, test);
        return suite;
}
