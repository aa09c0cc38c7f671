/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The event log: what happened, append-only, and the outbox from which the daemon tells the journal. Events have ids that only
 * grow; meta.published is the last one told, so that a crash repeats rather than loses.
 */

#include "lib/core/object.h"
#include "lib/core/rule.h"
#include "lib/core/text.h"
#include "lib/state/store.h"

/* Numbers stand in databases and never change. */
typedef enum EventType {
        EVENT_OPENED = 1,
        EVENT_CLOSED = 2,
        EVENT_BASELINE =
                3, /* a first read, upgrade or rule change: n findings of one rule, silently */
        EVENT_SUMMARY =
                4, /* one answer opened more than 100 of one rule: one event says how many */
        EVENT_DELETED = 5,
        EVENT_RESTORED = 6,
        EVENT_MOVED = 7, /* renamed or moved: old and new DN */
        EVENT_UPN_CHANGED = 8,
        EVENT_READ_COMPLETE = 9,   /* a full read was accepted: count objects */
        EVENT_CLOSED_SUMMARY = 10, /* as EVENT_SUMMARY, of findings that closed */
        EVENT_ANCHOR_CHANGED = 11, /* the effective source anchor, as Entra ID shows it */
        EVENT_LEFT_SCOPE = 12,     /* kept out by a rule, or by where it is, and was not before */
        EVENT_ACCEPTED = 13, /* somebody lives with a finding until a day: who, why */
        EVENT_ACCEPTANCE_UNDONE = 14,  /* by whom */
        EVENT_ACCEPTANCE_EXPIRED = 15, /* the day has come: who and why are those of then */
} EventType;

typedef struct Event {
        int64_t id;
        int64_t at; /* Unix seconds */
        EventType type;
        const char *domain; /* of event_walk() */
        Guid guid;          /* null: not about one object */
        const char *dn;     /* at that time; NULL */
        Kind kind;
        const char *rule; /* NULL */
        Severity severity;
        const char *attribute; /* NULL */
        Slice value; /* bytes; of long ones the first 4096. moved: the DN; restored: names of lost attributes */
        Slice old_value;  /* likewise; NULL data: there is none */
        int64_t count;    /* baseline, summaries, read-complete */
        bool leaves;      /* with it the object leaves the cloud */
        uint64_t finding; /* record_id(), 0: none */
        int64_t until;    /* of the acceptance events; 0 */
        int64_t uid;      /* likewise, where `who` is given */
        const char *who;  /* NULL */
        const char *why;  /* NULL */
} Event;

const char *event_type_name(EventType type); /* "opened", … */

/* Appends; id is ignored. Inside the caller's transaction. 0 or negative. */
int event_append(Store *store, int64_t domain, const Event *event);

typedef int (*EventFunction)(const Event *event, void *userdata);

/*
 * Calls the function for events with ids above `after`, at most `limit`, in order. The event's pointers live for the call only.
 * A non-zero return of the function ends the walk and is returned. 0: done.
 */
int event_walk(Store *store, int64_t after, unsigned limit, EventFunction function, void *userdata);

/* The same for all events of one object. */
int event_walk_object(Store *store, const Guid *guid, EventFunction function, void *userdata);

/*
 * Calls the function for each object that has events by this GUID, or that an event names by the text: its DN then, or a value that came
 * or went; case of ASCII letters ignored. What it returns below 0 ends the walk. 0 or negative.
 */
typedef int (*EventObjectFunction)(const Guid *guid, void *userdata);

int event_find_objects(Store *store, const char *text, EventObjectFunction function,
                       void *userdata);

/* The newest event; 0: there was never one. */
int event_last_id(Store *store, int64_t *ret);

/* The last event told to the journal, and its raising. */
int event_published_get(Store *store, int64_t *ret);
int event_published_set(Store *store, int64_t id);
