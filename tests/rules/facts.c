/* SPDX-License-Identifier: MIT */
#include "tests/rules/facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/util.h"
#include "lib/core/when.h"

void fact_list_init(FactList *list, const char *dn, int64_t now)
{
        *list = (FactList){
                .facts = {
                        .dn = dn,
                        .now = now,
                        .is_first = true,
                        .recycle_bin = -1,
                        .tombstones_readable = -1,
                },
        };
}

void fact_list_done(FactList *list)
{
        for (size_t i = 0; i < list->n_strings; i++)
                free(list->strings[i]);
        free(list->strings);
        free(list->units);
        free(list->traces);
        *list = (FactList){};
}

bool fact_age(const char *word, int64_t now, int64_t *ret)
{
        char *unit;
        long n = word ? strtol(word, &unit, 10) : -1;

        if (n < 0 || unit == word || unit[0] == '\0' || unit[1] != '\0')
                return false;
        if (*unit != 'm' && *unit != 'h' && *unit != 'd')
                return false;

        *ret = now - n * (*unit == 'm' ? MINUTE : *unit == 'h' ? HOUR : DAY);
        return true;
}

static const char *keep(FactList *list, const char *text)
{
        char **grown = reallocarray(list->strings, list->n_strings + 1, sizeof(*grown));

        if (!grown)
                return NULL;
        list->strings = grown;
        grown[list->n_strings] = strdup(text);
        return grown[list->n_strings] ? grown[list->n_strings++] : NULL;
}

/* "left half-hour 250 240 OU=…": how many, and how many of them by one cause. "left logon 12 since 3h": and the first when. */
static int add_departures(FactList *list, const char *words)
{
        Departures departures = { .oldest = list->facts.now - MINUTE };
        char span[20], age[20], cause[200];
        long long n, n_cause;
        int fields = sscanf(words, "%19s %lld %lld %199[^\n]", span, &n, &n_cause, cause);

        if (sscanf(words, "%*s %*d since %19s", age) == 1 &&
            fact_age(age, list->facts.now, &departures.oldest))
                fields = 2;
        if (fields != 2 && fields != 4)
                return -EBADMSG;
        departures.n = n;
        if (fields == 4) {
                departures.n_cause = n_cause;
                departures.cause = keep(list, cause);
        }

        if (strcmp(span, "half-hour") == 0)
                list->facts.half_hour = departures;
        else if (strcmp(span, "day") == 0)
                list->facts.day = departures;
        else if (strcmp(span, "logon") == 0)
                list->facts.unexported = departures;
        else
                return -EBADMSG;
        return 0;
}

/* "unit IncludeOU there OU=…", "unit IncludeOU gone OU=…", "unit IncludeOU gone OU=… is now OU=…" */
static int add_unit(FactList *list, const char *words)
{
        size_t n = list->facts.n_units;
        char option[20], state[20], dn[400], *present;
        ScopeUnit *grown;

        if (sscanf(words, "%19s %19s %399[^\n]", option, state, dn) != 3)
                return -EBADMSG;
        present = strstr(dn, " is now ");
        if (present) {
                *present = '\0';
                present += strlen(" is now ");
        }

        grown = reallocarray(list->units, n + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        list->units = grown;
        grown[n] = (ScopeUnit){
                .option = keep(list, option),
                .dn = keep(list, dn),
                .exists = strcmp(state, "there") == 0,
                .present = present ? keep(list, present) : NULL,
        };
        list->facts.units = grown;
        list->facts.n_units = n + 1;
        return 0;
}

static bool parse_trace_type(const char *word, TraceType *ret)
{
        static const char *const names[] = {
                [TRACE_CONNECTOR] = "connector",   [TRACE_SERVICE] = "service",
                [TRACE_DIRSYNC] = "dirsync",       [TRACE_SSO] = "sso",
                [TRACE_CLOUD_SYNC] = "cloud-sync",
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(names[i], word) == 0) {
                        *ret = (TraceType)i;
                        return true;
                }
        return false;
}

static bool set_trace(Trace *trace, const char *word, int64_t now)
{
        const char *value = strchr(word, '=');
        size_t size = value ? (size_t)(value - word) : 0;
        int64_t at;

        if (strcmp(word, "disabled") == 0) {
                trace->is_enabled = false;
                return true;
        }
        if (strncmp(word, "rights=", strlen("rights=")) == 0) {
                trace->rights = atoi(word + strlen("rights="));
                return true;
        }
        if (!value)
                return false;
        value++;
        if (!fact_age(value, now, &at))
                return false;

        if (strncmp(word, "logon", size) == 0)
                trace->logged_on = at;
        else if (strncmp(word, "replicated", size) == 0)
                trace->logged_on_replicated = at;
        else if (strncmp(word, "created", size) == 0)
                trace->created = at;
        else if (strncmp(word, "password", size) == 0)
                trace->password_set = at;
        else if (strncmp(word, "gap", size) == 0)
                trace->longest_gap = now - at;
        else
                return false;
        return true;
}

/* "account connector MSOL_1a2b logon=3h gap=30m": times are ages. */
static int add_trace(FactList *list, const char *words)
{
        _cleanup_free_ char *copy = strdup(words);
        size_t n = list->facts.n_traces;
        Trace trace = { .is_enabled = true, .rights = -1 };
        char *state, *type, *name, *word;
        Trace *grown;

        type = copy ? strtok_r(copy, " \n", &state) : NULL;
        name = type ? strtok_r(NULL, " \n", &state) : NULL;
        if (!name || !parse_trace_type(type, &trace.type))
                return -EBADMSG;
        while ((word = strtok_r(NULL, " \n", &state)))
                if (!set_trace(&trace, word, list->facts.now))
                        return -EBADMSG;

        trace.name = keep(list, name);
        grown = reallocarray(list->traces, n + 1, sizeof(*grown));
        if (!grown || !trace.name)
                return -ENOMEM;
        list->traces = grown;
        grown[n] = trace;
        list->facts.traces = grown;
        list->facts.n_traces = n + 1;
        list->facts.has_traces = true;
        list->facts.is_traced = true;
        return 0;
}

int fact_list_add(FactList *list, const char *words)
{
        DirectoryFacts *facts = &list->facts;
        char name[40], value[40];
        int at = 0;

        if (sscanf(words, "%39s %n%39s", name, &at, value) != 2)
                return -EBADMSG;

        if (strcmp(name, "recycle-bin") == 0)
                facts->recycle_bin = strcmp(value, "yes") == 0;
        else if (strcmp(name, "tombstones") == 0)
                facts->tombstones_readable = strcmp(value, "yes") == 0;
        else if (strcmp(name, "objects") == 0)
                facts->objects = atoll(value);
        else if (strcmp(name, "export-errors") == 0)
                facts->export_errors = atoll(value);
        else if (strcmp(name, "hidden") == 0) {
                list->hidden = keep(list, words + at);
                if (!list->hidden)
                        return -ENOMEM;
                facts->hidden_units = &list->hidden;
                facts->n_hidden_units = 1;
        } else if (strcmp(name, "controllers") == 0) {
                static const UnaskedController unasked = { "dc2.example", "connect-timeout" };

                facts->n_domain_controllers = (unsigned)atoi(value);
                if (facts->n_domain_controllers == 1 || strstr(words, " asked"))
                        facts->logons_known_until = facts->now;
                else {
                        facts->unasked = &unasked;
                        facts->n_unasked = facts->n_unasked_named = 1;
                }
        } else if (strcmp(name, "accounts") == 0 && strcmp(value, "none") == 0)
                facts->is_traced = true;
        else if (strcmp(name, "foreign") == 0) {
                facts->foreign_members = atoll(value);
                facts->foreign_group = "CN=Guests,OU=Groups";
                facts->foreign_container =
                        strstr(words, " in scope") ? NULL : "CN=ForeignSecurityPrincipals";
        } else if (strcmp(name, "monitoring") == 0) {
                facts->monitoring_mailboxes = atoll(value);
                facts->monitoring_container =
                        keep(list, "CN=Monitoring Mailboxes,CN=Microsoft Exchange System Objects");
        } else if (strcmp(name, "left") == 0)
                return add_departures(list, words + at);
        else if (strcmp(name, "unit") == 0)
                return add_unit(list, words + at);
        else if (strcmp(name, "account") == 0)
                return add_trace(list, words + at);
        else
                return -EBADMSG;
        return 0;
}
