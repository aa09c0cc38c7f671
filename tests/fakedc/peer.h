/* SPDX-License-Identifier: MIT */
#pragma once

/* A fake domain controller as a child of a test. Anything that goes wrong here ends the test program. */

#include <sys/types.h>

#include "lib/core/util.h"

typedef struct Peer {
        pid_t pid;
        int commands; /* its standard input */
        int answers;  /* its standard output */
        unsigned port;
        char answer[256]; /* to the last command */
} Peer;

/* Starts the program that the environment variable FAKEDC names; options end with NULL. */
Peer *peer_new(const char *const *options);
Peer *peer_free(Peer *peer); /* and waits for its end */
DEFINE_CLEANUP(Peer, peer_free)

/* Gives a command and waits until it was run. What follows "ok ", in peer->answer. */
const char *peer_command(Peer *peer, const char *format, ...) _printf_(2, 3);
