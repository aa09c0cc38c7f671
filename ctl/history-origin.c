/* SPDX-License-Identifier: MIT */
#include "ctl/history-origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/control-client.h"
#include "ctl/table.h"
#include "lib/core/json.h"
#include "lib/core/record.h"

int history_origin_ask(Scanctl *scanctl, const char *domain, const Guid *guid, char **ret_text)
{
        ControlRequest request = { .verb = CONTROL_ORIGIN, .guid = *guid };

        if (!domain || !*domain || strlen(domain) > CONTROL_DOMAIN_MAX)
                return scanctl_error("nobody knows in which domain the object was.");
        strcpy(request.domain, domain);
        return control_ask(scanctl, &request, ret_text);
}

typedef struct OriginLine {
        const char *attribute, *version, *usn, *server;
        int64_t at;
} OriginLine;

/* The next line; what a newer daemon says behind the fields that are known here is left alone. False: there is none. */
static bool next_line(char **text, OriginLine *ret)
{
        char *line = strsep(text, "\n"), *at;

        if (!line || !*line)
                return false;

        ret->attribute = strsep(&line, "\t");
        ret->version = strsep(&line, "\t");
        at = strsep(&line, "\t");
        ret->usn = strsep(&line, "\t");
        ret->server = strsep(&line, "\t");
        if (!ret->version || !at || !ret->usn || !ret->server)
                return false;

        ret->at = strtoll(at, NULL, 10);
        return true;
}

int history_origin_print(Output *output, char *text)
{
        static const Column columns[] = {
                { .title = "WRITTEN" },
                { .title = "ATTRIBUTE" },
                { .title = "ON", .label = "on", .least = 12 },
                { .title = "VERSION", .is_right = true },
        };
        _cleanup_(table_freep) Table *table = NULL;
        OriginLine line;
        int r;

        r = table_new(columns, ARRAY_SIZE(columns), &table);
        while (r >= 0 && next_line(&text, &line)) {
                char at[RECORD_TIME_SIZE];

                record_format_time(line.at, at);
                if ((r = table_add(table, STYLE_FAINT, at)) < 0 ||
                    (r = table_add(table, STYLE_STRONG, line.attribute)) < 0 ||
                    (r = table_add(table, STYLE_PLAIN, line.server)) < 0)
                        break;
                r = table_add(table, STYLE_PLAIN, line.version);
        }
        if (r < 0)
                return r;

        (void)putc('\n', output->stream);
        table_print(table, output);
        return 0;
}

int history_origin_json(char *text, json_object **ret)
{
        _cleanup_json_ json_object *array = json_object_new_array();
        OriginLine line;
        int r = 0;

        if (!array)
                return -ENOMEM;

        while (r >= 0 && next_line(&text, &line)) {
                json_object *object = json_object_new_object();

                if ((r = json_append(array, object)) < 0 ||
                    (r = json_add_string(object, "attribute", line.attribute)) < 0 ||
                    (r = json_add_time(object, "written", line.at)) < 0 ||
                    (r = json_add_string(object, "server", line.server)) < 0 ||
                    (r = json_add_integer(object, "version", strtoll(line.version, NULL, 10))) < 0)
                        break;
                r = json_add_integer(object, "usn", strtoll(line.usn, NULL, 10));
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}
