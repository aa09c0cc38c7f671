/* SPDX-License-Identifier: MIT */

/*
 * What bites when mailboxes move to the cloud. Most of it is found by rules; that a login name is not the address, that no routing
 * address is there, and that a hidden mailbox will be seen is nothing wrong before the move, so no rule says it, and the objects are
 * asked here.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/html.h"
#include "ctl/report.h"
#include "lib/core/address.h"
#include "lib/core/value-text.h"

#define PAGE_SIZE 500

/* What is asked of the objects themselves. */
typedef enum Check {
        CHECK_ROUTING,
        CHECK_LOGIN,
        CHECK_HIDDEN,
} Check;

#define CHECK_MAX (CHECK_HIDDEN + 1)

typedef struct CheckText {
        const char *id, *title, *condition, *advice;
} CheckText;

static const CheckText check_texts[CHECK_MAX] = {
        [CHECK_ROUTING] = { "routing-address-missing", "mailbox without a routing address",
                            "It has a mailbox here, and no address at the tenant's routing domain: "
                            "once it has moved, mail that comes in here does not find it.",
                            "Let the address policy add nickname@ the routing domain before the "
                            "move." },
        [CHECK_LOGIN] = { "upn-not-primary", "login name is not the mail address",
                          "The user principal name is another than the primary address: after the "
                          "move Outlook and Teams ask for a name that nobody has been told.",
                          "Set the user principal name to the primary address, or tell people "
                          "which name to sign in with." },
        [CHECK_HIDDEN] = { "hidden-flag-lost", "hidden here, to be seen there",
                           "It is hidden from address lists, but has no mailNickname: the flag "
                           "does not flow to the cloud, and everybody will see it.",
                           "Give it a mailNickname before the move." },
};

/* In the order in which it would be noticed. */
typedef struct Topic {
        const char *title;
        int check; /* of Check; -1: none */
        const char *rules[6];
} Topic;

/* clang-format off */
static const Topic topics[] = {
        { "Mail would not find the mailbox", CHECK_ROUTING, { "remote-mailbox-broken", "target-address-invalid", "target-address-not-unique" } },
        { "Two mailboxes instead of one", -1, { "mailbox-guid-stale" } },
        { "Addresses would be lost", -1, { "proxy-unverified-domain", "proxy-reserved-suffix", "proxy-invalid", "proxy-no-prefix", "smtp-address-not-unique" } },
        { "People could not sign in as they are used to", CHECK_LOGIN, { "upn-unverified-domain", "upn-not-routable", "upn-invalid", "upn-not-unique" } },
        { "Who is hidden would be seen", CHECK_HIDDEN, { "exchange-attributes-dropped" } },
        { "Too many addresses", -1, { "proxy-too-many", "proxy-too-long" } },
};
/* clang-format on */

/* One pass over all objects in scope; rows wait in files until their section comes, however many they are. */
typedef struct Cutover {
        Report *report;
        Slice routing_domain; /* empty: not configured */
        FILE *rows[CHECK_MAX];
        size_t n[CHECK_MAX];
} Cutover;

static void cutover_done(Cutover *cutover)
{
        for (size_t i = 0; i < CHECK_MAX; i++)
                if (cutover->rows[i])
                        (void)fclose(cutover->rows[i]);
}

static int cutover_init(Cutover *cutover, Report *report)
{
        const char *domain = report->config->tenant.routing_domain;

        *cutover = (Cutover){ .report = report };
        if (domain)
                cutover->routing_domain = SLICE(domain);
        for (size_t i = 0; i < CHECK_MAX; i++) {
                cutover->rows[i] = tmpfile();
                if (!cutover->rows[i])
                        return -errno;
        }
        return 0;
}

/* --- asking an object --- */

static bool is_true(const Object *object, AttributeId attribute)
{
        const Value *value = object_value(object, attribute);

        return value && text_equals_nocase((Slice){ value->data, value->size }, "TRUE");
}

/* The primary address; is there one at the routing domain? */
static int read_addresses(const Cutover *cutover, const Object *object, Address *ret_primary,
                          bool *ret_is_routed)
{
        const Value *values;
        size_t n;
        int r;

        values = object_values(object, ATTRIBUTE_PROXY_ADDRESSES, &n);
        *ret_is_routed = false;
        *ret_primary = (Address){};
        for (size_t i = 0; i < n; i++) {
                Address address = address_parse_proxy(values[i].data, values[i].size);

                if (address.type != ADDRESS_SMTP)
                        continue;
                if (address.is_primary)
                        *ret_primary = address;
                r = text_equal_ad(address.domain.data, address.domain.size,
                                  cutover->routing_domain.data, cutover->routing_domain.size);
                if (r < 0)
                        return r;
                *ret_is_routed = *ret_is_routed || r > 0;
        }
        return 0;
}

static int write_row(Cutover *cutover, Check check, const Object *object, const char *attribute,
                     Slice value, const char *other_attribute, Slice other)
{
        _cleanup_buffer_ Buffer dn = BUFFER_INIT, first = BUFFER_INIT, second = BUFFER_INIT;
        FILE *stream = cutover->rows[check];
        int r;

        if ((r = value_text_string((Slice){ object->dn.data, object->dn.size }, &dn)) < 0 ||
            (r = value_text_string(value, &first)) < 0 ||
            (r = value_text_string(other, &second)) < 0)
                return r;
        if (!buffer_string(&dn) || !buffer_string(&first) || !buffer_string(&second))
                return -ENOMEM;

        cutover->n[check]++;
        (void)fputs("<tr data-severity=\"warning\"><td class=\"who\">", stream);
        r = report_object(stream, (const char *)dn.data, kind_name(object->kind));
        (void)fputs("</td><td>", stream);
        if (r >= 0 && first.size > 0)
                r = report_value(stream, attribute, (const char *)first.data);
        (void)fputs("</td><td>", stream);
        if (r >= 0 && second.size > 0)
                r = report_value(stream, other_attribute, (const char *)second.data);
        (void)fputs("</td></tr>\n", stream);
        return r;
}

static int ask_login(Cutover *cutover, const Object *object, const Address *primary)
{
        const Value *login = object_value(object, ATTRIBUTE_USER_PRINCIPAL_NAME);
        int r;

        if (!login || primary->type != ADDRESS_SMTP)
                return 0;
        r = text_equal_ad(login->data, login->size, primary->address.data, primary->address.size);
        if (r != 0)
                return r < 0 ? r : 0;
        return write_row(cutover, CHECK_LOGIN, object, "userPrincipalName",
                         (Slice){ login->data, login->size }, "primary", primary->address);
}

static int ask_object(Cutover *cutover, const Object *object)
{
        bool is_person = object->kind == KIND_USER || object->kind == KIND_INETORGPERSON, is_routed;
        Slice nothing = {};
        Address primary;
        int r;

        r = read_addresses(cutover, object, &primary, &is_routed);
        if (r >= 0 && is_person)
                r = ask_login(cutover, object, &primary);
        if (r >= 0 && is_person && !is_routed && cutover->routing_domain.size > 0 &&
            object_has(object, ATTRIBUTE_MS_EXCH_MAILBOX_GUID))
                r = write_row(cutover, CHECK_ROUTING, object, NULL, nothing, "primary",
                              primary.address);
        if (r >= 0 && is_true(object, ATTRIBUTE_MS_EXCH_HIDE_FROM_ADDRESS_LISTS) &&
            !object_has(object, ATTRIBUTE_MAIL_NICKNAME))
                r = write_row(cutover, CHECK_HIDDEN, object, "msExchHideFromAddressLists",
                              SLICE("TRUE"), "primary", primary.address);
        return r;
}

static int ask_one(Cutover *cutover, int64_t id)
{
        _cleanup_(object_info_done) ObjectInfo info = {};
        _cleanup_(object_freep) Object *object = NULL;
        int r;

        r = object_new(&object);
        if (r >= 0)
                r = query_object(cutover->report->store, id, object, &info);
        return r <= 0 ? r : ask_object(cutover, object);
}

static int ask_all(Cutover *cutover)
{
        int64_t ids[PAGE_SIZE], after = 0;
        int n, r = 0;

        do {
                n = query_in_scope(cutover->report->store, after, ids, PAGE_SIZE);
                if (n < 0)
                        return n;
                for (int i = 0; i < n && r >= 0; i++)
                        r = ask_one(cutover, after = ids[i]);
        } while (n == PAGE_SIZE && r >= 0);

        return r;
}

/* --- writing --- */

static int print_check(Cutover *cutover, Check check)
{
        const CheckText *text = &check_texts[check];
        FILE *stream = cutover->report->stream, *rows = cutover->rows[check];
        char block[4096];
        size_t n;
        int r;

        if (cutover->n[check] == 0)
                return 0;
        if (fflush(rows) != 0 || fseek(rows, 0, SEEK_SET) < 0)
                return -errno;

        r = report_section(stream, text->id, text->title, text->condition, text->advice,
                           cutover->n[check]);
        (void)fputs(
                "<table class=\"stack\"><thead><tr><th scope=\"col\" class=\"who\">Object</th><th "
                "scope=\"col\">Value</th><th scope=\"col\">Address</th></tr></thead>\n<tbody>\n",
                stream);
        while ((n = fread(block, 1, sizeof(block), rows)) > 0)
                (void)fwrite(block, 1, n, stream);
        (void)fputs("</tbody></table>\n</section>\n", stream);
        return r < 0 ? r : ferror(rows) ? -EIO : 0;
}

static bool is_counted(const Report *report, const char *rule)
{
        for (size_t i = 0; i < report->status.n_counts; i++)
                if (strcmp(report->status.counts[i].rule, rule) == 0)
                        return true;
        return false;
}

static int print_topic(Cutover *cutover, const Topic *topic)
{
        Report *report = cutover->report;
        FILE *stream = report->stream;
        bool has_any = topic->check >= 0 && cutover->n[topic->check] > 0;
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(topic->rules) && topic->rules[i]; i++)
                has_any = has_any || is_counted(report, topic->rules[i]);

        (void)fputs("<h2>", stream);
        r = html_text(stream, topic->title);
        (void)fputs("</h2>\n", stream);
        if (topic->check == CHECK_ROUTING && cutover->routing_domain.size == 0)
                (void)fputs("<p>Which mailboxes have no routing address is not known: "
                            "RoutingDomain= is not set "
                            "in scand.conf.</p>\n",
                            stream);
        else if (!has_any)
                (void)fputs("<p class=\"soft\">Nothing of the kind.</p>\n", stream);

        if (r >= 0 && topic->check >= 0)
                r = print_check(cutover, (Check)topic->check);
        for (size_t i = 0; i < ARRAY_SIZE(topic->rules) && topic->rules[i] && r >= 0; i++)
                r = report_rule(report, topic->rules[i]);
        return r;
}

int report_cutover(Report *report)
{
        _cleanup_(cutover_done) Cutover cutover = {};
        int r;

        r = cutover_init(&cutover, report);
        if (r >= 0)
                r = ask_all(&cutover);
        for (size_t i = 0; i < ARRAY_SIZE(topics) && r >= 0; i++)
                r = print_topic(&cutover, &topics[i]);
        return r;
}
