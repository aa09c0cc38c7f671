/* SPDX-License-Identifier: MIT */
#include "lib/core/inventory-file.h"

#include <errno.h>

struct InventoryFile {
        InventoryFileTake take;
        void *userdata;
        InventoryReader *reader;
        InventoryEntry entry;
        InventoryPart part;
        unsigned properties; /* that some object has */
        unsigned named;      /* that some object names */
};

static int file_recognise(InventoryFile *file, const InventoryElement *element,
                          const char **ret_reason)
{
        if (file->part != INVENTORY_PARTS)
                return 0;
        if (inventory_part_recognise(element->value, element->context, &file->part) >= 0)
                return 0;

        *ret_reason = "nobody can tell what this is an export of: --part=PART says it";
        return -EBADMSG;
}

static int file_take(void *userdata, const InventoryElement *element, const char **ret_reason)
{
        InventoryFile *file = userdata;
        int r;

        r = file_recognise(file, element, ret_reason);
        if (r < 0)
                return r;
        r = inventory_entry_read(&file->entry, file->part, element);
        if (r == -EBADMSG)
                *ret_reason = file->entry.reason;
        if (r < 0)
                return r;

        file->properties |= inventory_properties_of(file->part, element->value);
        file->named |= inventory_properties_named(file->part, element->value);
        return file->take ? file->take(file->userdata, &file->entry) : 0;
}

int inventory_file_new(InventoryPart part, InventoryFileTake take, void *userdata,
                       InventoryFile **ret)
{
        _cleanup_(inventory_file_freep) InventoryFile *file = calloc(1, sizeof(*file));
        int r;

        if (!file)
                return -ENOMEM;

        file->part = part;
        file->take = take;
        file->userdata = userdata;
        r = inventory_reader_new(file_take, file, &file->reader);
        if (r < 0)
                return r;
        inventory_reader_want_id(file->reader);

        *ret = TAKE_PTR(file);
        return 0;
}

InventoryFile *inventory_file_free(InventoryFile *file)
{
        if (!file)
                return NULL;

        (void)inventory_reader_free(file->reader);
        inventory_entry_done(&file->entry);
        free(file);
        return NULL;
}

int inventory_file_feed(InventoryFile *file, const void *data, size_t size)
{
        return inventory_reader_feed(file->reader, data, size);
}

int inventory_file_end(InventoryFile *file)
{
        return inventory_reader_end(file->reader);
}

const char *inventory_file_error(const InventoryFile *file)
{
        return inventory_reader_error(file->reader);
}

const InventoryReader *inventory_file_reader(const InventoryFile *file)
{
        return file->reader;
}

InventoryPart inventory_file_part(const InventoryFile *file)
{
        return file->part;
}

bool inventory_file_lacks(const InventoryFile *file, size_t property)
{
        return inventory_reader_count(file->reader) > 0 && !(file->properties >> property & 1);
}

bool inventory_file_asked(const InventoryFile *file, size_t property)
{
        return inventory_reader_count(file->reader) == 0 ||
               ((file->properties | file->named) >> property & 1);
}
