/* SPDX-License-Identifier: MIT */
#include "ctl/plugin.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const plugin_state_names[PLUGIN_STATE_MAX] = {
        [PLUGIN_OK] = "OK",
        [PLUGIN_WARNING] = "WARNING",
        [PLUGIN_CRITICAL] = "CRITICAL",
        [PLUGIN_UNKNOWN] = "UNKNOWN",
};

/* Worst first: the order in which reasons are printed. */
static const PluginState plugin_order[] = { PLUGIN_CRITICAL, PLUGIN_UNKNOWN, PLUGIN_WARNING };

void plugin_done(Plugin *plugin)
{
        for (size_t i = 0; i < ARRAY_SIZE(plugin->reasons); i++)
                buffer_done(&plugin->reasons[i]);
        buffer_done(&plugin->text);
        buffer_done(&plugin->performance);
        buffer_done(&plugin->details);
}

static void _printf_(3, 0)
        plugin_append_list(Plugin *plugin, Buffer *buffer, const char *format, va_list list)
{
        if (buffer_append_vformat(buffer, format, list) < 0)
                plugin->out_of_memory = true;
}

void plugin_append(Plugin *plugin, Buffer *buffer, const char *format, ...)
{
        va_list list;

        va_start(list, format);
        plugin_append_list(plugin, buffer, format, list);
        va_end(list);
}

void plugin_reason(Plugin *plugin, PluginState state, const char *format, ...)
{
        Buffer *reasons = &plugin->reasons[state];
        va_list list;

        if (reasons->size > 0)
                plugin_append(plugin, reasons, ", ");

        va_start(list, format);
        plugin_append_list(plugin, reasons, format, list);
        va_end(list);
}

PluginState plugin_state(const Plugin *plugin)
{
        if (plugin->out_of_memory)
                return PLUGIN_UNKNOWN;

        for (size_t i = 0; i < ARRAY_SIZE(plugin_order); i++)
                if (plugin->reasons[plugin_order[i]].size > 0)
                        return plugin_order[i];
        return PLUGIN_OK;
}

static void plugin_print_text(const Buffer *buffer, bool is_long)
{
        for (size_t i = 0; i < buffer->size; i++) {
                unsigned char c = buffer->data[i];

                if (c == '|')
                        c = '/';
                else if (c == ';')
                        c = ',';
                else if ((c < ' ' && !(is_long && c == '\n')) || c == 0x7f)
                        c = '?';
                (void)putchar(c);
        }
}

int plugin_print(const Plugin *plugin)
{
        PluginState state = plugin_state(plugin);
        const char *separator = "";

        (void)printf("SCAND %s - ", plugin_state_names[state]);
        if (plugin->out_of_memory) {
                (void)puts("out of memory");
                return state;
        }

        for (size_t i = 0; i < ARRAY_SIZE(plugin_order); i++) {
                const Buffer *reasons = &plugin->reasons[plugin_order[i]];

                if (reasons->size == 0)
                        continue;
                (void)fputs(separator, stdout);
                plugin_print_text(reasons, false);
                separator = ", ";
        }
        if (plugin->text.size > 0) {
                (void)fputs(separator, stdout);
                plugin_print_text(&plugin->text, false);
        }
        if (plugin->performance.size > 0) {
                (void)putchar('|');
                (void)fwrite(plugin->performance.data, 1, plugin->performance.size, stdout);
        }
        (void)putchar('\n');
        plugin_print_text(&plugin->details, true);

        return fflush(stdout) == 0 ? (int)state : PLUGIN_UNKNOWN;
}
