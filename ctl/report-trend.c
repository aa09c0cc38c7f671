/* SPDX-License-Identifier: MIT */

/* How many findings were open, day by day, as a plot that is drawn into the page. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/report.h"
#include "lib/state/query.h"

#define MAX_DAYS 90

/* The drawing's units; a browser makes them as wide as the page. */
enum {
        WIDTH = 960,
        HEIGHT = 240,
        LEFT = 56,
        RIGHT = 12,
        TOP = 12,
        BOTTOM = 28,
};

typedef struct Plot {
        FILE *stream;
        const TrendDay *days;
        size_t n;
        int64_t top; /* of the scale: a round number */
} Plot;

static double x_of(const Plot *plot, size_t day)
{
        double span = plot->n > 1 ? (double)(plot->n - 1) : 1;

        return LEFT + (WIDTH - LEFT - RIGHT) * (double)day / span;
}

static double y_of(const Plot *plot, int64_t n)
{
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (double)n / (double)plot->top;
}

/* 1, 2, 5, 10, 20, 50, …: the next that is at least so much, in four steps. */
static int64_t round_top(int64_t most)
{
        static const int64_t steps[] = { 1, 2, 5 };

        for (int64_t scale = 1; scale < INT64_MAX / 100; scale *= 10)
                for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
                        if (4 * steps[i] * scale >= most)
                                return 4 * steps[i] * scale;
        return most;
}

static void draw_grid(const Plot *plot)
{
        size_t step = plot->n > 45 ? 14 : plot->n > 14 ? 7 : plot->n > 7 ? 2 : 1;
        char date[RECORD_TIME_SIZE];

        for (int64_t i = 0; i <= 4; i++) {
                double y = y_of(plot, plot->top / 4 * i);

                (void)fprintf(plot->stream,
                              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                              "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%" PRIi64 "</text>\n",
                              LEFT, WIDTH - RIGHT, y, y, LEFT - 8, y + 4, plot->top / 4 * i);
        }

        /* Counted from today, so that today has a date. */
        for (size_t back = 0; back < plot->n; back += step) {
                size_t day = plot->n - 1 - back;

                record_format_time(plot->days[day].day, date);
                (void)fprintf(plot->stream,
                              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.5s</text>\n",
                              x_of(plot, day), HEIGHT - 8,
                              back == 0 && plot->n > 1 ? "end"
                              : day == 0               ? "start"
                                                       : "middle",
                              date + 5);
        }
}

static void draw_points(const Plot *plot, Severity severity)
{
        for (size_t i = 0; i < plot->n; i++)
                (void)fprintf(plot->stream, "%s%.1f,%.1f", i > 0 ? " " : "", x_of(plot, i),
                              y_of(plot, plot->days[i].open[severity]));
        if (plot->n == 1)
                (void)fprintf(plot->stream, " %d,%.1f", WIDTH - RIGHT,
                              y_of(plot, plot->days[0].open[severity]));
}

static void draw_line(const Plot *plot, Severity severity, const char *class)
{
        (void)fprintf(plot->stream, "<polygon class=\"%s\" points=\"%d,%d ", class, LEFT,
                      HEIGHT - BOTTOM);
        draw_points(plot, severity);
        (void)fprintf(plot->stream, " %d,%d\"/>\n<polyline class=\"%s-line\" points=\"",
                      WIDTH - RIGHT, HEIGHT - BOTTOM, class);
        draw_points(plot, severity);
        (void)fputs("\"/>\n", plot->stream);
}

/* The same in numbers: for whoever does not see the drawing, and for whoever wants to know. */
static void print_numbers(const Plot *plot)
{
        char date[RECORD_TIME_SIZE];

        (void)fputs(
                "<details><summary>The same in numbers</summary>\n<table><thead><tr><th "
                "scope=\"col\">Day</th><th scope=\"col\" class=\"n\">Errors</th><th scope=\"col\" "
                "class=\"n\">Warnings</th></tr></thead>\n<tbody>\n",
                plot->stream);
        for (size_t i = plot->n; i-- > 0;) {
                record_format_time(plot->days[i].day, date);
                (void)fprintf(plot->stream,
                              "<tr><th scope=\"row\">%.10s</th><td class=\"n\">%" PRIi64
                              "</td><td class=\"n\">%" PRIi64 "</td></tr>\n",
                              date, plot->days[i].open[SEVERITY_ERROR],
                              plot->days[i].open[SEVERITY_WARNING]);
        }
        (void)fputs("</tbody></table></details>\n", plot->stream);
}

static void draw(Plot *plot)
{
        const TrendDay *first = &plot->days[0], *last = &plot->days[plot->n - 1];
        int64_t most = 0;

        for (size_t i = 0; i < plot->n; i++)
                for (int severity = SEVERITY_WARNING; severity <= SEVERITY_ERROR; severity++)
                        if (plot->days[i].open[severity] > most)
                                most = plot->days[i].open[severity];
        plot->top = round_top(most > 0 ? most : 1);

        (void)fprintf(plot->stream,
                      "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"trend-title "
                      "trend-text\">"
                      "<title id=\"trend-title\">Open findings, day by day</title>"
                      "<desc id=\"trend-text\">Over %zu days errors went from %" PRIi64
                      " to %" PRIi64 " and warnings from %" PRIi64 " to %" PRIi64 ".</desc>\n",
                      WIDTH, HEIGHT, plot->n, first->open[SEVERITY_ERROR],
                      last->open[SEVERITY_ERROR], first->open[SEVERITY_WARNING],
                      last->open[SEVERITY_WARNING]);
        draw_grid(plot);
        draw_line(plot, SEVERITY_WARNING, "warnings");
        draw_line(plot, SEVERITY_ERROR, "errors");
        (void)fputs("</svg>\n", plot->stream);
}

int report_trend(Report *report)
{
        _cleanup_free_ TrendDay *days = NULL;
        Plot plot = { .stream = report->stream };
        int r;

        r = query_trend(report->store, report->now, MAX_DAYS, &days, &plot.n);
        if (r < 0)
                return r;

        plot.days = days;
        (void)fputs("<h2 id=\"trend\">Open findings over time</h2>\n<div class=\"card\">\n",
                    plot.stream);
        draw(&plot);
        (void)fputs(
                "<p class=\"legend soft\"><span><b class=\"errors\">—</b> errors</span><span><b "
                "class=\"warnings\">- -</b> warnings</span>What was accepted is among them.</p>\n",
                plot.stream);
        print_numbers(&plot);
        (void)fputs("</div>\n", plot.stream);
        return 0;
}
