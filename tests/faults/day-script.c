/* SPDX-License-Identifier: MIT */

/* The script of a day: what happens in the directory, and what is made of it. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/event.h"
#include "lib/state/query.h"
#include "lib/state/retain.h"
#include "tests/faults/day-internal.h"
#include "tests/unit/check-main.h"

enum {
        USERS = 4,
        DAY_SECONDS = 86400,
};

char *day_format(const char *format, ...)
{
        va_list arguments;
        char *text;

        va_start(arguments, format);
        ck_assert_int_ge(vasprintf(&text, format, arguments), 0);
        va_end(arguments);
        return text;
}

/* --- what happens in the directory --- */

static int add_user(Day *day, unsigned domain, int parent, unsigned number, const char *address)
{
        char *rdn = day_format("CN=user %u", number),
             *attributes = day_format("sAMAccountName: user%u; displayName: User %u; mailNickname: "
                                      "user%u; userPrincipalName: user%u@contoso.com; "
                                      "mail: %s; proxyAddresses: SMTP:%s",
                                      number, number, number, number, address, address);
        int node = lab_add(&day->lab, domain, parent, "user", rdn, attributes);

        free(rdn);
        free(attributes);
        return node;
}

/* Nodes of the first domain that later steps speak of. */
enum {
        NODE_PEOPLE = 1,
        NODE_BERLIN,
        NODE_USER,
        NODE_SAME = NODE_USER + USERS, /* has the address of a user in the other domain */
        NODE_CONTACT,
        NODE_ODD, /* a class that is not kept, with a user below */
};

static void morning(Day *day)
{
        Lab *lab = &day->lab;

        ck_assert_int_eq(lab_add(lab, 0, 0, "organizationalUnit", "OU=People", NULL), NODE_PEOPLE);
        ck_assert_int_eq(lab_add(lab, 0, NODE_PEOPLE, "organizationalUnit", "OU=Berlin", NULL),
                         NODE_BERLIN);
        for (unsigned i = 0; i < USERS; i++) {
                char *address = day_format("user%u@contoso.com", i);

                ck_assert_int_eq(add_user(day, 0, NODE_BERLIN, i, address), NODE_USER + (int)i);
                free(address);
        }
        ck_assert_int_eq(add_user(day, 0, NODE_PEOPLE, 50, "same@contoso.com"), NODE_SAME);
        ck_assert_int_eq(
                lab_add(lab, 0, NODE_PEOPLE, "contact", "CN=contact", "displayName: Contact"),
                NODE_CONTACT);
        ck_assert_int_eq(lab_add(lab, 0, 0, "printQueue", "CN=odd", NULL), NODE_ODD);
        add_user(day, 0, NODE_ODD, 51, "odd@contoso.com");

        lab_add(lab, 1, 0, "organizationalUnit", "OU=Sales", NULL);
        add_user(day, 1, 1, 60, "same@contoso.com");
        add_user(day, 1, 1, 61, "not an address");
        lab_add(lab, 1, 1, "group", "CN=list", "sAMAccountName: list; groupType: 8");
}

/* One address moves, one comes twice, one contact is mended, somebody goes. */
static void noon(Day *day)
{
        Lab *lab = &day->lab;

        lab_set(lab, 0, NODE_USER,
                "mail: moved@contoso.com; proxyAddresses: SMTP:moved@contoso.com");
        lab_set(lab, 0, NODE_USER + 1,
                "mail: user0@contoso.com; proxyAddresses: SMTP:user0@contoso.com");
        lab_set(lab, 0, NODE_USER + 2, "mail: twice@contoso.com; userPrincipalName: not valid");
        lab_set(lab, 0, NODE_USER + 3, "mail: twice@contoso.com");
        lab_set(lab, 0, NODE_CONTACT, "proxyAddresses: SMTP:contact@partner.com");
        lab_delete(lab, 0, NODE_SAME);
        add_user(day, 0, NODE_PEOPLE, 52, "new@contoso.com");
}

static void afternoon(Day *day)
{
        lab_rename(&day->lab, 0, NODE_PEOPLE, "OU=Staff");
        lab_move(&day->lab, 0, NODE_USER, NODE_PEOPLE);
        lab_restore(&day->lab, 0, NODE_SAME);
        lab_set(&day->lab, 0, NODE_USER + 3, "mail: once@contoso.com");
}

static void reload(Day *day)
{
        lab_configure(&day->lab, "[tenant]\nVerifiedDomain=contoso.com\n",
                      "ExcludeOU=OU=Berlin,OU=Staff,DC=corp,DC=example\n", NULL);
}

/* Gone without a tombstone that anybody may see. */
static void evening(Day *day)
{
        lab_delete(&day->lab, 0, NODE_USER + 1);
        lab_set(&day->lab, 0, NODE_CONTACT, "mail: contact@partner.com");
}

static void weeks_later(Day *day)
{
        day->lab.now += 1000 * (int64_t)DAY_SECONDS;
}

/* --- the steps --- */

static int answer_stage(Day *day, Apply *apply)
{
        Guid guid;
        int r;

        for (size_t i = 0; i < day->n_objects; i++) {
                r = apply_stage(apply, day->objects[i]);
                if (r < 0)
                        return r;
        }
        /* Nothing comes for them: their names are taken from their children. */
        do
                r = apply_next_unknown_parent(apply, &guid);
        while (r > 0);
        return r;
}

/* All that did not come is gone. */
static int answer_prove(Apply *apply)
{
        const Guid *absent;
        size_t n;
        int r;

        do
                r = apply_absent_find(apply, 3);
        while (r == APPLY_MORE);
        if (r < 0)
                return r;

        absent = apply_absent(apply, &n);
        for (size_t i = 0; i < n; i++) {
                r = apply_absent_confirm(apply, &absent[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int attempt_answer(Day *day)
{
        const DayStep *step = day_step(day);
        LabDomain *directory = &day->lab.domains[step->domain];
        const ApplySettings settings = {
                .config = day->lab.config,
                .domain_config = directory->config,
                .now = ++day->lab.now,
                .invocation_id = directory->invocation_id,
                .requested = day->lab.requested,
        };
        Cursor cursor = {
                .dc = (char *)"dc.example",
                .invocation_id = directory->invocation_id,
                .watermark = directory->usn,
                .polled_at = day->lab.now,
        };
        _cleanup_(apply_freep) Apply *apply = NULL;
        int r;

        r = apply_new(day->lab.store, &directory->domain, step->kind, &settings, &apply);
        if (r < 0)
                return r;
        if (day->lab.is_cramped)
                lab_cramp(apply);
        if (step->kind != APPLY_REEVALUATE)
                r = answer_stage(day, apply);
        if (r >= 0 && step->kind == APPLY_FULL)
                r = answer_prove(apply);
        if (r >= 0)
                r = apply_accept(apply, step->kind == APPLY_REEVALUATE ? NULL : &cursor);
        if (r < 0)
                return r;

        do
                r = apply_step(apply, 3);
        while (r == APPLY_MORE);
        return r;
}

static int open_domain(Day *day, unsigned i)
{
        LabDomain *directory = &day->lab.domains[i];
        char *configuration;
        int r;

        r = domain_load(day->lab.store, directory->name, &directory->domain);
        if (r < 0)
                return r;

        configuration = directory->domain.configuration_nc
                                ? NULL
                                : strdup(i == 0 ? "CN=Configuration,DC=corp,DC=example"
                                                : "CN=Configuration,DC=sales,DC=example");
        if (directory->domain.configuration_nc)
                return 0;
        if (!configuration)
                return -ENOMEM;
        directory->domain.configuration_nc = configuration;
        return domain_save(day->lab.store, &directory->domain);
}

int day_open(Day *day)
{
        char path[64], *error = NULL;
        int r;

        (void)snprintf(path, sizeof(path), "%s/scand.db", day->lab.folder);
        r = store_open(path, STORE_WRITE, &day->lab.store, &error);
        /* Whoever starts it is told which file, unless there was no memory to say so. */
        if (r < 0 && (error ? !strstr(error, path) : r != -ENOMEM))
                day->complaint = "failed to open without a sentence that names the file";
        free(error);
        if (r < 0)
                return r;

        for (unsigned i = 0; r >= 0 && i < day->lab.n_domains; i++)
                r = open_domain(day, i);
        if (r < 0)
                day_close(day);
        return r;
}

static int attempt_close(Day *day)
{
        day_close(day);
        return 0;
}

static int attempt_checkpoint(Day *day)
{
        return store_checkpoint(day->lab.store);
}

static int attempt_retain(Day *day)
{
        int r;

        do
                r = retain_step(day->lab.store, day->lab.config, day->lab.now, 1000);
        while (r == RETAIN_MORE);
        return r;
}

static int told(const Event *event, void *userdata)
{
        *(int64_t *)userdata = event->id;
        return 0;
}

static int attempt_publish(Day *day)
{
        int64_t last;
        int r;

        r = event_published_get(day->lab.store, &last);
        if (r >= 0)
                r = event_walk(day->lab.store, last, 1000, told, &last);
        if (r >= 0)
                r = event_published_set(day->lab.store, last);
        return r;
}

static int ask(Day *day, Store *store)
{
        static const FindingFilter filter = { .least = SEVERITY_NOTICE };
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        _cleanup_(finding_page_freep) FindingPage *page = NULL;
        size_t n;
        int r;

        r = finding_list_new(store, day->lab.config, &filter, &list);
        if (r < 0)
                return r;
        n = finding_list_size(list);
        r = finding_list_page(list, 0, n, 20, &page);
        if (r < 0)
                return r;
        if (page->n_records != n)
                day->complaint = "gave fewer findings than it promised";
        day->answered = (int64_t)n;
        return 0;
}

/* As scanctl does, beside the daemon. */
static int attempt_ask(Day *day)
{
        char path[64], *error = NULL;
        Store *store = NULL;
        int r;

        (void)snprintf(path, sizeof(path), "%s/scand.db", day->lab.folder);
        r = store_open(path, STORE_READ, &store, &error);
        if (r < 0 && !error && r != -ENOMEM)
                day->complaint = "failed to open for reading without a sentence";
        free(error);
        if (r >= 0)
                r = ask(day, store);
        store_close(store);
        return r;
}

static const DayStep steps[] = {
        { "make the database", NULL, day_open, 0, APPLY_DELTA },
        { "first read", morning, attempt_answer, 0, APPLY_FIRST },
        { "first read of the second domain", NULL, attempt_answer, 1, APPLY_FIRST },
        { "delta", noon, attempt_answer, 0, APPLY_DELTA },
        { "tell the journal", NULL, attempt_publish, 0, APPLY_DELTA },
        { "delta with an OU renamed", afternoon, attempt_answer, 0, APPLY_DELTA },
        { "checkpoint", NULL, attempt_checkpoint, 0, APPLY_DELTA },
        { "judge again after a reload", reload, attempt_answer, 0, APPLY_REEVALUATE },
        { "full read", evening, attempt_answer, 0, APPLY_FULL },
        { "ask", NULL, attempt_ask, 0, APPLY_DELTA },
        { "forget", weeks_later, attempt_retain, 0, APPLY_DELTA },
        { "close", NULL, attempt_close, 0, APPLY_DELTA },
        { "open", NULL, day_open, 0, APPLY_DELTA },
};

const DayStep *day_step(const Day *day)
{
        return &steps[day->step];
}

unsigned day_steps(void)
{
        return ARRAY_SIZE(steps);
}

const char *day_step_name(unsigned step)
{
        return steps[step].name;
}

bool day_is_opening(const Day *day)
{
        return day_step(day)->attempt == day_open;
}

bool day_is_answer(const Day *day)
{
        return day_step(day)->attempt == attempt_answer;
}

bool day_is_question(const Day *day)
{
        return day_step(day)->attempt == attempt_ask;
}
