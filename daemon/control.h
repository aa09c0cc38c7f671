/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The control socket: SOCK_SEQPACKET at RuntimeDirectory=/control, what is said over it is in lib/core/control-protocol.h. The
 * kernel tells who asks:
 *
 *     root, and the daemon's own user   everything
 *     members of the daemon's group     origin; rescan, without accept-deletions: that is a decision, not a question;
 *                                     and to accept a finding is one, too
 *     everybody else                    nothing; the socket's mode keeps them from connecting already
 *
 * One request a connection. Who says nothing for some seconds is hung up on, and only a few are heard at a time.
 */

#include <systemd/sd-event.h>

#include "daemon/manager.h"

typedef struct Control Control;

/* No answer is being applied any more: what had to wait for that is done now. */
void control_transaction_free(Control *control);

/*
 * Listens at once. 0, or negative: -EADDRINUSE where another daemon answers at that path; what a dead one left there is replaced.
 */
int control_new(Manager *manager, const char *directory, Control **ret);
Control *control_free(Control *control); /* removes the socket */
DEFINE_CLEANUP(Control, control_free)
