/* SPDX-License-Identifier: MIT */
#pragma once

/* What the database knows of one domain as a whole: the facts for evaluate_directory(), gathered. */

#include "lib/core/arena.h"
#include "lib/core/config.h"
#include "lib/core/directory-facts.h"
#include "lib/state/domain.h"
#include "lib/state/store.h"

typedef struct DirectoryReader {
        DirectoryFacts facts;
        Arena arena; /* behind the facts */
} DirectoryReader;

void directory_reader_done(DirectoryReader *reader);

/*
 * Inside a transaction: what an OU is called is kept by its GUID on the way, so that a later name is known. `config` may lack the
 * domain: then no OUs are named. `answering` is the id of the domain whose answer this is: it counts as read. `all_read`: every configured
 * domain is past its first read. 0 or negative.
 */
int directory_read(DirectoryReader *reader, Store *store, const Config *config,
                   const Domain *domain, int64_t answering, bool all_read, int64_t now);
