/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the fake domain controller does wrong when it is told to. A fault is armed by "fault NAME [N [M]]", some by counting
 * down first, and stays until "fault off", except where "once" is said.
 */

#include <stdbool.h>

/*      enum, name, what it does */
/* clang-format off */
#define FAULT_TABLE(X)                                                                                      \
        X(NONE,          "off",           "all is well again")                                              \
        X(CUT_BYTES,     "cut-bytes",     "the connection is closed after N more bytes of answers; once")   \
        X(CUT_MESSAGES,  "cut-messages",  "the same after N whole messages; once")                          \
        X(STALL_BYTES,   "stall-bytes",   "nothing is sent after N more bytes of answers")                  \
        X(DRIP,          "drip",          "N bytes are sent each M milliseconds")                           \
        X(SILENCE,       "silence",       "requests are read and not answered")                             \
        X(DEAF,          "deaf",          "connections are accepted and nothing is read: not even TLS")     \
        X(RESULT,        "result",        "page M of a paged search ends with result code N")               \
        X(SEARCH_RESULT, "search-result", "every search ends with result code N and no entry")              \
        X(REPEAT_PAGE,   "repeat-page",   "page N is sent again as the next one; once")                     \
        X(REORDER,       "reorder",       "the entries of each page come backwards")                        \
        X(EMPTY,         "empty",         "paged searches succeed and find nothing")                        \
        X(ENDLESS,       "endless",       "there is always one more page, the same again")                  \
        X(WRONG_COOKIE,  "wrong-cookie",  "cookies are refused")                                            \
        X(NO_COOKIE,     "no-cookie",     "results have no paging control")                                 \
        X(REFERRAL,      "referral",      "searches of the domain end with a referral")                     \
        X(REFERENCES,    "references",    "three references come with the entries")                         \
        X(EXTENDED,      "extended",      "searches end with an extended response, code N")                 \
        X(GARBAGE,       "garbage",       "N bytes of noise are sent instead of an answer; once")           \
        X(HUGE,          "huge",          "a message is announced that has N MiB; once")                    \
        X(BAD_ENTRY,     "bad-entry",     "an entry with a malformed list of attributes comes first; once") \
        X(BAD_RESULT,    "bad-result",    "a result that cannot be decoded; once")                          \
        X(UNKNOWN_ID,    "unknown-id",    "entries and a result of nobody's request come before")           \
        X(NOTICE,        "notice",        "a notice of disconnection, and then the end; once")              \
        X(NOISE,         "noise",         "an unsolicited message that means nothing comes before")         \
        X(TELLTALE,      "telltale",      "binds (N=1) or searches (2) fail, with a text that names somebody") \
        X(NO_STARTTLS,   "no-starttls",   "StartTLS is refused")                                            \
        X(NOT_AD,        "not-ad",        "the root says nothing of Active Directory")                      \
        X(NOT_SYNCED,    "not-synced",    "the root says that it is not synchronized")
/* clang-format on */

typedef enum FaultType {
#define FAULT_ENUM(name, word, meaning) FAULT_##name,
        FAULT_TABLE(FAULT_ENUM)
#undef FAULT_ENUM
} FaultType;

typedef struct Fault {
        FaultType type;
        long n, m;
} Fault;

/* False: there is none of that name. */
bool fault_find(const char *name, FaultType *ret);

/* Lists them on standard output, for --help. */
void fault_print(void);

/* Is this fault armed? The second disarms it. */
bool fault_is(const Fault *fault, FaultType type);
bool fault_take(Fault *fault, FaultType type);
