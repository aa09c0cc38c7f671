/* SPDX-License-Identifier: MIT */
#include "tests/simulate/client.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/simulate/shelf.h"

static void check(int r, const char *what)
{
        if (r >= 0)
                return;
        fprintf(stderr, "%s: %s\n", what, strerror(-r));
        abort();
}

RequestSort request_sort(const FeedRequest *request)
{
        if (request->is_notification)
                return REQUEST_NOTIFICATION;
        if (request->base[0] == '\0')
                return REQUEST_ROOT;
        if (strncmp(request->base, "<GUID=", 6) == 0)
                return REQUEST_GUID;
        if (strncmp(request->base, "CN=NTDS Settings,", 17) == 0)
                return REQUEST_SETTINGS;
        if (strncmp(request->base, "CN=Schema,", 10) == 0)
                return REQUEST_SCHEMA;
        if (strcmp(request->base, SERVER_NAMING_CONTEXT) != 0)
                return REQUEST_OTHER;
        if (request->scope == FEED_BASE)
                return REQUEST_HEAD;
        if (strncmp(request->filter, "(|(objectGUID=", 14) == 0)
                return REQUEST_LATE;
        if (attribute_set_has(&request->attributes, ATTRIBUTE_LAST_LOGON))
                return REQUEST_OTHER;
        if (attribute_set_has(&request->attributes, ATTRIBUTE_MEMBER) ||
            strncmp(request->filter, "(&(objectCategory=person)(", 26) == 0 ||
            strncmp(request->filter, "(&(|(objectCategory=person)(", 28) == 0 ||
            strncmp(request->filter, "(&(objectClass=foreignSecurityPrincipal)", 40) == 0)
                return REQUEST_COUNT;
        return attribute_set_has(&request->attributes, ATTRIBUTE_OBJECT_CLASS) ? REQUEST_SEARCH
                                                                               : REQUEST_OVERLAP;
}

int64_t client_wall(const Client *client)
{
        return INT64_C(1800000000) + client->directory->now / 1000 + client->clock_error;
}

static FeedSettings client_settings(const Client *client)
{
        return (FeedSettings){
                .config = client->config,
                .domain_config = &client->domain_config,
                .jitter_seed = (int64_t)client->seed,
        };
}

void client_reload(Client *client)
{
        FeedSettings settings = client_settings(client);

        check(feed_reconfigure(client->feed, &settings, client->directory->now),
              "feed_reconfigure");
}

static void client_open(Client *client)
{
        char *error = NULL;
        int r;

        if (!client->path) {
                client->store = shelf_take();
                return;
        }

        r = store_open(client->path, STORE_WRITE, &client->store, &error);
        if (r < 0)
                fprintf(stderr, "%s\n", error);
        check(r, "store_open");
}

static void client_begin(Client *client)
{
        FeedSettings settings = client_settings(client);

        check(domain_load(client->store, SERVER_DOMAIN, &client->domain), "domain_load");
        check(feed_new(client->store, &client->domain, &settings, &client->feed), "feed_new");
}

void client_start(Client *client, const char *path)
{
        client->path = path;
        client_open(client);
        client_begin(client);
}

/* Everything that is only in memory goes. What was not committed is rolled back with it, as SQLite would at the next start. */
static void client_forget(Client *client)
{
        if (client->is_connected)
                server_done(&client->server);
        client->is_connected = false;
        client->feed = feed_free(client->feed);
        domain_done(&client->domain);
}

static void client_close(Client *client)
{
        if (client->path)
                store_close(client->store);
        else
                shelf_give_back(client->store);
        client->store = NULL;
}

void client_init(Client *client, Directory *directory, uint64_t seed)
{
        *client = (Client){
                .directory = directory,
                .domain_config = { .name = strdup(SERVER_DOMAIN), .poll_interval = 30 },
                .seed = seed,
                .random = seed,
                .budget = 1000,
        };
        check(config_new(&client->config), "config_new");
}

void client_done(Client *client)
{
        client_forget(client);
        client_close(client);
        config_free(client->config);
        free(client->domain_config.name);
}

void folder_clear(const char *folder)
{
        DIR *stream = opendir(folder);
        const struct dirent *entry;

        while (stream && (entry = readdir(stream)))
                (void)unlinkat(dirfd(stream), entry->d_name, 0);
        if (stream)
                closedir(stream);
}

void client_kill(Client *client)
{
        client_forget(client);
        if (client->path) {
                client_close(client);
                client_open(client);
        }
        client_begin(client);
}

void client_connect(Client *client, unsigned controller)
{
        client_disconnect(client);
        server_init(&client->server, client->directory, controller, &client->manner);
        client->is_connected = true;
        check(feed_connected(client->feed, client->directory->now, client_wall(client)),
              "feed_connected");
}

void client_disconnect(Client *client)
{
        if (!client->is_connected)
                return;

        server_done(&client->server);
        client->is_connected = false;
        feed_disconnected(client->feed, client->directory->now);
}

/* As much of what waits as the server leaves time for: none of it, or a batch or two. */
static void client_work_ahead(Client *client)
{
        int64_t now = client->directory->now, wall = client_wall(client);
        FeedAction action;

        client->random = client->random * UINT64_C(6364136223846793005) + 1;
        for (uint64_t n = (client->random >> 32) % 3; n > 0; n--) {
                check(feed_next(client->feed, now, wall, &action), "feed_next");
                if (action.type != FEED_WORK_AHEAD)
                        break;
                check(feed_step(client->feed, client->budget, now, wall), "feed_step");
        }
}

static ClientTurn client_send(Client *client, const FeedRequest *request)
{
        Fault fault = {};
        FeedResult result;

        client->n_asked[request_sort(request)]++;
        if (request_sort(request) == REQUEST_SEARCH)
                client->search_page_size = request->page_size;
        if (client->ops && client->ops->fault)
                fault = client->ops->fault(client, request, client->userdata);

        if (request->is_notification) {
                if (fault.type != FAULT_NONE)
                        feed_notification_ended(client->feed);
                return CLIENT_ASKED;
        }

        client_work_ahead(client);
        check(server_answer(&client->server, request, fault, client->feed, &result), "feed_entry");
        if (result.code < 0) {
                client_disconnect(client);
                return CLIENT_LOST;
        }

        check(feed_result(client->feed, &result, client->directory->now, client_wall(client)),
              "feed_result");
        return CLIENT_ASKED;
}

ClientTurn client_turn(Client *client)
{
        FeedAction action;
        int r;

        check(feed_next(client->feed, client->directory->now, client_wall(client), &action),
              "feed_next");
        client->until = action.until;

        switch (action.type) {
        case FEED_SEND:
                return client_send(client, action.request);
        case FEED_APPLY:
                r = feed_step(client->feed, client->budget, client->directory->now,
                              client_wall(client));
                check(r, "feed_step");
                return r == APPLY_MORE ? CLIENT_APPLIED : CLIENT_COMMITTED;
        case FEED_WAIT:
                return CLIENT_WAITING;
        case FEED_HANG_UP:
                client_disconnect(client);
                return CLIENT_HUNG_UP;
        case FEED_PENDING:
        case FEED_WORK_AHEAD:
                break;
        }

        fprintf(stderr, "the feed waits for a result that it has\n");
        abort();
}

ClientTurn client_run(Client *client)
{
        ClientTurn turn;

        do
                turn = client_turn(client);
        while (turn == CLIENT_ASKED || turn == CLIENT_APPLIED || turn == CLIENT_COMMITTED);

        return turn;
}

ClientTurn client_poll(Client *client)
{
        ClientTurn turn = client_run(client);

        if (turn != CLIENT_WAITING)
                return turn;
        if (client->directory->now < client->until)
                client->directory->now = client->until;
        (void)directory_tick(client->directory);
        return client_run(client);
}
