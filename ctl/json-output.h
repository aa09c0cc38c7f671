/* SPDX-License-Identifier: MIT */
#pragma once

/* JSON on a stream: one object as it is, or a long list element by element, so that a hundred thousand findings need no memory. */

#include <stdio.h>

#include "lib/core/json.h"

/* Prints an object, for people to read too, and a line feed. The object stays the caller's. 0 or -ENOMEM. */
int json_print(FILE *stream, json_object *object);

/* {"schema":1,"generated":NOW,NAME:[ … ]}, an element a line. */
typedef struct JsonList {
        FILE *stream;
        size_t n;
} JsonList;

void json_list_begin(JsonList *list, FILE *stream, const char *name, int64_t now);
int json_list_add(JsonList *list, json_object *element); /* takes the element over; 0 or -ENOMEM */
void json_list_end(JsonList *list);

/* The same, with one more member behind the list, which stays the caller's. 0 or -ENOMEM. */
int json_list_end_with(JsonList *list, const char *name, json_object *member);
