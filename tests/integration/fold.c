/* SPDX-License-Identifier: MIT */

/* Reads lines of two values in hexadecimal and says of each whether they are equal as scand takes AD to compare: 1 or 0. */

#include <stdio.h>
#include <string.h>

#include "lib/core/text.h"

static size_t from_hex(const char *text, uint8_t *bytes)
{
        size_t n = strspn(text, "0123456789abcdef") / 2;

        for (size_t i = 0; i < n; i++)
                bytes[i] = (uint8_t)(ascii_hex_value((uint8_t)text[2 * i]) << 4 |
                                     ascii_hex_value((uint8_t)text[2 * i + 1]));
        return n;
}

int main(void)
{
        static char line[65536];
        static uint8_t a[sizeof(line)], b[sizeof(line)];

        while (fgets(line, sizeof(line), stdin)) {
                const char *second = strchr(line, ' ');
                int r;

                if (!second)
                        return EXIT_FAILURE;
                r = text_equal_ad(a, from_hex(line, a), b, from_hex(second + 1, b));
                if (r < 0)
                        return EXIT_FAILURE;
                printf("%d\n", r);
        }

        return ferror(stdin) ? EXIT_FAILURE : EXIT_SUCCESS;
}
