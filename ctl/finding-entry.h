/* SPDX-License-Identifier: MIT */
#pragma once

/* The findings of one object, each with all that is known of it: what `show` and `explain` share. */

#include "ctl/scanctl.h"
#include "lib/core/json.h"
#include "lib/state/query.h"

/* A blank line, the finding's heading, and a line for each thing to say of it. The configuration must have been read. 0 or -ENOMEM. */
int finding_entry_print(Scanctl *scanctl, const Record *record);

/* Calls the function for each finding of the list, with all other holders. What it returns below 0 ends the walk. 0 or negative. */
typedef int (*FindingEntryFunction)(const Record *record, void *userdata);

int finding_entries_walk(FindingList *list, FindingEntryFunction function, void *userdata);

/* An array of FINDING. The caller puts it. 0 or negative. */
int finding_entries_json(FindingList *list, json_object **ret);
