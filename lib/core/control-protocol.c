/* SPDX-License-Identifier: MIT */
#include "lib/core/control-protocol.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/util.h"

static const char *const outcome_words[] = {
        [CONTROL_OK] = "ok",           [CONTROL_DENIED] = "denied",
        [CONTROL_INVALID] = "invalid", [CONTROL_UNKNOWN_DOMAIN] = "unknown-domain",
        [CONTROL_FAILED] = "failed",
};

#define RECONCILE        "reconcile"
#define ACCEPT_DELETIONS "accept-deletions"

size_t control_request_format(const ControlRequest *request, char ret[static CONTROL_REQUEST_MAX])
{
        int n = 0;

        switch (request->verb) {
        case CONTROL_RESCAN:
                n = snprintf(ret, CONTROL_REQUEST_MAX, "rescan%s%s%s%s",
                             *request->domain ? " " : "", request->domain,
                             request->is_reconcile ? " " RECONCILE : "",
                             request->accept_deletions ? " " ACCEPT_DELETIONS : "");
                break;
        case CONTROL_RELOAD:
                n = snprintf(ret, CONTROL_REQUEST_MAX, "reload");
                break;
        }

        assert(n > 0 && n < CONTROL_REQUEST_MAX);
        return (size_t)n;
}

static int parse_rescan_word(const char *word, ControlRequest *request, const char **ret_error)
{
        bool has_words = request->is_reconcile || request->accept_deletions;

        if (strcmp(word, RECONCILE) == 0 && !has_words) {
                request->is_reconcile = true;
                return 0;
        }
        if (strcmp(word, ACCEPT_DELETIONS) == 0 && !request->accept_deletions) {
                request->accept_deletions = true;
                return 0;
        }
        if (*request->domain || has_words || strlen(word) > CONTROL_DOMAIN_MAX) {
                *ret_error = "rescan takes one domain, then reconcile, then accept-deletions";
                return -EBADMSG;
        }

        strcpy(request->domain, word);
        return 0;
}

static int parse_word(const char *word, size_t n_before, ControlRequest *request,
                      const char **ret_error)
{
        if (n_before == 0) {
                if (strcmp(word, "rescan") == 0) {
                        request->verb = CONTROL_RESCAN;
                        return 0;
                }
                if (strcmp(word, "reload") == 0) {
                        request->verb = CONTROL_RELOAD;
                        return 0;
                }
                *ret_error = "there is no such request; there are rescan and reload";
                return -EBADMSG;
        }

        switch (request->verb) {
        case CONTROL_RESCAN:
                return parse_rescan_word(word, request, ret_error);
        case CONTROL_RELOAD:
                *ret_error = "reload takes no argument";
                return -EBADMSG;
        }

        return -EBADMSG;
}

int control_request_parse(const char *text, size_t size, ControlRequest *ret,
                          const char **ret_error)
{
        ControlRequest request = { 0 };
        char line[CONTROL_REQUEST_MAX + 1], *state = NULL;
        size_t n_words = 0;
        int r;

        if (size > 0 && text[size - 1] == '\n')
                size--;
        if (size == 0 || size > CONTROL_REQUEST_MAX) {
                *ret_error = size ? "the request is too long" : "the request is empty";
                return -EBADMSG;
        }

        for (size_t i = 0; i < size; i++)
                if (text[i] < ' ' || text[i] > '~') {
                        *ret_error = "a request is one line of ASCII";
                        return -EBADMSG;
                }

        memcpy(line, text, size);
        line[size] = '\0';
        for (char *word = strtok_r(line, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
                r = parse_word(word, n_words++, &request, ret_error);
                if (r < 0)
                        return r;
        }

        if (n_words == 0) {
                *ret_error = "the request is empty";
                return -EBADMSG;
        }

        *ret = request;
        return 0;
}

int control_reply_format(ControlOutcome outcome, const char *text, char **ret, size_t *ret_size)
{
        char *reply;
        int n;

        n = asprintf(&reply, "%s\n%s", outcome_words[outcome], text);
        if (n < 0)
                return -ENOMEM;

        *ret = reply;
        *ret_size = n < CONTROL_REPLY_MAX ? (size_t)n : CONTROL_REPLY_MAX;
        return 0;
}

int control_reply_parse(const char *text, size_t size, ControlOutcome *ret, char **ret_text)
{
        ControlOutcome outcome = CONTROL_FAILED;
        const char *feed;
        char *copy;

        feed = memchr(text, '\n', size);
        if (!feed || feed == text || memchr(text, '\0', size))
                return -EBADMSG;

        for (size_t i = 0; i < ARRAY_SIZE(outcome_words); i++)
                if (strlen(outcome_words[i]) == (size_t)(feed - text) &&
                    memcmp(outcome_words[i], text, (size_t)(feed - text)) == 0)
                        outcome = (ControlOutcome)i;

        size -= (size_t)(feed + 1 - text);
        while (size > 0 && feed[size] == '\n')
                size--;

        copy = strndup(feed + 1, size);
        if (!copy)
                return -ENOMEM;

        *ret = outcome;
        *ret_text = copy;
        return 0;
}
