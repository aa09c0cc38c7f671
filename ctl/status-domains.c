/* SPDX-License-Identifier: MIT */
#include "ctl/status-domains.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/csv.h"
#include "ctl/json-output.h"
#include "ctl/table.h"
#include "lib/core/address.h"
#include "lib/core/duration.h"
#include "lib/state/query.h"
#include "lib/state/suffix.h"

static const char *const place_names[SUFFIX_PLACES] = { "upn", "primary", "secondary", "mail" };

static const char *standing_name(DomainStanding standing)
{
        switch (standing) {
        case DOMAIN_VERIFIED:
                return "verified";
        case DOMAIN_UNVERIFIED:
                return "not verified";
        case DOMAIN_SUB_OF_VERIFIED:
                return "below a verified one";
        case DOMAIN_UNKNOWN:
                return "not known";
        }

        return "not known";
}

/* ------------------------------------------------------------------ what [tenant] may say */

/* "contoso" of contoso.onmicrosoft.com, or of contoso.mail.onmicrosoft.com. Empty: it is neither. */
static Slice label_before(const char *name, const char *behind)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
        size_t size = strlen(name), n = strlen(behind);
        Slice label;

        if (size <= n || strcmp(name + size - n, behind) != 0)
                return (Slice){};
        label = (Slice){ (const uint8_t *)name, size - n };
        if (strspn(name, letters) < label.size)
                return (Slice){};
        return label;
}

/* The name that most objects have, because the list begins with it. NULL: none has such a name. */
static const char *find_behind(const SuffixList *list, const char *behind)
{
        for (size_t i = 0; i < list->n; i++)
                if (label_before(list->suffixes[i].name, behind).size > 0)
                        return list->suffixes[i].name;
        return NULL;
}

/* Who has sent contacts somewhere else does not own that: only where people of one's own are is it worth asking. */
static bool is_candidate(const Suffix *suffix, const Tenant *tenant)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
        Slice domain = SLICE(suffix->name);

        return suffix->n_own > 0 && suffix->name[strspn(suffix->name, letters)] == '\0' &&
               domain_is_public(domain) && !domain_is_reserved(domain) &&
               label_before(suffix->name, ".mail.onmicrosoft.com").size == 0 &&
               tenant_domain_standing(tenant, domain) != DOMAIN_VERIFIED;
}

static int propose(const SuffixList *list, const Tenant *tenant, Buffer *lines)
{
        const char *initial = tenant->initial_domain ? NULL : find_behind(list, ".onmicrosoft.com");
        const char *routing = find_behind(list, ".mail.onmicrosoft.com");
        int r = 0;

        if (initial)
                r = buffer_append_format(lines, "InitialDomain=%s\n", initial);
        else if (routing && !tenant->initial_domain) {
                Slice label = label_before(routing, ".mail.onmicrosoft.com");

                r = buffer_append_format(lines, "InitialDomain=%.*s.onmicrosoft.com\n",
                                         (int)label.size, (const char *)label.data);
        }
        if (r >= 0 && routing && !tenant->routing_domain)
                r = buffer_append_format(lines, "RoutingDomain=%s\n", routing);
        for (size_t i = 0; i < list->n && r >= 0; i++)
                if (is_candidate(&list->suffixes[i], tenant))
                        r = buffer_append_format(lines, "VerifiedDomain=%s\n",
                                                 list->suffixes[i].name);
        return r;
}

/* ------------------------------------------------------------------ progress */

typedef struct Progress {
        int64_t expected;
        struct timespec since;
        bool is_shown;
} Progress;

static double seconds_since(const struct timespec *since)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)(now.tv_sec - since->tv_sec) + (double)(now.tv_nsec - since->tv_nsec) / 1e9;
}

static void show_progress(int64_t n_objects, void *userdata)
{
        Progress *progress = userdata;
        double seconds = seconds_since(&progress->since);
        double rate = seconds > 0 ? (double)n_objects / seconds : 0;
        char left[DURATION_SIZE] = "a while";

        if (seconds < 1 || !isatty(STDERR_FILENO))
                return;
        if (rate > 0 && progress->expected >= n_objects)
                duration_format((int64_t)((double)(progress->expected - n_objects) / rate), left);
        (void)fprintf(stderr, "\r%" PRIi64 " objects, %.0f/s, %s left\033[K", n_objects, rate,
                      left);
        progress->is_shown = true;
}

/* ------------------------------------------------------------------ output */

static const Column wide_columns[] = {
        { .title = "DOMAIN", .label = "domain", .least = 12 },
        { .title = "UPN", .is_right = true },
        { .title = "PRIMARY", .is_right = true },
        { .title = "SECONDARY", .is_right = true },
        { .title = "MAIL", .is_right = true },
        { .title = "PUBLIC" },
        { .title = "TENANT", .label = "tenant", .least = 12 },
};

/* Numbers alone, without the titles above them, tell nobody anything. */
static const Column narrow_columns[] = {
        { .title = "DOMAIN" },
        { .title = "IN", .label = "in", .least = 60 },
        { .title = "IS", .label = "is", .least = 12 },
};

static Style standing_style(DomainStanding standing)
{
        switch (standing) {
        case DOMAIN_VERIFIED:
                return STYLE_GOOD;
        case DOMAIN_UNVERIFIED:
                return STYLE_WARNING;
        case DOMAIN_SUB_OF_VERIFIED:
        case DOMAIN_UNKNOWN:
                break;
        }

        return STYLE_PLAIN;
}

static int add_wide_row(Table *table, const Suffix *suffix, const Tenant *tenant)
{
        DomainStanding standing = tenant_domain_standing(tenant, SLICE(suffix->name));
        bool is_public = domain_is_public(SLICE(suffix->name));
        int r;

        r = table_add(table, STYLE_STRONG, suffix->name);
        for (size_t i = 0; i < SUFFIX_PLACES && r >= 0; i++)
                r = table_add_format(table, suffix->n[i] > 0 ? STYLE_PLAIN : STYLE_FAINT,
                                     "%" PRIi64, suffix->n[i]);
        if (r >= 0)
                r = table_add(table, is_public ? STYLE_PLAIN : STYLE_ERROR,
                              is_public ? "public" : "not public");
        return r < 0 ? r : table_add(table, standing_style(standing), standing_name(standing));
}

static int add_narrow_row(Table *table, const Suffix *suffix, const Tenant *tenant)
{
        DomainStanding standing = tenant_domain_standing(tenant, SLICE(suffix->name));
        _cleanup_buffer_ Buffer places = BUFFER_INIT;
        int r;

        r = table_add(table, STYLE_STRONG, suffix->name);
        for (size_t i = 0; i < SUFFIX_PLACES && r >= 0; i++)
                if (suffix->n[i] > 0)
                        r = buffer_append_format(&places, "%s%s %" PRIi64,
                                                 places.size > 0 ? ", " : "", place_names[i],
                                                 suffix->n[i]);
        if (r >= 0)
                r = table_add(table, STYLE_PLAIN, buffer_string(&places));
        return r < 0 ? r
                     : table_add_format(table, standing_style(standing), "%s, %s",
                                        domain_is_public(SLICE(suffix->name)) ? "public"
                                                                              : "not public",
                                        standing_name(standing));
}

/* As wide as the wide one needs with names of ordinary length. */
#define WIDE_COLUMNS 76

static int print_table(Output *output, const SuffixList *list, const Tenant *tenant)
{
        bool is_narrow = output->width > 0 && output->width < WIDE_COLUMNS;
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = is_narrow ? table_new(narrow_columns, ARRAY_SIZE(narrow_columns), &table)
                      : table_new(wide_columns, ARRAY_SIZE(wide_columns), &table);
        for (size_t i = 0; i < list->n && r >= 0; i++)
                r = is_narrow ? add_narrow_row(table, &list->suffixes[i], tenant)
                              : add_wide_row(table, &list->suffixes[i], tenant);
        if (r >= 0)
                table_print(table, output);
        return r;
}

static int print_text(Output *output, const SuffixList *list, const Tenant *tenant,
                      const char *proposal)
{
        int r;

        r = print_table(output, list, tenant);
        if (r < 0 || !output->has_legend)
                return r;

        if (*proposal) {
                (void)putc('\n', output->stream);
                output_prose(output, STYLE_PLAIN, 0,
                             "What scand.conf may say. Keep a VerifiedDomain= only if the tenant "
                             "has verified it (portal, Custom domain names, or Get-MgDomain):");
                (void)fprintf(output->stream, "\n[tenant]\n%s", proposal);
        } else if (list->n == 0)
                output_prose(output, STYLE_PLAIN, 0, "No object that arrives has an address.");
        return 0;
}

static int json_suffix(const Suffix *suffix, const Tenant *tenant, json_object *array)
{
        json_object *object = json_object_new_object();
        int r;

        r = json_append(array, object);
        if (r >= 0)
                r = json_add_string(object, "domain", suffix->name);
        for (size_t i = 0; i < SUFFIX_PLACES && r >= 0; i++)
                r = json_add_integer(object, place_names[i], suffix->n[i]);
        if (r >= 0)
                r = json_add_boolean(object, "public", domain_is_public(SLICE(suffix->name)));
        if (r >= 0)
                r = json_add_string(
                        object, "tenant",
                        standing_name(tenant_domain_standing(tenant, SLICE(suffix->name))));
        return r;
}

static int json_lines(json_object *root, const char *proposal)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(root, "proposal", array);
        while (r >= 0 && *proposal) {
                size_t n = strcspn(proposal, "\n");

                r = json_append(array, json_object_new_string_len(proposal, (int)n));
                proposal += n + 1;
        }
        return r;
}

static int print_json(Output *output, const SuffixList *list, const Tenant *tenant,
                      const char *proposal, int64_t now)
{
        _cleanup_json_ json_object *root = json_object_new_object();
        json_object *array;
        int r;

        if (!root)
                return -ENOMEM;

        r = json_add_integer(root, "schema", JSON_SCHEMA);
        if (r >= 0)
                r = json_add_time(root, "generated", now);
        array = json_object_new_array();
        if (r >= 0)
                r = json_add(root, "domains", array);
        else
                (void)json_object_put(array);
        for (size_t i = 0; i < list->n && r >= 0; i++)
                r = json_suffix(&list->suffixes[i], tenant, array);
        if (r >= 0)
                r = json_lines(root, proposal);
        return r < 0 ? r : json_print(output->stream, root);
}

static int print_csv(Output *output, const SuffixList *list, const Tenant *tenant)
{
        static const char *const titles[] = { "domain", "upn",    "primary", "secondary",
                                              "mail",   "public", "tenant" };
        _cleanup_buffer_ Buffer safe = BUFFER_INIT;

        if (output->has_legend)
                csv_row(output->stream, titles, ARRAY_SIZE(titles));
        for (size_t i = 0; i < list->n; i++) {
                const Suffix *suffix = &list->suffixes[i];
                char number[24];
                int r;

                buffer_reset(&safe);
                r = output_safe(suffix->name, &safe);
                if (r < 0)
                        return r;
                csv_cell(output->stream, buffer_string(&safe), true);
                for (size_t k = 0; k < SUFFIX_PLACES; k++) {
                        (void)snprintf(number, sizeof(number), "%" PRIi64, suffix->n[k]);
                        csv_cell(output->stream, number, false);
                }
                csv_cell(output->stream, domain_is_public(SLICE(suffix->name)) ? "yes" : "no",
                         false);
                csv_cell(output->stream,
                         standing_name(tenant_domain_standing(tenant, SLICE(suffix->name))), false);
                (void)putc('\n', output->stream);
        }
        return 0;
}

int status_domains(Scanctl *scanctl, Store *store, const Config *config)
{
        _cleanup_(suffix_list_freep) SuffixList *list = NULL;
        _cleanup_buffer_ Buffer proposal = BUFFER_INIT;
        int64_t fates[FATE_MAX];
        Progress progress = {};
        int r;

        (void)clock_gettime(CLOCK_MONOTONIC, &progress.since);
        r = query_fates(store, fates);
        if (r >= 0) {
                progress.expected = fates[FATE_IN_SCOPE];
                r = suffix_list_new(store, config, show_progress, &progress, &list);
        }
        if (progress.is_shown)
                (void)fputs("\r\033[K", stderr);
        if (r >= 0)
                r = propose(list, &config->tenant, &proposal);
        if (r >= 0)
                r = buffer_string(&proposal) ? 0 : -ENOMEM;
        if (r >= 0)
                switch (scanctl->arguments.format) {
                case OUTPUT_TEXT:
                        r = print_text(&scanctl->output, list, &config->tenant,
                                       buffer_string(&proposal));
                        break;
                case OUTPUT_JSON:
                        r = print_json(&scanctl->output, list, &config->tenant,
                                       buffer_string(&proposal), scanctl->now);
                        break;
                case OUTPUT_CSV:
                        r = print_csv(&scanctl->output, list, &config->tenant);
                        break;
                }

        return r < 0 ? scanctl_failed(scanctl, "cannot tell the domains", r) : EXIT_FINE;
}
