/* SPDX-License-Identifier: MIT */
#include "lib/core/ldif-change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/ldif.h"
#include "tests/unit/check-main.h"

static Object *object, *after, *record;
static LdifReader *reader;
static FILE *stream;
static const char *error;

static void set_up(void)
{
        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_new(&after), 0);
        ck_assert_int_eq(object_new(&record), 0);
        ck_assert_int_eq(object_set_dn(object, "CN=A,OU=X,DC=c", 14), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_CN, "A"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_MAIL, "a@c.example"), 0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES, "SMTP:a@c.example"),
                         0);
        ck_assert_int_eq(object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES, "smtp:b@c.example"),
                         0);
        ck_assert_int_eq(object_seal(object), 0);
        error = NULL;
}

static void done_reading(void)
{
        reader = ldif_reader_free(reader);
        if (stream)
                (void)fclose(stream);
        stream = NULL;
}

static void tear_down(void)
{
        done_reading();
        object = object_free(object);
        after = object_free(after);
        record = object_free(record);
}

/* What the reader says of the record's lines behind the dn. */
static int read_change(const char *body)
{
        _cleanup_free_ char *text = NULL;
        LdifChange change;

        done_reading();
        ck_assert_int_gt(asprintf(&text, "dn: CN=A,OU=X,DC=c\nchangetype: %s", body), 0);
        stream = fmemopen(text, strlen(text), "r");
        ck_assert_ptr_nonnull(stream);
        ck_assert_int_eq(ldif_reader_new(&reader, stream), 0);
        return ldif_read(reader, record, &change, &error);
}

/* The object after it, as "dn mail|mail proxy|proxy", or "!" and why not. */
static const char *changed(const char *body)
{
        static const AttributeId shown[] = { ATTRIBUTE_CN, ATTRIBUTE_MAIL,
                                             ATTRIBUTE_PROXY_ADDRESSES };
        static char text[1000];
        size_t n;
        int r;

        ck_assert_int_eq(read_change(body), 0);
        r = ldif_edits_apply(ldif_edits(reader), object, after, &error);
        if (r < 0) {
                ck_assert_int_eq(r, -EBADMSG);
                (void)snprintf(text, sizeof(text), "!%s", error);
                return text;
        }

        n = (size_t)snprintf(text, sizeof(text), "%.*s", (int)after->dn.size,
                             (const char *)after->dn.data);
        for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
                const Value *values;
                size_t n_values;

                values = object_values(after, shown[i], &n_values);
                for (size_t k = 0; k < n_values; k++)
                        n += (size_t)snprintf(text + n, sizeof(text) - n, "%c%.*s",
                                              k > 0 ? '|' : ' ', (int)values[k].size,
                                              (const char *)values[k].data);
        }
        return text;
}

#define BEFORE "CN=A,OU=X,DC=c A a@c.example SMTP:a@c.example|smtp:b@c.example"

static const struct {
        const char *body;
        const char *after;
} cases[] = {
        { "modify\n", BEFORE },
        { "modify\nreplace: mail\nmail: b@c.example\n-\n",
          "CN=A,OU=X,DC=c A b@c.example SMTP:a@c.example|smtp:b@c.example" },
        { "modify\nreplace: mail\n-\n", "CN=A,OU=X,DC=c A SMTP:a@c.example|smtp:b@c.example" },
        { "modify\ndelete: mail\n-\nadd: mail\nmail: x@c.example\n-\n",
          "CN=A,OU=X,DC=c A x@c.example SMTP:a@c.example|smtp:b@c.example" },
        { "modify\ndelete: proxyAddresses\nproxyAddresses: SMTP:B@C.example\n-\n",
          "CN=A,OU=X,DC=c A a@c.example SMTP:a@c.example" },
        { "modify\nadd: proxyAddresses\nproxyAddresses: smtp:c@c.example\nproxyAddresses: "
          "sip:d\n-\n",
          BEFORE "|smtp:c@c.example|sip:d" },
        { "modify\nadd: noSuchAttribute\nnoSuchAttribute: x\n-\n", BEFORE },
        { "modify\ndelete: proxyAddresses\nproxyAddresses: smtp:nobody\n-\n",
          "!takes away a value that is not there" },
        { "modify\ndelete: department\n-\n", "!takes away a value that is not there" },
        { "modify\nadd: proxyAddresses\nproxyAddresses: smtp:A@c.example\n-\n",
          "!adds a value that is there already" },
        { "modrdn\nnewrdn: CN=B\ndeleteoldrdn: 1\n",
          "CN=B,OU=X,DC=c B a@c.example SMTP:a@c.example|smtp:b@c.example" },
        { "moddn\nnewrdn: CN=A\ndeleteoldrdn: 1\nnewsuperior: OU=Y,DC=c\n",
          "CN=A,OU=Y,DC=c A a@c.example SMTP:a@c.example|smtp:b@c.example" },
        { "delete\n", BEFORE },
};

START_TEST(changes_do_what_a_directory_does)
{
        ck_assert_str_eq(changed(cases[_i].body), cases[_i].after);
        /* The object that was given stays. */
        ck_assert_uint_eq(object->count[ATTRIBUTE_PROXY_ADDRESSES], 2);
}
END_TEST

static const struct {
        const char *body;
        const char *error;
} refused[] = {
        { "modify\nmail: x\n", "line 3: a modification begins with add:, delete: or replace:" },
        { "modrdn\ndeleteoldrdn: 1\n", "a renaming without newrdn:" },
        { "modrdn\nnewname: CN=B\n",
          "line 3: a renaming has newrdn:, deleteoldrdn: and newsuperior: only" },
};

START_TEST(what_is_no_change_is_named_by_its_line)
{
        ck_assert_int_eq(read_change(refused[_i].body), -EBADMSG);
        ck_assert_msg(strstr(error, refused[_i].error), "%s", error);
}
END_TEST

START_TEST(the_next_record_has_its_own_edits)
{
        ck_assert_int_eq(read_change("modify\nreplace: mail\nmail: b\n-\n\ndn: CN=B,DC=c\n"
                                     "changetype: modify\ndelete: cn\n-\n"),
                         0);
        LdifChange change;

        ck_assert_uint_eq(ldif_edits(reader)->n_edits, 1);
        ck_assert_int_eq(ldif_read(reader, record, &change, &error), 0);
        ck_assert_int_eq(change, LDIF_MODIFY);
        ck_assert_uint_eq(ldif_edits(reader)->n_edits, 1);
        ck_assert_int_eq(ldif_edits(reader)->edits[0].operation, LDIF_VALUES_DELETE);
        ck_assert_int_eq(ldif_edits(reader)->edits[0].attribute, ATTRIBUTE_CN);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("ldif-change");
        TCase *tcase = tcase_create("changes");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, changes_do_what_a_directory_does, 0,
                            (int)(sizeof(cases) / sizeof(cases[0])));
        tcase_add_loop_test(tcase, what_is_no_change_is_named_by_its_line, 0,
                            (int)(sizeof(refused) / sizeof(refused[0])));
        tcase_add_test(tcase, the_next_record_has_its_own_edits);
        suite_add_tcase(suite, tcase);
        return suite;
}
