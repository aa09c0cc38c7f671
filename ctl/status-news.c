/* SPDX-License-Identifier: MIT */
#include "ctl/status-news.h"

#include <inttypes.h>
#include <stdio.h>

/* "51,204": digits in threes, whatever the locale. */
#define NUMBER_SIZE 32

static const char *number(int64_t n, char buffer[static NUMBER_SIZE])
{
        char digits[NUMBER_SIZE];
        size_t size = (size_t)snprintf(digits, sizeof(digits), "%" PRIi64, n), at = 0;

        for (size_t i = 0; i < size; i++) {
                if (i > 0 && (size - i) % 3 == 0 && digits[i - 1] != '-')
                        buffer[at++] = ',';
                buffer[at++] = digits[i];
        }
        buffer[at] = '\0';
        return buffer;
}

/* What is left out because it is meant to be, such as krbtgt, is neither in the sum nor in its parts. */
void status_print_arrival(Output *output, const Status *status)
{
        const int64_t *n = status->fates;
        char text[5][NUMBER_SIZE];

        if (!status->has_news)
                return;

        output_prose(output, STYLE_PLAIN, 0,
                     "of %s in scope, %s arrive unchanged, %s altered, %s left out, %s fail",
                     number(n[FATE_IN_SCOPE] - n[FATE_EXPECTED], text[0]),
                     number(n[FATE_UNCHANGED], text[1]),
                     number(n[FATE_ALTERED] + n[FATE_NOTED], text[2]),
                     number(n[FATE_LEFT_OUT], text[3]), number(n[FATE_FAILS], text[4]));
}

static int add_news(Buffer *buffer, int64_t n, const char *one, const char *many)
{
        char text[NUMBER_SIZE];

        if (n == 0)
                return 0;
        return buffer_append_format(buffer, "%s%s %s", buffer->size > 0 ? ", " : "",
                                    number(n, text), n == 1 ? one : many);
}

int status_print_news(Output *output, const Status *status)
{
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        const News *news = &status->news;
        int r;

        if (!status->has_news)
                return 0;

        if ((r = add_news(&buffer, news->opened[SEVERITY_ERROR], "error", "errors")) < 0 ||
            (r = add_news(&buffer, news->opened[SEVERITY_WARNING], "warning", "warnings")) < 0 ||
            (r = add_news(&buffer, news->opened[SEVERITY_NOTICE], "notice", "notices")) < 0 ||
            (r = add_news(&buffer, news->closed, "finding closed", "findings closed")) < 0 ||
            (r = add_news(&buffer, news->deleted, "object deleted", "objects deleted")) < 0 ||
            (r = add_news(&buffer, news->left_scope, "object left out", "objects left out")) < 0)
                return r;

        if (buffer.size == 0)
                output_prose(output, STYLE_PLAIN, 0, "nothing new since yesterday");
        else
                output_prose(output, STYLE_PLAIN, 0, "new since yesterday: %s",
                             buffer_string(&buffer));
        return 0;
}
