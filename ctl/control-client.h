/* SPDX-License-Identifier: MIT */
#pragma once

/* Asks the daemon to do something: one record over its socket, and its answer. */

#include "ctl/scanctl.h"
#include "lib/core/control-protocol.h"

/* 0 with what the daemon says, a text without line feed at its end that the caller frees; or EXIT_TROUBLE after a message. */
int control_ask(Scanctl *scanctl, const ControlRequest *request, char **ret_text);
