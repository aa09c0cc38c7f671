/* SPDX-License-Identifier: MIT */
#pragma once

/* The fake domain controller as a whole, and its connections. */

#include <lber.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "lib/core/buffer.h"
#include "tests/fakedc/directory.h"
#include "tests/fakedc/fault.h"
#include "tests/fakedc/replay.h"

#define NOTIFICATIONS_MOST  5    /* MaxNotificationPerConn */
#define PAGED_SEARCHES_MOST 10   /* MaxResultSetsPerConn */
#define PAGE_LARGEST        1000 /* MaxPageSize */

typedef struct Client Client;

typedef struct Server {
        sd_event *event;
        Directory directory;
        Replay replay; /* more objects below the directory's base */
        Fault fault;
        SSL_CTX *tls;     /* for LDAPS and StartTLS */
        const char *user; /* whom a simple bind lets in; NULL: anybody who has a password */
        const char *password;
        bool is_ldaps; /* TLS begins with the connection */
        bool may_bind_in_clear;
        Client *clients;              /* linked */
        unsigned n_connections;       /* so far; also the number of the latest */
        unsigned n_searches, n_binds; /* so far, for tests to look at */
        uint64_t asked; /* realtime, ns: when the latest search of replayed objects began */
} Server;

/* A search whose next page may be asked for. */
typedef struct PagedSearch {
        unsigned number;       /* 0: free */
        const Entry **entries; /* what the search found when it began */
        size_t n_entries;
        size_t next;
        unsigned page;   /* that comes next, from 1 */
        size_t previous; /* where the last page began */
        ReplaySearch replay;
} PagedSearch;

typedef struct Watch {
        int message_id; /* 0: free */
        char *base;
        char *attributes; /* what is asked for, as it was sent */
        size_t attributes_size;
} Watch;

struct Client {
        Server *server;
        Client *next;
        unsigned number;
        int fd;
        sd_event_source *io;
        sd_event_source *drip;    /* a timer, while FAULT_DRIP is armed */
        SSL *ssl;                 /* NULL: in the clear */
        BIO *from_peer, *to_peer; /* owned by ssl */
        Buffer input;             /* of LDAP, not yet whole */
        Buffer output;            /* for the socket */
        size_t sent;              /* of it */
        bool starts_tls;          /* after what stands in output now */
        bool is_closing;          /* after output is sent */
        bool is_bound;
        PagedSearch searches[PAGED_SEARCHES_MOST];
        unsigned n_searches;
        Watch watches[NOTIFICATIONS_MOST];
};

/* Takes over an accepted socket; it closes by itself when the peer does. */
int client_new(Server *server, int fd);
Client *client_free(Client *client);

/* Sends bytes of LDAP, through TLS and the armed faults. */
void client_send(Client *client, const void *data, size_t size);
void client_send_ber(Client *client, BerElement *ber); /* frees it */
void client_close(Client *client);                     /* after what was sent */
void client_start_tls(Client *client);                 /* likewise */

/* What is asked, answered. `message` is whole. */
void answer_message(Client *client, struct berval message);

/* Tells those who watch. */
void answer_changed(Server *server, const Entry *entry);

void answer_forget(Client *client); /* frees searches and watches */

/*
 * A certificate for these subject alternative names ("IP:127.0.0.1,DNS:dc1"), by a CA whose certificate goes to `ca_path`.
 * is_old: TLS 1.1 is the newest it speaks.
 */
SSL_CTX *certificate_context(const char *names, const char *ca_path, bool is_expired, bool is_old);
