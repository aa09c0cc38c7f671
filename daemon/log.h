/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The daemon's log: the journal, with fields, and readable lines on standard error where that is not the journal
 * itself. lib/ does not log; what is logged here is logged once, with what was tried, on what, and what follows from it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <syslog.h>

#include "lib/core/util.h"

/* Looks where standard error leads. To be called once, first. */
void log_open(void);

/* Less important messages than this are dropped; LOG_INFO until it is called. */
void log_set_level(int level);
bool log_is_on(int level);

/* A message that is about no domain in particular. */
void log_message(int level, const char *format, ...) _printf_(2, 3);

#define log_error(...)   log_message(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_message(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_message(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_message(LOG_DEBUG, __VA_ARGS__)

/* Each line of a text as a message of its own. */
void log_lines(int level, const char *text);

/*
 * The same with what machines look for: a name of message-id.h, and the domain, which also stands in front of the text. Either may
 * be NULL.
 */
void log_about(int level, const char *message_id, const char *domain, const char *format, ...)
        _printf_(4, 5);

/*
 * One entry with fields of its own, to be collected and written once. Values may be any bytes. What does not fit, or for which
 * there is no memory, is left out: a log must not be what ends a daemon.
 */
#define LOG_FIELDS_MAX 24

typedef struct LogEntry {
        struct {
                char *text; /* "NAME=value" */
                size_t size;
        } fields[LOG_FIELDS_MAX];
        size_t n_fields;
} LogEntry;

void log_entry_add(LogEntry *entry, const char *name, const void *value, size_t size);
void log_entry_add_string(LogEntry *entry, const char *name,
                          const char *value); /* NULL: leaves it out */
void log_entry_add_integer(LogEntry *entry, const char *name, int64_t value);

/* Writes whatever the level (LogLevel= is about this program's own messages) and empties the entry. */
void log_entry_write(LogEntry *entry, int level, const char *message_id, const char *message);
