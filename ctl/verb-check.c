/* SPDX-License-Identifier: MIT */

/*
 * Judges the objects in a file. They go through the very same applying as those of a domain, into a database in memory, so that
 * uniqueness, persons and scope are judged by the same code, and what `check` says is what the daemon would say.
 */

#include <errno.h>
#include <string.h>

#include "ctl/listing.h"
#include "ctl/object-file.h"
#include "lib/core/dn.h"
#include "lib/state/apply.h"

#define STEP_BUDGET 100000 /* nobody waits on a loop here */

typedef struct CheckDomain {
        Domain domain;
        Apply *apply;
} CheckDomain;

typedef struct Check {
        Scanctl *scanctl;
        const Config *given;
        Config config; /* the same, and with the file's domains, since only those of configured ones dispute */
        ObjectFile *file;
        Store *store;
        CheckDomain **domains; /* an Apply keeps its Domain's address */
        size_t n_domains;
        int64_t usn; /* a number for each object: a later record of the same object replaces an earlier one */
        size_t n_judged;
} Check;

static void check_done(Check *check)
{
        for (size_t i = 0; i < check->n_domains; i++) {
                (void)apply_free(check->domains[i]->apply);
                domain_done(&check->domains[i]->domain);
                free(check->domains[i]);
        }
        free(check->domains);
        free(check->config.domains);
        (void)store_close(check->store);
        (void)object_file_close(check->file);
}

/* The epoch of the file's USNs. Any will do, as long as it is one. */
static const Guid check_invocation_id = { { 's', 'c', 'a', 'n', 'c', 't', 'l', ' ', 'c', 'h', 'e',
                                            'c', 'k' } };

/* Room for one more of the file's domains, which borrow the rest of the configuration. */
static int config_init(Check *check)
{
        check->config = *check->given;
        check->config.domains = calloc(check->given->n_domains + 1, sizeof(*check->config.domains));
        if (!check->config.domains)
                return -ENOMEM;

        for (size_t i = 0; i < check->given->n_domains; i++)
                check->config.domains[i] = check->given->domains[i];
        return 0;
}

static int config_add_domain(Check *check, char *name)
{
        Config *config = &check->config;
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

static int domain_begin(Check *check, const char *name, CheckDomain *domain)
{
        ApplySettings settings = {
                .config = &check->config,
                .domain_config = config_find_domain(check->given, name),
                .now = check->scanctl->now,
                .invocation_id = check_invocation_id,
        };
        _cleanup_buffer_ Buffer naming_context = BUFFER_INIT;
        int r;

        /* A file is all there is: what it does not say is absent. */
        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++)
                if (attribute_name(attribute))
                        attribute_set_add(&settings.requested, attribute);

        r = domain_load(check->store, name, &domain->domain);
        if (r >= 0)
                r = config_add_domain(check, domain->domain.name);
        if (r >= 0)
                r = dn_from_domain(name, &naming_context);
        if (r < 0)
                return r;

        domain->domain.naming_context = buffer_steal_string(&naming_context);
        if (!domain->domain.naming_context)
                return -ENOMEM;
        r = domain_save(check->store, &domain->domain);
        return r < 0 ? r
                     : apply_new(check->store, &domain->domain, APPLY_FIRST, &settings,
                                 &domain->apply);
}

static int domain_add(Check *check, const char *name, CheckDomain **ret)
{
        CheckDomain **more = reallocarray(check->domains, check->n_domains + 1, sizeof(*more)),
                    *domain;

        if (!more)
                return -ENOMEM;
        check->domains = more;

        domain = calloc(1, sizeof(*domain));
        if (!domain)
                return -ENOMEM;

        check->domains[check->n_domains++] = domain;
        *ret = domain;
        return domain_begin(check, name, domain);
}

static int domain_of(Check *check, const char *name, CheckDomain **ret)
{
        for (size_t i = 0; i < check->n_domains; i++)
                if (strcmp(check->domains[i]->domain.name, name) == 0) {
                        *ret = check->domains[i];
                        return 0;
                }

        return domain_add(check, name, ret);
}

static int check_object(Check *check, Object *object, const char *name)
{
        CheckDomain *domain;
        int r;

        r = domain_of(check, name, &domain);
        if (r < 0)
                return r;

        object->parent = GUID_NULL; /* the file may not have it, and the name tells the same */
        object->usn = ++check->usn;
        check->n_judged++;
        return apply_stage(domain->apply, object);
}

static int check_read(Check *check)
{
        _cleanup_(object_freep) Object *object = NULL;
        const char *domain;
        int r;

        r = object_new(&object);
        if (r < 0)
                return r;

        while ((r = object_file_next(check->file, object, &domain)) > 0) {
                r = check_object(check, object, domain);
                if (r < 0)
                        return r;
        }

        return r;
}

/* Is one domain's DNS name below another's? */
static bool is_below(const char *name, const char *above)
{
        size_t n = strlen(name), n_above = strlen(above);

        return n > n_above && name[n - n_above - 1] == '.' &&
               strcmp(name + n - n_above, above) == 0;
}

/* A file does not say which domains are one forest: those below one another are. The topmost is the forest's root. */
static int domain_set_forest(Check *check, Domain *domain)
{
        _cleanup_buffer_ Buffer configuration = BUFFER_INIT;
        const char *root = domain->name;
        int r;

        for (size_t i = 0; i < check->n_domains; i++)
                if (is_below(root, check->domains[i]->domain.name))
                        root = check->domains[i]->domain.name;

        r = buffer_append_string(&configuration, "CN=Configuration,");
        if (r >= 0)
                r = dn_from_domain(root, &configuration);
        if (r < 0)
                return r;

        domain->configuration_nc = buffer_steal_string(&configuration);
        return domain->configuration_nc ? domain_save(check->store, domain) : -ENOMEM;
}

static int check_apply(Check *check)
{
        Cursor cursor = {
                .dc = (char *)object_file_name(check->file),
                .invocation_id = check_invocation_id,
                .watermark = check->usn,
                .polled_at = check->scanctl->now,
        };

        for (size_t i = 0; i < check->n_domains; i++) {
                int r = domain_set_forest(check, &check->domains[i]->domain);

                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < check->n_domains; i++) {
                int r;

                r = apply_accept(check->domains[i]->apply, &cursor);
                if (r < 0)
                        return r;
                do
                        r = apply_step(check->domains[i]->apply, STEP_BUDGET);
                while (r == APPLY_MORE);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int check_file(Check *check)
{
        int r;

        r = check_read(check);
        if (r >= 0)
                r = check_apply(check);
        return r < 0 ? scanctl_error("%s: %s.", object_file_name(check->file), strerror(-r)) : 0;
}

int verb_check(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(check_done) Check check = { .scanctl = scanctl };
        _cleanup_free_ char *error = NULL;
        size_t n, n_unreadable;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_JUDGES, &check.given) < 0)
                return EXIT_TROUBLE;
        if (object_file_open(operands[0], &check.file) < 0)
                return EXIT_TROUBLE;
        if (config_init(&check) < 0)
                return scanctl_error("out of memory.");

        r = store_open(NULL, STORE_MEMORY, &check.store, &error);
        if (r < 0)
                return scanctl_error("%s", error ? error : strerror(-r));

        r = check_file(&check);
        if (r != 0)
                return r;
        r = listing_print(scanctl, check.store, &check.config, LISTING_FILE, &n);
        if (r != 0)
                return r;

        n_unreadable = object_file_unreadable(check.file);
        if (n_unreadable > 0)
                return scanctl_error("%s: %zu record%s could not be judged, %zu object%s were.",
                                     object_file_name(check.file), n_unreadable,
                                     n_unreadable == 1 ? "" : "s", check.n_judged,
                                     check.n_judged == 1 ? "" : "s");
        return n > 0 ? EXIT_FOUND : EXIT_FINE;
}
