/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which domain controller to try next. Knows the configured list or what DNS told, keeps to one DC as long as it works
 * (an update sequence number means something on one DC only), and makes those wait that failed. Pure: the DNS lookup is
 * made by connect.c in its thread and handed in.
 *
 * All `now` are milliseconds of a clock that never steps back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/config.h"
#include "lib/core/target.h"
#include "lib/core/util.h"

typedef struct Discover Discover;

/*
 * `config` is read now and not kept. `seed` decides jitter and the weighted order of SRV records, nothing else. 0,
 * -ENOMEM, or -EINVAL for a server name that is none.
 */
int discover_new(const DomainConfig *config, uint64_t seed, Discover **ret);
Discover *discover_free(Discover *discover);
DEFINE_CLEANUP(Discover, discover_free)

/* After a reload: forgets lists and waits, keeps the preference. 0, or negative with nothing changed. */
int discover_reconfigure(Discover *discover, const DomainConfig *config);

/*
 * The DC to come back to after a restart, by the host name that the database has. Tried first where it is in the list;
 * a name that is in no list is never tried. NULL: none. 0 or -ENOMEM.
 */
int discover_prefer(Discover *discover, const char *host);

/* From when on an attempt makes sense; 0 or a time in the past: now. */
int64_t discover_not_before(const Discover *discover);

/*
 * For the manager, about the DC of the last attempt: an established connection broke (the same DC may be tried again at
 * once, unless it broke just before too), or the server cannot be used (FEED_HANG_UP: not before `until`, and then others
 * come first: the feed wants no connection before `until` either, and a preferred but useless one would be all it gets).
 */
void discover_lost(Discover *discover, int64_t now);
void discover_reject(Discover *discover, int64_t until);

/* The site in which this host is, as configured or as a DC told; NULL: not known. */
const char *discover_site(const Discover *discover);

/* The DC of the last attempt, for logs; NULL: none yet. Lives until the next attempt or reload. */
const Target *discover_current(const Discover *discover);

size_t discover_n_servers(const Discover *discover);

/* What follows is for connect.c, which tells how each attempt went. */

enum {
        DISCOVER_LOOKUP = 1, /* DNS must be asked, or asked again: then discover_learned() */
};

/* Chooses: 0 with a target that lives as discover_current() does, or DISCOVER_LOOKUP. */
int discover_choose(Discover *discover, int64_t now, const Target **ret);

/* One SRV record, or a configured server. */
typedef struct DiscoverRecord {
        Target target;
        uint16_t priority;
        uint16_t weight;
        bool is_near; /* in this host's site */
} DiscoverRecord;

/* What DNS told; the records are copied. An empty list counts as a failed lookup. 0 or -ENOMEM. */
int discover_learned(Discover *discover, const DiscoverRecord *records, size_t n_records,
                     const char *site, int64_t now);
void discover_lookup_failed(Discover *discover, int64_t now);

void discover_succeeded(Discover *discover);
void discover_failed(Discover *discover, int64_t now); /* waits 2 s, 4 s, … 5 min, with jitter */
