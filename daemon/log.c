/* SPDX-License-Identifier: MIT */

/* The callers' file and line help nobody who reads the journal. */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "daemon/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

static int log_level = LOG_INFO;
static bool stderr_is_journal;

/* systemd says in $JOURNAL_STREAM which file it gave us: anything else is a terminal, a pipe or a file. */
void log_open(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        uintmax_t device, inode;
        struct stat status;

        if (stream && sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &device, &inode) == 2 &&
            fstat(STDERR_FILENO, &status) == 0)
                stderr_is_journal = status.st_dev == device && status.st_ino == inode;
}

void log_set_level(int level)
{
        log_level = level;
}

bool log_is_on(int level)
{
        return level <= log_level;
}

static void write_line(int level, const char *message)
{
        if (!stderr_is_journal && log_is_on(level))
                (void)fprintf(stderr, "scand: %s\n", message);
}

void log_entry_add(LogEntry *entry, const char *name, const void *value, size_t size)
{
        size_t n_name = strlen(name);
        char *text;

        if (entry->n_fields == LOG_FIELDS_MAX)
                return;

        text = malloc(n_name + 1 + size);
        if (!text)
                return;

        memcpy(text, name, n_name);
        text[n_name] = '=';
        if (size > 0)
                memcpy(text + n_name + 1, value, size);
        entry->fields[entry->n_fields].text = text;
        entry->fields[entry->n_fields++].size = n_name + 1 + size;
}

void log_entry_add_string(LogEntry *entry, const char *name, const char *value)
{
        if (value)
                log_entry_add(entry, name, value, strlen(value));
}

void log_entry_add_integer(LogEntry *entry, const char *name, int64_t value)
{
        char text[24];

        (void)snprintf(text, sizeof(text), "%" PRIi64, value);
        log_entry_add_string(entry, name, text);
}

static int fill_vector(const LogEntry *entry, struct iovec *vector)
{
        for (size_t i = 0; i < entry->n_fields; i++)
                vector[i] = (struct iovec){ entry->fields[i].text, entry->fields[i].size };
        return (int)entry->n_fields;
}

static void entry_clear(LogEntry *entry)
{
        for (size_t i = 0; i < entry->n_fields; i++)
                free(entry->fields[i].text);
        entry->n_fields = 0;
}

void log_entry_write(LogEntry *entry, int level, const char *message_id, const char *message)
{
        struct iovec vector[2 * LOG_FIELDS_MAX];
        LogEntry head = { 0 }; /* apart, so that there is room for it whatever the caller added */
        int n;

        log_entry_add_string(&head, "MESSAGE", message);
        log_entry_add_string(&head, "MESSAGE_ID", message_id);
        log_entry_add_integer(&head, "PRIORITY", level);
        log_entry_add_string(&head, "SYSLOG_IDENTIFIER", "scand");

        n = fill_vector(&head, vector);
        n += fill_vector(entry, vector + n);

        /* Where no journal listens this fails, and there is nobody left to tell. */
        (void)sd_journal_sendv(vector, n);
        write_line(level, message);

        entry_clear(&head);
        entry_clear(entry);
}

static void _printf_(4, 0) log_vector(int level, const char *message_id, const char *domain,
                                      const char *format, va_list arguments)
{
        _cleanup_free_ char *text = NULL, *message = NULL;
        LogEntry entry = { 0 };

        if (!log_is_on(level))
                return;
        if (vasprintf(&text, format, arguments) < 0) {
                text = NULL;
                return;
        }
        if (domain && asprintf(&message, "%s: %s", domain, text) < 0) {
                message = NULL;
                return;
        }

        log_entry_add_string(&entry, "SCAND_DOMAIN", domain);
        log_entry_write(&entry, level, message_id, message ?: text);
}

void log_message(int level, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        log_vector(level, NULL, NULL, format, arguments);
        va_end(arguments);
}

void log_lines(int level, const char *text)
{
        while (*text) {
                int n = (int)strcspn(text, "\n");

                log_message(level, "%.*s", n, text);
                text += n + (text[n] == '\n');
        }
}

void log_about(int level, const char *message_id, const char *domain, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        log_vector(level, message_id, domain, format, arguments);
        va_end(arguments);
}
