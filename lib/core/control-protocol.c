/* SPDX-License-Identifier: MIT */
#include "lib/core/control-protocol.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/text.h"
#include "lib/core/util.h"

static const char *const outcome_words[] = {
        [CONTROL_OK] = "ok",           [CONTROL_DENIED] = "denied",
        [CONTROL_INVALID] = "invalid", [CONTROL_UNKNOWN_DOMAIN] = "unknown-domain",
        [CONTROL_FAILED] = "failed",
};

static const char *const verb_words[] = {
        [CONTROL_RESCAN] = "rescan",
        [CONTROL_RELOAD] = "reload",
        [CONTROL_ACCEPT] = "accept",
        [CONTROL_UNACCEPT] = "unaccept",
        [CONTROL_ORIGIN] = "origin",
        [CONTROL_FORGET] = "forget",
        [CONTROL_FORGET_DOMAIN] = "forget-domain",
};

#define RECONCILE        "reconcile"
#define ACCEPT_DELETIONS "accept-deletions"

const char *control_verb_name(ControlVerb verb)
{
        return verb_words[verb];
}

bool control_text_is_fit(const char *text, size_t max)
{
        size_t size = strlen(text);

        for (size_t i = 0; i < size; i++)
                if ((uint8_t)text[i] < ' ' || text[i] == 0x7f)
                        return false;
        return size > 0 && size <= max && text_is_utf8(text, size);
}

/* --- writing --- */

/* Three bytes for one at worst. Returns how many it wrote. */
static size_t format_text(const char *text, char *ret)
{
        static const char digits[] = "0123456789abcdef";
        size_t n = 0;

        for (const uint8_t *p = (const uint8_t *)text; *p; p++)
                if (*p > ' ' && *p < 0x7f && *p != '%')
                        ret[n++] = (char)*p;
                else {
                        ret[n++] = '%';
                        ret[n++] = digits[*p >> 4];
                        ret[n++] = digits[*p & 15];
                }
        ret[n] = '\0';
        return n;
}

static int format_acceptance(const ControlRequest *request, char *ret)
{
        char who[3 * CONTROL_WHO_MAX + 1], why[3 * CONTROL_WHY_MAX + 1];
        const char *verb = verb_words[request->verb];
        int n;

        (void)format_text(request->who, who);
        (void)format_text(request->why, why);
        if (request->verb == CONTROL_ACCEPT)
                n = snprintf(ret, CONTROL_REQUEST_MAX, "%s until=%" PRIi64 " who=%s why=%s", verb,
                             request->until, who, why);
        else
                n = snprintf(ret, CONTROL_REQUEST_MAX, "%s who=%s", verb, who);

        for (size_t i = 0; i < request->n_findings; i++)
                n += snprintf(ret + n, CONTROL_REQUEST_MAX - (size_t)n, " %016" PRIx64 "@%" PRIi64,
                              request->findings[i].id, request->findings[i].object);
        return n;
}

/* What is longest: a blank, 16 digits, "@" and 19 digits. */
_Static_assert(100 + 3 * (CONTROL_WHO_MAX + CONTROL_WHY_MAX) + 37 * CONTROL_FINDINGS_MAX <
                       CONTROL_REQUEST_MAX,
               "all findings of a request fit into it");

size_t control_request_format(const ControlRequest *request, char ret[static CONTROL_REQUEST_MAX])
{
        char guid[GUID_STRING_SIZE];
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
        case CONTROL_ACCEPT:
        case CONTROL_UNACCEPT:
                n = format_acceptance(request, ret);
                break;
        case CONTROL_ORIGIN:
                guid_format(&request->guid, guid);
                n = snprintf(ret, CONTROL_REQUEST_MAX, "origin %s %s", request->domain, guid);
                break;
        case CONTROL_FORGET:
                guid_format(&request->guid, guid);
                n = snprintf(ret, CONTROL_REQUEST_MAX, "forget %s", guid);
                break;
        case CONTROL_FORGET_DOMAIN:
                n = snprintf(ret, CONTROL_REQUEST_MAX, "forget-domain %s", request->domain);
                break;
        }

        assert(n > 0 && n < CONTROL_REQUEST_MAX);
        return (size_t)n;
}

/* --- reading --- */

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

/* Undoes format_text(), into `max` bytes and a NUL. */
static bool parse_text(const char *word, char *ret, size_t max)
{
        size_t n = 0;

        while (*word && n < max) {
                int high, low;

                if (*word != '%') {
                        ret[n++] = *word++;
                        continue;
                }
                high = ascii_hex_value((uint8_t)word[1]);
                low = high < 0 ? -1 : ascii_hex_value((uint8_t)word[2]);
                if (low < 0 || (high == 0 && low == 0))
                        return false;
                ret[n++] = (char)(high << 4 | low);
                word += 3;
        }
        ret[n] = '\0';
        return !*word && control_text_is_fit(ret, max);
}

static bool parse_number(const char *word, int64_t *ret)
{
        size_t size = strlen(word);

        return *word >= '1' && *word <= '9' &&
               text_integer((Slice){ (const uint8_t *)word, size }, ret);
}

static bool parse_finding(const char *word, ControlFinding *ret)
{
        uint64_t id = 0;

        for (unsigned i = 0; i < 16; i++) {
                int digit = ascii_hex_value((uint8_t)*word++);

                if (digit < 0)
                        return false;
                id = id << 4 | (uint64_t)digit;
        }

        ret->id = id;
        return id != 0 && *word == '@' && parse_number(word + 1, &ret->object);
}

/* `n_before` counts the verb: 1 for its first argument. */
static int parse_acceptance_word(const char *word, size_t n_before, ControlRequest *request,
                                 const char **ret_error)
{
        bool is_accept = request->verb == CONTROL_ACCEPT;
        size_t place = n_before + (is_accept ? 0 : 1), n = request->n_findings;

        *ret_error =
                is_accept ? "accept takes until=SECONDS, who=NAME, why=TEXT, then FINDING@OBJECT, "
                            "some hundred of them at most"
                          : "unaccept takes who=NAME, then FINDING@OBJECT, some hundred of them "
                            "at most";
        if (is_accept && place == 1)
                return strncmp(word, "until=", 6) == 0 && parse_number(word + 6, &request->until)
                               ? 0
                               : -EBADMSG;
        if (place == 2)
                return strncmp(word, "who=", 4) == 0 &&
                                       parse_text(word + 4, request->who, CONTROL_WHO_MAX)
                               ? 0
                               : -EBADMSG;
        if (is_accept && place == 3)
                return strncmp(word, "why=", 4) == 0 &&
                                       parse_text(word + 4, request->why, CONTROL_WHY_MAX)
                               ? 0
                               : -EBADMSG;

        if (n == CONTROL_FINDINGS_MAX || !parse_finding(word, &request->findings[n]))
                return -EBADMSG;
        request->n_findings++;
        return 0;
}

static int parse_origin_word(const char *word, size_t n_before, ControlRequest *request,
                             const char **ret_error)
{
        *ret_error = "origin takes a domain and the GUID of an object";
        if (n_before == 1 && strlen(word) <= CONTROL_DOMAIN_MAX) {
                strcpy(request->domain, word);
                return 0;
        }
        return n_before == 2 ? guid_parse(word, &request->guid) < 0 ? -EBADMSG : 0 : -EBADMSG;
}

static int parse_forget_word(const char *word, size_t n_before, ControlRequest *request,
                             const char **ret_error)
{
        if (request->verb == CONTROL_FORGET) {
                *ret_error = "forget takes the GUID of an object";
                return n_before == 1 && guid_parse(word, &request->guid) >= 0 ? 0 : -EBADMSG;
        }

        *ret_error = "forget-domain takes a domain";
        if (n_before != 1 || strlen(word) > CONTROL_DOMAIN_MAX)
                return -EBADMSG;
        strcpy(request->domain, word);
        return 0;
}

static int parse_verb(const char *word, ControlRequest *request, const char **ret_error)
{
        for (size_t i = 0; i < ARRAY_SIZE(verb_words); i++)
                if (strcmp(word, verb_words[i]) == 0) {
                        request->verb = (ControlVerb)i;
                        return 0;
                }

        *ret_error = "there is no such request; there are rescan, reload, accept, "
                     "unaccept, origin, forget and forget-domain";
        return -EBADMSG;
}

static int parse_word(const char *word, size_t n_before, ControlRequest *request,
                      const char **ret_error)
{
        if (n_before == 0)
                return parse_verb(word, request, ret_error);

        switch (request->verb) {
        case CONTROL_RESCAN:
                return parse_rescan_word(word, request, ret_error);
        case CONTROL_RELOAD:
                *ret_error = "reload takes no argument";
                return -EBADMSG;
        case CONTROL_ACCEPT:
        case CONTROL_UNACCEPT:
                return parse_acceptance_word(word, n_before, request, ret_error);
        case CONTROL_ORIGIN:
                return parse_origin_word(word, n_before, request, ret_error);
        case CONTROL_FORGET:
        case CONTROL_FORGET_DOMAIN:
                return parse_forget_word(word, n_before, request, ret_error);
        }

        return -EBADMSG;
}

/* Each word was right; are there enough? */
static bool is_complete(const ControlRequest *request, size_t n_words, const char **ret_error)
{
        switch (request->verb) {
        case CONTROL_RESCAN:
        case CONTROL_RELOAD:
                return true;
        case CONTROL_ACCEPT:
        case CONTROL_UNACCEPT:
                *ret_error = "which findings? FINDING@OBJECT is missing";
                return request->n_findings > 0;
        case CONTROL_ORIGIN:
                *ret_error = "origin takes a domain and the GUID of an object";
                return n_words == 3;
        case CONTROL_FORGET:
                *ret_error = "forget takes the GUID of an object";
                return n_words == 2;
        case CONTROL_FORGET_DOMAIN:
                *ret_error = "forget-domain takes a domain";
                return n_words == 2;
        }

        return false;
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

        if (!is_complete(&request, n_words, ret_error))
                return -EBADMSG;

        *ret = request;
        return 0;
}

/* --- answers --- */

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
