/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A made-up company of any size, the same every time: 85 % users, 10 % groups, 5 % contacts in 48 OUs, each with the attributes that scand
 * asks for (21 values, 850 bytes of BER), and some per mille of them flawed. An object is a function of its number: nothing is kept.
 */

#include <stddef.h>
#include <stdint.h>

#define COMPANY_DOMAIN "bench.example"
#define COMPANY_BASE   "DC=bench,DC=example"
#define COMPANY_MAIL   "contoso.com"
#define COMPANY_FIRST_USN                                                                          \
        INT64_C(1000000000)   /* all USNs have ten digits, so that they can be replaced in place */
#define COMPANY_FLAWED     44 /* per mille, unless somebody wants others */
#define COMPANY_CONTAINERS 65 /* the company's OU, 16 below it, 3 below each of those */

#define MADE_VALUES_MOST 48

/* What one object is sent as. All pointers lead into it. */
typedef struct MadeObject {
        char dn[256];
        const char *class; /* the most derived */
        uint8_t guid[16];
        size_t n_values;
        struct MadeValue {
                const char *attribute; /* those of one attribute adjoin */
                const char *data;
                size_t size;
        } values[MADE_VALUES_MOST];
        char text[4096];
        size_t used;
} MadeObject;

/* Container i, from 0: parents come first. The one of i = 0 stands below COMPANY_BASE and names no parent. */
void company_container(unsigned i, MadeObject *ret);

/*
 * Object i, from 0, in that version: other versions have another display name and, of one in two, another finding. `flawed` is per
 * mille of all objects.
 */
void company_object(uint64_t i, unsigned version, unsigned flawed, int64_t usn, MadeObject *ret);
