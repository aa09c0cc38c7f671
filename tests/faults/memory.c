/* SPDX-License-Identifier: MIT */
#include "tests/faults/memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/* One thread allocates here. */
static struct {
        bool is_armed, is_lasting;
        unsigned long left;
        unsigned long failures;
        long blocks;
} memory;

static bool memory_fails(void)
{
        if (!memory.is_armed)
                return false;
        if (memory.left > 1) {
                memory.left--;
                return false;
        }
        if (memory.failures > 0 && !memory.is_lasting)
                return false;

        memory.failures++;
        errno = ENOMEM;
        return true;
}

/* The next one in the order of libraries: a sanitizer's, where there is one. */
#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

void *malloc(size_t size)
{
        static __typeof__(malloc) *real;
        void *block;

        if (memory_fails())
                return NULL;
        if (!real)
                real = REAL(malloc);
        block = real(size);
        memory.blocks += block != NULL;
        return block;
}

void *calloc(size_t n, size_t size)
{
        static __typeof__(calloc) *real;
        void *block;

        if (memory_fails())
                return NULL;
        if (!real)
                real = REAL(calloc);
        block = real(n, size);
        memory.blocks += block != NULL;
        return block;
}

void *realloc(void *old, size_t size)
{
        static __typeof__(realloc) *real;
        void *block;

        if (size > 0 && memory_fails())
                return NULL;
        if (!real)
                real = REAL(realloc);
        block = real(old, size);
        memory.blocks += (block != NULL) - (old != NULL && (block || size == 0));
        return block;
}

void *reallocarray(void *old, size_t n, size_t size)
{
        size_t total;

        if (__builtin_mul_overflow(n, size, &total)) {
                errno = ENOMEM;
                return NULL;
        }
        return realloc(old, total);
}

void free(void *block)
{
        static __typeof__(free) *real;

        if (!block)
                return;
        if (!real)
                real = REAL(free);
        memory.blocks--;
        real(block);
}

void memory_arm(unsigned long number, bool is_lasting)
{
        memory.is_lasting = is_lasting;
        memory.left = number;
        memory.failures = 0;
        memory.is_armed = true;
}

void memory_disarm(void)
{
        memory.is_armed = false;
}

unsigned long memory_failures(void)
{
        return memory.failures;
}

long memory_blocks(void)
{
        return memory.blocks;
}
