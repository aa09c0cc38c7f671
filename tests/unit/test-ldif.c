/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/ldif.h"
#include "tests/unit/check-main.h"

typedef struct Fixture {
        FILE *stream;
        LdifReader *reader;
        Object *object;
        LdifChange change;
        const char *error;
} Fixture;

static void open_text(Fixture *fixture, const char *text, size_t size)
{
        *fixture = (Fixture){ .stream = fmemopen((void *)text, size, "r") };
        ck_assert_ptr_nonnull(fixture->stream);
        ck_assert_int_eq(ldif_reader_new(&fixture->reader, fixture->stream), 0);
        ck_assert_int_eq(object_new(&fixture->object), 0);
}

static int next(Fixture *fixture)
{
        return ldif_read(fixture->reader, fixture->object, &fixture->change, &fixture->error);
}

static void fixture_done(Fixture *fixture)
{
        object_free(fixture->object);
        ldif_reader_free(fixture->reader);
        fclose(fixture->stream);
}
#define _cleanup_fixture_   _cleanup_(fixture_done)
#define OPEN(fixture, text) open_text(fixture, text, strlen(text))

static void assert_value(const Fixture *fixture, AttributeId attribute, const char *expected)
{
        const Value *value = object_value(fixture->object, attribute);

        ck_assert_ptr_nonnull(value);
        ck_assert_uint_eq(value->size, strlen(expected));
        ck_assert_mem_eq(value->data, expected, value->size);
}

START_TEST(records_come_one_by_one)
{
        _cleanup_fixture_ Fixture fixture;
        size_t n;

        OPEN(&fixture, "version: 1\n"
                       "# people\n"
                       "dn: CN=Anna,DC=x\n"
                       "objectClass: user\n"
                       "proxyAddresses: SMTP:anna@x.example\n"
                       "mail: anna@x.example\n"
                       "proxyAddresses: smtp:a@x.example\n"
                       "\n\n"
                       "dn: CN=Ben,DC=x\n"
                       "mail: ben@x.example");
        ck_assert_int_eq(next(&fixture), 0);
        ck_assert_uint_eq(ldif_line(fixture.reader), 3);
        ck_assert_int_eq(fixture.change, LDIF_CONTENT);
        ck_assert_uint_eq(fixture.object->dn.size, strlen("CN=Anna,DC=x"));
        ck_assert_int_eq(fixture.object->kind, KIND_USER);
        object_values(fixture.object, ATTRIBUTE_PROXY_ADDRESSES, &n);
        ck_assert_uint_eq(n, 2);
        ck_assert(attribute_set_has(&fixture.object->known, ATTRIBUTE_MAIL_NICKNAME));

        ck_assert_int_eq(next(&fixture), 0);
        ck_assert_uint_eq(ldif_line(fixture.reader), 10);
        assert_value(&fixture, ATTRIBUTE_MAIL, "ben@x.example");
        ck_assert_int_eq(next(&fixture), LDIF_END);
        ck_assert_int_eq(next(&fixture), LDIF_END);
}
END_TEST

START_TEST(folded_lines_base64_options_and_carriage_returns_are_understood)
{
        _cleanup_fixture_ Fixture fixture;

        OPEN(&fixture, "dn:: Q049TcO8bGxlcixEQz14\r\n"
                       "displayName: Anna \r\n"
                       "  Berg\r\n"
                       "# a comment\r\n"
                       "  that goes on\r\n"
                       "mail;lang-de: anna@x\r\n"
                       "cn:: QQ==\r\n"
                       "sn:: QUI=\r\n"
                       "title:: \r\n"
                       "unknownAttribute: skipped\r\n");
        ck_assert_int_eq(next(&fixture), 0);
        ck_assert_mem_eq(fixture.object->dn.data, "CN=Müller,DC=x", fixture.object->dn.size);
        assert_value(&fixture, ATTRIBUTE_DISPLAY_NAME, "Anna  Berg");
        assert_value(&fixture, ATTRIBUTE_MAIL, "anna@x");
        assert_value(&fixture, ATTRIBUTE_CN, "A");
        assert_value(&fixture, ATTRIBUTE_SN, "AB");
        assert_value(&fixture, ATTRIBUTE_TITLE, "");
}
END_TEST

START_TEST(change_records_say_what_they_are)
{
        static const LdifChange changes[] = { LDIF_ADD, LDIF_DELETE, LDIF_MODIFY, LDIF_RENAME };
        _cleanup_fixture_ Fixture fixture;

        OPEN(&fixture, "dn: CN=a\ncontrol: 1.2.3 true\nchangetype: add\ncn: a\n\n"
                       "dn: CN=b\nchangetype: delete\n\n"
                       "dn: CN=c\nchangetype: modify\nadd: mail\nmail: c@x\n-\ndelete: sn\n-\n\n"
                       "dn: CN=d\nchangetype: modrdn\nnewrdn: CN=e\ndeleteoldrdn: 1\n");
        for (unsigned i = 0; i < 4; i++) {
                ck_assert_int_eq(next(&fixture), 0);
                ck_assert_int_eq(fixture.change, changes[i]);
                ck_assert_int_eq(object_has(fixture.object, ATTRIBUTE_CN), i == 0);
                ck_assert(!object_has(fixture.object, ATTRIBUTE_MAIL));
                ck_assert_int_eq(attribute_set_has(&fixture.object->known, ATTRIBUTE_SN), i == 0);
        }
        ck_assert_int_eq(next(&fixture), LDIF_END);
}
END_TEST

static const struct {
        const char *text, *said;
} errors[] = {
        { "dn: CN=a\nmail anna\n", "line 2: no \"attribute: value\"" },
        { "mail: anna\n", "line 1: a record must begin with \"dn:\"" },
        { "dn: CN=a\njpegPhoto:< file:///etc/shadow\n", "line 2: values from URLs are not read" },
        { "dn: CN=a\ncn:: Q\n", "line 2: what stands behind \"::\" is no base64" },
        { "dn: CN=a\ncn:: Q!==\n", "line 2: what stands behind \"::\" is no base64" },
        { "dn: CN=a\ncn: a\ndn: CN=b\n", "line 3: a second dn in one record" },
        { "dn: CN=a\nchangetype: burn\n", "line 2: changetype is none of" },
        { "dn: CN=a\n: x\n", "line 2: no \"attribute: value\"" },
        { "include: file:///etc/passwd\n", "line 1: other files are not read" },
        { " dn: CN=a\n", "line 1: a record must begin with \"dn:\"" },
        { "# search result\nsearch: 2\nresult: 4 Size limit exceeded\n",
          "line 3: the search that wrote this file failed (\"result: 4 Size" },
};

START_TEST(an_error_names_its_line_and_the_next_record_is_read)
{
        _cleanup_fixture_ Fixture fixture;
        char text[256];

        snprintf(text, sizeof(text), "%s\ndn: CN=next\ncn: next\n", errors[_i].text);
        OPEN(&fixture, text);
        ck_assert_int_eq(next(&fixture), -EBADMSG);
        ck_assert_msg(strncmp(fixture.error, errors[_i].said, strlen(errors[_i].said)) == 0, "%s",
                      fixture.error);
        ck_assert_int_eq(next(&fixture), 0);
        assert_value(&fixture, ATTRIBUTE_CN, "next");
        ck_assert_int_eq(next(&fixture), LDIF_END);
}
END_TEST

START_TEST(what_ldapsearch_says_of_itself_is_no_record)
{
        _cleanup_fixture_ Fixture fixture;

        OPEN(&fixture, "# extended LDIF\n#\n# LDAPv3\n\n"
                       "# a, x\ndn: CN=a,DC=x\ncn: a\n\n"
                       "# search reference\nref: ldap://x/CN=Configuration,DC=x\n\n"
                       "# search result\nsearch: 2\nresult: 0 Success\ncontrol: "
                       "1.2.840.113556.1.4.319 false MAUCAQAEAA==\n"
                       "pagedresults: cookie=\n\n"
                       "# b, x\ndn: CN=b,DC=x\ncn: b\n\n"
                       "# search result\nsearch: 3\nresult: 0 Success\n\n# numResponses: 3\n# "
                       "numEntries: 2\n");
        ck_assert_int_eq(next(&fixture), 0);
        assert_value(&fixture, ATTRIBUTE_CN, "a");
        ck_assert_int_eq(next(&fixture), 0);
        assert_value(&fixture, ATTRIBUTE_CN, "b");
        ck_assert_uint_eq(ldif_line(fixture.reader), 19);
        ck_assert_int_eq(next(&fixture), LDIF_END);
}
END_TEST

START_TEST(guids_and_sids_are_taken_as_text_too)
{
        _cleanup_fixture_ Fixture fixture;

        OPEN(&fixture, "dn: CN=a\n"
                       "objectGUID: 00112233-4455-6677-8899-aabbccddeeff\n"
                       "objectSid: S-1-5-10\n"
                       "msExchMailboxGuid: nobody knows what this is supposed \n"
                       "msExchMasterAccountSid: S-1\n\n"
                       "dn: CN=b\n"
                       "objectGUID:: MyIRAFVEd2aImaq7zN3u/w==\n"
                       "objectSid:: AQEAAAAAAAUKAAAA\n");
        for (unsigned i = 0; i < 2; i++) {
                ck_assert_int_eq(next(&fixture), 0);
                ck_assert_mem_eq(fixture.object->guid.bytes,
                                 "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
                                 16);
                ck_assert_uint_eq(object_value(fixture.object, ATTRIBUTE_OBJECT_SID)->size, 12);
                ck_assert_mem_eq(object_value(fixture.object, ATTRIBUTE_OBJECT_SID)->data,
                                 "\1\1\0\0\0\0\0\5\12\0\0\0", 12);
                if (i == 0) {
                        assert_value(&fixture, ATTRIBUTE_MS_EXCH_MAILBOX_GUID,
                                     "nobody knows what this is supposed ");
                        assert_value(&fixture, ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID, "S-1");
                }
        }
}
END_TEST

START_TEST(a_byte_order_mark_is_not_part_of_the_first_line)
{
        _cleanup_fixture_ Fixture fixture;

        OPEN(&fixture, "\xef\xbb\xbf"
                       "version: 1\r\n\r\ndn: CN=a\r\ncn: a\r\n");
        ck_assert_int_eq(next(&fixture), 0);
        ck_assert_uint_eq(ldif_line(fixture.reader), 3);
        assert_value(&fixture, ATTRIBUTE_CN, "a");
}
END_TEST

START_TEST(an_empty_file_has_no_record)
{
        static const char *const texts[] = { "\n", "version: 1\n", "# nothing\n  here\n",
                                             "\xef\xbb\xbf\n" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_fixture_ Fixture fixture;

                OPEN(&fixture, texts[i]);
                ck_assert_int_eq(next(&fixture), LDIF_END);
        }
}
END_TEST

START_TEST(values_are_bytes_of_any_length)
{
        static char text[3 * 1024 * 1024];
        _cleanup_fixture_ Fixture fixture;
        size_t head = (size_t)sprintf(text, "dn: CN=a\nsn: x\xff\ndescription: ");

        memset(text + head, 'y', sizeof(text) - head - 1);
        text[sizeof(text) - 1] = '\n';
        open_text(&fixture, text, sizeof(text));
        ck_assert_int_eq(next(&fixture), 0);
        assert_value(&fixture, ATTRIBUTE_SN, "x\xff");
        ck_assert_uint_eq(object_value(fixture.object, ATTRIBUTE_DESCRIPTION)->size,
                          sizeof(text) - head - 1);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("ldif");
        TCase *tcase = tcase_create("ldif");

        tcase_add_test(tcase, records_come_one_by_one);
        tcase_add_test(tcase, folded_lines_base64_options_and_carriage_returns_are_understood);
        tcase_add_test(tcase, change_records_say_what_they_are);
        tcase_add_loop_test(tcase, an_error_names_its_line_and_the_next_record_is_read, 0,
                            (int)ARRAY_SIZE(errors));
        tcase_add_test(tcase, what_ldapsearch_says_of_itself_is_no_record);
        tcase_add_test(tcase, guids_and_sids_are_taken_as_text_too);
        tcase_add_test(tcase, a_byte_order_mark_is_not_part_of_the_first_line);
        tcase_add_test(tcase, an_empty_file_has_no_record);
        tcase_add_test(tcase, values_are_bytes_of_any_length);
        suite_add_tcase(suite, tcase);
        return suite;
}
