/* SPDX-License-Identifier: MIT */
#pragma once

/* What the fake domain controller is told on its standard input. */

#include "tests/fakedc/server.h"

/* Runs one line, and prints one: "ok …" or "error …". */
void command_run(Server *server, char *line);

void command_changed(const Entry *entry, void *server); /* for Directory.changed */
void command_print(void);                               /* for --help */
