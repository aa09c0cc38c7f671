/* SPDX-License-Identifier: MIT */

/*
 * The property above all others: following deltas ends in the same objects, names, claims, findings and counters as one fresh
 * full read, whatever happened on the way. Random histories of small directories, in which values collide all the time.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/apply-lab.h"
#include "tests/unit/check-main.h"

static unsigned pick(Lab *lab, unsigned n)
{
        return (unsigned)(test_random(&lab->random) % n);
}

static const char *one_of(Lab *lab, const char *const *texts, size_t n)
{
        return texts[pick(lab, (unsigned)n)];
}

static const char *const addresses[] = {
        "anna@corp.example",
        "ANNA@corp.example",
        "bernd@corp.example",
        "m\303\274ller@corp.example",
        "muller@corp.example",
        "dora@sales.example",
        "not an address",
        "",
        "emil@contoso.onmicrosoft.com",
};

static const char *const sids[] = {
        "010500000000000515000000010000000200000003000000e8030000",
        "010500000000000515000000010000000200000003000000e9030000",
        "010500000000000515000000010000000200000003000000ea030000",
        "",
};

static const char *const words[] = { "anna",        "bernd",   "CAS_{x}",
                                     "User_NoSync", "Group_x", "SystemMailbox{1}",
                                     "krbtgt",      " ",       "" };

static const char *const numbers[] = { "512", "514", "2", "1", "16", "8192", "2147483648", "" };

static const char *const anchors[] = { "00112233445566778899aabbccddeeff",
                                       "ffeeddccbbaa99887766554433221100", "" };

/* Sets one attribute at random; several values where there may be. */
static void set_something(Lab *lab, unsigned domain, int node)
{
        const char *address = one_of(lab, addresses, ARRAY_SIZE(addresses));
        const char *other = one_of(lab, addresses, ARRAY_SIZE(addresses));
        const char *word = one_of(lab, words, ARRAY_SIZE(words)),
                   *sid = one_of(lab, sids, ARRAY_SIZE(sids));
        char text[300];

        switch (pick(lab, 13)) {
        case 0:
                snprintf(text, sizeof(text), "mail: %s", address);
                break;
        case 1:
                snprintf(text, sizeof(text), "proxyAddresses: SMTP:%s; proxyAddresses: smtp:%s",
                         address, other);
                break;
        case 2:
                snprintf(text, sizeof(text),
                         "proxyAddresses: sip:%s; proxyAddresses: X500:/o=x/cn=%s", address, word);
                break;
        case 3:
                snprintf(text, sizeof(text), "userPrincipalName: %s", address);
                break;
        case 4:
                snprintf(text, sizeof(text), "mailNickname: %s", word);
                break;
        case 5:
                snprintf(text, sizeof(text), "targetAddress: SMTP:%s", address);
                break;
        case 6:
                snprintf(text, sizeof(text), "objectSid: %s", sid);
                break;
        case 7:
                /* A linked mailbox, whose account may be anywhere or nowhere. */
                snprintf(text, sizeof(text),
                         "msExchMasterAccountSid: %s; msExchRecipientTypeDetails: 2", sid);
                break;
        case 8:
                snprintf(text, sizeof(text), "msExchRecipientTypeDetails: %s",
                         one_of(lab, numbers, ARRAY_SIZE(numbers)));
                break;
        case 9:
                snprintf(text, sizeof(text), "adminDescription: %s", word);
                break;
        case 10:
                snprintf(text, sizeof(text), "userAccountControl: %s",
                         one_of(lab, numbers, ARRAY_SIZE(numbers)));
                break;
        case 11:
                snprintf(text, sizeof(text), "mS-DS-ConsistencyGuid: %s",
                         one_of(lab, anchors, ARRAY_SIZE(anchors)));
                break;
        default:
                snprintf(text, sizeof(text), "sAMAccountName: %s; displayName: %s", word, word);
                break;
        }
        lab_set(lab, domain, node, text);
}

static bool is_container(const Lab *lab, unsigned domain, int node)
{
        const char *class = lab->domains[domain].nodes[node].class;

        return strcmp(class, "organizationalUnit") == 0 || strcmp(class, "domainDNS") == 0;
}

/* A live node: a container or any; -1 where luck did not find one. Users may carry others, as some directories have it. */
static int find_node(Lab *lab, unsigned domain, bool want_container)
{
        for (unsigned i = 0; i < 20; i++) {
                int node = (int)pick(lab, (unsigned)lab->domains[domain].n);

                if (lab->domains[domain].nodes[node].is_deleted)
                        continue;
                if (!want_container || is_container(lab, domain, node) || pick(lab, 40) == 0)
                        return node;
        }
        return -1;
}

static void add_something(Lab *lab, unsigned domain)
{
        static const char *const classes[] = {
                "user", "user", "user", "inetOrgPerson", "contact", "group", "organizationalUnit"
        };
        const char *class = one_of(lab, classes, ARRAY_SIZE(classes));
        int parent = find_node(lab, domain, true), node;
        char rdn[64];

        if (parent < 0)
                return;

        /* One of the names is a place that rules know. */
        if (strcmp(class, "organizationalUnit") == 0 && pick(lab, 4) == 0)
                snprintf(rdn, sizeof(rdn), "CN=Microsoft Exchange System Objects");
        else
                snprintf(rdn, sizeof(rdn), "%s=n%zu",
                         strcmp(class, "organizationalUnit") == 0 ? "OU" : "CN",
                         lab->domains[domain].n);
        node = lab_add(lab, domain, parent, class, rdn, "sAMAccountName: s; groupType: 2");
        for (unsigned i = pick(lab, 5); i > 0; i--)
                set_something(lab, domain, node);
}

static void move_something(Lab *lab, unsigned domain)
{
        int node = find_node(lab, domain, false), parent = find_node(lab, domain, true);

        if (node > 0 && parent >= 0 && !lab_is_below(lab, domain, parent, node))
                lab_move(lab, domain, node, parent);
}

static void rename_something(Lab *lab, unsigned domain)
{
        int node = find_node(lab, domain, pick(lab, 2));
        char rdn[64];

        if (node <= 0)
                return;
        snprintf(rdn, sizeof(rdn), "%s=%s%u", is_container(lab, domain, node) ? "OU" : "CN",
                 pick(lab, 8) ? "r" : "x\\0ACNF:", pick(lab, 1000));
        lab_rename(lab, domain, node, rdn);
}

static void restore_something(Lab *lab, unsigned domain)
{
        LabDomain *directory = &lab->domains[domain];
        int node = (int)pick(lab, (unsigned)directory->n);

        if (!directory->nodes[node].is_deleted)
                return;
        if (directory->nodes[directory->nodes[node].parent].is_deleted)
                directory->nodes[node].parent = 0;
        lab_restore(lab, domain, node);
}

static void change_something(Lab *lab, unsigned domain)
{
        int node;

        switch (pick(lab, 10)) {
        case 0:
        case 1:
        case 2:
                add_something(lab, domain);
                break;
        case 3:
                move_something(lab, domain);
                break;
        case 4:
                rename_something(lab, domain);
                break;
        case 5:
                node = find_node(lab, domain, false);
                if (node > 0)
                        lab_delete(lab, domain, node);
                break;
        case 6:
                restore_something(lab, domain);
                break;
        default:
                node = find_node(lab, domain, false);
                if (node > 0)
                        set_something(lab, domain, node);
                break;
        }
}

static void change_configuration(Lab *lab)
{
        static const char *const common[] = {
                NULL,
                "[tenant]\nUserMatch=mail\n",
                "[tenant]\nVerifiedDomain=corp.example\nInitialDomain=contoso.onmicrosoft.com\n",
                "[rule upn-missing]\nEnabled=no\n",
                "[rule smtp-address-not-unique]\nSeverity=notice\n",
        };
        char first[200] = "", second[200] = "";
        char *dn;

        if (pick(lab, 2)) {
                int node = find_node(lab, 0, true);

                if (node >= 0) {
                        dn = lab_dn(lab, 0, node);
                        snprintf(first, sizeof(first), "%s=%s\n",
                                 pick(lab, 2) ? "IncludeOU" : "ExcludeOU", dn);
                        free(dn);
                }
        }
        if (lab->n_domains > 1 && pick(lab, 3) == 0)
                snprintf(second, sizeof(second), "ExcludeOU=OU=n3,DC=sales,DC=example\n");
        lab_configure(lab, one_of(lab, common, ARRAY_SIZE(common)), first, second);
}

/* Another version asks for more or less of every object: that takes a full read. */
static void change_requested(Lab *lab)
{
        static const AttributeId optional[] = { ATTRIBUTE_ADMIN_DESCRIPTION,
                                                ATTRIBUTE_MAIL_NICKNAME, ATTRIBUTE_TARGET_ADDRESS };
        AttributeId id = optional[pick(lab, ARRAY_SIZE(optional))];

        if (attribute_set_has(&lab->requested, id))
                attribute_set_remove(&lab->requested, id);
        else
                attribute_set_add(&lab->requested, id);
        for (unsigned i = 0; i < lab->n_domains; i++)
                if (lab->domains[i].domain.is_ready)
                        lab_read(lab, i);
}

/* Says where two texts of lines part. */
static void expect_same(const char *followed, const char *fresh)
{
        size_t same = 0, line = 0;

        if (strcmp(followed, fresh) == 0)
                return;

        for (; followed[same] == fresh[same]; same++)
                if (followed[same] == '\n')
                        line = same + 1;
        ck_abort_msg("followed: %.*s\nfresh:    %.*s", (int)strcspn(followed + line, "\n"),
                     followed + line, (int)strcspn(fresh + line, "\n"), fresh + line);
}

/* An answer that ends before its time: nothing of it must show. */
static void interrupt_something(Lab *lab, unsigned domain)
{
        LabDomain *directory = &lab->domains[domain];
        ApplyKind kind = !directory->domain.is_ready ? APPLY_FIRST
                         : pick(lab, 3)              ? APPLY_DELTA
                                                     : APPLY_FULL;
        int64_t above = kind == APPLY_DELTA ? directory->domain.cursor.watermark : 0;
        char *before = lab_dump_ready(lab), *after;
        Apply *apply = lab_begin(lab, domain, kind);
        bool is_committed = false;

        for (size_t i = 0; i < directory->n; i++)
                if (directory->nodes[i].usn > above)
                        lab_stage(lab, apply, domain, (int)i);

        lab_stage_parents(lab, apply, domain);
        if (pick(lab, 2)) {
                lab_accept(lab, apply, domain, directory->usn);
                for (unsigned i = pick(lab, 200); i > 0 && !is_committed; i--)
                        is_committed = apply_step(apply, 1) == 0;
        }
        apply_free(apply);

        after = lab_dump_ready(lab);
        if (!is_committed)
                expect_same(before, after);
        free(before);
        free(after);
}

/* A full read during which the directory changes: some entries are old, some come twice, some not at all. */
static void read_while_changing(Lab *lab, unsigned domain)
{
        LabDomain *directory = &lab->domains[domain];
        ApplyKind kind = directory->domain.is_ready ? APPLY_FULL : APPLY_FIRST;
        int64_t watermark = directory->usn;
        Apply *apply = lab_begin(lab, domain, kind);
        size_t n = directory->n;

        for (size_t i = 0; i < n; i++) {
                if (pick(lab, 4) == 0)
                        change_something(lab, domain);
                lab_stage(lab, apply, domain, (int)i);
                if (pick(lab, 6) == 0)
                        lab_stage(lab, apply, domain, (int)pick(lab, (unsigned)directory->n));
        }

        lab_stage_parents(lab, apply, domain);
        lab_accept(lab, apply, domain, watermark);
        lab_finish(lab, apply);
}

/* The same of a delta. */
static void poll_while_changing(Lab *lab, unsigned domain)
{
        LabDomain *directory = &lab->domains[domain];
        int64_t watermark = directory->usn, above = directory->domain.cursor.watermark;
        Apply *apply = lab_begin(lab, domain, APPLY_DELTA);

        for (size_t i = 0; i < directory->n; i++) {
                if (pick(lab, 10) == 0)
                        change_something(lab, domain);
                if (directory->nodes[i].usn > above || pick(lab, 10) == 0)
                        lab_stage(lab, apply, domain, (int)i);
        }

        lab_stage_parents(lab, apply, domain);
        lab_accept(lab, apply, domain, watermark);
        lab_finish(lab, apply);
}

static void compare_with_fresh_read(Lab *lab)
{
        char *followed, *fresh;

        /* Twice: a changed configuration is told to one domain after the other. */
        for (unsigned round = 0; round < 2; round++)
                for (unsigned i = 0; i < lab->n_domains; i++)
                        if (lab->domains[i].domain.is_ready)
                                lab_poll(lab, i);
                        else
                                lab_read(lab, i);

        followed = lab_dump(lab);
        fresh = lab_dump_fresh(lab);
        expect_same(followed, fresh);
        free(followed);
        free(fresh);
}

static void live(Lab *lab)
{
        unsigned domain = pick(lab, (unsigned)lab->n_domains);
        bool is_ready = lab->domains[domain].domain.is_ready;

        switch (pick(lab, 40)) {
        case 0:
                lab_read(lab, domain);
                break;
        case 1:
                if (is_ready)
                        lab_reevaluate(lab, domain);
                break;
        case 2:
                change_configuration(lab);
                break;
        case 12:
                change_requested(lab);
                break;
        case 3:
        case 4:
                interrupt_something(lab, domain);
                break;
        case 5:
                read_while_changing(lab, domain);
                break;
        case 6:
        case 7:
                if (is_ready)
                        poll_while_changing(lab, domain);
                break;
        case 8:
        case 9:
        case 10:
        case 11:
                if (is_ready)
                        lab_poll(lab, domain);
                break;
        default:
                change_something(lab, domain);
                break;
        }
}

START_TEST(following_ends_where_a_fresh_read_does)
{
        Lab lab;

        lab_init(&lab, 1 + (size_t)_i % 2);
        lab.random = test_seed() + (uint64_t)_i;
        for (unsigned i = 0; i < 200; i++) {
                live(&lab);
                if (i % 50 == 49)
                        compare_with_fresh_read(&lab);
        }
        lab_done(&lab);
}
END_TEST

/* While it was deleted, its OU left the scope; with it, the OU comes back under another name. */
START_TEST(what_is_restored_claims_what_it_is)
{
        Lab lab;
        int unit, node;

        lab_init(&lab, 1);
        unit = lab_add(&lab, 0, 0, "organizationalUnit", "OU=people", "");
        node = lab_add(&lab, 0, unit, "user", "CN=anna", "sAMAccountName: anna; mail: anna@corp.example");
        lab_read(&lab, 0);
        lab_delete(&lab, 0, node);
        lab_poll(&lab, 0);
        lab_configure(&lab, NULL, "ExcludeOU=OU=people,DC=corp,DC=example\n", NULL);
        lab_reevaluate(&lab, 0);

        lab_rename(&lab, 0, unit, "OU=staff");
        lab_restore(&lab, 0, node);
        compare_with_fresh_read(&lab);
        lab_done(&lab);
}
END_TEST

/* One answer, applied by a process that is killed in the middle of it, or just after. */
static void live_and_die(Lab *lab, unsigned steps)
{
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                LabDomain *directory = &lab->domains[0];
                Apply *apply;

                lab_open_store(lab);
                apply = lab_begin(lab, 0, directory->domain.is_ready ? APPLY_DELTA : APPLY_FIRST);

                for (size_t i = 0; i < directory->n; i++)
                        if (directory->nodes[i].usn > directory->domain.cursor.watermark)
                                lab_stage(lab, apply, 0, (int)i);
                lab_stage_parents(lab, apply, 0);
                lab_accept(lab, apply, 0, directory->usn);
                while (steps-- > 0 && apply_step(apply, 1) > 0)
                        ;
                (void)kill(getpid(), SIGKILL);
        }

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFSIGNALED(status));
        lab->now++; /* the child's answer had this time */
}

START_TEST(a_kill_at_any_step_is_before_or_after)
{
        Lab lab;

        lab_init_file(&lab, 1);
        lab.random = test_seed() + 7 * (uint64_t)_i;
        for (unsigned round = 0; round < 12; round++) {
                for (unsigned i = 0; i < 25; i++)
                        change_something(&lab, 0);

                /* The child opens the file anew: a connection does not survive a fork. */
                lab_close_store(&lab);
                live_and_die(&lab, pick(&lab, 400));
                lab_open_store(&lab);
        }
        compare_with_fresh_read(&lab);
        lab_done(&lab);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-history");
        TCase *tcase = tcase_create("apply-history");

        (void)test_seed(); /* one for all, which fork into processes of their own */
        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, following_ends_where_a_fresh_read_does, 0, 40);
        tcase_add_test(tcase, what_is_restored_claims_what_it_is);
        tcase_add_loop_test(tcase, a_kill_at_any_step_is_before_or_after, 0, 3);
        suite_add_tcase(suite, tcase);
        return suite;
}
