/* SPDX-License-Identifier: MIT */

/*
 * Every allocation fails once: of ours, of SQLite's and of the other libraries', while text is read, objects are judged and
 * answers are applied. SCAND_FAULTS=all tries every one of the day's, and lasting shortage, too; otherwise it is every so-many-th,
 * another one in each run. SCAND_FAULTS=delta, or as a step is named otherwise, tries every one of that step alone.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/config.h"
#include "lib/core/dn.h"
#include "lib/core/evaluate.h"
#include "lib/core/filter.h"
#include "lib/core/hash.h"
#include "lib/core/ldif.h"
#include "lib/core/predict.h"
#include "lib/core/usn.h"
#include "tests/faults/day.h"
#include "tests/faults/memory.h"
#include "tests/unit/check-main.h"

/* --- what reads and judges --- */

typedef struct Job {
        const char *name;
        int (*run)(uint64_t *ret); /* 0 with a hash of all that came out, or negative */
} Job;

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
        return size > 0 ? hash_bytes(hash, data, size) : hash;
}

static const char directory[] =
        "dn: CN=Anna M\xc3\xbcller\\, Berlin,OU=People,DC=corp,DC=example\n"
        "objectClass: user\nsAMAccountName: anna\ndisplayName:: QW5uYSBNw7xsbGVy\n"
        "userPrincipalName: anna.@corp.local\nmail: anna@contoso.com\n"
        "proxyAddresses: SMTP:anna@contoso.com\nproxyAddresses: smtp:anna@\n"
        "proxyAddresses: X500:/o=Contoso/ou=x/cn=anna\nproxyAddresses: sip:anna@contoso.com\n"
        "msExchRecipientTypeDetails: 2\nmailNickname: an na\ndescription:: 4pi6\n\n"
        "dn: CN=Contact,DC=corp,DC=example\nobjectClass: contact\nmail: somebody@partner\n"
        " .com\ntargetAddress: SMTP:somebody@partner.com\n\n"
        "dn: CN=List,DC=corp,DC=example\nchangetype: add\nobjectClass: group\ngroupType: 8\n"
        "mail: list@contoso.com\n";

static Config *config;

static int judge(const Object *object, Outcome *outcome, uint64_t *hash)
{
        const EvaluateContext context = {
                .tenant = &config->tenant,
                .domain = "corp.example",
                .selected = true,
                .all_forests_scanned = true,
        };
        int r = evaluate_object(&context, object, outcome);

        for (size_t i = 0; r >= 0 && i < outcome->n_verdicts; i++) {
                const Verdict *verdict = &outcome->verdicts[i];

                *hash = mix(*hash, &verdict->rule, sizeof(verdict->rule));
                *hash = mix(*hash, verdict->value.data, verdict->value.size);
                if (verdict->detail)
                        *hash = mix(*hash, verdict->detail, strlen(verdict->detail));
        }
        for (size_t i = 0; r >= 0 && i < outcome->n_claims; i++)
                *hash = mix(*hash, &outcome->claims[i].key, sizeof(outcome->claims[i].key));
        return r;
}

static int job_judge(uint64_t *ret)
{
        _cleanup_(ldif_reader_freep) LdifReader *reader = NULL;
        _cleanup_(outcome_freep) Outcome *outcome = NULL;
        _cleanup_(object_freep) Object *object = NULL;
        FILE *stream;
        uint64_t hash = HASH_INIT;
        int r;

        stream = fmemopen((char *)directory, sizeof(directory) - 1, "r");
        if (!stream)
                return -errno;

        r = ldif_reader_new(&reader, stream);
        if (r >= 0)
                r = object_new(&object);
        if (r >= 0)
                r = outcome_new(&outcome);
        while (r >= 0) {
                const char *error = NULL;
                LdifChange change;

                r = ldif_read(reader, object, &change, &error);
                if (r != 0)
                        break;
                r = judge(object, outcome, &hash);
        }
        fclose(stream);
        if (r < 0)
                return r;

        *ret = hash;
        return 0;
}

static int job_pack(uint64_t *ret)
{
        _cleanup_(object_freep) Object *object = NULL, *back = NULL;
        _cleanup_buffer_ Buffer packed = BUFFER_INIT;
        int r;

        r = object_new(&object);
        if (r >= 0)
                r = object_new(&back);
        for (unsigned i = 0; r >= 0 && i < 40; i++)
                r = object_add_string(object, i % 2 ? ATTRIBUTE_PROXY_ADDRESSES : ATTRIBUTE_MAIL,
                                      "SMTP:somebody@contoso.com");
        if (r >= 0)
                r = object_seal(object);
        if (r >= 0)
                r = object_pack(object, &packed);
        if (r >= 0)
                r = object_unpack(back, packed.data, packed.size);
        if (r >= 0)
                r = object_seal(back);
        if (r < 0)
                return r;

        *ret = mix(HASH_INIT, packed.data, packed.size);
        return 0;
}

static int job_name(uint64_t *ret)
{
        static const char dn[] = "CN=Berg\\, J\xc3\xb6rg \\23,OU= Two  Blanks,DC=corp,DC=example";
        _cleanup_buffer_ Buffer normal = BUFFER_INIT, value = BUFFER_INIT, domain = BUFFER_INIT;
        const Slice slice = { (const uint8_t *)dn, sizeof(dn) - 1 };
        int r;

        r = dn_normalize(slice, &normal);
        if (r >= 0)
                r = dn_rdn_value(slice, &value);
        if (r >= 0)
                r = dn_to_domain(slice, &domain);
        if (r >= 0)
                r = dn_is_within(slice, slice);
        if (r < 0)
                return r;

        *ret = mix(mix(mix(HASH_INIT, normal.data, normal.size), value.data, value.size),
                   domain.data, domain.size);
        return 0;
}

static int job_filter(uint64_t *ret)
{
        uint64_t hash = HASH_INIT;

        for (size_t i = 0; i < rule_count(); i++) {
                _cleanup_(filter_freep) Filter *filter = NULL;
                _cleanup_buffer_ Buffer text = BUFFER_INIT;
                _cleanup_free_ char *error = NULL;
                int r;

                if (!rule_filter(rule_at(i)))
                        continue;
                r = filter_parse(rule_filter(rule_at(i)), &filter, &error);
                if (r >= 0)
                        r = filter_print(filter, &text);
                if (r < 0)
                        return r;
                hash = mix(hash, text.data, text.size);
        }

        *ret = hash;
        return 0;
}

static int job_vector(uint64_t *ret)
{
        /* Version 1, two cursors. */
        uint8_t data[16 + 2 * 24] = { 1, [8] = 2, [16] = 7, [32] = 9, [40] = 8, [56] = 10 };
        UtdVector vector = {};
        int r;

        r = utd_vector_parse(data, sizeof(data), &vector);
        if (r < 0)
                return r;

        *ret = mix(HASH_INIT, vector.cursors, vector.n_cursors * sizeof(*vector.cursors));
        utd_vector_done(&vector);
        return 0;
}

static int job_predict(uint64_t *ret)
{
        _cleanup_(prediction_done) Prediction prediction = {};
        _cleanup_(object_freep) Object *object = NULL;
        const PredictContext context = { .tenant = &config->tenant, .domain = "corp.example" };
        int r;

        r = object_new(&object);
        if (r >= 0)
                r = object_add_string(object, ATTRIBUTE_OBJECT_CLASS, "user");
        if (r >= 0)
                r = object_add_string(object, ATTRIBUTE_USER_PRINCIPAL_NAME, "anna@corp.local");
        for (unsigned i = 0; r >= 0 && i < 20; i++)
                r = object_add_string(object, ATTRIBUTE_PROXY_ADDRESSES,
                                      i == 0 ? "SMTP:anna@contoso.com" : "smtp:b@contoso.com");
        if (r >= 0)
                r = object_seal(object);
        if (r >= 0)
                r = predict(&context, object, &prediction);
        if (r < 0)
                return r;

        *ret = mix(mix(HASH_INIT, &prediction.n_secondary, sizeof(prediction.n_secondary)),
                   prediction.primary.data, prediction.primary.size);
        return 0;
}

static const Job jobs[] = {
        { "LDIF read and judged", job_judge },   { "object packed", job_pack },
        { "name taken apart", job_name },        { "filters of all rules", job_filter },
        { "up-to-dateness vector", job_vector }, { "prediction", job_predict },
};

/* Once with the n-th allocation failing. How often one failed, and how many blocks were not given back. */
static int run_without(const Job *job, unsigned long n, uint64_t *hash, unsigned long *ret_failures,
                       long *ret_lost)
{
        long blocks = memory_blocks();
        int r;

        memory_arm(n, n % 2);
        r = job->run(hash);
        *ret_failures = memory_failures();
        memory_disarm();
        *ret_lost = memory_blocks() - blocks;
        return r;
}

START_TEST(each_allocation_of_a_parser_fails_in_turn)
{
        const Job *job = &jobs[_i];
        uint64_t right, hash;
        unsigned long n;

        ck_assert_int_eq(config_new(&config), 0);
        /* The libraries load their tables, and keep them. */
        ck_assert_int_eq(job->run(&right), 0);

        for (n = 1;; n++) {
                unsigned long failures;
                long lost;
                int r;

                /* Twice: what is made once and kept, filters of rules that are seldom asked, is no loss. */
                (void)run_without(job, n, &hash, &failures, &lost);
                r = run_without(job, n, &hash, &failures, &lost);
                ck_assert_msg(r == 0 || (failures > 0 && r == -ENOMEM),
                              "%s: allocation %lu fails, and it ends with %d", job->name, n, r);
                ck_assert_msg(r < 0 || hash == right,
                              "%s: allocation %lu fails, and what comes out is wrong", job->name,
                              n);
                ck_assert_msg(lost == 0, "%s: allocation %lu fails: %ld blocks lost", job->name, n,
                              lost);
                if (failures == 0)
                        break;
        }
        printf("# %lu cases: no memory, %s\n", n - 1, job->name);
        config_free(config);
}
END_TEST

/* --- what is written down --- */

static Day day;

/* One more try with the n-th allocation failing. How many there are is in *ret_failures. */
static int try_without(unsigned long n, bool is_lasting, unsigned long *ret_failures)
{
        int r;

        day_rewind(&day);
        memory_arm(n, is_lasting);
        r = day_try(&day);
        *ret_failures = memory_failures();
        memory_disarm();
        return r;
}

static unsigned sweep(bool is_lasting, unsigned stride, uint64_t *dice)
{
        unsigned tried = 0;

        for (unsigned long n = 1 + test_random(dice) % stride;; n += stride) {
                unsigned long failures;
                char what[160];
                int r;

                (void)snprintf(what, sizeof(what), "%s: allocation %lu fails%s",
                               day_step_name(day.step), n,
                               is_lasting ? ", and all later ones" : "");
                r = try_without(n, is_lasting, &failures);
                ck_assert_msg(r == 0 || (failures > 0 && r == -ENOMEM), "%s: ended with %d", what,
                              r);
                (void)day_check(&day, r, what);
                day_recover(&day, r, (DayRestart)(n % 3), what);
                if (failures == 0)
                        return tried;
                tried++;
        }
}

START_TEST(each_allocation_of_a_step_fails_in_turn)
{
        const char *chosen = getenv("SCAND_FAULTS");
        bool all = chosen != NULL;
        uint64_t dice = test_seed() + (unsigned)_i;
        unsigned n = 0;

        if (chosen && strcmp(chosen, "all") != 0 &&
            strcmp(chosen, day_step_name((unsigned)_i)) != 0)
                return;

        day_init(&day);
        day.lab.is_cramped = true; /* merging, and files, need memory, too */
        for (unsigned step = 0; step <= (unsigned)_i; step++)
                day_prepare(&day, step);

        n += sweep(false, all ? 1 : 31, &dice);
        n += sweep(true, all ? 7 : 97, &dice);
        printf("# %u cases: no memory, %s\n", n, day_step_name((unsigned)_i));
        day_done(&day);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("memory");
        TCase *tcase = tcase_create("memory");

        tcase_set_timeout(tcase, 600);
        tcase_add_loop_test(tcase, each_allocation_of_a_parser_fails_in_turn, 0, ARRAY_SIZE(jobs));
        tcase_add_loop_test(tcase, each_allocation_of_a_step_fails_in_turn, 0, (int)day_steps());
        suite_add_tcase(suite, tcase);
        return suite;
}
