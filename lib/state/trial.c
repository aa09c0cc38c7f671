/* SPDX-License-Identifier: MIT */
#include "lib/state/trial.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/state/apply.h"

#define STEP_BUDGET 100000 /* nobody waits on a loop here */

/* The epoch of what is staged. Any will do that is no domain controller's: then every staged object is news. */
static const Guid trial_invocation_id = { { 's', 'c', 'a', 'n', 'd', ' ', 't', 'r', 'i', 'a',
                                            'l' } };

typedef struct TrialDomain {
        Domain domain;
        Apply *apply;
} TrialDomain;

struct Trial {
        const Config *given;
        Config config; /* the same, and with the domains that were staged in, since only those of configured ones dispute */
        Store *store;
        TrialDomain **domains; /* an Apply keeps its Domain's address */
        size_t n_domains;
        CloudImport *cloud; /* NULL: none was given */
        int64_t now;
        int64_t usn; /* a number for each object: a later one replaces an earlier one */
};

Trial *trial_free(Trial *trial)
{
        if (!trial)
                return NULL;

        for (size_t i = 0; i < trial->n_domains; i++) {
                (void)apply_free(trial->domains[i]->apply);
                domain_done(&trial->domains[i]->domain);
                free(trial->domains[i]);
        }
        free(trial->domains);
        free(trial->config.domains);
        if (trial->cloud)
                tenant_unfill(&trial->config.tenant);
        (void)cloud_import_free(trial->cloud);
        (void)store_close(trial->store);
        free(trial);
        return NULL;
}

/* Room for the staged domains, which borrow the rest of the configuration. */
static int trial_take_config(Trial *trial, const Config *given)
{
        trial->given = given;
        trial->config = *given;
        trial->config.domains = calloc(given->n_domains + 1, sizeof(*trial->config.domains));
        if (!trial->config.domains)
                return -ENOMEM;

        for (size_t i = 0; i < given->n_domains; i++)
                trial->config.domains[i] = given->domains[i];
        return 0;
}

int trial_new(Store *source, const Config *config, int64_t now, Trial **ret, char **ret_error)
{
        _cleanup_(trial_freep) Trial *trial = calloc(1, sizeof(*trial));
        int r;

        *ret_error = NULL;
        if (!trial)
                return -ENOMEM;

        trial->now = now;
        r = trial_take_config(trial, config);
        if (r >= 0)
                r = source ? store_copy(source, &trial->store, ret_error)
                           : store_open(NULL, STORE_MEMORY, &trial->store, ret_error);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(trial);
        return 0;
}

Store *trial_store(Trial *trial)
{
        return trial->store;
}

const Config *trial_config(const Trial *trial)
{
        return &trial->config;
}

/* ------------------------------------------------------------------ domains */

static int config_add_domain(Config *config, char *name)
{
        DomainConfig *more;

        if (config_find_domain(config, name))
                return 0;

        more = reallocarray(config->domains, config->n_domains + 1, sizeof(*more));
        if (!more)
                return -ENOMEM;

        config->domains = more;
        config->domains[config->n_domains++] = (DomainConfig){ .name = name };
        return 0;
}

/* One that the cache does not have: what is staged is all there is, so what is not said of an object is absent. */
static int domain_make(Trial *trial, Domain *domain, AttributeSet *requested)
{
        _cleanup_buffer_ Buffer naming_context = BUFFER_INIT;
        int r;

        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++)
                if (attribute_name(attribute))
                        attribute_set_add(requested, attribute);

        /* Files rarely say who is in which group: where they do not, nobody is left out for it. */
        attribute_set_remove_links(requested);

        r = dn_from_domain(domain->name, &naming_context);
        if (r < 0)
                return r;

        free(domain->naming_context);
        domain->naming_context = buffer_steal_string(&naming_context);
        domain->stale_after = INT64_MAX; /* what a file says does not grow old */
        return domain->naming_context ? domain_save(trial->store, domain) : -ENOMEM;
}

static int domain_begin(Trial *trial, const char *name, TrialDomain *ret)
{
        Domain *domain = &ret->domain;
        ApplySettings settings = {
                .config = &trial->config,
                .domain_config = config_find_domain(trial->given, name),
                .now = trial->now,
                .invocation_id = trial_invocation_id,
        };
        bool is_cached;
        int r;

        r = domain_load(trial->store, name, domain);
        if (r >= 0)
                r = config_add_domain(&trial->config, domain->name);
        if (r < 0)
                return r;

        is_cached = domain->is_ready;
        settings.requested = domain->requested;
        r = is_cached ? 0 : domain_make(trial, domain, &settings.requested);
        return r < 0 ? r
                     : apply_new(trial->store, domain, is_cached ? APPLY_DELTA : APPLY_FIRST,
                                 &settings, &ret->apply);
}

static int domain_of(Trial *trial, const char *name, TrialDomain **ret)
{
        TrialDomain **more, *domain;

        for (size_t i = 0; i < trial->n_domains; i++)
                if (strcmp(trial->domains[i]->domain.name, name) == 0) {
                        *ret = trial->domains[i];
                        return 0;
                }

        more = reallocarray(trial->domains, trial->n_domains + 1, sizeof(*more));
        if (!more)
                return -ENOMEM;
        trial->domains = more;

        domain = calloc(1, sizeof(*domain));
        if (!domain)
                return -ENOMEM;

        trial->domains[trial->n_domains++] = domain;
        *ret = domain;
        return domain_begin(trial, name, domain);
}

/* ------------------------------------------------------------------ staging and applying */

int trial_stage(Trial *trial, const char *name, Object *object)
{
        TrialDomain *domain;
        int r;

        r = domain_of(trial, name, &domain);
        if (r < 0)
                return r;

        object->parent = GUID_NULL; /* nobody says it, and the name tells the same */
        object->usn = ++trial->usn;
        return apply_stage(domain->apply, object);
}

/* Is one domain's DNS name below another's? */
static bool is_below(const char *name, const char *above)
{
        size_t n = strlen(name), n_above = strlen(above);

        return n > n_above && name[n - n_above - 1] == '.' &&
               strcmp(name + n - n_above, above) == 0;
}

/* Nobody said which domains are one forest: those below one another are. The topmost is the forest's root. */
static int domain_set_forest(Trial *trial, Domain *domain)
{
        _cleanup_buffer_ Buffer configuration = BUFFER_INIT;
        const char *root = domain->name;
        int r;

        if (domain->configuration_nc)
                return 0;

        for (size_t i = 0; i < trial->n_domains; i++)
                if (is_below(root, trial->domains[i]->domain.name))
                        root = trial->domains[i]->domain.name;

        r = buffer_append_string(&configuration, "CN=Configuration,");
        if (r >= 0)
                r = dn_from_domain(root, &configuration);
        if (r < 0)
                return r;

        domain->configuration_nc = buffer_steal_string(&configuration);
        return domain->configuration_nc ? domain_save(trial->store, domain) : -ENOMEM;
}

static int apply_run(Apply *apply)
{
        int r;

        do
                r = apply_step(apply, STEP_BUDGET);
        while (r == APPLY_MORE);
        return r;
}

static int domain_apply(Trial *trial, TrialDomain *domain)
{
        static char nobody[] = "trial";
        Cursor cursor = {
                .dc = nobody,
                .invocation_id = trial_invocation_id,
                .watermark = trial->usn,
                .polled_at = trial->now,
        };
        int r;

        r = apply_accept(domain->apply, &cursor);
        return r < 0 ? r : apply_run(domain->apply);
}

int trial_cloud(Trial *trial, CloudImport **ret)
{
        int r = trial->cloud ? 0 : cloud_import_new(trial->store, trial->now, &trial->cloud);

        if (r >= 0)
                *ret = trial->cloud;
        return r;
}

int trial_cloud_read(Trial *trial)
{
        int r;

        /* The given configuration owns what it was filled with. */
        assert(trial->given->tenant.from_inventory == 0);

        r = cloud_import_publish_tenant(trial->cloud);
        return r < 0 ? r : cloud_tenant_fill(trial->store, &trial->config.tenant);
}

/* One domain's Apply judges those of all by the inventory, once: none of them has met it before. */
static int trial_publish(Trial *trial)
{
        ApplySettings settings = { .config = &trial->config, .now = trial->now };
        _cleanup_(apply_freep) Apply *apply = NULL;
        TrialDomain *domain;
        int r;

        if (!trial->cloud || trial->n_domains == 0)
                return 0;

        domain = trial->domains[0];
        settings.domain_config = config_find_domain(trial->given, domain->domain.name);
        settings.cloud_parts = cloud_import_parts(trial->cloud, &settings.n_cloud_parts);
        r = apply_new(trial->store, &domain->domain, APPLY_CLOUD, &settings, &apply);
        if (r >= 0)
                r = apply_accept(apply, NULL);
        return r < 0 ? r : apply_run(apply);
}

int trial_apply(Trial *trial)
{
        int r = 0;

        for (size_t i = 0; i < trial->n_domains && r >= 0; i++)
                r = domain_set_forest(trial, &trial->domains[i]->domain);
        for (size_t i = 0; i < trial->n_domains && r >= 0; i++)
                r = domain_apply(trial, trial->domains[i]);
        return r < 0 ? r : trial_publish(trial);
}
