/* SPDX-License-Identifier: MIT */
#include "daemon/manager-internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "daemon/log.h"
#include "daemon/message-id.h"
#include "lib/state/cloud.h"

int manager_add_domain(Manager *manager, const DomainConfig *config)
{
        Follower *follower;
        Place *places;
        int r;

        places = reallocarray(manager->places, manager->n_places + 1, sizeof(*places));
        if (!places)
                return -ENOMEM;
        manager->places = places;

        r = follower_new(manager, config, &follower);
        if (r < 0)
                return r;

        places[manager->n_places++] = (Place){ .follower = follower };
        return follower_start(follower);
}

static void manager_remove(Manager *manager, Place *place)
{
        follower_stop(place->follower);
        manager_release_transaction(manager, place->follower);
        place->wants_connect = false;
        place->is_leaving = true;
        manager_enable(manager->queue);
}

int manager_retire_others(Manager *manager)
{
        int r;

        r = domain_retire_others(manager->store, manager->config);
        if (r < 0)
                log_error("cannot hide domains that are not configured any more: %s (%s)",
                          strerror(-r), store_error(manager->store));
        return r;
}

static bool is_followed(const Manager *manager, const char *name)
{
        for (size_t i = 0; i < manager->n_places; i++)
                if (!manager->places[i].is_leaving &&
                    strcmp(follower_name(manager->places[i].follower), name) == 0)
                        return true;

        return false;
}

/* The configuration in force; what is not in `next` any more leaves, what is new comes. */
static int manager_switch(Manager *manager, Config *next)
{
        Config *previous = manager->config;
        size_t n_before = manager->n_places;
        int r, result = 0;

        intake_reconfigure(manager->intake);
        manager->config = next;
        log_set_level(next->log_level);

        for (size_t i = 0; i < n_before; i++) {
                Place *place = &manager->places[i];
                const DomainConfig *config;

                if (place->is_leaving)
                        continue;

                config = config_find_domain(next, follower_name(place->follower));
                if (!config) {
                        log_about(LOG_INFO, NULL, follower_name(place->follower),
                                  "not configured any more");
                        manager_remove(manager, place);
                        continue;
                }

                r = follower_reconfigure(place->follower, config);
                if (r < 0)
                        result = r;
        }

        /* No transaction is open now: every feed has dropped what was made with the former configuration. */
        r = manager_retire_others(manager);
        if (r < 0)
                result = r;

        for (size_t i = 0; i < next->n_domains; i++) {
                if (is_followed(manager, next->domains[i].name))
                        continue;
                r = manager_add_domain(manager, &next->domains[i]);
                if (r < 0)
                        result = r;
        }

        config_free(previous);
        manager_report_soon(manager);
        return result;
}

static int manager_load(Manager *manager, Config **ret, char **ret_text)
{
        _cleanup_(config_freep) Config *config = NULL;
        int r;

        r = config_load(manager->settings.config_file, manager->settings.drop_in_directory, &config,
                        ret_text);
        if (r < 0)
                return r;

        if (config->n_domains == 0) {
                if (asprintf(ret_text, "%s: there is no [domain NAME] section",
                             manager->settings.config_file) < 0)
                        *ret_text = NULL;
                return -EINVAL;
        }

        r = cloud_tenant_fill(manager->store, &config->tenant);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(config);
        return 0;
}

/* systemd wants to know when a reload began, so as not to take an earlier READY=1 for its end. */
static void notify_reloading(void)
{
        (void)sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIi64, manager_usec());
}

static bool config_is_same(const Config *previous, const Config *next)
{
        if (previous->n_domains != next->n_domains ||
            config_compare(previous, next, NULL) != CONFIG_SAME)
                return false;

        for (size_t i = 0; i < next->n_domains; i++)
                if (config_compare_domain(config_find_domain(previous, next->domains[i].name),
                                          &next->domains[i]) != CONFIG_SAME)
                        return false;

        return true;
}

int manager_reload(Manager *manager, char **ret_text)
{
        _cleanup_free_ char *problems = NULL;
        const char *option = NULL;
        Config *next;
        int r;

        notify_reloading();
        r = manager_load(manager, &next, &problems);
        if (r < 0) {
                (void)sd_notify(false, "READY=1");
                log_about(LOG_ERR, MESSAGE_RELOAD_FAILED, NULL,
                          "the configuration is wrong, the running one stays in force");
                log_lines(LOG_ERR, problems ?: strerror(-r));
                *ret_text = TAKE_PTR(problems);
                return r;
        }

        /* A first read of a million objects does not begin anew because somebody made sure of the configuration. */
        if (config_is_same(manager->config, next)) {
                config_free(next);
                (void)sd_notify(false, "READY=1");
                log_about(LOG_INFO, MESSAGE_RELOADED, NULL,
                          "configuration reloaded, nothing has changed");
                return 0;
        }

        if (config_compare(manager->config, next, &option) == CONFIG_RESTART)
                log_warning("%s= has changed, which only a restart applies", option);

        r = manager_switch(manager, next);
        (void)sd_notify(false, "READY=1");
        if (r < 0) {
                log_error("cannot apply all of the new configuration: %s", strerror(-r));
                return r;
        }

        log_about(LOG_INFO, MESSAGE_RELOADED, NULL, "configuration reloaded");
        return 0;
}

void manager_inventory_changed(Manager *manager)
{
        uint64_t before = config_derivation(manager->config);
        int r;

        r = cloud_tenant_fill(manager->store, &manager->config->tenant);
        if (r < 0) {
                log_error(
                        "cannot read what the inventory of the cloud says of the tenant: %s (%s), "
                        "going on with what is configured",
                        strerror(-r), store_error(manager->store));
                return;
        }
        if (config_derivation(manager->config) == before)
                return;

        log_info(
                "the inventory of the cloud says something else of the tenant than before: what is "
                "found is judged again");
        for (size_t i = 0; i < manager->n_places; i++) {
                Place *place = &manager->places[i];
                const DomainConfig *config =
                        config_find_domain(manager->config, follower_name(place->follower));

                if (place->is_leaving || !config)
                        continue;
                r = follower_reconfigure(place->follower, config);
                if (r < 0)
                        log_about(LOG_ERR, NULL, follower_name(place->follower),
                                  "cannot judge again: %s, a reload tries it again", strerror(-r));
        }
}

size_t manager_rescan(Manager *manager, const char *domain, bool is_reconcile,
                      bool accept_deletions)
{
        size_t n = 0;

        for (size_t i = 0; i < manager->n_places; i++) {
                Place *place = &manager->places[i];

                if (place->is_leaving ||
                    (domain && strcasecmp(domain, follower_name(place->follower)) != 0))
                        continue;
                follower_rescan(place->follower, is_reconcile, accept_deletions);
                n++;
        }

        return n;
}

int manager_origin(Manager *manager, const char *domain, const Guid *guid, char **ret_text)
{
        for (size_t i = 0; i < manager->n_places; i++) {
                Place *place = &manager->places[i];

                if (!place->is_leaving && strcasecmp(domain, follower_name(place->follower)) == 0)
                        return follower_origin(place->follower, guid, ret_text);
        }

        return -ENODEV;
}

void manager_origin_answered(Manager *manager)
{
        if (manager->control)
                control_transaction_free(manager->control);
}
