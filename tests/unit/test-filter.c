/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/filter.h"
#include "tests/unit/check-main.h"

#define GUID_TEXT    "d2a59be4-0011-2233-4455-66778899aabb"
#define GUID_BYTES   "\xe4\x9b\xa5\xd2\x11\x00\x33\x22\x44\x55\x66\x77\x88\x99\xaa\xbb"
#define GUID_ESCAPED "\\e4\\9b\\a5\\d2\\11\\00\\33\\22\\44\\55\\66\\77\\88\\99\\aa\\bb"
#define SID_BYTES    "\1\1\0\0\0\0\0\5\12\0\0\0"

/* ------------------------------------------------------------------ helpers */

static Object *object;

static void know(AttributeId attribute)
{
        attribute_set_add(&object->known, attribute);
}

static void add(AttributeId attribute, const char *value)
{
        ck_assert_int_eq(object_add_string(object, attribute, value), 0);
        know(attribute);
}

/* A user with two proxy addresses; title is known to be absent, department is unknown. */
static void make_object(void)
{
        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_set_dn(object, "CN=Anna,DC=x", 12), 0);
        add(ATTRIBUTE_OBJECT_CLASS, "top");
        add(ATTRIBUTE_OBJECT_CLASS, "person");
        add(ATTRIBUTE_OBJECT_CLASS, "user");
        add(ATTRIBUTE_CN, "Anna Müller-Berg");
        add(ATTRIBUTE_SAM_ACCOUNT_NAME, "MSOL_0123");
        add(ATTRIBUTE_PROXY_ADDRESSES, "SMTP:anna@contoso.com");
        add(ATTRIBUTE_PROXY_ADDRESSES, "smtp:a.berg@contoso.com");
        add(ATTRIBUTE_USER_ACCOUNT_CONTROL, "514");
        add(ATTRIBUTE_GROUP_TYPE, "-2147483646");
        add(ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS, "34359738368");
        add(ATTRIBUTE_IS_CRITICAL_SYSTEM_OBJECT, "FALSE");
        add(ATTRIBUTE_MANAGER, "CN=Berg\\, Jörg,OU=Sales,DC=corp,DC=example");
        add(ATTRIBUTE_OBJECT_CATEGORY, "CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example");
        add(ATTRIBUTE_WHEN_CREATED, "20260131120000.0Z");
        add(ATTRIBUTE_DESCRIPTION, "a*b(c)\\d");
        add(ATTRIBUTE_INFO, "M\xfcller"); /* no UTF-8 */
        ck_assert_int_eq(object_add_copy(object, ATTRIBUTE_MS_EXCH_MAILBOX_GUID, GUID_BYTES, 16),
                         0);
        ck_assert_int_eq(
                object_add_copy(object, ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID, SID_BYTES, 12), 0);
        ck_assert_int_eq(object_add_copy(object, ATTRIBUTE_MS_DS_CONSISTENCY_GUID, "\0\1\2\377", 4),
                         0);
        know(ATTRIBUTE_TITLE);
        ck_assert_int_eq(object_seal(object), 0);
}

static void free_object(void)
{
        object = object_free(object);
}

static Filter *parse(const char *string)
{
        _cleanup_free_ char *error = NULL;
        Filter *filter = NULL;
        int r = filter_parse(string, &filter, &error);

        ck_assert_msg(r == 0, "%s: %s", string, error);
        return filter;
}

static Truth evaluate(const char *string)
{
        _cleanup_(filter_freep) Filter *filter = parse(string);
        Truth truth;

        ck_assert_int_eq(filter_evaluate(filter, object, &truth), 0);
        return truth;
}

static const char *printed(const Filter *filter, Buffer *buffer)
{
        ck_assert_int_eq(filter_print(filter, buffer), 0);
        return buffer_string(buffer);
}

/* ------------------------------------------------------------------ truth */

START_TEST(an_absent_attribute_is_false_and_not_over_it_true)
{
        ck_assert_int_eq(evaluate("(title=*)"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(title=Boss)"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(!(title=*))"), TRUTH_TRUE);
        ck_assert_int_eq(evaluate("(!(title=Boss))"), TRUTH_TRUE);
}
END_TEST

START_TEST(an_unknown_attribute_is_undefined_and_stays_so)
{
        ck_assert_int_eq(evaluate("(department=*)"), TRUTH_UNDEFINED);
        ck_assert_int_eq(evaluate("(!(department=Sales))"), TRUTH_UNDEFINED);
        ck_assert_int_eq(evaluate("(!(!(department=Sales)))"), TRUTH_UNDEFINED);
        ck_assert_int_eq(evaluate("(&(cn=*)(department=Sales))"), TRUTH_UNDEFINED);
        ck_assert_int_eq(evaluate("(|(title=*)(department=Sales))"), TRUTH_UNDEFINED);
}
END_TEST

START_TEST(one_term_can_decide_whatever_is_undefined_beside_it)
{
        ck_assert_int_eq(evaluate("(&(department=Sales)(title=*))"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(|(department=Sales)(cn=*))"), TRUTH_TRUE);
        ck_assert_int_eq(evaluate("(!(&(department=Sales)(title=*)))"), TRUTH_TRUE);
}
END_TEST

START_TEST(lists_nest)
{
        ck_assert_int_eq(evaluate("(&(|(title=a)(cn=*))(!(|(title=*)(cn=nobody))))"), TRUTH_TRUE);
        ck_assert_int_eq(evaluate("(&(cn=*)(title=*)(cn=*))"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(|(title=*)(!(cn=*))(title=x))"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(&(&(&(cn=*))))"), TRUTH_TRUE);
}
END_TEST

START_TEST(values_that_are_there_count_even_where_the_attribute_was_not_declared_known)
{
        attribute_set_remove(&object->known, ATTRIBUTE_CN);
        ck_assert_int_eq(evaluate("(cn=anna*)"), TRUTH_TRUE);
        ck_assert_int_eq(evaluate("(cn=bernd)"), TRUTH_FALSE);
}
END_TEST

/* ------------------------------------------------------------------ values */

static const struct {
        const char *filter;
        Truth truth;
} truths[] = {
        /* strings, as AD folds them */
        { "(cn=ANNA MULLER-BERG)", TRUTH_TRUE },
        { "(cn=anna müller-berg)", TRUTH_TRUE },
        { "(cn=anna mueller-berg)", TRUTH_FALSE },
        { "(cn=Anna)", TRUTH_FALSE },
        { "(CN~=anna muller-berg)", TRUTH_TRUE },
        { "(cn:=anna muller-berg)", TRUTH_TRUE },
        { "(sAMAccountName=msol_0123)", TRUTH_TRUE },
        { "(samaccountname=MSOL_0124)", TRUTH_FALSE },
        { "(sAMAccountName>=msol)", TRUTH_TRUE },
        { "(sAMAccountName>=msol_0123)", TRUTH_TRUE },
        { "(sAMAccountName>=n)", TRUTH_FALSE },
        { "(sAMAccountName<=MSOL_0123)", TRUTH_TRUE },
        { "(sAMAccountName<=MSOL)", TRUTH_FALSE },
        { "(info=M\\fcller)", TRUTH_TRUE },
        { "(info=m\\fcller)", TRUTH_FALSE },
        { "(info=müller)", TRUTH_FALSE },
        { "(description=a\\2ab\\28c\\29\\5cd)", TRUTH_TRUE },
        /* any of several values */
        { "(proxyAddresses=smtp:A.BERG@contoso.com)", TRUTH_TRUE },
        { "(proxyAddresses=smtp:b.berg@contoso.com)", TRUTH_FALSE },
        /* substrings */
        { "(cn=anna*)", TRUTH_TRUE },
        { "(cn=*berg)", TRUTH_TRUE },
        { "(cn=*muller*)", TRUTH_TRUE },
        { "(cn=a*m*g)", TRUTH_TRUE },
        { "(cn=anna*muller*berg)", TRUTH_TRUE },
        { "(cn=*anna*muller*-berg)", TRUTH_TRUE },
        { "(cn=*muller*anna*)", TRUTH_FALSE },
        { "(cn=berg*)", TRUTH_FALSE },
        { "(cn=*anna)", TRUTH_FALSE },
        { "(sAMAccountName=MSOL_*)", TRUTH_TRUE },
        { "(sAMAccountName=MSOL_01*0123)", TRUTH_FALSE }, /* no overlap */
        { "(sAMAccountName=*_*_*)", TRUTH_FALSE },
        { "(description=*\\2a*)", TRUTH_TRUE },
        { "(mS-DS-ConsistencyGuid=\\00*\\ff)", TRUTH_TRUE },
        { "(mS-DS-ConsistencyGuid=*\\03*)", TRUTH_FALSE },
        /* numbers */
        { "(userAccountControl=514)", TRUTH_TRUE },
        { "(userAccountControl=0514)", TRUTH_TRUE },
        { "(userAccountControl=51)", TRUTH_FALSE },
        { "(userAccountControl>=513)", TRUTH_TRUE },
        { "(userAccountControl>=1000)", TRUTH_FALSE },
        { "(userAccountControl<=1000)", TRUTH_TRUE },
        { "(groupType<=-1)", TRUTH_TRUE },
        { "(groupType=-2147483646)", TRUTH_TRUE },
        { "(userAccountControl:1.2.840.113556.1.4.803:=2)", TRUTH_TRUE },
        { "(userAccountControl:1.2.840.113556.1.4.803:=514)", TRUTH_TRUE },
        { "(userAccountControl:1.2.840.113556.1.4.803:=3)", TRUTH_FALSE },
        { "(userAccountControl:1.2.840.113556.1.4.804:=3)", TRUTH_TRUE },
        { "(userAccountControl:1.2.840.113556.1.4.804:=5)", TRUTH_FALSE },
        { "(groupType:1.2.840.113556.1.4.803:=2147483648)", TRUTH_TRUE },
        { "(msExchRecipientTypeDetails:1.2.840.113556.1.4.804:=34359738368)", TRUTH_TRUE },
        /* booleans */
        { "(isCriticalSystemObject=FALSE)", TRUTH_TRUE },
        { "(isCriticalSystemObject=TRUE)", TRUTH_FALSE },
        /* names */
        { "(manager=cn=berg\\5c2c jorg;ou=sales,dc=CORP,dc=example)", TRUTH_TRUE },
        { "(manager=CN=Berg,OU=Sales,DC=corp,DC=example)", TRUTH_FALSE },
        { "(objectCategory=person)", TRUTH_TRUE },
        { "(objectCategory=User)", TRUTH_TRUE },
        { "(objectCategory=group)", TRUTH_FALSE },
        { "(objectCategory=CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example)", TRUTH_TRUE },
        { "(objectClass=USER)", TRUTH_TRUE },
        { "(objectClass=contact)", TRUTH_FALSE },
        /* bytes */
        { "(msExchMailboxGuid=" GUID_ESCAPED ")", TRUTH_TRUE },
        { "(msExchMailboxGuid=" GUID_TEXT ")", TRUTH_TRUE },
        { "(msExchMailboxGuid={" GUID_TEXT "})", TRUTH_TRUE },
        { "(msExchMailboxGuid=00000000-0011-2233-4455-66778899aabb)", TRUTH_FALSE },
        { "(msExchMasterAccountSid=S-1-5-10)", TRUTH_TRUE },
        { "(msExchMasterAccountSid=\\01\\01\\00\\00\\00\\00\\00\\05\\0a\\00\\00\\00)", TRUTH_TRUE },
        { "(msExchMasterAccountSid=S-1-5-11)", TRUTH_FALSE },
        { "(mS-DS-ConsistencyGuid=\\00\\01\\02\\ff)", TRUTH_TRUE },
        { "(mS-DS-ConsistencyGuid=\\00\\01\\02\\fe)", TRUTH_FALSE },
        /* times */
        { "(whenCreated=20260131120000.0Z)", TRUTH_TRUE },
        { "(whenCreated=20260131120000Z)", TRUTH_TRUE },
        { "(whenCreated>=20260101000000.0Z)", TRUTH_TRUE },
        { "(whenCreated<=20260101000000.0Z)", TRUTH_FALSE },
};

START_TEST(values_compare_by_their_syntax)
{
        ck_assert_msg(evaluate(truths[_i].filter) == truths[_i].truth, "%s", truths[_i].filter);
}
END_TEST

START_TEST(values_that_their_syntax_forbids_match_nothing)
{
        object_reset(object);
        add(ATTRIBUTE_USER_ACCOUNT_CONTROL, "many");
        add(ATTRIBUTE_IS_DELETED, "perhaps");
        add(ATTRIBUTE_MANAGER, "nobody");
        add(ATTRIBUTE_WHEN_CREATED, "yesterday");
        add(ATTRIBUTE_MS_EXCH_MAILBOX_GUID, "short");
        ck_assert_int_eq(object_seal(object), 0);

        ck_assert_int_eq(evaluate("(userAccountControl=0)"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(userAccountControl<=9)"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(isDeleted=FALSE)"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(manager=CN=a)"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(whenCreated>=20000101000000.0Z)"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(msExchMailboxGuid=" GUID_TEXT ")"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(msExchMailboxGuid=*)"), TRUTH_TRUE);
}
END_TEST

START_TEST(long_values_match_like_short_ones)
{
        char value[2000], filter[4100];

        memset(value, 'A', sizeof(value));
        memcpy(value + 1000, "Needle", 6);
        value[sizeof(value) - 1] = '\0';
        object_reset(object);
        add(ATTRIBUTE_INFO, value);
        ck_assert_int_eq(object_seal(object), 0);

        snprintf(filter, sizeof(filter), "(info=%s)", value);
        ck_assert_int_eq(evaluate(filter), TRUTH_TRUE);
        ck_assert_int_eq(evaluate("(info=aaaa*nEEDLE*)"), TRUTH_TRUE);
        ck_assert_int_eq(evaluate("(info=*thread*)"), TRUTH_FALSE);
}
END_TEST

START_TEST(what_the_database_keeps_in_columns_is_found_there)
{
        object_reset(object);
        ck_assert_int_eq(object_set_dn(object, "CN=Anna,DC=x", 12), 0);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(evaluate("(objectGUID=*)"), TRUTH_UNDEFINED);
        ck_assert_int_eq(evaluate("(uSNChanged>=1)"), TRUTH_UNDEFINED);

        ck_assert_int_eq(guid_from_bytes(GUID_BYTES, 16, &object->guid), 0);
        object->usn = 4711;
        ck_assert_int_eq(evaluate("(objectGUID=" GUID_TEXT ")"), TRUTH_TRUE);
        ck_assert_int_eq(evaluate("(uSNChanged>=4711)"), TRUTH_TRUE);
        ck_assert_int_eq(evaluate("(uSNChanged>=4712)"), TRUTH_FALSE);
        ck_assert_int_eq(evaluate("(distinguishedName=cn=anna,dc=X)"), TRUTH_TRUE);
        know(ATTRIBUTE_PARENT_GUID);
        ck_assert_int_eq(evaluate("(parentGUID=*)"), TRUTH_FALSE);
}
END_TEST

/* ------------------------------------------------------------------ text */

static const struct {
        const char *written, *printed;
} prints[] = {
        { "(CN=anna)", "(cn=anna)" },
        { " ( & ( cn = anna)\n\t( ! (title=*) ) ) ", "(&(cn= anna)(!(title=*)))" },
        { "(|(cn=a*)(cn=*b)(cn=*c*)(cn=d*e*f))", "(|(cn=a*)(cn=*b)(cn=*c*)(cn=d*e*f))" },
        { "(cn~=anna)", "(cn=anna)" },
        { "(pwdLastSet>=0)", "(pwdLastSet>=0)" },
        { "(pwdLastSet<=-1)", "(pwdLastSet<=-1)" },
        { "(userAccountControl:1.2.840.113556.1.4.803:=2)",
          "(userAccountControl:1.2.840.113556.1.4.803:=2)" },
        { "(cn=Müller \\2A\\28\\29\\5C\\0a)", "(cn=Müller \\2a\\28\\29\\5c\\0a)" },
        { "(cn=\\c3\\bc)", "(cn=ü)" },
        { "(cn=\\fc)", "(cn=\\fc)" },
        { "(objectCategory=person)", "(objectCategory=person)" },
        { "(msExchMailboxGuid=" GUID_TEXT ")", "(msExchMailboxGuid=" GUID_TEXT ")" },
};

START_TEST(a_filter_is_printed_as_ldapsearch_takes_it)
{
        _cleanup_(filter_freep) Filter *filter = parse(prints[_i].written), *again = NULL;
        _cleanup_buffer_ Buffer once = BUFFER_INIT, twice = BUFFER_INIT;

        ck_assert_str_eq(printed(filter, &once), prints[_i].printed);
        again = parse(buffer_string(&once));
        ck_assert_str_eq(printed(again, &twice), prints[_i].printed);
}
END_TEST

START_TEST(the_attributes_that_are_read_are_named)
{
        _cleanup_(filter_freep) Filter *filter = parse("(&(cn=a)(|(title=*)(!(mail=x*)))(cn=b))");
        AttributeSet set = {}, expected = {};

        attribute_set_add(&expected, ATTRIBUTE_CN);
        attribute_set_add(&expected, ATTRIBUTE_TITLE);
        attribute_set_add(&expected, ATTRIBUTE_MAIL);
        filter_attributes(filter, &set);
        ck_assert(attribute_set_contains(&set, &expected));
        ck_assert(attribute_set_contains(&expected, &set));
}
END_TEST

static const struct {
        const char *filter;
        bool wants;
        AttributeId wanted[3], barred[3];
} wishes[] = {
        { "(cn=a)", true, { ATTRIBUTE_CN }, {} },
        { "(cn=*)", true, { ATTRIBUTE_CN }, {} },
        { "(!(cn=*))", false, {}, { ATTRIBUTE_CN } },
        { "(!(cn=a))", false, {}, {} },
        { "(!(!(cn=*)))", false, {}, {} },
        { "(&(!(cn=*))(mail=a)(title=*))", true, { ATTRIBUTE_MAIL }, { ATTRIBUTE_CN } },
        { "(&(!(cn=*))(!(title=*)))", false, {}, { ATTRIBUTE_CN, ATTRIBUTE_TITLE } },
        { "(|(cn=a)(mail=b))", true, { ATTRIBUTE_CN, ATTRIBUTE_MAIL }, {} },
        { "(|(cn=a)(!(mail=*)))", false, {}, {} },
        { "(&(|(cn=a)(!(mail=*)))(title=x))", true, { ATTRIBUTE_TITLE }, {} },
        /* The object has these without a value of theirs. */
        { "(distinguishedName=cn=a)", false, {}, {} },
        { "(uSNChanged>=1)", false, {}, {} },
};

static AttributeSet set_of(const AttributeId *attributes)
{
        AttributeSet set = {};

        for (size_t i = 0; i < 3 && attributes[i] != ATTRIBUTE_NONE; i++)
                attribute_set_add(&set, attributes[i]);
        return set;
}

START_TEST(what_an_object_must_have_or_must_not_have_is_seen)
{
        _cleanup_(filter_freep) Filter *filter = parse(wishes[_i].filter);
        AttributeSet wanted = {}, barred = {}, expected;

        ck_assert(filter_wants(filter, &wanted) == wishes[_i].wants);
        if (wishes[_i].wants) {
                expected = set_of(wishes[_i].wanted);
                ck_assert_mem_eq(&wanted, &expected, sizeof(wanted));
        }

        filter_bars(filter, &barred);
        expected = set_of(wishes[_i].barred);
        ck_assert_mem_eq(&barred, &expected, sizeof(barred));
}
END_TEST

static const struct {
        const char *filter, *error;
} errors[] = {
        { "", "at the end: \"(\" is missing" },
        { "cn=a", "at \"cn=a\": \"(\" is missing" },
        { "(cn=a", "at the end: \")\" is missing" },
        { "(cn=a))", "at \")\": nothing may follow" },
        { "(cn=a)(cn=b)", "at \"(cn=b)\": nothing may follow" },
        { "(&)", "at \")\": \"(\" is missing" },
        { "(!)", "at \")\": \"(\" is missing" },
        { "(!(cn=a)(cn=b))", "at \"(cn=b))\": \"!\" takes one" },
        { "(&(cn=a)x)", "at \"x)\": \")\" is missing" },
        { "()", "name is missing" },
        { "(=a)", "at \"=a)\": an attribute's name is missing" },
        { "(cn)", "at \")\": one of = >= <= ~= := is missing" },
        { "(cn a)", "at \"a)\": one of = >= <= ~= := is missing" },
        { "(cn>5)", "LDAP has no > and < alone" },
        { "(foo=a)", "at \"foo=a)\": scand does not read an attribute of that name" },
        { "(proxyAdresses=*)", "did you mean proxyAddresses?" },
        { "(userCertificate;binary=*)", "no attribute options" },
        { "(cn=a(b)", "at \"(b)\": \"(\" in a value is written \\28" },
        { "(cn=a\\b)", "two hexadecimal digits" },
        { "(cn=a\\)", "two hexadecimal digits" },
        { "(cn=a**b)", "two asterisks" },
        { "(cn=**)", "two asterisks" },
        { "(cn>=a*)", "\"*\" can stand behind \"=\" only" },
        { "(cn=)", "a value is missing" },
        { "(cn>=)", "a value is missing" },
        { "(userAccountControl=abc)", "at \"abc)\": the value of userAccountControl is no number" },
        { "(userAccountControl=9223372036854775808)", "is no number" },
        { "(userAccountControl=5*)", "whole values only" },
        { "(cn:1.2.840.113556.1.4.803:=2)", "has no bits" },
        { "(isDeleted=1)", "neither TRUE nor FALSE" },
        { "(isDeleted>=TRUE)", "without an order" },
        { "(whenCreated=2026)", "write YYYYMMDDhhmmss.0Z" },
        { "(objectGUID=abc)", "is no GUID" },
        { "(objectSid=S-1)", "is no SID" },
        { "(manager=anna)", "is no distinguished name" },
        { "(manager=CN=a*)", "whole values only" },
        { "(manager>=CN=a)", "without an order" },
        { "(objectCategory=nobody)", "no class whose category is known" },
        { "(objectClass=us*)", "whole values only" },
        { "(member:1.2.840.113556.1.4.1941:=CN=a,DC=x)",
          "in-chain rule is evaluated for memberOf, manager and directReports only" },
        { "(manager:1.2.840.113556.1.4.1941:=anna)", "is no distinguished name" },
        { "(cn:dn:=a)", "leave it out" },
        { "(cn:2.5.13.2:=a)", "only the matching rules" },
        { "(:1.2.840.113556.1.4.803:=2)", "needs an attribute before" },
        { "(fo\x1b[2J=a)", "at \"fo\\x1B[2J" },
        { "(aVeryLongNameOfAnAttributeThatNobodyHas=1)",
          "at \"aVeryLongNameOfAnAttributeThatNo…\":" },
};

START_TEST(errors_quote_the_place_and_say_what_would_be_right)
{
        _cleanup_free_ char *error = NULL;
        Filter *filter = NULL;

        ck_assert_int_eq(filter_parse(errors[_i].filter, &filter, &error), -EINVAL);
        ck_assert_ptr_null(filter);
        ck_assert_msg(strstr(error, errors[_i].error), "%s: %s", errors[_i].filter, error);
}
END_TEST

START_TEST(depth_is_bounded)
{
        char filter[1024] = "";
        _cleanup_free_ char *error = NULL;
        Filter *parsed = NULL;

        for (unsigned i = 0; i < 63; i++)
                strcat(filter, "(!");
        strcat(filter, "(cn=*)");
        for (unsigned i = 0; i < 63; i++)
                strcat(filter, ")");
        ck_assert_int_eq(evaluate(filter), TRUTH_FALSE);

        memset(filter, '(', sizeof(filter) - 1);
        ck_assert_int_eq(filter_parse(filter, &parsed, &error), -EINVAL);
        free(TAKE_PTR(error));
        for (unsigned i = 0; i < sizeof(filter) - 2; i += 2)
                memcpy(filter + i, "(&", 2);
        ck_assert_int_eq(filter_parse(filter, &parsed, &error), -EINVAL);
        ck_assert_ptr_nonnull(strstr(error, "no deeper than 64"));
}
END_TEST

/* ------------------------------------------------------------------ random filters */

static void random_filter(uint64_t *state, unsigned depth, Buffer *buffer)
{
        static const char *const terms[] = {
                "(title=*)",
                "(department=*)",
                "(cn=anna*)",
                "(cn=x)",
                "(userAccountControl=514)",
                "(department=a)",
                "(sAMAccountName=*_*)",
                "(objectClass=user)",
        };
        uint64_t kind = depth < 4 ? test_random(state) % 4 : 3;

        if (kind == 3) {
                ck_assert_int_eq(buffer_append_string(buffer, terms[test_random(state) % 8]), 0);
                return;
        }

        ck_assert_int_eq(buffer_append_format(buffer, "(%c", "&|!"[kind]), 0);
        for (uint64_t n = kind == 2 ? 1 : 1 + test_random(state) % 3; n > 0; n--)
                random_filter(state, depth + 1, buffer);
        ck_assert_int_eq(buffer_append_byte(buffer, ')'), 0);
}

/* De Morgan: NOT over AND is OR over NOTs. It holds in three values as it does in two. */
START_TEST(three_valued_logic_keeps_its_laws)
{
        uint64_t state = test_seed();

        for (unsigned i = 0; i < 500; i++) {
                _cleanup_buffer_ Buffer a = BUFFER_INIT, b = BUFFER_INIT, text = BUFFER_INIT,
                                        again = BUFFER_INIT;
                _cleanup_(filter_freep) Filter *filter = NULL;
                Truth left, right;

                random_filter(&state, 0, &a);
                random_filter(&state, 0, &b);
                ck_assert_int_eq(buffer_append_format(&text, "(!(&%s%s))", buffer_string(&a),
                                                      buffer_string(&b)),
                                 0);
                left = evaluate(buffer_string(&text));
                filter = parse(buffer_string(&text));
                ck_assert_str_eq(printed(filter, &again), buffer_string(&text));

                buffer_reset(&text);
                ck_assert_int_eq(buffer_append_format(&text, "(|(!%s)(!%s))", buffer_string(&a),
                                                      buffer_string(&b)),
                                 0);
                right = evaluate(buffer_string(&text));
                ck_assert_msg(left == right, "%s", buffer_string(&text));
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("filter");
        TCase *tcase = tcase_create("filter");

        tcase_add_checked_fixture(tcase, make_object, free_object);
        tcase_add_test(tcase, an_absent_attribute_is_false_and_not_over_it_true);
        tcase_add_test(tcase, an_unknown_attribute_is_undefined_and_stays_so);
        tcase_add_test(tcase, one_term_can_decide_whatever_is_undefined_beside_it);
        tcase_add_test(tcase, lists_nest);
        tcase_add_test(tcase,
                       values_that_are_there_count_even_where_the_attribute_was_not_declared_known);
        tcase_add_loop_test(tcase, values_compare_by_their_syntax, 0, (int)ARRAY_SIZE(truths));
        tcase_add_test(tcase, values_that_their_syntax_forbids_match_nothing);
        tcase_add_test(tcase, long_values_match_like_short_ones);
        tcase_add_test(tcase, what_the_database_keeps_in_columns_is_found_there);
        tcase_add_loop_test(tcase, a_filter_is_printed_as_ldapsearch_takes_it, 0,
                            (int)ARRAY_SIZE(prints));
        tcase_add_test(tcase, the_attributes_that_are_read_are_named);
        tcase_add_loop_test(tcase, what_an_object_must_have_or_must_not_have_is_seen, 0,
                            ARRAY_SIZE(wishes));
        tcase_add_loop_test(tcase, errors_quote_the_place_and_say_what_would_be_right, 0,
                            (int)ARRAY_SIZE(errors));
        tcase_add_test(tcase, depth_is_bounded);
        tcase_add_test(tcase, three_valued_logic_keeps_its_laws);
        suite_add_tcase(suite, tcase);
        return suite;
}
