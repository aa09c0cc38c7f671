/* SPDX-License-Identifier: MIT */

/* print-metrics: reads a health.json on standard input, prints the metrics that go with it. */

#include <stdio.h>
#include <string.h>

#include "lib/core/buffer.h"
#include "lib/core/metrics.h"

int main(void)
{
        _cleanup_free_ char *error = NULL, *text = NULL;
        _cleanup_(health_done) Health health = { 0 };
        _cleanup_buffer_ Buffer input = BUFFER_INIT;
        char piece[4096];
        size_t n;
        int r = 0;

        while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0 && r >= 0)
                r = buffer_append(&input, piece, n);
        if (r >= 0)
                r = health_parse((const char *)input.data, input.size, &health, &error);
        if (r >= 0)
                r = metrics_format(&health, &text);
        if (r < 0) {
                (void)fprintf(stderr, "print-metrics: %s\n", error ? error : strerror(-r));
                return 1;
        }

        return fputs(text, stdout) < 0 || fflush(stdout) != 0;
}
