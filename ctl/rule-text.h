/* SPDX-License-Identifier: MIT */
#pragma once

/* A rule as people and programs are told of it, with what the configuration makes of it. */

#include "ctl/output.h"
#include "lib/core/config.h"
#include "lib/core/json.h"

typedef struct RuleState {
        Severity severity;
        bool is_disabled;
        bool is_changed; /* a [rule ID] section says otherwise than the table */
} RuleState;

/* All rules, the site's own behind those of the table. NULL: past the end. */
const Rule *rule_listed(const Config *config, size_t index);

RuleState rule_state(const Rule *rule, const Config *config);

/* "users, contacts and groups". Appends. 0 or -ENOMEM. */
int rule_kinds_text(unsigned kinds, Buffer *buffer);

/* All that the table knows. The caller puts it. 0 or -ENOMEM. */
int rule_json(const Rule *rule, const Config *config, json_object **ret);

/* The rule that was meant by a name that is none, or NULL: the nearest by spelling, else one that holds the word. */
const char *rule_suggest(const Config *config, const char *name);
