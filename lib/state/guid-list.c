/* SPDX-License-Identifier: MIT */
#include "lib/state/guid-list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void guid_list_done(GuidList *list)
{
        free(list->guids);
        *list = (GuidList){};
}

int guid_list_add(GuidList *list, const Guid *guid)
{
        if (list->n == list->n_allocated) {
                size_t n = list->n_allocated ? list->n_allocated * 2 : 64;
                Guid *guids = reallocarray(list->guids, n, sizeof(*guids));

                if (!guids)
                        return -ENOMEM;
                list->guids = guids;
                list->n_allocated = n;
        }

        list->guids[list->n++] = *guid;
        return 0;
}

int guid_list_compare(const void *a, const void *b)
{
        return memcmp(a, b, sizeof(Guid));
}

void guid_list_sort(GuidList *list)
{
        size_t n = 0;

        if (list->n > 1)
                qsort(list->guids, list->n, sizeof(*list->guids), guid_list_compare);
        for (size_t i = 0; i < list->n; i++)
                if (n == 0 || guid_list_compare(&list->guids[n - 1], &list->guids[i]) != 0)
                        list->guids[n++] = list->guids[i];
        list->n = n;
}

int guid_list_collect(GuidList *list, Statement *statement, int column)
{
        int r;

        while ((r = statement_step(statement)) > 0) {
                size_t size;
                const void *bytes = statement_blob(statement, column, &size);
                Guid guid;

                if (guid_from_bytes(bytes, size, &guid) < 0)
                        return -EUCLEAN;
                r = guid_list_add(list, &guid);
                if (r < 0)
                        return r;
        }

        return r;
}
