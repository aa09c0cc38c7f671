/* SPDX-License-Identifier: MIT */
#include "ctl/json-output.h"

#include <errno.h>

#define LINE_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define BLOCK_FLAGS                                                                                \
        (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

int json_print(FILE *stream, json_object *object)
{
        const char *text = json_object_to_json_string_ext(object, BLOCK_FLAGS);

        if (!text)
                return -ENOMEM;

        (void)fprintf(stream, "%s\n", text);
        return 0;
}

void json_list_begin(JsonList *list, FILE *stream, const char *name, int64_t now)
{
        char generated[RECORD_TIME_SIZE];

        *list = (JsonList){ .stream = stream };
        record_format_time(now, generated);
        (void)fprintf(stream, "{\"schema\":%d,\"generated\":\"%s\",\"%s\":[", JSON_SCHEMA,
                      generated, name);
}

int json_list_add(JsonList *list, json_object *element)
{
        _cleanup_json_ json_object *owned = element;
        const char *text = json_object_to_json_string_ext(owned, LINE_FLAGS);

        if (!text)
                return -ENOMEM;

        (void)fprintf(list->stream, "%s\n%s", list->n++ > 0 ? "," : "", text);
        return 0;
}

void json_list_end(JsonList *list)
{
        (void)fprintf(list->stream, "%s]}\n", list->n > 0 ? "\n" : "");
}

int json_list_end_with(JsonList *list, const char *name, json_object *member)
{
        const char *text = json_object_to_json_string_ext(member, LINE_FLAGS);

        if (!text)
                return -ENOMEM;

        (void)fprintf(list->stream, "%s],\"%s\":%s}\n", list->n > 0 ? "\n" : "", name, text);
        return 0;
}
