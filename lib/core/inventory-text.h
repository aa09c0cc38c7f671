/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The bytes of an export as UTF-8: Graph writes that, Windows PowerShell 5.1 UTF-16 with a mark when it is redirected. Fed in pieces
 * of any size; what comes out ends between characters, always.
 */

#include <stdbool.h>

#include "lib/core/buffer.h"

typedef enum InventoryEncoding {
        INVENTORY_UTF8,
        INVENTORY_UTF16_LITTLE,
        INVENTORY_UTF16_BIG,
} InventoryEncoding;

const char *inventory_encoding_name(InventoryEncoding encoding); /* "UTF-8", "UTF-16" */

typedef struct InventoryText {
        Buffer text; /* what the last piece brought, decoded */
        int64_t at;  /* the byte of the file at which that begins */

        InventoryEncoding encoding;
        bool is_known;      /* enough was seen to tell the encoding */
        uint8_t carried[4]; /* a character that the last piece broke off */
        size_t n_carried;
        int64_t next; /* the byte of the file behind what was decoded */
} InventoryText;

void inventory_text_done(InventoryText *text);

/*
 * Decodes a piece into text->text, which forgets the one before. 0, -ENOMEM, or -EILSEQ for bytes that are no text in the encoding, NUL
 * among them: text->next is where.
 */
int inventory_text_feed(InventoryText *text, const void *data, size_t size);

/* There is no more: 0, or -EILSEQ where a character is broken off; what a file too short for a mark held is decoded here. */
int inventory_text_end(InventoryText *text);

/* The byte of the file that stands at this place of text->text. */
int64_t inventory_text_offset(const InventoryText *text, size_t position);
