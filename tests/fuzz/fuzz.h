/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What every fuzz target shares. A target is one function that takes any bytes, asks the code under test to make sense of
 * them, and requires what must hold whatever they are: what was read can be written and read again, what is refused changes
 * nothing. libFuzzer calls it with inputs of its own; replay-main.c with those of the corpus, as an ordinary test.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert(), but always there, and an abort() that libFuzzer and the replay both notice. */
#define REQUIRE(condition)                                                                         \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__,           \
                                #condition);                                                       \
                        abort();                                                                   \
                }                                                                                  \
        } while (0)
