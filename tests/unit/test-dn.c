/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/dn.h"
#include "tests/unit/check-main.h"

#define GUID_TEXT "2f8f5a3c-60c2-4d0e-9a1f-1a2b3c4d5e6f"

static void assert_slice(Slice slice, const char *expected)
{
        ck_assert_uint_eq(slice.size, strlen(expected));
        if (slice.size > 0)
                ck_assert_mem_eq(slice.data, expected, slice.size);
}

static const char *normalized(const char *dn, Buffer *buffer)
{
        buffer_reset(buffer);
        ck_assert_msg(dn_normalize(SLICE(dn), buffer) == 0, "no DN: %s", dn);
        return buffer_string(buffer);
}

/* ------------------------------------------------------------------ splitting */

static const struct {
        const char *dn, *rdn, *parent;
} splits[] = {
        { "CN=Anna Berg,OU=Sales,DC=corp,DC=example", "CN=Anna Berg",
          "OU=Sales,DC=corp,DC=example" },
        { "DC=example", "DC=example", "" },
        { "CN=Berg\\, Anna,OU=Sales", "CN=Berg\\, Anna", "OU=Sales" },
        { "CN=Berg\\2C Anna,OU=Sales", "CN=Berg\\2C Anna", "OU=Sales" },
        { "CN=a\\\\,OU=b", "CN=a\\\\", "OU=b" },
        { "CN=a;OU=b", "CN=a", "OU=b" },
        { "CN=\"Berg, Anna\",OU=b", "CN=\"Berg, Anna\"", "OU=b" },
        { " CN=a , OU=b ", "CN=a", "OU=b" },
        { "CN=a\\ ,OU=b", "CN=a\\ ", "OU=b" },
        { "CN=a\\\\ ,OU=b", "CN=a\\\\", "OU=b" },
        { "CN=a+OU=b,DC=c", "CN=a+OU=b", "DC=c" },
        { "CN=a\\0ACNF:" GUID_TEXT ",DC=c", "CN=a\\0ACNF:" GUID_TEXT, "DC=c" },
        { "CN=a\nDEL:" GUID_TEXT ",DC=c", "CN=a\nDEL:" GUID_TEXT, "DC=c" },
        { "2.5.4.3=a,DC=c", "2.5.4.3=a", "DC=c" },
        { "\tCN=a \n,\r\nDC=c", "CN=a", "DC=c" },
};

START_TEST(the_first_rdn_is_cut_off)
{
        Slice rdn, parent;

        ck_assert_int_eq(dn_split(SLICE(splits[_i].dn), &rdn, &parent), 0);
        assert_slice(rdn, splits[_i].rdn);
        assert_slice(parent, splits[_i].parent);
}
END_TEST

static const char *const no_names[] = {
        "cn",
        "=a",
        ",",
        "cn=a,",
        "cn=a\\",
        "cn=\"a",
        ",DC=b",
        "<GUID=11223344>",
        "cn=\"a,DC=b",
        "cn=a, ",
        "cn;lang-de=a",
        "cn=a+b",
        "cn=a+ou;x=b",
        "c_n=a",
        " ",
};

START_TEST(what_has_no_rdn_is_refused_and_changes_nothing)
{
        Slice rdn = SLICE("kept"), parent = SLICE("kept");

        ck_assert_int_eq(dn_split(SLICE(no_names[_i]), &rdn, &parent), -EBADMSG);
        assert_slice(rdn, "kept");
        assert_slice(parent, "kept");
}
END_TEST

/* ------------------------------------------------------------------ normal form */

static const struct {
        const char *a, *b;
} equals[] = {
        { "CN=Anna,DC=Corp", "cn=anna,dc=corp" },
        { "CN=Anna , DC=Corp", "CN=Anna;DC=Corp" },
        { "CN=Berg\\, Anna,DC=x", "cn=berg\\2c anna,dc=x" },
        { "CN=Müller,DC=x", "cn=muller,dc=x" },
        { "CN=M\\C3\\BCller,DC=x", "cn=müller,dc=x" },
        { "CN=a\\0ACNF:" GUID_TEXT ",DC=x", "CN=A\nCNF:" GUID_TEXT ",DC=x" },
        { "CN=a+OU=b,DC=x", "OU=B+CN=A,DC=x" },
        { "CN=\\ a\\ ,DC=x", "CN=\\20a\\20,DC=x" },
        { "CN=\\#a,DC=x", "CN=\\23A,DC=x" },
        { "CN=a\\=b,DC=x", "CN=a=b,DC=x" },
        { "CN=#04024142,DC=x", "cn=#04024142,dc=x" },
};

START_TEST(equal_names_have_one_normal_form)
{
        _cleanup_buffer_ Buffer a = BUFFER_INIT, b = BUFFER_INIT, again = BUFFER_INIT;

        ck_assert_str_eq(normalized(equals[_i].a, &a), normalized(equals[_i].b, &b));
        ck_assert_str_eq(normalized(buffer_string(&a), &again), buffer_string(&a));
        ck_assert_int_eq(dn_equal(SLICE(equals[_i].a), SLICE(equals[_i].b)), 1);
}
END_TEST

/* An escaped letter is read by libldap, a plain one by ourselves. */
START_TEST(a_plain_name_is_what_libldap_makes_of_it)
{
        _cleanup_buffer_ Buffer plain = BUFFER_INIT, escaped = BUFFER_INIT;

        for (unsigned c = 0x20; c < 0x200; c++) {
                char letter[3] = { (char)c }, a[64], b[64];

                if (c >= 0x80 && c < 0xc0)
                        continue;
                if (c >= 0x80)
                        snprintf(letter, sizeof(letter), "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
                snprintf(a, sizeof(a), "cN=Ab%sc %sd,OU=x%s,DC=Corp", letter, letter, letter);
                snprintf(b, sizeof(b), "cN=\\41b%sc %sd,OU=x%s,DC=Corp", letter, letter, letter);
                buffer_reset(&plain);
                buffer_reset(&escaped);
                ck_assert_int_eq(dn_normalize(SLICE(a), &plain), dn_normalize(SLICE(b), &escaped));
                ck_assert_msg(plain.size == escaped.size &&
                                      (plain.size == 0 ||
                                       memcmp(plain.data, escaped.data, plain.size) == 0),
                              "U+%04X: %s", c, a);
        }
}
END_TEST

static const struct {
        const char *a, *b;
} differents[] = {
        { "CN=a,DC=x", "OU=a,DC=x" },
        { "CN=a,DC=x", "CN=a,DC=y" },
        { "CN=a,DC=x", "CN=a\\,DC\\=x" },
        { "CN=a,DC=x", "CN=a\\ ,DC=x" },
        { "CN=a b,DC=x", "CN=a  b,DC=x" },
        { "CN=a+OU=b,DC=x", "CN=a,OU=b,DC=x" },
        { "CN=\\#04024142,DC=x", "CN=#04024142,DC=x" },
        { "DC=x", "" },
        { "CN=a\\\\ ,DC=x", "CN=a\\\\\\ ,DC=x" },
};

START_TEST(different_names_stay_different)
{
        ck_assert_int_eq(dn_equal(SLICE(differents[_i].a), SLICE(differents[_i].b)), 0);
}
END_TEST

START_TEST(a_normal_form_reads_like_a_name)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_str_eq(
                normalized("CN=Berg\\, Ånna  O'Neil ,OU=\\#1 \\<Sales\\>,DC=Corp", &buffer),
                "cn=berg\\2c anna  o'neil,ou=\\231 \\3csales\\3e,dc=corp");
        ck_assert_str_eq(normalized("", &buffer), "");
}
END_TEST

START_TEST(what_is_no_name_has_no_normal_form)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(buffer_append_string(&buffer, "kept"), 0);
        ck_assert_int_eq(dn_normalize(SLICE(no_names[_i]), &buffer), -EBADMSG);
        ck_assert_str_eq(buffer_string(&buffer), "kept");
        ck_assert_int_eq(dn_equal(SLICE(no_names[_i]), SLICE("DC=x")), -EBADMSG);
        ck_assert_int_eq(dn_is_within(SLICE("DC=x"), SLICE(no_names[_i])), -EBADMSG);
}
END_TEST

START_TEST(a_hexadecimal_value_without_digits_is_refused)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(dn_normalize(SLICE("CN=#"), &buffer), -EBADMSG);
        ck_assert_int_eq(dn_normalize(SLICE("CN=#,DC=x"), &buffer), -EBADMSG);
        ck_assert_int_eq(dn_normalize(SLICE("CN=#0g,DC=x"), &buffer), -EBADMSG);
}
END_TEST

START_TEST(a_name_with_nul_is_refused)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;

        ck_assert_int_eq(dn_normalize((Slice){ (const uint8_t *)"CN=a\0,DC=x", 10 }, &buffer),
                         -EBADMSG);
}
END_TEST

START_TEST(a_name_of_many_parts_is_read)
{
        _cleanup_buffer_ Buffer dn = BUFFER_INIT, normal = BUFFER_INIT;

        for (unsigned i = 0; i < 3000; i++)
                ck_assert_int_eq(
                        buffer_append_format(&dn, "%sCN=%u", i % 3 == 0 ? i ? "," : "" : "+", i),
                        0);
        ck_assert_int_eq(dn_normalize((Slice){ dn.data, dn.size }, &normal), 0);
        ck_assert_uint_eq(normal.size, dn.size);
}
END_TEST

/* ------------------------------------------------------------------ relations */

START_TEST(within_means_the_base_itself_or_below)
{
        ck_assert_int_eq(dn_is_within(SLICE("CN=a,OU=Sales,DC=x"), SLICE("ou=sales,dc=X")), 1);
        ck_assert_int_eq(dn_is_within(SLICE("OU=Sales,DC=x"), SLICE("OU=Sales,DC=x")), 1);
        ck_assert_int_eq(dn_is_within(SLICE("DC=x"), SLICE("OU=Sales,DC=x")), 0);
        ck_assert_int_eq(dn_is_within(SLICE("CN=a,OU=Presales,DC=x"), SLICE("OU=sales,DC=x")), 0);
        ck_assert_int_eq(dn_is_within(SLICE("CN=a\\,OU\\=Sales,DC=x"), SLICE("OU=Sales,DC=x")), 0);
        ck_assert_int_eq(dn_is_within(SLICE("CN=a,DC=x"), SLICE("")), 1);
}
END_TEST

static const struct {
        const char *dn, *value;
} rdn_values[] = {
        { "CN=Berg\\, Anna,DC=x", "Berg, Anna" },
        { "CN=M\\C3\\BCller\\20,DC=x", "Müller " },
        { "OU=a", "a" },
        { "CN=a\\0ADEL:" GUID_TEXT ",DC=x", "a\nDEL:" GUID_TEXT },
        { "CN=a,no name at all", "a" },
};

START_TEST(the_value_of_the_first_rdn_is_unescaped)
{
        _cleanup_buffer_ Buffer value = BUFFER_INIT;

        ck_assert_int_eq(dn_rdn_value(SLICE(rdn_values[_i].dn), &value), 0);
        ck_assert_str_eq(buffer_string(&value), rdn_values[_i].value);
}
END_TEST

/* ------------------------------------------------------------------ marks */

static const char *const conflicts[] = {
        "CN=Anna\\0ACNF:" GUID_TEXT ",OU=a,DC=x",
        "CN=Anna\\0aCNF:" GUID_TEXT ",OU=a,DC=x",
        "CN=Anna\nCNF:" GUID_TEXT ",OU=a,DC=x",
        "CN=Berg\\, Anna\\0ACNF:" GUID_TEXT
        "\\0ADEL:11111111-2222-3333-4444-555555555555,CN=Deleted Objects,DC=x",
};

START_TEST(conflicts_are_told_in_escaped_and_raw_form)
{
        Guid guid = GUID_NULL, expected;

        ck_assert_int_eq(guid_parse(GUID_TEXT, &expected), 0);
        ck_assert(dn_is_conflict(SLICE(conflicts[_i]), NULL));
        ck_assert(dn_is_conflict(SLICE(conflicts[_i]), &guid));
        ck_assert(guid_equal(&guid, &expected));
        ck_assert_int_eq(dn_is_deleted(SLICE(conflicts[_i]), NULL), _i == 3);
}
END_TEST

static const char *const no_conflicts[] = {
        "CN=CNF:" GUID_TEXT ",DC=x",
        "CN=Anna CNF:" GUID_TEXT ",DC=x",
        "CN=Anna\\\\0ACNF:" GUID_TEXT ",DC=x",
        "CN=Anna,OU=b\\0ACNF:" GUID_TEXT ",DC=x",
        "CN=Anna\\0Acnf:" GUID_TEXT ",DC=x",
        "",
        "no name",
};

START_TEST(names_that_only_look_like_conflicts_are_none)
{
        Guid guid = { { 1 } };

        ck_assert(!dn_is_conflict(SLICE(no_conflicts[_i]), &guid));
        ck_assert_uint_eq(guid.bytes[0], 1);
}
END_TEST

START_TEST(a_mark_without_a_guid_is_a_mark_all_the_same)
{
        Guid guid = { { 1 } };

        ck_assert(dn_is_conflict(SLICE("CN=Anna\\0ACNF:12,DC=x"), &guid));
        ck_assert(guid_is_null(&guid));
}
END_TEST

START_TEST(deleted_objects_are_told_from_their_container)
{
        Guid guid, expected;

        ck_assert_int_eq(guid_parse(GUID_TEXT, &expected), 0);
        ck_assert(dn_is_deleted(SLICE("CN=Anna\\0ADEL:" GUID_TEXT ",CN=Deleted Objects,DC=x"),
                                &guid));
        ck_assert(guid_equal(&guid, &expected));
        ck_assert(!dn_is_deleted(SLICE("CN=Deleted Objects,DC=x"), NULL));
}
END_TEST

/* ------------------------------------------------------------------ DNS names */

static const struct {
        const char *dn, *domain;
} spelled[] = {
        { "OU=a,DC=Corp,dc=Example", "corp.example" },
        { "DC=example", "example" },
        { "DC=www,DC=zone,CN=MicrosoftDNS,DC=corp,DC=example", "corp.example" },
        { "CN=a", "" },
        { "", "" },
};

START_TEST(the_dns_name_is_what_the_last_parts_spell)
{
        _cleanup_buffer_ Buffer domain = BUFFER_INIT;

        ck_assert_int_eq(dn_to_domain(SLICE(spelled[_i].dn), &domain), 0);
        ck_assert_str_eq(buffer_string(&domain), spelled[_i].domain);
}
END_TEST

static const struct {
        const char *domain, *dn;
} domains[] = {
        { "corp.example", "DC=corp,DC=example" },
        { "example.", "DC=example" },
        { ".a..b.", "DC=a,DC=b" },
        { "a,b.c", "DC=a\\2cb,DC=c" },
        { "", "" },
};

START_TEST(a_dns_name_becomes_a_name)
{
        _cleanup_buffer_ Buffer dn = BUFFER_INIT;

        ck_assert_int_eq(dn_from_domain(domains[_i].domain, &dn), 0);
        ck_assert_str_eq(buffer_string(&dn), domains[_i].dn);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("dn");
        TCase *tcase = tcase_create("dn");

        tcase_add_loop_test(tcase, the_first_rdn_is_cut_off, 0, (int)ARRAY_SIZE(splits));
        tcase_add_loop_test(tcase, what_has_no_rdn_is_refused_and_changes_nothing, 0,
                            (int)ARRAY_SIZE(no_names));
        tcase_add_loop_test(tcase, equal_names_have_one_normal_form, 0, (int)ARRAY_SIZE(equals));
        tcase_add_test(tcase, a_plain_name_is_what_libldap_makes_of_it);
        tcase_add_loop_test(tcase, different_names_stay_different, 0, (int)ARRAY_SIZE(differents));
        tcase_add_test(tcase, a_normal_form_reads_like_a_name);
        tcase_add_loop_test(tcase, what_is_no_name_has_no_normal_form, 0,
                            (int)ARRAY_SIZE(no_names));
        tcase_add_test(tcase, a_hexadecimal_value_without_digits_is_refused);
        tcase_add_test(tcase, a_name_with_nul_is_refused);
        tcase_add_test(tcase, a_name_of_many_parts_is_read);
        tcase_add_test(tcase, within_means_the_base_itself_or_below);
        tcase_add_loop_test(tcase, the_value_of_the_first_rdn_is_unescaped, 0,
                            (int)ARRAY_SIZE(rdn_values));
        tcase_add_loop_test(tcase, conflicts_are_told_in_escaped_and_raw_form, 0,
                            (int)ARRAY_SIZE(conflicts));
        tcase_add_loop_test(tcase, names_that_only_look_like_conflicts_are_none, 0,
                            (int)ARRAY_SIZE(no_conflicts));
        tcase_add_test(tcase, a_mark_without_a_guid_is_a_mark_all_the_same);
        tcase_add_test(tcase, deleted_objects_are_told_from_their_container);
        tcase_add_loop_test(tcase, the_dns_name_is_what_the_last_parts_spell, 0,
                            (int)ARRAY_SIZE(spelled));
        tcase_add_loop_test(tcase, a_dns_name_becomes_a_name, 0, (int)ARRAY_SIZE(domains));
        suite_add_tcase(suite, tcase);
        return suite;
}
