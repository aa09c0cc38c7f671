/* SPDX-License-Identifier: MIT */
#include "lib/state/id-set.h"

#include <errno.h>
#include <string.h>

#define PAGE_BITS  13
#define PAGE_WORDS ((size_t)(1 << PAGE_BITS) / 64)

typedef struct IdSetPage {
        int64_t number;
        uint64_t *words;
} IdSetPage;

void id_set_done(IdSet *set)
{
        for (size_t i = 0; i < set->n; i++)
                free(set->pages[i].words);
        free(set->pages);
        *set = (IdSet){};
}

/* The place of the page, or where it belongs. */
static size_t find_page(const IdSet *set, int64_t number)
{
        size_t low = 0, high = set->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (set->pages[middle].number < number)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool has_page(const IdSet *set, size_t at, int64_t number)
{
        return at < set->n && set->pages[at].number == number;
}

static int add_page(IdSet *set, size_t at, int64_t number)
{
        IdSetPage page = { .number = number };

        if (set->n == set->n_allocated) {
                size_t n = set->n_allocated ? 2 * set->n_allocated : 16;
                IdSetPage *more = reallocarray(set->pages, n, sizeof(*more));

                if (!more)
                        return -ENOMEM;
                set->pages = more;
                set->n_allocated = n;
        }
        page.words = calloc(PAGE_WORDS, sizeof(*page.words));
        if (!page.words)
                return -ENOMEM;

        memmove(set->pages + at + 1, set->pages + at, (set->n - at) * sizeof(*set->pages));
        set->pages[at] = page;
        set->n++;
        return 0;
}

static size_t bit_of(int64_t id)
{
        return (size_t)id & ((1 << PAGE_BITS) - 1);
}

int id_set_add(IdSet *set, int64_t id)
{
        int64_t number = id >> PAGE_BITS;
        size_t at = find_page(set, number), bit = bit_of(id);
        uint64_t *word, mask = UINT64_C(1) << bit % 64;
        int r = 0;

        if (!has_page(set, at, number))
                r = add_page(set, at, number);
        if (r < 0)
                return r;

        word = &set->pages[at].words[bit / 64];
        r = (*word & mask) != 0;
        *word |= mask;
        return r;
}

bool id_set_has(const IdSet *set, int64_t id)
{
        int64_t number = id >> PAGE_BITS;
        size_t at = find_page(set, number), bit = bit_of(id);

        return has_page(set, at, number) && set->pages[at].words[bit / 64] >> bit % 64 & 1;
}

void id_set_remove(IdSet *set, int64_t id)
{
        int64_t number = id >> PAGE_BITS;
        size_t at = find_page(set, number), bit = bit_of(id);

        if (has_page(set, at, number))
                set->pages[at].words[bit / 64] &= ~(UINT64_C(1) << bit % 64);
}

/* The first one of a page from a bit on. */
static bool next_of_page(const IdSetPage *page, size_t bit, int64_t *ret)
{
        for (size_t i = bit / 64; i < PAGE_WORDS; i++) {
                uint64_t word = page->words[i];

                if (i == bit / 64)
                        word &= UINT64_MAX << bit % 64;
                if (word != 0) {
                        *ret = (page->number << PAGE_BITS) + (int64_t)(64 * i) +
                               __builtin_ctzll(word);
                        return true;
                }
        }
        return false;
}

bool id_set_next(const IdSet *set, int64_t after, int64_t *ret)
{
        int64_t from = after + 1, number = from >> PAGE_BITS;

        for (size_t at = find_page(set, number); at < set->n; at++)
                if (next_of_page(&set->pages[at],
                                 set->pages[at].number == number ? bit_of(from) : 0, ret))
                        return true;
        return false;
}
