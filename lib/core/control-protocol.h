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

#define CONTROL_SOCKET "control" /* in RuntimeDirectory= */

enum {
        CONTROL_REQUEST_MAX = 512,       /* bytes of a request, without a NUL */
        CONTROL_REPLY_MAX = 64 * 1024,   /* bytes of an answer; longer texts are cut */
        CONTROL_DOMAIN_MAX = 253,
};

typedef enum ControlVerb {
        CONTROL_RESCAN,
        CONTROL_RELOAD,
} ControlVerb;

typedef struct ControlRequest {
        ControlVerb verb;
        char domain[CONTROL_DOMAIN_MAX + 1]; /* "": all of them */
        bool is_reconcile;
        bool accept_deletions;
} ControlRequest;

typedef enum ControlOutcome {
        CONTROL_OK,
        CONTROL_DENIED,
        CONTROL_INVALID,
        CONTROL_UNKNOWN_DOMAIN,
        CONTROL_FAILED,
} ControlOutcome;

/* The text of a request, without line feed; its size. The domain must be one that control_request_parse() takes. */
size_t control_request_format(const ControlRequest *request, char ret[static CONTROL_REQUEST_MAX]);

/* Reads one; a line feed at the end is allowed. 0, or -EBADMSG with a sentence that lives for ever in *ret_error. */
int control_request_parse(const char *text, size_t size, ControlRequest *ret, const char **ret_error);

/* The text of an answer, cut to CONTROL_REPLY_MAX. 0 with its size, or -ENOMEM. The caller frees it. */
int control_reply_format(ControlOutcome outcome, const char *text, char **ret, size_t *ret_size);

/*
 * Reads one. *ret_text is a copy, the caller's, without NULs and without line feeds at the end. A word of a newer daemon counts as
 * CONTROL_FAILED. 0, -ENOMEM, or -EBADMSG for what is no answer.
 */
int control_reply_parse(const char *text, size_t size, ControlOutcome *ret, char **ret_text);
