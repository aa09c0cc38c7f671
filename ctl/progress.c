/* SPDX-License-Identifier: MIT */
#include "ctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/duration.h"

#define PATIENCE_MS 1000
#define EVERY_MS    200
#define AMOUNT_SIZE 40

static int64_t now_ms(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void format_amount(double amount, const char *unit, char ret[static AMOUNT_SIZE])
{
        if (unit)
                (void)snprintf(ret, AMOUNT_SIZE, "%.0f %s", amount, unit);
        else
                (void)snprintf(ret, AMOUNT_SIZE, "%.1f MB", amount / 1e6);
}

void progress_format(int64_t done, int64_t total, const char *unit, int64_t ms,
                     char ret[static PROGRESS_SIZE])
{
        double rate = ms > 0 ? (double)done * 1000 / (double)ms : 0;
        char amount[AMOUNT_SIZE], speed[AMOUNT_SIZE], left[DURATION_SIZE];

        format_amount((double)done, unit, amount);
        format_amount(rate, unit, speed);
        if (total <= 0 || done > total || rate <= 0) {
                (void)snprintf(ret, PROGRESS_SIZE, "%s, %s/s", amount, speed);
                return;
        }

        duration_format((int64_t)((double)(total - done) / rate), left);
        (void)snprintf(ret, PROGRESS_SIZE, "%" PRIi64 " %%, %s/s, %s left",
                       (int64_t)((double)done * 100 / (double)total), speed, left);
}

void progress_begin(Progress *progress, const char *name, const char *unit, int64_t total)
{
        *progress = (Progress){
                .name = name,
                .unit = unit,
                .total = total,
                .began = now_ms(),
                .is_terminal = isatty(STDERR_FILENO) == 1,
        };
}

void progress_tell(Progress *progress, int64_t done)
{
        char text[PROGRESS_SIZE];
        int64_t now;

        if (!progress->is_terminal)
                return;
        now = now_ms();
        if (now - progress->began < PATIENCE_MS || now - progress->told < EVERY_MS)
                return;

        progress->told = now;
        progress_format(done, progress->total, progress->unit, now - progress->began, text);
        (void)fprintf(stderr, "\r\033[K%s: %s", progress->name, text);
}

void progress_end(const Progress *progress)
{
        if (progress->told != 0)
                (void)fputs("\r\033[K", stderr);
}
