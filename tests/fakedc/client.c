/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fakedc/element.h"
#include "tests/fakedc/server.h"

static void must(int r)
{
        if (r < 0)
                abort();
}

Client *client_free(Client *client)
{
        if (!client)
                return NULL;

        for (Client **p = &client->server->clients; *p; p = &(*p)->next) {
                if (*p != client)
                        continue;

                *p = client->next;
                break;
        }

        sd_event_source_disable_unref(client->io);
        sd_event_source_disable_unref(client->drip);
        answer_forget(client);
        SSL_free(client->ssl);
        buffer_done(&client->input);
        buffer_done(&client->output);
        close(client->fd);
        free(client);
        return NULL;
}

/* What TLS wants to say goes to the socket's queue. */
static void collect_tls(Client *client)
{
        char *data;
        long n = BIO_get_mem_data(client->to_peer, &data);

        if (n > 0)
                must(buffer_append(&client->output, data, (size_t)n));

        (void)BIO_reset(client->to_peer);
}

static void begin_tls(Client *client)
{
        client->starts_tls = false;
        client->ssl = SSL_new(client->server->tls);
        client->from_peer = BIO_new(BIO_s_mem());
        client->to_peer = BIO_new(BIO_s_mem());
        if (!client->ssl || !client->from_peer || !client->to_peer)
                abort();

        BIO_set_mem_eof_return(client->from_peer, -1);
        SSL_set_bio(client->ssl, client->from_peer, client->to_peer);
        SSL_set_accept_state(client->ssl);
}

static void want_output(Client *client)
{
        bool is_waiting = client->output.size > client->sent && !client->drip;

        must(sd_event_source_set_io_events(client->io, is_waiting ? EPOLLIN | EPOLLOUT : EPOLLIN));
}

/* Sends at most `most` bytes of what waits. False: the peer is gone. */
static bool flush_output(Client *client, size_t most)
{
        size_t left = client->output.size - client->sent;
        ssize_t n;

        n = send(client->fd, client->output.data + client->sent, left < most ? left : most,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
                return errno == EAGAIN;

        client->sent += (size_t)n;
        if (client->sent < client->output.size)
                return true;

        buffer_reset(&client->output);
        client->sent = 0;
        if (client->starts_tls)
                begin_tls(client);

        return !client->is_closing;
}

static int on_drip(sd_event_source *source, uint64_t usec, void *userdata)
{
        Client *client = userdata;
        Fault *fault = &client->server->fault;

        if (!fault_is(fault, FAULT_DRIP)) {
                client->drip = sd_event_source_disable_unref(client->drip);
                want_output(client);
                return 0;
        }

        must(sd_event_source_set_time_relative(source, (uint64_t)fault->m * 1000));
        must(sd_event_source_set_enabled(source, SD_EVENT_ONESHOT));
        if (client->output.size > client->sent && !flush_output(client, (size_t)fault->n))
                client_free(client);

        return 0;
}

static void arm_drip(Client *client)
{
        if (!fault_is(&client->server->fault, FAULT_DRIP) || client->drip)
                return;

        must(sd_event_add_time_relative(client->server->event, &client->drip, CLOCK_MONOTONIC, 0, 1,
                                        on_drip, client));
}

/* How much of an answer gets out. The rest is swallowed, and what follows too. */
static size_t allowance(Client *client, size_t size)
{
        Fault *fault = &client->server->fault;
        bool is_cut = fault_is(fault, FAULT_CUT_BYTES);

        if (client->is_closing)
                return 0;

        if (!is_cut && !fault_is(fault, FAULT_STALL_BYTES))
                return size;

        if ((size_t)fault->n >= size) {
                fault->n -= (long)size;
                return size;
        }

        return (size_t)fault->n;
}

static void apply_cut(Client *client)
{
        Fault *fault = &client->server->fault;

        if (fault_take(fault, FAULT_CUT_BYTES))
                client->is_closing = true;
        else if (fault_is(fault, FAULT_STALL_BYTES))
                fault->n = 0;
}

void client_send(Client *client, const void *data, size_t size)
{
        size_t allowed = allowance(client, size);

        if (allowed > 0 && client->ssl) {
                if (SSL_write(client->ssl, data, (int)allowed) <= 0)
                        client->is_closing = true;
                collect_tls(client);
        } else if (allowed > 0) {
                must(buffer_append(&client->output, data, allowed));
        }

        if (allowed < size)
                apply_cut(client);

        arm_drip(client);
        want_output(client);
}

void client_send_ber(Client *client, BerElement *ber)
{
        Fault *fault = &client->server->fault;
        struct berval bytes;

        if (ber_flatten2(ber, &bytes, 0) < 0)
                abort();

        client_send(client, bytes.bv_val, bytes.bv_len);
        ber_free(ber, 1);

        if (fault_is(fault, FAULT_CUT_MESSAGES) && --fault->n <= 0 &&
            fault_take(fault, FAULT_CUT_MESSAGES))
                client->is_closing = true;
}

void client_close(Client *client)
{
        client->is_closing = true;
}

void client_start_tls(Client *client)
{
        client->starts_tls = true;
}

static bool read_messages(Client *client)
{
        size_t done = 0;

        for (;;) {
                size_t left = client->input.size - done;
                size_t size = element_message_size(client->input.data + done, left);

                if (size == SIZE_MAX)
                        return false;
                if (size == 0)
                        break;

                answer_message(client, (struct berval){ size, (char *)client->input.data + done });
                done += size;
        }

        if (done > 0) {
                memmove(client->input.data, client->input.data + done, client->input.size - done);
                client->input.size -= done;
        }

        return true;
}

static bool read_tls(Client *client, const void *data, size_t size)
{
        char plain[16384];
        int n;

        if (BIO_write(client->from_peer, data, (int)size) != (int)size)
                return false;

        if (!SSL_is_init_finished(client->ssl)) {
                n = SSL_accept(client->ssl);
                collect_tls(client);
                if (n <= 0 && SSL_get_error(client->ssl, n) != SSL_ERROR_WANT_READ)
                        return false;
        }

        while ((n = SSL_read(client->ssl, plain, sizeof(plain))) > 0)
                must(buffer_append(&client->input, plain, (size_t)n));

        n = SSL_get_error(client->ssl, n);
        collect_tls(client);
        return n == SSL_ERROR_WANT_READ;
}

static bool read_peer(Client *client)
{
        char data[16384];
        ssize_t n = recv(client->fd, data, sizeof(data), MSG_DONTWAIT);

        if (n <= 0)
                return n < 0 && errno == EAGAIN;

        if (!client->ssl)
                must(buffer_append(&client->input, data, (size_t)n));
        else if (!read_tls(client, data, (size_t)n)) {
                (void)flush_output(client, SIZE_MAX); /* the alert */
                return false;
        }

        return read_messages(client);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Client *client = userdata;
        bool is_deaf = fault_is(&client->server->fault, FAULT_DEAF);
        bool is_alive = true;

        if (is_deaf && !(events & (EPOLLHUP | EPOLLERR)))
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);

        if (events & ~(uint32_t)EPOLLOUT)
                is_alive = read_peer(client);

        if (is_alive && !client->drip && (client->output.size > client->sent || client->is_closing))
                is_alive = flush_output(client, SIZE_MAX);

        if (is_alive)
                want_output(client);
        else
                client_free(client);

        return 0;
}

int client_new(Server *server, int fd)
{
        Client *client = calloc(1, sizeof(*client));

        if (!client)
                abort();

        *client = (Client){
                .server = server,
                .next = server->clients,
                .number = ++server->n_connections,
                .fd = fd,
        };
        server->clients = client;
        must(sd_event_add_io(server->event, &client->io, fd, EPOLLIN, on_io, client));

        if (server->is_ldaps)
                begin_tls(client);

        arm_drip(client);
        return 0;
}
