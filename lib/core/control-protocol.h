/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What scanctl and the daemon say to each other over /run/scand/control, a SOCK_SEQPACKET socket: one record asks, one answers,
 * and the connection is over. Pure text, so that a person can read it in strace:
 *
 *     rescan [DOMAIN] [reconcile] [accept-deletions]
 *                                             read everything again; reconcile: by USN, and by value only what differs;
 *                                             accept-deletions: what is gone goes, however many it is
 *     reload                                  read the configuration again
 *     accept until=SECONDS who=NAME why=TEXT FINDING@OBJECT…
 *                                             live with these findings until then; FINDING is an id of 16 hex digits, OBJECT the
 *                                             row id where it is
 *     unaccept who=NAME FINDING@OBJECT…       take that back
 *     forget GUID                             forget a deleted object, and what happened to it
 *     forget-domain DOMAIN                    forget what is kept of a domain that is not configured any more
 *     origin DOMAIN GUID                      ask the domain controller where each attribute of an object was written last; the
 *                                             answer's text is that of lib/state/origin.h
 *
 * NAME and TEXT are UTF-8 in which blanks, percent signs and whatever is not ASCII are %XX.
 *
 * The answer begins with one word and a line feed, then comes text for people, of no lines or many:
 *
 *     ok                                      it was done, or is under way
 *     denied                                  the caller may not
 *     invalid                                 no such request
 *     unknown-domain                          no such domain is configured
 *     failed                                  it did not work; nothing has changed
 *
 * Who may ask what is decided by the daemon, see daemon/control.h. Words may be added on both sides, never changed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/guid.h"

#define CONTROL_SOCKET "control" /* in RuntimeDirectory= */

enum {
        CONTROL_REQUEST_MAX = 12 * 1024, /* bytes of a request, without a NUL */
        CONTROL_REPLY_MAX = 64 * 1024,   /* bytes of an answer; longer texts are cut */
        CONTROL_DOMAIN_MAX = 253,
        CONTROL_WHO_MAX = 64, /* bytes, before they are escaped */
        CONTROL_WHY_MAX = 300,
        CONTROL_FINDINGS_MAX = 200, /* of one request: whoever has more asks again */
};

typedef enum ControlVerb {
        CONTROL_RESCAN,
        CONTROL_RELOAD,
        CONTROL_ACCEPT,
        CONTROL_UNACCEPT,
        CONTROL_ORIGIN,
        CONTROL_FORGET,
        CONTROL_FORGET_DOMAIN,
} ControlVerb;

typedef struct ControlFinding {
        uint64_t id;
        int64_t object;
} ControlFinding;

typedef struct ControlRequest {
        ControlVerb verb;
        char domain[CONTROL_DOMAIN_MAX + 1]; /* "": all of them */
        bool is_reconcile;
        bool accept_deletions;

        int64_t until; /* Unix seconds */
        char who[CONTROL_WHO_MAX + 1];
        char why[CONTROL_WHY_MAX + 1];
        ControlFinding findings[CONTROL_FINDINGS_MAX];
        size_t n_findings;

        Guid guid; /* of an object: CONTROL_ORIGIN, in `domain`; CONTROL_FORGET */
} ControlRequest;

typedef enum ControlOutcome {
        CONTROL_OK,
        CONTROL_DENIED,
        CONTROL_INVALID,
        CONTROL_UNKNOWN_DOMAIN,
        CONTROL_FAILED,
} ControlOutcome;

/* May this be NAME or TEXT: not empty, of at most so many bytes, UTF-8 without control characters? */
bool control_text_is_fit(const char *text, size_t max);

/* The text of a request, without line feed; its size. All in it must be as control_request_parse() takes it. */
size_t control_request_format(const ControlRequest *request, char ret[static CONTROL_REQUEST_MAX]);

const char *control_verb_name(ControlVerb verb);

/* Reads one; a line feed at the end is allowed. 0, or -EBADMSG with a sentence that lives for ever in *ret_error. */
int control_request_parse(const char *text, size_t size, ControlRequest *ret, const char **ret_error);

/* The text of an answer, cut to CONTROL_REPLY_MAX. 0 with its size, or -ENOMEM. The caller frees it. */
int control_reply_format(ControlOutcome outcome, const char *text, char **ret, size_t *ret_size);

/*
 * Reads one. *ret_text is a copy, the caller's, without NULs and without line feeds at the end. A word of a newer daemon counts as
 * CONTROL_FAILED. 0, -ENOMEM, or -EBADMSG for what is no answer.
 */
int control_reply_parse(const char *text, size_t size, ControlOutcome *ret, char **ret_text);
