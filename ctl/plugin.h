/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a monitoring plugin says, by the monitoring plugins' guidelines: "SCAND STATE - text|performance data" on one line, longer
 * text on lines of its own behind it, the state as exit code.
 *
 * Two traps of the peers are avoided here: Nagios turns ";" in the text into ":", and a "|" in later lines begins performance data
 * again. Names come from files, so neither they nor control characters reach the output.
 */

#include <stdbool.h>

#include "lib/core/buffer.h"

typedef enum PluginState {
        PLUGIN_OK = 0,
        PLUGIN_WARNING = 1,
        PLUGIN_CRITICAL = 2,
        PLUGIN_UNKNOWN = 3,
        PLUGIN_STATE_MAX,
} PluginState;

typedef struct Plugin {
        Buffer reasons[PLUGIN_STATE_MAX]; /* why it is not OK, by state */
        Buffer text;                      /* what is always said, after the reasons */
        Buffer performance;               /* behind the bar */
        Buffer details;                   /* long output, a line each */
        bool out_of_memory;
} Plugin;

void plugin_done(Plugin *plugin);

/* Adds a reason for a state other than OK. */
void plugin_reason(Plugin *plugin, PluginState state, const char *format, ...) _printf_(3, 4);

/* Appends to one of the plugin's own buffers; without memory the plugin will say so instead. */
void plugin_append(Plugin *plugin, Buffer *buffer, const char *format, ...) _printf_(3, 4);

/*
 * CRITICAL wins over UNKNOWN, although its number is smaller: a dead daemon is worse news than a question that could not be
 * answered.
 */
PluginState plugin_state(const Plugin *plugin);

/* Prints all of it and returns the exit code. */
int plugin_print(const Plugin *plugin);
