/* SPDX-License-Identifier: MIT */

/*
 * A domain controller for tests, for what a real one or Samba will not do on demand: enforce AD's limits, and misbehave. It speaks
 * LDAP v3 on 127.0.0.1 only, prints "port N" when it is ready, and takes commands on standard input, answering each with
 * "ok …" or "error …". It ends with its standard input.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/core/util.h"
#include "tests/fakedc/command.h"
#include "tests/fakedc/server.h"

static int on_accept(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        return client < 0 ? 0 : client_new(userdata, client);
}

static int listen_on(Server *server, unsigned port)
{
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons((uint16_t)port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        socklen_t size = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(const int){ 1 }, sizeof(int));
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            listen(fd, 64) < 0 || getsockname(fd, (struct sockaddr *)&address, &size) < 0 ||
            sd_event_add_io(server->event, NULL, fd, EPOLLIN, on_accept, server) < 0)
                return -1;

        printf("port %u\n", ntohs(address.sin_port));
        return fflush(stdout);
}

static int on_command(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        static char line[1 << 16];
        static size_t size;
        Server *server = userdata;
        ssize_t n = read(fd, line + size, sizeof(line) - 1 - size);
        char *end;

        if (n <= 0)
                return sd_event_exit(server->event, 0);

        size += (size_t)n;
        line[size] = '\0';
        while ((end = strchr(line, '\n'))) {
                *end++ = '\0';
                command_run(server, line);
                (void)fflush(stdout);
                size -= (size_t)(end - line);
                memmove(line, end, size + 1);
        }

        return 0;
}

static void help(void)
{
        printf("fakedc [OPTION…]: a domain controller for tests, on 127.0.0.1\n\n"
               "  --domain NAME        corp.example\n"
               "  --port N             any free one\n"
               "  --ca-file FILE       write a new CA's certificate there, and offer StartTLS\n"
               "  --names LIST         of the certificate: IP:127.0.0.1,DNS:localhost\n"
               "  --expired            the certificate is\n"
               "  --old-tls            TLS 1.1 is the newest\n"
               "  --ldaps              TLS from the first byte\n"
               "  --clear              simple binds are let in without TLS\n"
               "  --user NAME          whom a simple bind lets in; anybody\n"
               "  --password TEXT      likewise\n"
               "  --seed N             of GUIDs\n"
               "  --generate N         users\n"
               "  --replay FILE        objects that are encoded beforehand, see replay.h\n\n");
        command_print();
}

int main(int argc, char **argv)
{
        static const struct option options[] = {
                { "domain", required_argument, NULL, 'd' },
                { "port", required_argument, NULL, 'p' },
                { "ca-file", required_argument, NULL, 'c' },
                { "names", required_argument, NULL, 'n' },
                { "expired", no_argument, NULL, 'e' },
                { "old-tls", no_argument, NULL, 'o' },
                { "ldaps", no_argument, NULL, 's' },
                { "clear", no_argument, NULL, 'x' },
                { "user", required_argument, NULL, 'u' },
                { "password", required_argument, NULL, 'w' },
                { "generate", required_argument, NULL, 'g' },
                { "replay", required_argument, NULL, 'f' },
                { "seed", required_argument, NULL, 'r' },
                { "help", no_argument, NULL, 'h' },
                {},
        };
        const char *domain = "corp.example", *ca_file = NULL, *replay = NULL,
                   *names = "IP:127.0.0.1,DNS:localhost";
        unsigned port = 0, generate = 0, seed = 1;
        bool is_expired = false, is_old = false;
        Server server = {};
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                switch (c) {
                case 'd':
                        domain = optarg;
                        break;
                case 'p':
                        port = (unsigned)atoi(optarg);
                        break;
                case 'c':
                        ca_file = optarg;
                        break;
                case 'n':
                        names = optarg;
                        break;
                case 'e':
                        is_expired = true;
                        break;
                case 'o':
                        is_old = true;
                        break;
                case 's':
                        server.is_ldaps = true;
                        break;
                case 'x':
                        server.may_bind_in_clear = true;
                        break;
                case 'u':
                        server.user = optarg;
                        break;
                case 'w':
                        server.password = optarg;
                        break;
                case 'r':
                        seed = (unsigned)atoi(optarg);
                        break;
                case 'g':
                        generate = (unsigned)atoi(optarg);
                        break;
                case 'f':
                        replay = optarg;
                        break;
                case 'h':
                        help();
                        return EXIT_SUCCESS;
                default:
                        return EXIT_FAILURE;
                }
        }

        if (ca_file)
                server.tls = certificate_context(names, ca_file, is_expired, is_old);
        else if (server.is_ldaps)
                return fprintf(stderr, "--ldaps needs --ca-file\n"), EXIT_FAILURE;

        directory_init(&server.directory, domain, seed);
        directory_generate(&server.directory, generate);
        if (replay && replay_open(&server.replay, replay, &server.directory.usn) < 0) {
                perror(replay);
                return EXIT_FAILURE;
        }
        server.directory.changed = command_changed;
        server.directory.userdata = &server;

        if (sd_event_new(&server.event) < 0 || listen_on(&server, port) < 0 ||
            sd_event_add_io(server.event, NULL, STDIN_FILENO, EPOLLIN, on_command, &server) < 0) {
                perror("fakedc");
                return EXIT_FAILURE;
        }

        c = sd_event_loop(server.event);

        while (server.clients)
                client_free(server.clients);
        sd_event_unref(server.event);
        directory_done(&server.directory);
        replay_done(&server.replay);
        SSL_CTX_free(server.tls);
        return c < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
