/* SPDX-License-Identifier: MIT */

/* The options of [tenant] that an inventory may fill: what holds, who said so, and where the two differ. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "ctl/cloud.h"
#include "ctl/json-output.h"
#include "ctl/table.h"
#include "lib/state/cloud.h"

typedef struct Switch {
        const char *option;
        unsigned bit;       /* TENANT_… */
        Buffer holds, says; /* empty: nothing is configured, or known of the cloud */
        bool is_filled;     /* what holds is what the inventory says */
} Switch;

enum { N_SWITCHES = 5 };

static void switches_done(Switch (*list)[N_SWITCHES])
{
        for (size_t i = 0; i < N_SWITCHES; i++) {
                buffer_done(&(*list)[i].holds);
                buffer_done(&(*list)[i].says);
        }
}

static int compare_names(const void *a, const void *b)
{
        return strcasecmp(*(char *const *)a, *(char *const *)b);
}

/* In an order of their own: two lists of the same are the same text. */
static int list_text(char *const *list, const char *but, Buffer *ret)
{
        _cleanup_free_ char **sorted = NULL;
        size_t n = 0;
        int r = 0;

        while (list && list[n])
                n++;
        sorted = calloc(n + 1, sizeof(*sorted));
        if (!sorted)
                return -ENOMEM;

        n = 0;
        for (size_t i = 0; list && list[i]; i++)
                if (!but || strcasecmp(list[i], but) != 0)
                        sorted[n++] = list[i];
        qsort(sorted, n, sizeof(*sorted), compare_names);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = buffer_append_format(ret, "%s%s", i > 0 ? " " : "", sorted[i]);
        return r;
}

static int truth_text(int truth, Buffer *ret)
{
        return truth < 0 ? 0 : buffer_append_string(ret, truth > 0 ? "yes" : "no");
}

static int number_text(int64_t number, Buffer *ret)
{
        return number == 0 ? 0 : buffer_append_format(ret, "%" PRIi64, number);
}

static int string_text(const char *string, Buffer *ret)
{
        return string ? buffer_append_string(ret, string) : 0;
}

/* The initial domain is verified whether anybody says so or not: where only one side lists it, that is no difference. */
static const char *unsaid_domain(const Tenant *tenant)
{
        for (char *const *domain = tenant->verified_domains; domain && *domain; domain++)
                if (tenant->initial_domain && strcasecmp(*domain, tenant->initial_domain) == 0)
                        return NULL;
        return tenant->initial_domain;
}

static int switches_read(Store *store, const Tenant *tenant, Switch list[N_SWITCHES])
{
        TenantFacts facts;
        int r;

        r = cloud_tenant_read(store, &facts);
        if (r >= 0 && (r = string_text(tenant->initial_domain, &list[0].holds)) >= 0 &&
            (r = string_text(facts.initial_domain, &list[0].says)) >= 0 &&
            (r = list_text(tenant->verified_domains, NULL, &list[1].holds)) >= 0 &&
            (r = list_text(facts.verified_domains, unsaid_domain(tenant), &list[1].says)) >= 0 &&
            (r = list_text(tenant->federated_domains, NULL, &list[2].holds)) >= 0 &&
            (r = list_text(facts.federated_domains, NULL, &list[2].says)) >= 0 &&
            (r = truth_text(tenant->password_hash_sync, &list[3].holds)) >= 0 &&
            (r = truth_text(facts.password_hash_sync, &list[3].says)) >= 0 &&
            (r = number_text(tenant->quota, &list[4].holds)) >= 0)
                r = number_text(facts.quota, &list[4].says);
        tenant_facts_done(&facts);
        if (r < 0)
                return r;

        for (size_t i = 0; i < N_SWITCHES; i++) {
                list[i].is_filled = tenant->from_inventory & list[i].bit;
                if (!buffer_string(&list[i].holds) || !buffer_string(&list[i].says))
                        return -ENOMEM;
        }
        return 0;
}

#define SWITCHES                                                                                   \
        {                                                                                          \
                { .option = "InitialDomain", .bit = TENANT_INITIAL_DOMAIN },                       \
                        { .option = "VerifiedDomain", .bit = TENANT_VERIFIED_DOMAINS },            \
                        { .option = "FederatedDomain", .bit = TENANT_FEDERATED_DOMAINS },          \
                        { .option = "PasswordHashSync", .bit = TENANT_PASSWORD_HASH_SYNC },        \
                        { .option = "Quota", .bit = TENANT_QUOTA },                                \
        }

static const char *switch_source(const Switch *entry)
{
        if (entry->is_filled)
                return "inventory";
        return entry->holds.size > 0 ? "configuration" : "nobody";
}

static bool switch_differs(const Switch *entry)
{
        return !entry->is_filled && entry->holds.size > 0 && entry->says.size > 0 &&
               strcasecmp((const char *)entry->holds.data, (const char *)entry->says.data) != 0;
}

int cloud_switches_json(Store *store, const Tenant *tenant, json_object **ret)
{
        _cleanup_(switches_done) Switch list[N_SWITCHES] = SWITCHES;
        _cleanup_json_ json_object *array = json_object_new_array();
        int r;

        r = array ? switches_read(store, tenant, list) : -ENOMEM;
        for (size_t i = 0; i < N_SWITCHES && r >= 0; i++) {
                json_object *object = json_object_new_object();

                if ((r = json_append(array, object)) < 0 ||
                    (r = json_add_string(object, "option", list[i].option)) < 0 ||
                    (r = json_add_string(object, "value", (const char *)list[i].holds.data)) < 0 ||
                    (r = json_add_string(object, "source", switch_source(&list[i]))) < 0 ||
                    (r = json_add_string(object, "inventory", (const char *)list[i].says.data)) < 0)
                        return r;
                r = json_add_boolean(object, "differs", switch_differs(&list[i]));
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}

static const Column columns[] = {
        { .title = "OPTION" },
        { .title = "SAID BY" },
        { .title = "VALUE", .label = "value", .least = 40 },
};

int cloud_switches_text(Store *store, const Tenant *tenant, Output *output)
{
        _cleanup_(switches_done) Switch list[N_SWITCHES] = SWITCHES;
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = switches_read(store, tenant, list);
        if (r >= 0)
                r = table_new(columns, ARRAY_SIZE(columns), &table);
        for (size_t i = 0; i < N_SWITCHES && r >= 0; i++) {
                r = table_add(table, STYLE_STRONG, list[i].option);
                if (r >= 0)
                        r = table_add(table, STYLE_PLAIN, switch_source(&list[i]));
                if (r >= 0)
                        r = table_add(table, STYLE_PLAIN, (const char *)list[i].holds.data);
        }
        if (r < 0)
                return r;

        table_print(table, output);
        for (size_t i = 0; i < N_SWITCHES; i++)
                if (switch_differs(&list[i]))
                        output_prose(output, STYLE_WARNING, 0,
                                     "%s= is configured as %s, which holds; the inventory says %s.",
                                     list[i].option, (const char *)list[i].holds.data,
                                     (const char *)list[i].says.data);
        (void)fputc('\n', output->stream);
        return 0;
}
