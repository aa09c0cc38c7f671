/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The few macros every file uses: cleanup attributes, hand-over of pointers, array sizes.
 * Nothing here allocates, logs or fails.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _pure_ __attribute__((pure))

/* Gives the pointer away: reads it and leaves NULL behind, so that a cleanup attribute does nothing. */
#define TAKE_PTR(p)                                                                                \
        ({                                                                                         \
                __auto_type _taken = (p);                                                          \
                (p) = NULL;                                                                        \
                _taken;                                                                            \
        })

/* The same for a descriptor: leaves -1 behind. */
#define TAKE_FD(fd)                                                                                \
        ({                                                                                         \
                int _taken = (fd);                                                                 \
                (fd) = -1;                                                                         \
                _taken;                                                                            \
        })

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Makes object_freep() of object_free(): the shape that the cleanup attribute wants. */
#define DEFINE_CLEANUP(type, function)                                                             \
        static inline void function##p(type **pointer)                                             \
        {                                                                                          \
                if (*pointer)                                                                      \
                        (void)function(*pointer);                                                  \
        }

static inline void freep(void *pointer)
{
        free(*(void **)pointer);
}

#define _cleanup_free_ _cleanup_(freep)
