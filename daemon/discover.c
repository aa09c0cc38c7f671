/* SPDX-License-Identifier: MIT */
#include "daemon/discover.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define WAIT_FIRST   INT64_C(2000)
#define WAIT_LONGEST INT64_C(300000)

/* DNS is asked again after this long, so that new domain controllers are seen; the choice stays where it works. */
#define LIST_AGE INT64_C(3600000)

/* Sooner where all of them fail, but not this soon. */
#define LOOKUP_AGAIN INT64_C(60000)

/* By how much longer than it was told a rejected server waits: at that moment it is somebody else's turn. */
#define OTHERS_FIRST INT64_C(1000)

/* A connection that breaks again within this time counts as a failed attempt. */
#define LOST_AGAIN INT64_C(60000)

typedef struct Candidate {
        Target target;
        unsigned failures; /* in a row */
        int64_t not_before;
} Candidate;

struct Discover {
        bool is_configured;    /* the list is the administrator's: DNS is not asked */
        Candidate *candidates; /* in the order in which they are tried */
        size_t n_candidates;
        int64_t list_expires; /* DNS only; 0: never asked */
        unsigned lookup_failures;
        int64_t lookup_not_before;
        char *site;
        bool is_site_configured;
        char *preferred;    /* host name; may be in no list */
        Candidate *current; /* in candidates */
        Target chosen;      /* a copy of current's, which outlives a new list */
        int64_t lost_at;
        uint64_t random;
};

static void candidates_free(Candidate *candidates, size_t n)
{
        for (size_t i = 0; i < n; i++)
                target_done(&candidates[i].target);

        free(candidates);
}

/* SplitMix64: nothing here needs more than "not the same on every host". */
static uint64_t discover_random(Discover *discover)
{
        uint64_t z = (discover->random += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* 2 s, 4 s, … 5 min, and a tenth more or less: a hundred daemons shall not come back in one moment. */
static int64_t discover_wait(Discover *discover, unsigned failures)
{
        int64_t wait = failures > 8 ? WAIT_LONGEST : WAIT_FIRST << (failures - 1);

        if (wait > WAIT_LONGEST)
                wait = WAIT_LONGEST;

        return wait * (int64_t)(90 + discover_random(discover) % 21) / 100;
}

static int read_servers(char *const *servers, Candidate **ret, size_t *ret_n)
{
        Candidate *candidates;
        size_t n = 0;
        int r;

        while (servers && servers[n])
                n++;

        candidates = calloc(n + 1, sizeof(*candidates));
        if (!candidates)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                r = target_parse(servers[i], &candidates[i].target);
                if (r < 0) {
                        candidates_free(candidates, i);
                        return r;
                }
        }

        *ret = candidates;
        *ret_n = n;
        return 0;
}

int discover_reconfigure(Discover *discover, const DomainConfig *config)
{
        Candidate *candidates;
        char *site = NULL;
        size_t n;
        int r;

        if (config->site) {
                site = strdup(config->site);
                if (!site)
                        return -ENOMEM;
        }

        r = read_servers(config->servers, &candidates, &n);
        if (r < 0) {
                free(site);
                return r;
        }

        candidates_free(discover->candidates, discover->n_candidates);
        discover->candidates = candidates;
        discover->n_candidates = n;
        discover->is_configured = n > 0;
        discover->list_expires = 0;
        discover->lookup_failures = 0;
        discover->lookup_not_before = 0;
        free(discover->site);
        discover->site = site;
        discover->is_site_configured = site;
        discover->current = NULL;
        target_done(&discover->chosen);
        return 0;
}

int discover_new(const DomainConfig *config, uint64_t seed, Discover **ret)
{
        _cleanup_(discover_freep) Discover *discover = calloc(1, sizeof(*discover));
        int r;

        if (!discover)
                return -ENOMEM;

        discover->random = seed;
        r = discover_reconfigure(discover, config);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(discover);
        return 0;
}

Discover *discover_free(Discover *discover)
{
        if (!discover)
                return NULL;

        candidates_free(discover->candidates, discover->n_candidates);
        target_done(&discover->chosen);
        free(discover->site);
        free(discover->preferred);
        free(discover);
        return NULL;
}

int discover_prefer(Discover *discover, const char *host)
{
        char *copy = NULL;

        if (host) {
                copy = strdup(host);
                if (!copy)
                        return -ENOMEM;
        }

        free(discover->preferred);
        discover->preferred = copy;
        return 0;
}

const char *discover_site(const Discover *discover)
{
        return discover->site;
}

const Target *discover_current(const Discover *discover)
{
        return discover->chosen.host ? &discover->chosen : NULL;
}

size_t discover_n_servers(const Discover *discover)
{
        return discover->n_candidates;
}

static bool discover_is_preferred(const Discover *discover, const Candidate *candidate)
{
        return discover->preferred && strcasecmp(discover->preferred, candidate->target.host) == 0;
}

/* The first that need not wait, the preferred one before all; if all must, the one that waits shortest. */
static Candidate *discover_best(const Discover *discover, int64_t now)
{
        Candidate *best = NULL;

        for (size_t i = 0; i < discover->n_candidates; i++) {
                Candidate *candidate = discover->candidates + i;
                bool is_ready = candidate->not_before <= now;

                if (is_ready && discover_is_preferred(discover, candidate))
                        return candidate;

                if (!best ||
                    (is_ready ? best->not_before > now : candidate->not_before < best->not_before))
                        best = candidate;
        }

        return best;
}

int64_t discover_not_before(const Discover *discover)
{
        int64_t earliest = INT64_MAX;

        for (size_t i = 0; i < discover->n_candidates; i++)
                if (discover->candidates[i].not_before < earliest)
                        earliest = discover->candidates[i].not_before;

        return discover->n_candidates > 0 ? earliest : discover->lookup_not_before;
}

static bool discover_all_failed(const Discover *discover)
{
        for (size_t i = 0; i < discover->n_candidates; i++)
                if (discover->candidates[i].failures == 0)
                        return false;

        return true;
}

/*
 * DNS is asked when there is no list, when it is old, and when everybody in it has failed: the domain may have moved.
 * Not more often than its own wait allows, though: an old list is better than none.
 */
static bool discover_must_ask(const Discover *discover, int64_t now)
{
        if (discover->is_configured)
                return false;

        if (discover->n_candidates == 0)
                return true;

        return discover->lookup_not_before <= now &&
               (discover->list_expires <= now || discover_all_failed(discover));
}

int discover_choose(Discover *discover, int64_t now, const Target **ret)
{
        Candidate *best;
        Target copy;
        int r;

        if (discover_must_ask(discover, now))
                return DISCOVER_LOOKUP;

        best = discover_best(discover, now);
        r = target_copy(&best->target, &copy);
        if (r < 0)
                return r;

        target_done(&discover->chosen);
        discover->chosen = copy;
        discover->current = best;
        *ret = &discover->chosen;
        return 0;
}

static const Candidate *discover_find(const Discover *discover, const Target *target)
{
        for (size_t i = 0; i < discover->n_candidates; i++) {
                const Candidate *candidate = discover->candidates + i;

                if (candidate->target.port == target->port &&
                    strcasecmp(candidate->target.host, target->host) == 0)
                        return candidate;
        }

        return NULL;
}

typedef struct Ranked {
        const DiscoverRecord *record;
        double lot;
} Ranked;

static int ranked_compare(const void *a, const void *b)
{
        const Ranked *x = a, *y = b;

        if (x->record->is_near != y->record->is_near)
                return x->record->is_near ? -1 : 1;
        if (x->record->priority != y->record->priority)
                return x->record->priority < y->record->priority ? -1 : 1;

        return (x->lot > y->lot) - (x->lot < y->lot);
}

/*
 * RFC 2782 draws servers of one priority one after the other, with probabilities by weight. Sorting by exponentially
 * distributed lots with the weight as rate is the same draw. A weight of 0 has a very small chance, as the RFC wants
 * it.
 */
static double discover_lot(Discover *discover, uint16_t weight)
{
        double uniform = ((double)(discover_random(discover) >> 11) + 1) / 0x1p53;

        return -log(uniform) / (weight ? weight : 0.001);
}

int discover_learned(Discover *discover, const DiscoverRecord *records, size_t n_records,
                     const char *site, int64_t now)
{
        _cleanup_free_ Ranked *ranked = NULL;
        _cleanup_free_ char *copy = NULL;
        Candidate *candidates;

        /* A reload may have named servers while DNS was being asked. */
        if (discover->is_configured)
                return 0;

        if (n_records == 0) {
                discover_lookup_failed(discover, now);
                return 0;
        }

        if (site && !discover->is_site_configured) {
                copy = strdup(site);
                if (!copy)
                        return -ENOMEM;
        }

        ranked = calloc(n_records, sizeof(*ranked));
        candidates = calloc(n_records, sizeof(*candidates));
        if (!ranked || !candidates) {
                free(candidates);
                return -ENOMEM;
        }

        for (size_t i = 0; i < n_records; i++)
                ranked[i] = (Ranked){ records + i, discover_lot(discover, records[i].weight) };

        qsort(ranked, n_records, sizeof(*ranked), ranked_compare);

        for (size_t i = 0; i < n_records; i++) {
                const Target *target = &ranked[i].record->target;
                const Candidate *known = discover_find(discover, target);

                if (known)
                        candidates[i] = *known; /* its wait; the name is copied below */

                if (target_copy(target, &candidates[i].target) < 0) {
                        candidates_free(candidates, i);
                        return -ENOMEM;
                }
        }

        candidates_free(discover->candidates, discover->n_candidates);
        discover->candidates = candidates;
        discover->n_candidates = n_records;
        discover->current = NULL;
        discover->list_expires = now + LIST_AGE;
        discover->lookup_failures = 0;
        discover->lookup_not_before = now + LOOKUP_AGAIN;

        if (copy) {
                free(discover->site);
                discover->site = TAKE_PTR(copy);
        }

        return 0;
}

void discover_lookup_failed(Discover *discover, int64_t now)
{
        discover->lookup_failures++;
        discover->lookup_not_before = now + discover_wait(discover, discover->lookup_failures);
}

void discover_succeeded(Discover *discover)
{
        if (!discover->current)
                return;

        discover->current->failures = 0;
        discover->current->not_before = 0;

        /* Without memory it comes back to the former one: a slower start, no harm. */
        (void)discover_prefer(discover, discover->current->target.host);
}

void discover_failed(Discover *discover, int64_t now)
{
        if (!discover->current)
                return;

        discover->current->failures++;
        discover->current->not_before = now + discover_wait(discover, discover->current->failures);
}

void discover_lost(Discover *discover, int64_t now)
{
        bool is_again = discover->lost_at && now - discover->lost_at < LOST_AGAIN;

        discover->lost_at = now;
        if (is_again)
                discover_failed(discover, now);
}

void discover_reject(Discover *discover, int64_t until)
{
        if (discover->current)
                discover->current->not_before = until + OTHERS_FIRST;
}
