/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The objects of an export, one at a time, in every shape that people have: pages of Graph (one or many behind each other), a bare
 * array, single objects, CSV. Fed in pieces of any size; never holds more than one object, and says by byte and object what is wrong.
 */

#include <json-c/json.h>
#include <stdbool.h>

#include "lib/core/inventory-text.h"

#define INVENTORY_OBJECT_MAX                                                                       \
        (4 << 20) /* bytes of one object: one of a hundred times the usual size passes */

typedef enum InventoryShape {
        INVENTORY_EMPTY,
        INVENTORY_PAGES,   /* {"value":[…]}, as Graph answers */
        INVENTORY_ARRAY,   /* […] */
        INVENTORY_OBJECTS, /* {…}: one, or several behind each other */
        INVENTORY_CSV,
} InventoryShape;

const char *inventory_shape_name(InventoryShape shape); /* "pages of Graph" */

/* One object, on its way to the taker. All borrowed: nothing lives longer than the call. */
typedef struct InventoryElement {
        json_object
                *value; /* an object, always. Of CSV, the values are strings, empty cells null */
        size_t number;  /* from 1 on */
        const char *context; /* "@odata.context" of its page, as far as it came before; NULL */
        bool is_csv;
} InventoryElement;

/* 0; -EBADMSG with a sentence about the object, which must live until the next call; or another negative errno. */
typedef int (*InventoryTake)(void *userdata, const InventoryElement *element,
                             const char **ret_reason);

typedef struct InventoryReader InventoryReader;

int inventory_reader_new(InventoryTake take, void *userdata,
                         InventoryReader **ret); /* 0 or -ENOMEM */
/* Text of which the first line names no column "id" is refused as neither JSON nor CSV. Before the first byte. */
void inventory_reader_want_id(InventoryReader *reader);
InventoryReader *inventory_reader_free(InventoryReader *reader);
DEFINE_CLEANUP(InventoryReader, inventory_reader_free)

/* 0; -EBADMSG: inventory_reader_error() says what is wrong, and nothing more may be fed; others as the taker says, or -ENOMEM. */
int inventory_reader_feed(InventoryReader *reader, const void *data, size_t size);

/* The file is over. As above: one that ends within an object, or a page, is truncated. */
int inventory_reader_end(InventoryReader *reader);

/* "byte 4711, object 12: …": UTF-8 without control characters. Valid after -EBADMSG, as long as the reader. */
const char *inventory_reader_error(const InventoryReader *reader);

InventoryShape inventory_reader_shape(const InventoryReader *reader);
InventoryEncoding inventory_reader_encoding(const InventoryReader *reader);
size_t inventory_reader_count(const InventoryReader *reader); /* objects taken */

/* Pages that name a further one, and pages that do not: where all do, the last is missing. */
size_t inventory_reader_continued(const InventoryReader *reader);
size_t inventory_reader_ended(const InventoryReader *reader);

/* A member of an object, its name compared without case: Graph writes userPrincipalName, PowerShell UserPrincipalName. NULL: none. */
json_object *inventory_member(json_object *object, const char *name);
