/* SPDX-License-Identifier: MIT */
#include "lib/state/judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/state/attribute-list.h"
#include "lib/state/measure.h"

/* Domains that share a configuration naming context are of one forest. What is not known is a forest of its own. */
static unsigned forest_of(const Domain *domains, size_t at)
{
        const char *mine = domains[at].configuration_nc;

        for (size_t i = 0; mine && i < at; i++)
                if (domains[i].configuration_nc &&
                    dn_equal(SLICE(mine), SLICE(domains[i].configuration_nc)) > 0)
                        return (unsigned)i;
        return (unsigned)at;
}

static const Domain *find_domain(const Domain *domains, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(domains[i].name, name) == 0)
                        return &domains[i];
        return NULL;
}

static bool all_forests_scanned(const Config *config, const Domain *domains, size_t n,
                                const Domain *own)
{
        for (size_t i = 0; i < config->n_domains; i++) {
                const Domain *domain = find_domain(domains, n, config->domains[i].name);

                if (!domain || (!domain->is_ready && domain->id != own->id))
                        return false;
        }

        return true;
}

/*
 * Which groups were answered. One that is not, or in which nobody is, decides nothing; nor does its like then, because nobody could
 * tell the two apart.
 */
static int judge_find_memberships(Judge *judge, JudgeDomain *entry)
{
        const Config *config = judge->config;
        AttributeSet unknown = {};

        if (config->n_memberships == 0)
                return 0;

        entry->memberships = calloc(config->n_memberships, sizeof(*entry->memberships));
        if (!entry->memberships)
                return -ENOMEM;

        for (size_t i = 0; i < config->n_memberships; i++) {
                const Membership *membership = &config->memberships[i];
                int64_t members = 0;
                int r;

                r = membership_find(judge->store, entry->id, membership->filter,
                                    &entry->memberships[i], &members);
                if (r < 0)
                        return r;
                attribute_set_add(&entry->asked, membership->attribute);
                if (members == 0)
                        attribute_set_add(&unknown, membership->attribute);
        }

        for (size_t i = 0; i < ARRAY_SIZE(unknown.words); i++)
                entry->asked.words[i] &= ~unknown.words[i];
        return 0;
}

static int judge_add(Judge *judge, const Config *config, const Domain *domain, bool counts,
                     unsigned forest, bool all_forests)
{
        JudgeDomain *entry = &judge->domains[judge->n_domains];
        const DomainConfig *domain_config = config_find_domain(config, domain->name);
        EvaluateContext context = {
                .tenant = &config->tenant,
                .settings = config->rules,
                .n_settings = config->n_rules,
                .scope = domain_config ? domain_config->scope.parsed : NULL,
                .group_scope = config->group_scope,
                .all_forests_scanned = all_forests,
                .now = judge->now,
                .unreadable = domain->unreadable,
        };

        *entry = (JudgeDomain){
                .id = domain->id,
                .counts = counts,
                .is_unconfirmed = domain->cursor.unconfirmed.size > 0,
                .forest = forest,
                .recycle_bin = domain->recycle_bin,
                .lifetime_days = domain->tombstone_lifetime_days,
        };
        entry->name = strdup(domain->name);
        if (!entry->name)
                return -ENOMEM;

        context.domain = entry->name;
        entry->contexts[0] = entry->contexts[1] = context;
        entry->contexts[1].selected = true;
        judge->n_domains++;
        return judge_find_memberships(judge, entry);
}

int judge_init(Judge *judge, Store *store, const Config *config, const Domain *own, int64_t now)
{
        Judge fresh = { .store = store, .config = config, .now = now };
        Domain *domains;
        bool all_forests;
        size_t n;
        int r;

        r = past_exists(store);
        if (r < 0)
                return r;
        fresh.has_past = r > 0;
        r = measure_exists(store);
        if (r < 0)
                return r;
        fresh.has_measures = r > 0;
        r = judge_cloud_init(&fresh);
        if (r < 0)
                return r;
        r = domain_list(store, &domains, &n);
        if (r < 0) {
                judge_done(&fresh);
                return r;
        }

        fresh.domains = calloc(n, sizeof(*fresh.domains));
        if (!fresh.domains)
                r = -ENOMEM;

        all_forests = all_forests_scanned(config, domains, n, own);
        for (size_t i = 0; i < n && r >= 0; i++) {
                const Domain *domain = domains[i].id == own->id ? own : &domains[i];
                bool counts = domain == own ||
                              (domain->is_ready && config_find_domain(config, domain->name));

                r = judge_add(&fresh, config, domain, counts, forest_of(domains, i), all_forests);
        }

        for (size_t i = 0; i < n; i++)
                domain_done(&domains[i]);
        free(domains);
        if (r < 0) {
                judge_done(&fresh);
                return r;
        }

        *judge = fresh;
        return 0;
}

void judge_done(Judge *judge)
{
        for (size_t i = 0; i < judge->n_domains; i++) {
                free(judge->domains[i].name);
                free(judge->domains[i].memberships);
        }
        free(judge->domains);
        (void)judge_cloud_free(judge->cloud);
        *judge = (Judge){};
}

const JudgeDomain *judge_domain(const Judge *judge, int64_t id)
{
        for (size_t i = 0; i < judge->n_domains; i++)
                if (judge->domains[i].id == id)
                        return &judge->domains[i];
        return NULL;
}

unsigned judged_excluded(const Judged *judged)
{
        return (judged->outcome->is_excluded ? CACHE_EXCLUDED : 0) |
               (judged->outcome->left_out == LEFT_OUT_FILTER ? CACHE_LEFT_OUT : 0) |
               (judged->outcome->left_out == LEFT_OUT_GROUP ? CACHE_NOT_IN_GROUP : 0);
}

bool judged_in_scope(const Judged *judged, unsigned excluded)
{
        return judged->row.deleted_at == 0 && judged->context->selected &&
               (excluded & (CACHE_LEFT_OUT | CACHE_NOT_IN_GROUP)) == 0;
}

int judged_init(Judged *judged)
{
        Judged fresh = {};

        if (object_new(&fresh.object) < 0 || outcome_new(&fresh.outcome) < 0) {
                judged_done(&fresh);
                return -ENOMEM;
        }

        *judged = fresh;
        return 0;
}

void judged_done(Judged *judged)
{
        cache_row_done(&judged->row);
        buffer_done(&judged->dn);
        object_free(judged->object);
        outcome_free(judged->outcome);
        past_list_done(&judged->past);
        *judged = (Judged){};
}

int judge_known(Judge *judge, int64_t number)
{
        int r;

        if (judge->known_number == number)
                return 0;

        r = attribute_list_get(judge->store, number, &judge->known);
        if (r >= 0)
                judge->known_number = number;
        return r;
}

/* 1: the container is selected; 0: it is not. */
static int judge_place(ContainerTree *tree, Judged *judged)
{
        ContainerPlace place = {};
        int r;

        if (judged->row.parent != 0) {
                r = container_tree_place(tree, judged->row.parent, &place);
                if (r <= 0)
                        return r < 0 ? r : -EUCLEAN;
        }

        buffer_reset(&judged->dn);
        r = cache_row_dn(&judged->row, place.dn, &judged->dn);
        if (r < 0)
                return r;
        if (!buffer_string(&judged->dn))
                return -ENOMEM;

        if (judged->row.parent != 0)
                return place.selected;
        return container_is_selected(tree->config, (Slice){ judged->dn.data, judged->dn.size });
}

int judge_row_dn(ContainerTree *tree, Judged *judged)
{
        int r = judge_place(tree, judged);

        return r < 0 ? r : 0;
}

/* Few objects have a history that anything is judged by; all deleted ones do. */
static int judge_past(Judge *judge, Judged *judged)
{
        Past past = {
                .now = judge->now,
                .deleted_at = judged->row.deleted_at,
                .recycle_bin = judged->domain->recycle_bin,
                .lifetime_days = judged->domain->lifetime_days,
        };
        int r;

        if (judge->has_past) {
                r = past_list_read(&judged->past, judge->store, judged->domain->id,
                                   &judged->row.guid);
                if (r < 0)
                        return r;
                past.events = judged->past.events;
                past.n_events = judged->past.n;
        }
        if (past.n_events == 0 && past.deleted_at == 0)
                return 0;

        return evaluate_past(judged->context, judged->object, &past, judged->outcome);
}

#define MEMBERSHIPS_MAX 64

/* Adds the groups that the object is in, of those that the configuration names, as values that filters find. */
static int judge_groups(Judge *judge, Judged *judged)
{
        const JudgeDomain *domain = judged->domain;
        int64_t ids[MEMBERSHIPS_MAX];
        int n, r = 0;

        if (!domain->memberships)
                return 0;

        n = membership_of(judge->store, &judged->row.guid, ids, ARRAY_SIZE(ids));
        for (int i = 0; i < n && r >= 0; i++)
                for (size_t k = 0; k < judge->config->n_memberships && r >= 0; k++) {
                        const Membership *membership = &judge->config->memberships[k];

                        if (domain->memberships[k] == ids[i])
                                r = object_add(judged->object, membership->attribute,
                                               membership->group, strlen(membership->group));
                }
        if (n < 0 || r < 0)
                return n < 0 ? n : r;

        attribute_set_union(&judged->object->known, &domain->asked);
        return n > 0 ? object_seal(judged->object) : 0;
}

/* Adds what was found out beside the search, as values that rules find. */
static int judge_measures(Judge *judge, Judged *judged)
{
        Measure measures[MEASURES_MOST];
        int n, r = 0;

        if (!judge->has_measures)
                return 0;

        n = measure_of(judge->store, judged->domain->id, &judged->row.guid, measures,
                       ARRAY_SIZE(measures));
        for (int i = 0; i < n && r >= 0; i++) {
                char *text = judged->measures[i];

                (void)snprintf(text, sizeof(judged->measures[i]), "%" PRIi64, measures[i].n);
                r = object_add(judged->object, measures[i].attribute, text, strlen(text));
        }
        if (n <= 0 || r < 0)
                return n < 0 ? n : r;
        return object_seal(judged->object);
}

/* The object that the row is, and the context in which it is judged. */
static int judge_read(Judge *judge, ContainerTree *tree, Judged *judged)
{
        int selected, r;

        judged->domain = judge_domain(judge, cache_domain_of(judged->row.id));
        if (!judged->domain)
                return -EUCLEAN;

        selected = judge_place(tree, judged);
        if (selected < 0)
                return selected;
        r = judge_known(judge, judged->row.attribute_list);
        if (r < 0)
                return r;

        r = cache_row_object(&judged->row, (Slice){ judged->dn.data, judged->dn.size },
                             &judge->known, judged->object);
        if (r < 0)
                return r == -EBADMSG ? -EUCLEAN : r;

        r = judge_groups(judge, judged);
        if (r >= 0)
                r = judge_measures(judge, judged);
        if (r < 0)
                return r;

        judged->context = &judged->domain->contexts[selected];
        return 0;
}

int judge_row(Judge *judge, ContainerTree *tree, Judged *judged)
{
        int r;

        r = judge_read(judge, tree, judged);
        if (r >= 0)
                r = evaluate_object(judged->context, judged->object, judged->outcome);
        return r < 0 ? r : judge_past(judge, judged);
}

int judge_claims(Judge *judge, ContainerTree *tree, Judged *judged)
{
        int r;

        r = judge_read(judge, tree, judged);
        return r < 0 ? r
                     : evaluate_claims(judged->context, judged->object, judged->row.deleted_at != 0,
                                       judged->outcome);
}
