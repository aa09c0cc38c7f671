/* SPDX-License-Identifier: MIT */
#include "tests/fakedc/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/util.h"
#include "tests/fakedc/fault.h"

void command_changed(const Entry *entry, void *server)
{
        answer_changed(server, entry);
}

static void fail(const char *why)
{
        printf("error %s\n", why);
}

static Entry *find(Server *server, const char *dn)
{
        Entry *entry = directory_find(&server->directory, dn);

        if (!entry)
                fail("there is no such entry");

        return entry;
}

/* "fault NAME [N [M]]" */
static void run_fault(Server *server, char *argument)
{
        char name[32] = "";
        Fault fault = { .n = 1, .m = 1 };

        if (sscanf(argument, "%31s %ld %ld", name, &fault.n, &fault.m) < 1 ||
            !fault_find(name, &fault.type)) {
                fail("there is no such fault");
                return;
        }

        server->fault = fault;
        printf("ok\n");
}

/* LDIF on one line: "\n" stands for the end of a line. */
static void run_ldif(Server *server, char *argument)
{
        char *to = argument;

        for (const char *from = argument; *from; from++) {
                if (from[0] == '\\' && from[1] == 'n') {
                        *to++ = '\n';
                        from++;
                } else {
                        *to++ = *from;
                }
        }
        *to++ = '\n';

        if (directory_load(&server->directory, argument, (size_t)(to - argument)) < 0)
                fail("that is not LDIF");
        else
                printf("ok %lld\n", (long long)server->directory.usn);
}

static void run_load(Server *server, char *path)
{
        FILE *file = fopen(path, "re");
        char *text = NULL;
        size_t size = 0, n;
        int r = -1;

        if (file) {
                /* Up to the NUL that no LDIF file has: all of it. */
                n = (size_t)getdelim(&text, &size, '\0', file);
                r = n == (size_t)-1 ? -1 : directory_load(&server->directory, text, n);
                (void)fclose(file);
        }

        free(text);
        if (r < 0)
                fail("the file cannot be read");
        else
                printf("ok %lld\n", (long long)server->directory.usn);
}

/* "add CLASS DN" */
static void run_add(Server *server, char *argument)
{
        char *dn = strchr(argument, ' ');

        if (!dn) {
                fail("add CLASS DN");
                return;
        }

        *dn++ = '\0';
        (void)directory_add(&server->directory, dn, argument);
        printf("ok %lld\n", (long long)server->directory.usn);
}

static void run_delete(Server *server, char *dn)
{
        Entry *entry = find(server, dn);

        if (!entry)
                return;

        directory_delete(&server->directory, entry);
        printf("ok %lld\n", (long long)server->directory.usn);
}

/* "rename DN => DN" */
static void run_rename(Server *server, char *argument)
{
        char *to = strstr(argument, " => ");
        Entry *entry;

        if (!to) {
                fail("rename DN => DN");
                return;
        }

        *to = '\0';
        entry = find(server, argument);
        if (!entry)
                return;

        directory_rename(&server->directory, entry, to + 4);
        printf("ok %lld\n", (long long)server->directory.usn);
}

/* "unset ATTRIBUTE DN", objectGUID for one */
/* Rights that are taken and given: what they change has no USN. Below a container, tombstones of what was there stay as they are. */
static void set_hidden(Server *server, const char *dn, bool is_hidden)
{
        const Directory *directory = &server->directory;
        unsigned n = 0;

        for (size_t i = 0; i < directory->n_entries; i++)
                if (dn_is_below(directory->entries[i]->dn, dn)) {
                        directory->entries[i]->is_hidden = is_hidden;
                        n++;
                }

        if (n == 0)
                fail("there is no such entry");
        else
                printf("ok %u\n", n);
}

static void run_hide(Server *server, char *dn)
{
        set_hidden(server, dn, true);
}

static void run_show(Server *server, char *dn)
{
        set_hidden(server, dn, false);
}

/* "late USN TEXT": a write that took this USN long ago and commits now. */
static void run_late(Server *server, char *argument)
{
        int64_t highest = server->directory.usn;
        char *text;
        long long usn = strtoll(argument, &text, 10);

        if (usn <= 0 || usn > highest || *text != ' ') {
                fail("late USN TEXT, below the highest");
                return;
        }

        server->directory.usn = usn - 1;
        run_ldif(server, text + 1);
        server->directory.usn = highest;
}

static void run_unset(Server *server, char *argument)
{
        char *dn = strchr(argument, ' ');
        Entry *entry;

        if (!dn) {
                fail("unset ATTRIBUTE DN");
                return;
        }

        *dn++ = '\0';
        entry = find(server, dn);
        if (!entry)
                return;

        entry_remove(entry, argument);
        directory_touch(&server->directory, entry);
        printf("ok %lld\n", (long long)server->directory.usn);
}

/* "fill ATTRIBUTE SIZE DN": one value of that many bytes */
static void run_fill(Server *server, char *argument)
{
        char name[128], *value, *dn;
        size_t size;
        int at = 0;
        Entry *entry;

        if (sscanf(argument, "%127s %zu %n", name, &size, &at) < 2 || !at) {
                fail("fill ATTRIBUTE SIZE DN");
                return;
        }

        dn = argument + at;
        entry = find(server, dn);
        if (!entry)
                return;

        value = malloc(size + 1);
        if (!value)
                abort();

        memset(value, 'x', size);
        entry_set(entry, name, value, size);
        free(value);
        directory_touch(&server->directory, entry);
        printf("ok %lld\n", (long long)server->directory.usn);
}

static void run_generate(Server *server, char *argument)
{
        directory_generate(&server->directory, (unsigned)strtoul(argument, NULL, 10));
        printf("ok %lld\n", (long long)server->directory.usn);
}

static void run_asked(Server *server, char *argument)
{
        printf("ok %llu\n", (unsigned long long)server->asked);
}

/* "touch N": of those that are replayed */
static void run_touch(Server *server, char *argument)
{
        size_t n = strtoul(argument, NULL, 10);

        replay_touch(&server->replay, n, server->directory.usn);
        server->directory.usn += (int64_t)n;
        printf("ok %lld\n", (long long)server->directory.usn);
}

/* Back in time: what a virtual machine's snapshot does to a DC that is not told. */
static void run_usn(Server *server, char *argument)
{
        if (*argument)
                server->directory.usn = strtoll(argument, NULL, 10);
        printf("ok %lld\n", (long long)server->directory.usn);
}

/* What a DC does after a restore that it was told of. */
static void run_invocation(Server *server, char *argument)
{
        Directory *directory = &server->directory;
        Entry *entry = NULL;

        for (size_t i = 0; i < directory->n_entries && !entry; i++)
                if (entry_attribute(directory->entries[i], "invocationId"))
                        entry = directory->entries[i];

        if (!entry) {
                fail("there is no invocationId");
                return;
        }

        for (size_t i = 0; i < sizeof(directory->invocation_id); i++)
                directory->invocation_id[i] ^= 0x5a;
        entry_set(entry, "invocationId", directory->invocation_id,
                  sizeof(directory->invocation_id));
        printf("ok\n");
}

static void run_disconnect(Server *server, char *argument)
{
        while (server->clients)
                client_free(server->clients);

        printf("ok\n");
}

static void run_count(Server *server, char *argument)
{
        unsigned n = 0;

        for (const Client *client = server->clients; client; client = client->next)
                n++;

        printf("ok connections %u open %u binds %u searches %u\n", server->n_connections, n,
               server->n_binds, server->n_searches);
}

static const struct {
        const char *name, *arguments, *meaning;
        void (*run)(Server *server, char *argument);
} commands[] = {
        { "fault", "NAME [N [M]]", "arms a fault, see below", run_fault },
        { "ldif", "TEXT", "adds or changes entries; \\n ends a line", run_ldif },
        { "load", "FILE", "the same from a file", run_load },
        { "add", "CLASS DN", "adds an empty entry", run_add },
        { "delete", "DN", "makes a tombstone of it", run_delete },
        { "rename", "DN => DN", "and what is below follows", run_rename },
        { "hide", "DN",
          "and what is below is not there any more, by rights: \"CN=Deleted Objects,…\"",
          run_hide },
        { "show", "DN", "and what is below is there again", run_show },
        { "late", "USN TEXT", "the same as ldif, by a write that took this lower USN before",
          run_late },
        { "unset", "ATTRIBUTE DN", "removes an attribute", run_unset },
        { "fill", "ATTRIBUTE SIZE DN", "a value of so many bytes", run_fill },
        { "generate", "N", "so many more users", run_generate },
        { "asked", "", "when all of those that are replayed were asked for last: ns since 1970",
          run_asked },
        { "touch", "N", "changes so many of those that are replayed", run_touch },
        { "usn", "[N]", "sets highestCommittedUSN, back if need be", run_usn },
        { "invocation", "", "a new invocationId", run_invocation },
        { "disconnect", "", "closes all connections", run_disconnect },
        { "count", "", "tells connections, binds, searches", run_count },
};

void command_run(Server *server, char *line)
{
        char *argument = line + strcspn(line, " ");

        if (*argument)
                *argument++ = '\0';

        for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
                if (strcmp(commands[i].name, line) != 0)
                        continue;

                commands[i].run(server, argument);
                return;
        }

        fail("there is no such command");
}

void command_print(void)
{
        printf("Commands on standard input, each answered by a line:\n");
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                printf("  %-10s %-18s %s\n", commands[i].name, commands[i].arguments,
                       commands[i].meaning);

        printf("\nFaults:\n");
        fault_print();
}
