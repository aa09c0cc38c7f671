/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The control socket from inside: control.c has the connections and who may ask, control-answer.c what is answered.
 */

#include "daemon/control.h"
#include "lib/core/control-protocol.h"

typedef struct Peer {
        Control *control; /* NULL: this place is free */
        Manager *manager;
        int fd;
        sd_event_source *io;
        sd_event_source *timer;
        ControlRequest *waiting; /* for the transaction; NULL: not asked yet */
} Peer;

/* Never waits: an answer that does not fit the socket's buffer at once is for somebody who does not read. */
void peer_answer(Peer *peer, ControlOutcome outcome, const char *text);

/* Does what is asked, and answers. True: the peer waits for the transaction, or for a domain controller, and this is to be called again. */
bool peer_do(Peer *peer, const ControlRequest *request, uid_t uid);
