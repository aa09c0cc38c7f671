/* SPDX-License-Identifier: MIT */
#pragma once

/* An event of the log as people and programs are shown it: by `history` and `watch`. */

#include "lib/core/json.h"
#include "lib/state/event.h"

/* Appends a value of the attribute that is named, or a name; nothing where there is none. 0 or -ENOMEM. */
int event_value_text(const char *attribute, Slice value, Buffer *buffer);

/* Appends what is said of an event that has a `who`: "until … by anna: …", "by bert". 0 or -ENOMEM. */
int event_acceptance_text(const Event *event, Buffer *buffer);

/* Adds at, event, dn, rule, severity, attribute, old_value, value, until, who and why. 0 or -ENOMEM. */
int event_json(const Event *event, json_object *object);
