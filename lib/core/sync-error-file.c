/* SPDX-License-Identifier: MIT */
#include "lib/core/sync-error-file.h"

#include <errno.h>
#include <string.h>

#include "lib/core/inventory-reader.h"
#include "lib/core/sync-error-row.h"
#include "lib/core/sync-error-xml.h"

#define HEAD_MAX 4096 /* white space in front of everything */

struct SyncErrorFile {
        SyncErrorList *list;
        SyncErrorSource source;
        Buffer head; /* until it is known what the file is */
        SyncErrorXml *xml;
        InventoryReader *reader;
};

int sync_error_file_new(SyncErrorList *list, SyncErrorFile **ret)
{
        SyncErrorFile *file = calloc(1, sizeof(*file));

        if (!file)
                return -ENOMEM;

        file->list = list;
        *ret = file;
        return 0;
}

SyncErrorFile *sync_error_file_free(SyncErrorFile *file)
{
        if (!file)
                return NULL;

        buffer_done(&file->head);
        (void)sync_error_xml_free(file->xml);
        (void)inventory_reader_free(file->reader);
        free(file);
        return NULL;
}

static int file_take(void *userdata, const InventoryElement *element, const char **ret_reason)
{
        SyncErrorFile *file = userdata;
        int r;

        r = sync_error_row_read(element, file->list, ret_reason);
        if (r == SYNC_ERROR_IS_GRAPH)
                file->source = SYNC_ERROR_GRAPH;
        return r < 0 ? r : 0;
}

/* The first sign that is one, marks of the encoding and UTF-16's second bytes apart; NUL: there is none so far. */
static uint8_t first_sign(const Buffer *head)
{
        for (size_t i = 0; i < head->size; i++)
                if (!memchr("\0 \t\r\n\xEF\xBB\xBF\xFE\xFF", head->data[i], 10))
                        return head->data[i];
        return 0;
}

static int file_decide(SyncErrorFile *file, bool is_end)
{
        uint8_t sign = first_sign(&file->head);

        if (sign == 0 && !is_end && file->head.size < HEAD_MAX)
                return 0;
        if (sign != '<')
                return inventory_reader_new(file_take, file, &file->reader);
        file->source = SYNC_ERROR_CSEXPORT;
        return sync_error_xml_new(file->list, &file->xml);
}

static int file_pass(SyncErrorFile *file, const void *data, size_t size)
{
        return file->xml ? sync_error_xml_feed(file->xml, data, size)
                         : inventory_reader_feed(file->reader, data, size);
}

int sync_error_file_feed(SyncErrorFile *file, const void *data, size_t size)
{
        int r;

        if (file->xml || file->reader)
                return file_pass(file, data, size);

        r = buffer_append(&file->head, data, size);
        if (r >= 0)
                r = file_decide(file, false);
        if (r < 0 || (!file->xml && !file->reader))
                return r;
        return file_pass(file, file->head.data, file->head.size);
}

int sync_error_file_end(SyncErrorFile *file)
{
        int r;

        if (!file->xml && !file->reader) {
                r = file_decide(file, true);
                if (r >= 0)
                        r = file_pass(file, file->head.data, file->head.size);
                if (r < 0)
                        return r;
        }
        return file->xml ? sync_error_xml_end(file->xml) : inventory_reader_end(file->reader);
}

const char *sync_error_file_error(const SyncErrorFile *file)
{
        return file->xml ? sync_error_xml_error(file->xml) : inventory_reader_error(file->reader);
}

SyncErrorSource sync_error_file_source(const SyncErrorFile *file)
{
        return file->source;
}

size_t sync_error_file_count(const SyncErrorFile *file)
{
        if (file->xml)
                return sync_error_xml_count(file->xml);
        return file->reader ? inventory_reader_count(file->reader) : 0;
}
