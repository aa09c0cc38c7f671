/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The accounts with which connectors read the directory, and when they logged on last: each domain controller knows its own logons only, so
 * beside it stands who could not be asked.
 */

#include <json-c/json_object.h>

#include "ctl/output.h"
#include "lib/core/arena.h"
#include "lib/core/directory-facts.h"
#include "lib/state/store.h"

typedef struct ConnectorDomain {
        const char *name;
        DirectoryFacts facts; /* of connectors only */
} ConnectorDomain;

typedef struct ConnectorList {
        ConnectorDomain *domains; /* all that are configured */
        size_t n_domains;
        Arena arena; /* behind all of it */
} ConnectorList;

void connector_list_done(ConnectorList *list);
int connector_list_read(Store *store, ConnectorList *ret); /* 0 or negative */

/* A sentence for each account; nothing where there is none. 0 or -ENOMEM. */
int status_print_connectors(Output *output, const ConnectorList *list);

/* "connectors":[…]; see scanctl(1). 0 or -ENOMEM. */
int status_add_connectors(json_object *root, const ConnectorList *list);
