/* SPDX-License-Identifier: MIT */
#include "lib/state/id-list.h"

int id_list_add(IdList *list, int64_t id)
{
        if (list->n == list->n_allocated) {
                size_t n = list->n_allocated ? list->n_allocated * 2 : 16;
                int64_t *ids = reallocarray(list->ids, n, sizeof(*ids));

                if (!ids)
                        return -ENOMEM;
                list->ids = ids;
                list->n_allocated = n;
        }

        list->ids[list->n++] = id;
        return 0;
}

static int id_compare(const void *a, const void *b)
{
        int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

        return left < right ? -1 : left > right;
}

void id_list_sort(IdList *list)
{
        size_t n = 0;

        if (list->n == 0)
                return;

        qsort(list->ids, list->n, sizeof(*list->ids), id_compare);
        for (size_t i = 1; i < list->n; i++)
                if (list->ids[i] != list->ids[n])
                        list->ids[++n] = list->ids[i];
        list->n = n + 1;
}
