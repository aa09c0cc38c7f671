/* SPDX-License-Identifier: MIT */
#include "tests/unit/feed-bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check-main.h"

Directory directory;
Client client;
unsigned unit, users[N_USERS], group, contact;

Trouble trouble;

static Fault next_fault(Client *which, const FeedRequest *request, void *userdata)
{
        if (trouble.at < 0 ||
            (trouble.sort >= 0 && request_sort(request) != (RequestSort)trouble.sort))
                return (Fault){};
        if (trouble.at > 0) {
                trouble.at--;
                return (Fault){};
        }

        if (!trouble.stays)
                trouble.at = -1;
        if (trouble.meanwhile)
                trouble.meanwhile();
        return trouble.fault;
}

static const ClientOps ops = { .fault = next_fault };

void expect_fault(Fault fault, int sort, int at)
{
        trouble = (Trouble){ .fault = fault, .at = at, .sort = sort };
}

void expect_trouble(FaultType type, int sort, int at)
{
        expect_fault((Fault){ .type = type, .code = 51 }, sort, at);
}

void meanwhile(int sort, void (*function)(void))
{
        expect_trouble(FAULT_NONE, sort, 0);
        trouble.meanwhile = function;
}

unsigned add(Kind kind, unsigned parent)
{
        int object = directory_add(&directory, 0, kind, parent);

        ck_assert_int_ge(object, 0);
        return (unsigned)object;
}

void replicate(unsigned from, unsigned to)
{
        directory_replicate(&directory, from, to, -1);
}

static void setup_at(const char *path)
{
        directory_init(&directory, 2, 42);

        unit = add(KIND_CONTAINER, OBJECT_HEAD);
        for (unsigned i = 0; i < N_USERS; i++) {
                users[i] = add(KIND_USER, unit);
                directory_write(&directory, 0, users[i], FIELD_MAIL, i + 1);
        }
        group = add(KIND_GROUP, OBJECT_USERS);
        contact = add(KIND_CONTACT, unit);
        replicate(0, 1);
        replicate(1, 0);

        trouble.at = -1;
        client_init(&client, &directory, 1);
        client.ops = &ops;
        client.config->page_size = PAGE_SIZE;
        client.domain_config.poll_interval = POLL_SECONDS;
        client_start(&client, path);
}

void setup(void)
{
        setup_at(NULL);
}

void teardown(void)
{
        client_done(&client);
}

void expect_right(unsigned controller)
{
        ck_assert_uint_eq(compare_cache(&client, controller, stderr), 0);
}

void read_once(void)
{
        client_connect(&client, 0);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert(client.domain.is_ready);
        expect_right(0);
}

void setup_read(void)
{
        setup();
        read_once();
        memset(client.n_asked, 0, sizeof(client.n_asked));
}

static char folder[] = "/tmp/scand-test-feed-XXXXXX", database[64];

void setup_new_file(void)
{
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        snprintf(database, sizeof(database), "%s/scand.db", folder);
        setup_at(database);
}

void setup_file(void)
{
        setup_new_file();
        read_once();
}

void teardown_file(void)
{
        teardown();
        folder_clear(folder);
        ck_assert_int_eq(rmdir(folder), 0);
}

unsigned n_requests(void)
{
        unsigned n = 0;

        for (unsigned sort = 0; sort < N_REQUEST_SORTS; sort++)
                n += client.n_asked[sort];
        return n;
}

const char *failure(void)
{
        return feed_failure_code(feed_failure(client.feed));
}

FeedStatus status(void)
{
        FeedStatus status;

        feed_status(client.feed, &status);
        return status;
}

void write_mail(unsigned controller, unsigned object, unsigned address)
{
        directory_write(&directory, controller, object, FIELD_MAIL, address);
}

void come_back(unsigned controller)
{
        directory.now += 10 * MINUTE;
        client_connect(&client, controller);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
}
