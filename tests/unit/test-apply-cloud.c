/* SPDX-License-Identifier: MIT */

/*
 * An inventory of the cloud beside directories that change: whatever came first and in whatever pieces, what is found is what judging
 * everything anew finds.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/value-text.h"
#include "lib/state/apply-internal.h"
#include "lib/state/cloud-import.h"
#include "lib/state/cloud-orphan.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

static void configure(void)
{
        lab_configure(&lab,
                      "[tenant]\nInitialDomain=c.onmicrosoft.com\nVerifiedDomain=c.com\n"
                      "SourceAnchor=mS-DS-ConsistencyGuid\n",
                      NULL, NULL);
}

static void set_up(void)
{
        lab_init(&lab, 2);
        configure();
}

static int add_user(unsigned domain, const char *name, const char *address)
{
        char rdn[40], attributes[400];

        (void)snprintf(rdn, sizeof(rdn), "CN=%s", name);
        (void)snprintf(attributes, sizeof(attributes),
                       "sAMAccountName: %s; displayName: %s; userAccountControl: 512; "
                       "userPrincipalName: %s@c.com; proxyAddresses: SMTP:%s@c.com",
                       name, name, name, address);
        return lab_add(&lab, domain, 0, "user", rdn, attributes);
}

/* A user of the cloud as Graph shows it. `node` of the first domain, or -1: whose anchor it has. */
static void write_user(Buffer *json, unsigned number, const char *address, int node, bool is_synced,
                       bool is_guest)
{
        _cleanup_buffer_ Buffer anchor = BUFFER_INIT;
        char id[GUID_STRING_SIZE];
        Guid guid = lab_guid(900000 + number);

        guid_format(&guid, id);
        if (node >= 0) {
                Guid own = lab_guid(lab.domains[0].nodes[node].number);

                ck_assert_int_eq(value_text_base64((Slice){ own.bytes, sizeof(own) }, &anchor), 0);
        }
        ck_assert_int_eq(buffer_append_format(
                                 json,
                                 "{\"id\":\"%s\",\"userPrincipalName\":\"cloud%u@c.com\","
                                 "\"proxyAddresses\":[\"SMTP:%s@c.com\"],\"userType\":\"%s\","
                                 "\"onPremisesSyncEnabled\":%s,\"onPremisesImmutableId\":%s%s%s}\n",
                                 id, number, address, is_guest ? "Guest" : "Member",
                                 is_synced ? "true" : "null", node >= 0 ? "\"" : "null",
                                 node >= 0 ? buffer_string(&anchor) : "", node >= 0 ? "\"" : ""),
                         0);
}

static CloudImport *read_export(const Buffer *json)
{
        CloudImport *import;

        ck_assert_int_eq(cloud_import_new(lab.store, lab.now, &import), 0);
        ck_assert_int_eq(cloud_import_begin(import, INVENTORY_USERS, INVENTORY_PARTS, lab.now), 0);
        for (size_t at = 0; at < json->size; at += 100) {
                size_t n = json->size - at < 100 ? json->size - at : 100;

                ck_assert_int_eq(cloud_import_feed(import, json->data + at, n), 0);
        }
        ck_assert_int_eq(cloud_import_end(import), 0);
        ck_assert_int_eq(cloud_import_check(import), 0);
        return import;
}

/* With memory for one account at a time, or for all. */
static bool is_narrow;

static void publish(const CloudImport *import)
{
        unsigned memory = lab.config->stage_memory_mib;
        ApplySettings settings = { .config = lab.config, .now = ++lab.now };
        Domain *domain = &lab.domains[0].domain;
        Apply *apply;

        if (is_narrow)
                lab.config->stage_memory_mib = 0;
        settings.domain_config = config_find_domain(lab.config, domain->name);
        settings.cloud_parts = cloud_import_parts(import, &settings.n_cloud_parts);
        ck_assert_int_eq(apply_new(lab.store, domain, APPLY_CLOUD, &settings, &apply), 0);
        ck_assert_int_eq(apply_accept(apply, NULL), 0);
        lab_finish(&lab, apply);
        lab.config->stage_memory_mib = memory;
        while (cloud_sweep(lab.store, NULL, 10) > 0)
                ;
}

static void import_users(const Buffer *json)
{
        _cleanup_(cloud_import_freep) CloudImport *import = read_export(json);

        publish(import);
}

/* What is found because of the cloud, a line each. */
static char *found(void)
{
        char *text = lab_text(
                &lab,
                "SELECT group_concat(line, char(10)) FROM (SELECT rule || ' ' || object || ' ' || "
                "key || ' ' || hex(value) || ' ' || class || ' ' || certainty || ' ' || detail AS "
                "line FROM finding "
                "WHERE rule LIKE 'cloud-%%' AND rule <> 'cloud-sync-found' ORDER BY 1)");

        return text ? text : strdup("");
}

static int64_t count_claims(void)
{
        return lab_count(&lab, "SELECT count(*) FROM claim WHERE object < 1 << 28");
}

/* ------------------------------------------------------------------ tests */

START_TEST(what_is_synced_claims_nothing_while_its_object_is_in_scope)
{
        _cleanup_buffer_ Buffer json = BUFFER_INIT;
        int owner, other;

        owner = add_user(0, "owner", "owner");
        other = add_user(0, "other", "shared");
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        write_user(&json, 1, "shared", owner, true, false);
        import_users(&json);
        ck_assert_int_eq(count_claims(), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, other, "cloud-soft-match-conflict"), 0);

        lab_delete(&lab, 0, owner);
        lab_poll(&lab, 0);
        ck_assert_int_eq(count_claims(), 3);
        ck_assert_int_eq(lab_findings(&lab, 0, other, "cloud-soft-match-conflict"), 1);

        lab_restore(&lab, 0, owner);
        lab_poll(&lab, 0);
        ck_assert_int_eq(count_claims(), 0);
        ck_assert_int_eq(lab_findings(&lab, 0, other, "cloud-soft-match-conflict"), 0);
}
END_TEST

START_TEST(an_import_that_is_dropped_leaves_the_former_one)
{
        _cleanup_buffer_ Buffer first = BUFFER_INIT, second = BUFFER_INIT;
        _cleanup_(cloud_import_freep) CloudImport *import = NULL;
        _cleanup_free_ char *before = NULL, *after = NULL;
        int user = add_user(0, "user", "taken");

        lab_read(&lab, 0);
        lab_read(&lab, 1);
        write_user(&first, 1, "taken", -1, false, true);
        import_users(&first);
        ck_assert_int_eq(lab_findings(&lab, 0, user, "cloud-value-in-use"), 1);
        before = found();

        write_user(&second, 2, "elsewhere", -1, false, true);
        import = read_export(&second);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM cloud_object"), 2);
        import = cloud_import_free(import);
        while (cloud_sweep(lab.store, NULL, 10) > 0)
                ;
        after = found();
        ck_assert_str_eq(before, after);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM cloud_object"), 1);

        import_users(&second);
        ck_assert_int_eq(lab_findings(&lab, 0, user, "cloud-value-in-use"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM cloud_object"), 1);
}
END_TEST

START_TEST(findings_of_an_import_are_told)
{
        _cleanup_buffer_ Buffer json = BUFFER_INIT;

        (void)add_user(1, "user", "taken");
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        write_user(&json, 1, "taken", -1, false, true);
        import_users(&json);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM event WHERE rule = "
                                         "'cloud-value-in-use' AND type = 1"),
                         1);
}
END_TEST

static int note_fate(void *userdata, const CloudOrphan *orphan)
{
        Buffer *text = userdata;

        return buffer_append_format(text, "%d %s\n", (int)orphan->fate,
                                    orphan->dn ? orphan->dn : "-");
}

static void expect_orphans(const char *expected)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        ck_assert_int_eq(cloud_orphans(lab.store, note_fate, &text), 0);
        ck_assert_str_eq(text.size > 0 ? buffer_string(&text) : "", expected);
}

START_TEST(orphans_are_told_with_what_became_of_them)
{
        _cleanup_buffer_ Buffer json = BUFFER_INIT;
        int gone = add_user(0, "gone", "gone"), out = add_user(0, "out", "out");
        int stays = add_user(0, "stays", "stays"), late;

        lab_read(&lab, 0);
        lab_read(&lab, 1);
        late = add_user(0, "late", "late"); /* not read when the inventory comes */
        write_user(&json, 1, "gone", gone, true, false);
        write_user(&json, 2, "out", out, true, false);
        write_user(&json, 3, "stays", stays, true, false);
        write_user(&json, 4, "late", late, true, false);
        write_user(&json, 5, "nobody", -1, false, true);
        import_users(&json);
        expect_orphans("0 -\n");

        lab_delete(&lab, 0, gone);
        lab_set(&lab, 0, out, "adminDescription: User_x");
        lab_poll(&lab, 0);
        expect_orphans("1 CN=gone,DC=corp,DC=example\n2 CN=out,DC=corp,DC=example\n");
}
END_TEST

/* Few addresses, so that everybody meets. */
static const char *random_address(void)
{
        static const char *const addresses[] = { "a", "b", "c", "d", "e", "f", "g", "h" };

        return addresses[test_random(&lab.random) % 8];
}

/* As the connector makes it: whoever is as here is in order, unless the cloud took something away. */
static void write_twin(Buffer *json, unsigned number, int node)
{
        _cleanup_buffer_ Buffer anchor = BUFFER_INIT;
        const LabNode *own = &lab.domains[0].nodes[node];
        Guid here = lab_guid(own->number), there = lab_guid(900000 + number);
        const char *address = random_address();
        char id[GUID_STRING_SIZE];

        guid_format(&there, id);
        ck_assert_int_eq(value_text_base64((Slice){ here.bytes, sizeof(here) }, &anchor), 0);
        ck_assert_int_eq(
                buffer_append_format(
                        json,
                        "{\"id\":\"%s\",\"userPrincipalName\":\"%s@c.com\",\"userType\":\"Member\","
                        "\"proxyAddresses\":[\"SMTP:%s@c.com\"],\"onPremisesSyncEnabled\":true,"
                        "\"onPremisesImmutableId\":\"%s\",\"onPremisesProvisioningErrors\":[%s%s%s]"
                        "}\n",
                        id, own->rdn + 3, address, buffer_string(&anchor),
                        number % 2 ? "{\"category\":\"PropertyConflict\",\"propertyCausingError\":"
                                     "\"ProxyAddress\",\"value\":\"SMTP:"
                                   : "",
                        number % 2 ? random_address() : "", number % 2 ? "@c.com\"}" : ""),
                0);
}

static void random_import(void)
{
        _cleanup_buffer_ Buffer json = BUFFER_INIT;
        unsigned n = 1 + (unsigned)(test_random(&lab.random) % 6);

        for (unsigned i = 0; i < n; i++) {
                uint64_t kind = test_random(&lab.random) % 4;
                int node = lab.domains[0].n > 1 && kind < 2
                                   ? 1 + (int)(test_random(&lab.random) % (lab.domains[0].n - 1))
                                   : -1;

                if (node >= 0 && test_random(&lab.random) % 2)
                        write_twin(&json, i, node);
                else
                        write_user(&json, i, random_address(), node, node >= 0 && kind == 0,
                                   kind == 3);
        }
        import_users(&json);
}

static void random_change(void)
{
        unsigned domain = (unsigned)(test_random(&lab.random) % 2);
        LabDomain *target = &lab.domains[domain];
        int node = target->n > 1 ? 1 + (int)(test_random(&lab.random) % (target->n - 1)) : 0;
        char text[32];

        switch (test_random(&lab.random) % 5) {
        case 0:
                if (target->n < 12) {
                        (void)snprintf(text, sizeof(text), "u%u-%zu", domain, target->n);
                        (void)add_user(domain, text, random_address());
                }
                break;
        case 1:
                if (node > 0 && !target->nodes[node].is_deleted)
                        lab_delete(&lab, domain, node);
                break;
        case 2:
                if (node > 0 && target->nodes[node].is_deleted)
                        lab_restore(&lab, domain, node);
                break;
        case 3: /* out of scope, and in again */
                if (node > 0 && !target->nodes[node].is_deleted)
                        lab_set(&lab, domain, node,
                                test_random(&lab.random) % 2 ? "adminDescription: User_x"
                                                             : "adminDescription:");
                break;
        case 4:
                if (node > 0 && !target->nodes[node].is_deleted) {
                        (void)snprintf(text, sizeof(text), "proxyAddresses: SMTP:%s@c.com",
                                       random_address());
                        lab_set(&lab, domain, node, text);
                }
                break;
        }
}

START_TEST(whatever_came_in_whatever_order_judging_anew_finds_the_same)
{
        size_t n_found = 0;

        lab.random = test_seed() + (uint64_t)_i;
        for (unsigned i = 0; i < 6; i++)
                (void)add_user(i % 2, (const char *[]){ "p", "q", "r", "s", "t", "v" }[i],
                               random_address());
        is_narrow = _i % 3 == 0;
        if (_i % 2)
                lab_read(&lab, 1); /* one domain is there before the inventory, and one after */
        lab_read(&lab, 0);

        for (unsigned round = 0; round < 25; round++) {
                _cleanup_free_ char *followed = NULL, *anew = NULL;

                for (unsigned i = 0; i < 3; i++)
                        random_change();
                if (test_random(&lab.random) % 3 == 0)
                        random_import();
                if (round == 8 && _i % 2 == 0)
                        lab_read(&lab, 1);
                lab_poll(&lab, 0);
                if (lab.domains[1].domain.is_ready)
                        lab_poll(&lab, 1);

                followed = found();
                n_found += *followed != '\0';
                lab_reevaluate(&lab, 0);
                if (lab.domains[1].domain.is_ready)
                        lab_reevaluate(&lab, 1);
                anew = found();
                ck_assert_msg(strcmp(followed, anew) == 0,
                              "seed %llu, round %u:\n%s\n-- and anew\n%s",
                              (unsigned long long)test_seed(), round, followed, anew);
        }
        ck_assert_uint_gt(n_found, 0);
}
END_TEST

/* All that an import may change, as one text. */
static char *inventory(void)
{
        return lab_text(&lab, "SELECT (SELECT group_concat(part || ' ' || import || ' ' || "
                              "objects, ';') FROM cloud_part) || '|' || "
                              "(SELECT group_concat(id || ' ' || claims || ' ' || "
                              "user_principal_name, ';') FROM cloud_object) || '|' || "
                              "(SELECT group_concat(key || ' ' || object, ';') FROM claim WHERE "
                              "object < 1 << 28)");
}

START_TEST(truncated_at_every_thousandth_byte_the_former_one_stays)
{
        _cleanup_buffer_ Buffer former = BUFFER_INIT, json = BUFFER_INIT;
        _cleanup_free_ char *before = NULL, *findings = NULL;
        unsigned n_truncated = 0;

        add_user(0, "victim", "shared");
        lab_read(&lab, 0);
        lab_read(&lab, 1);
        write_user(&former, 1, "shared", -1, false, true);
        import_users(&former);
        before = inventory();
        findings = found();
        ck_assert_ptr_nonnull(strstr(findings, "cloud-value-in-use"));

        ck_assert_int_eq(buffer_append_string(&json, "{\"value\":["), 0);
        for (unsigned i = 0; i < 200; i++) {
                char address[20];

                (void)snprintf(address, sizeof(address), "new%u", i);
                write_user(&json, 100 + i, address, -1, false, false);
                json.data[json.size - 1] = i < 199 ? ',' : ']';
        }
        ck_assert_int_eq(buffer_append_string(&json, "}"), 0);

        for (size_t at = 1000; at < json.size; at += 1000, n_truncated++) {
                _cleanup_(cloud_import_freep) CloudImport *import = NULL;
                _cleanup_free_ char *after = NULL, *findings_after = NULL;
                char where[40];

                ck_assert_int_eq(cloud_import_new(lab.store, lab.now, &import), 0);
                ck_assert_int_eq(
                        cloud_import_begin(import, INVENTORY_USERS, INVENTORY_PARTS, lab.now), 0);
                ck_assert_int_eq(cloud_import_feed(import, json.data, at), 0);
                ck_assert_int_eq(cloud_import_end(import), -EBADMSG);
                (void)snprintf(where, sizeof(where), "byte %zu", at);
                ck_assert_msg(strstr(cloud_import_error(import), where) &&
                                      strstr(cloud_import_error(import), "truncated"),
                              "at %zu: %s", at, cloud_import_error(import));

                import = cloud_import_free(import);
                while (cloud_sweep(lab.store, NULL, 100) > 0)
                        ;
                after = inventory();
                findings_after = found();
                ck_assert_str_eq(after, before);
                ck_assert_str_eq(findings_after, findings);
        }
        ck_assert_uint_gt(n_truncated, 30);
}
END_TEST

/* Five claims at a time, and how many there were together. */
static size_t publish_cramped(const CloudImport *import)
{
        ApplySettings settings = { .config = lab.config, .now = ++lab.now };
        Domain *domain = &lab.domains[0].domain;
        size_t most = 0;
        Apply *apply;
        int r;

        settings.domain_config = config_find_domain(lab.config, domain->name);
        settings.cloud_parts = cloud_import_parts(import, &settings.n_cloud_parts);
        ck_assert_int_eq(apply_new(lab.store, domain, APPLY_CLOUD, &settings, &apply), 0);
        lab_cramp(apply);
        ck_assert_int_eq(apply_accept(apply, NULL), 0);
        while ((r = apply_step(apply, 3)) == APPLY_MORE) {
                const ClaimPile *pile = &apply->cloud_claims;

                ck_assert_uint_le(pile->memory.n, 5);
                ck_assert_uint_le(pile->run.n, 5);
                ck_assert_uint_le(pile->n_window, 5);
                ck_assert_uint_eq(apply->touched.n, 0);
                most = pile->n > most ? pile->n : most;
        }
        ck_assert_int_eq(r, 0);
        ck_assert_uint_eq(apply->cloud_claims.n, 0);
        apply_free(apply);
        while (cloud_sweep(lab.store, NULL, 10) > 0)
                ;
        return most;
}

static int64_t cloud_claims_stored(void)
{
        return lab_count(&lab, "SELECT count(*) FROM claim WHERE object < 1 << 28");
}

/* Whoever is nobody here claims all that he holds: of a large tenant beside a small domain that is more than may be in memory. */
START_TEST(a_tenant_of_strangers_is_joined_within_a_bound_of_memory)
{
        enum { STRANGERS = 200 };

        lab_done(&lab);
        lab_init_file(&lab, 2);
        configure();
        for (unsigned i = 0; i < 20; i++) {
                char name[20];

                (void)snprintf(name, sizeof(name), "user%u", i);
                add_user(0, name, name);
        }
        lab_read(&lab, 0);
        lab_read(&lab, 1);

        for (unsigned round = 0; round < 3; round++) {
                _cleanup_(cloud_import_freep) CloudImport *import = NULL;
                _cleanup_free_ char *cramped = NULL, *anew = NULL;
                _cleanup_buffer_ Buffer json = BUFFER_INIT;

                /* All come, all stay, and all but one go. */
                for (unsigned i = 0; i < (round < 2 ? STRANGERS : 1); i++) {
                        char address[20];

                        (void)snprintf(address, sizeof(address), "user%u", i);
                        write_user(&json, i, address, -1, false, false);
                }
                import = read_export(&json);
                ck_assert_uint_gt(publish_cramped(import), STRANGERS);
                if (round < 2)
                        ck_assert_int_ge(cloud_claims_stored(), 2 * STRANGERS);
                else
                        ck_assert_int_lt(cloud_claims_stored(), 5);

                cramped = found();
                ck_assert_ptr_nonnull(strstr(cramped, "cloud-"));
                lab_reevaluate(&lab, 0);
                anew = found();
                ck_assert_str_eq(cramped, anew);
        }
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-cloud");
        TCase *tcase = tcase_create("apply-cloud");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, what_is_synced_claims_nothing_while_its_object_is_in_scope);
        tcase_add_test(tcase, an_import_that_is_dropped_leaves_the_former_one);
        tcase_add_test(tcase, truncated_at_every_thousandth_byte_the_former_one_stays);
        tcase_add_test(tcase, a_tenant_of_strangers_is_joined_within_a_bound_of_memory);
        tcase_add_test(tcase, findings_of_an_import_are_told);
        tcase_add_test(tcase, orphans_are_told_with_what_became_of_them);
        tcase_add_loop_test(tcase, whatever_came_in_whatever_order_judging_anew_finds_the_same, 0,
                            12);
        suite_add_tcase(suite, tcase);
        return suite;
}
