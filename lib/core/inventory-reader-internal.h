/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the reader share: the file as a whole (inventory-reader.c), and JSON within it (inventory-json.c). */

#include "lib/core/inventory-csv.h"
#include "lib/core/inventory-reader.h"

typedef enum ReaderState {
        STATE_BETWEEN,       /* documents */
        STATE_ARRAY_FIRST,   /* behind "[" */
        STATE_ARRAY_ELEMENT, /* behind "," */
        STATE_ARRAY_NEXT,    /* behind an element */
        STATE_PAGE_FIRST,    /* behind "{" */
        STATE_PAGE_KEY,      /* behind "," */
        STATE_PAGE_COLON,    /* behind the name of a member */
        STATE_PAGE_VALUE,
        STATE_PAGE_NEXT, /* behind a member */
        STATE_VALUE,     /* within an element, or the name or value of a member */
        STATE_CSV,
} ReaderState;

struct InventoryReader {
        InventoryTake take;
        void *userdata;

        InventoryText text;
        uint8_t first[4]; /* bytes of the file: compressed ones are told by them */
        size_t n_first;
        bool wants_id;
        InventoryCsv csv;
        json_tokener *tokener;
        InventoryShape shape;
        size_t n_taken, n_continued, n_ended;
        Buffer error;

        ReaderState state;
        bool is_in_page; /* the array is the "value" of a page */

        /* The value under way. */
        ReaderState behind; /* where it leads */
        Buffer value;
        int64_t value_at; /* the byte of the file where it begins */
        unsigned depth;
        bool is_string;  /* within quotation marks */
        bool is_escaped; /* behind a backslash */
        bool is_scalar;  /* ends before the next separator */

        /* The object under way: a page, or an object of its own. */
        json_object *head;
        size_t head_size;
        char *key;
        bool is_page;
};

static inline bool reader_is_white(uint8_t c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Is a byte order mark here, of a file that was put behind another? It is three bytes of UTF-8, which are never in two pieces. */
bool reader_has_mark(const InventoryReader *reader, size_t position);

/* Says what is wrong at a byte of the file; reasons may quote what stands in it. -EBADMSG or -ENOMEM. */
int reader_complain(InventoryReader *reader, int64_t at, const char *reason);

/* Hands a value that begins at that byte to the taker; it must be an object. 0, -EBADMSG after a complaint, or as the taker says. */
int reader_take(InventoryReader *reader, json_object *value, int64_t at);

/* Reads reader->text from this place on. 0, or as above. */
int reader_feed_json(InventoryReader *reader, size_t position);
