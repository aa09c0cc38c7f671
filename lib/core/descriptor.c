/* SPDX-License-Identifier: MIT */
#include "lib/core/descriptor.h"

#include <errno.h>

#include "lib/core/sid.h"

enum {
        HEAD_SIZE = 20,
        OFFSET_OWNER = 4,
        OFFSET_DACL = 16,
        CONTROL_DACL_PRESENT = 0x4,
        CONTROL_DACL_PROTECTED = 0x1000,
        CONTROL_SELF_RELATIVE = 0x8000,

        LIST_HEAD_SIZE = 8,
        ENTRY_HEAD_SIZE = 8, /* type, flags, size, mask */

        TYPE_ALLOWED = 0,
        TYPE_DENIED = 1,
        TYPE_ALLOWED_OBJECT = 5,
        TYPE_DENIED_OBJECT = 6,

        FLAG_INHERIT_ONLY = 0x8,
        FLAG_INHERITED = 0x10,

        OBJECT_HAS_TYPE = 0x1,
        OBJECT_HAS_INHERITED_TYPE = 0x2,
};

#define GENERIC_ALL   UINT32_C(0x10000000)
#define GENERIC_WRITE UINT32_C(0x40000000)
#define GENERIC_READ  UINT32_C(0x80000000)

static uint32_t get16(const uint8_t *at)
{
        return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t get32(const uint8_t *at)
{
        return get16(at) | get16(at + 2) << 16;
}

/* The SID at the beginning of the bytes. */
static int take_sid(Slice bytes, Slice *ret)
{
        size_t size;

        if (bytes.size < 2)
                return -EBADMSG;
        size = 8 + 4 * (size_t)bytes.data[1];
        if (size > bytes.size || !sid_is_valid(bytes.data, size))
                return -EBADMSG;

        *ret = (Slice){ bytes.data, size };
        return 0;
}

/* What the bits for everything mean in a directory ([MS-ADTS] 5.1.3.2). */
static uint32_t map_generic(uint32_t mask)
{
        if (mask & GENERIC_ALL)
                mask |= RIGHT_LIST_CHILDREN | RIGHT_READ_PROPERTY | RIGHT_WRITE_PROPERTY |
                        RIGHT_EXTENDED;
        if (mask & GENERIC_READ)
                mask |= RIGHT_LIST_CHILDREN | RIGHT_READ_PROPERTY;
        if (mask & GENERIC_WRITE)
                mask |= RIGHT_WRITE_PROPERTY;
        return mask;
}

static int take_object_types(Slice *rest, Guid *ret_right)
{
        uint32_t flags;
        size_t size;

        if (rest->size < 4)
                return -EBADMSG;
        flags = get32(rest->data);
        size = 4 + (flags & OBJECT_HAS_TYPE ? sizeof(Guid) : 0) +
               (flags & OBJECT_HAS_INHERITED_TYPE ? sizeof(Guid) : 0);
        if (rest->size < size)
                return -EBADMSG;

        if (flags & OBJECT_HAS_TYPE)
                memcpy(ret_right->bytes, rest->data + 4, sizeof(ret_right->bytes));
        *rest = (Slice){ rest->data + size, rest->size - size };
        return 0;
}

/*
 * One entry, and how long it is. The inherited type of an object entry says what it is for further below; on the object itself AD
 * has left out already what is not for its class.
 */
static int take_entry(Slice bytes, AccessEntry *ret, size_t *ret_size)
{
        AccessEntry entry = {};
        Slice rest;
        size_t size;
        uint8_t type;
        int r = 0;

        if (bytes.size < ENTRY_HEAD_SIZE)
                return -EBADMSG;
        type = bytes.data[0];
        size = get16(bytes.data + 2);
        if (size < ENTRY_HEAD_SIZE || size > bytes.size)
                return -EBADMSG;

        entry.is_inherit_only = bytes.data[1] & FLAG_INHERIT_ONLY;
        entry.is_inherited = bytes.data[1] & FLAG_INHERITED;
        entry.mask = map_generic(get32(bytes.data + 4));
        rest = (Slice){ bytes.data + ENTRY_HEAD_SIZE, size - ENTRY_HEAD_SIZE };
        if (type == TYPE_ALLOWED_OBJECT || type == TYPE_DENIED_OBJECT)
                r = take_object_types(&rest, &entry.right);
        if (type == TYPE_ALLOWED || type == TYPE_ALLOWED_OBJECT)
                entry.type = ACCESS_ALLOW;
        else if (type == TYPE_DENIED || type == TYPE_DENIED_OBJECT)
                entry.type = ACCESS_DENY;
        else
                entry.type = ACCESS_OTHER;
        if (r == 0 && entry.type != ACCESS_OTHER)
                r = take_sid(rest, &entry.sid);
        if (r < 0)
                return r;

        *ret = entry;
        *ret_size = size;
        return 0;
}

/* Its size may be larger than its entries need. */
static int take_list(Slice bytes, Slice *ret)
{
        Slice rest;
        size_t size, n;

        if (bytes.size < LIST_HEAD_SIZE)
                return -EBADMSG;
        size = get16(bytes.data + 2);
        n = get16(bytes.data + 4);
        if (size < LIST_HEAD_SIZE || size > bytes.size)
                return -EBADMSG;

        rest = (Slice){ bytes.data + LIST_HEAD_SIZE, size - LIST_HEAD_SIZE };
        *ret = (Slice){ rest.data, 0 };
        for (size_t i = 0; i < n; i++) {
                AccessEntry entry;
                size_t entry_size;
                int r;

                r = take_entry(rest, &entry, &entry_size);
                if (r < 0)
                        return r;
                rest = (Slice){ rest.data + entry_size, rest.size - entry_size };
                ret->size += entry_size;
        }
        return 0;
}

/* What an offset points to, behind the head. */
static int at_offset(Slice all, size_t position, Slice *ret)
{
        size_t offset = get32(all.data + position);

        if (offset < HEAD_SIZE || offset > all.size)
                return -EBADMSG;

        *ret = (Slice){ all.data + offset, all.size - offset };
        return 0;
}

int descriptor_parse(const void *data, size_t size, Descriptor *ret)
{
        Slice all = { data, size }, part;
        Descriptor descriptor = {};
        uint32_t control;
        int r = 0;

        if (size < HEAD_SIZE || all.data[0] != 1)
                return -EBADMSG;
        control = get16(all.data + 2);
        if (!(control & CONTROL_SELF_RELATIVE))
                return -EBADMSG;

        descriptor.is_protected = control & CONTROL_DACL_PROTECTED;
        if (get32(all.data + OFFSET_OWNER) != 0) {
                r = at_offset(all, OFFSET_OWNER, &part);
                if (r == 0)
                        r = take_sid(part, &descriptor.owner);
        }
        if (r == 0 && control & CONTROL_DACL_PRESENT && get32(all.data + OFFSET_DACL) != 0) {
                descriptor.has_dacl = true;
                r = at_offset(all, OFFSET_DACL, &part);
                if (r == 0)
                        r = take_list(part, &descriptor.entries);
        }
        if (r < 0)
                return r;

        *ret = descriptor;
        return 0;
}

bool descriptor_next(const Descriptor *descriptor, size_t *at, AccessEntry *ret)
{
        Slice rest = { descriptor->entries.data + *at, descriptor->entries.size - *at };
        size_t size;

        if (rest.size == 0 || take_entry(rest, ret, &size) < 0)
                return false;

        *at += size;
        return true;
}

static bool sids_have(Slice sids, Slice sid)
{
        Slice one;

        while (sids.size > 0 && take_sid(sids, &one) == 0) {
                if (slice_equal(one, sid))
                        return true;
                sids = (Slice){ sids.data + one.size, sids.size - one.size };
        }
        return false;
}

static bool entry_is_about(const AccessEntry *entry, const Guid *right)
{
        if (guid_is_null(&entry->right))
                return true;
        return guid_is_null(right) ? entry->type == ACCESS_ALLOW : guid_equal(&entry->right, right);
}

Access descriptor_access(const Descriptor *descriptor, Slice who, uint32_t mask, const Guid *right)
{
        AccessEntry entry;

        if (!descriptor->has_dacl)
                return ACCESS_IS_GRANTED;

        for (size_t at = 0; descriptor_next(descriptor, &at, &entry);) {
                if (entry.type == ACCESS_OTHER || entry.is_inherit_only || !(entry.mask & mask) ||
                    !entry_is_about(&entry, right) || !sids_have(who, entry.sid))
                        continue;
                return entry.type == ACCESS_ALLOW ? ACCESS_IS_GRANTED : ACCESS_IS_DENIED;
        }

        return ACCESS_IS_MISSING;
}
