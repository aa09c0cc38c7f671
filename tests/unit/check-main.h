/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What every unit test program shares: it defines test_suite(), and check-main.c runs it with TAP output. The seed of random
 * tests is printed, and comes from SCAND_TEST_SEED where that is set.
 */

#include <check.h>
#include <stdint.h>

Suite *test_suite(void);

/* The seed of this run, printed once as a TAP comment when first asked for. */
uint64_t test_seed(void);

/* A small generator (SplitMix64) so that a seed gives the same numbers everywhere. */
uint64_t test_random(uint64_t *state);
