/* SPDX-License-Identifier: MIT */
#include "ctl/candidates.h"

#include "ctl/table.h"
#include "lib/core/value-text.h"
#include "lib/state/query.h"

int candidates_print(Scanctl *scanctl, Store *store, const int64_t *ids, size_t n)
{
        static const Column columns[] = { { .title = "KIND" },
                                          { .title = "GUID" },
                                          { .title = "DN", .label = "DN", .least = 20 } };
        _cleanup_(table_freep) Table *table = NULL;
        _cleanup_(object_freep) Object *object = NULL;
        int r;

        r = object_new(&object);
        if (r >= 0)
                r = table_new(columns, ARRAY_SIZE(columns), &table);
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_(object_info_done) ObjectInfo info = {};
                _cleanup_buffer_ Buffer dn = BUFFER_INIT;
                char guid[GUID_STRING_SIZE];

                r = query_object(store, ids[i], object, &info);
                if (r <= 0)
                        continue;
                guid_format(&object->guid, guid);
                if ((r = value_text_string((Slice){ object->dn.data, object->dn.size }, &dn)) >=
                            0 &&
                    (r = table_add(table, STYLE_PLAIN, kind_name(object->kind))) >= 0 &&
                    (r = table_add(table, STYLE_PLAIN, guid)) >= 0)
                        r = table_add(table, STYLE_PLAIN, buffer_string(&dn));
        }
        if (r < 0)
                return scanctl_failed(scanctl, "cannot list the objects", r);

        table_print(table, &scanctl->output);
        return scanctl_error("%zu objects are called so. Name one of them by its GUID.", n);
}
