/* SPDX-License-Identifier: MIT */
#include "ctl/output.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl/pager.h"
#include "lib/core/text-cut.h"
#include "lib/core/text.h"

/* Narrower than that nothing can be laid out, and a terminal that says so is not believed. */
#define WIDTH_MIN 20

static const char *const style_codes[] = {
        [STYLE_PLAIN] = "",           [STYLE_STRONG] = "\033[1m",  [STYLE_FAINT] = "\033[2m",
        [STYLE_GOOD] = "\033[32m",    [STYLE_NOTICE] = "\033[36m", [STYLE_WARNING] = "\033[33m",
        [STYLE_ERROR] = "\033[1;31m",
};

Style style_of_severity(Severity severity)
{
        switch (severity) {
        case SEVERITY_NOTICE:
                return STYLE_NOTICE;
        case SEVERITY_WARNING:
                return STYLE_WARNING;
        case SEVERITY_ERROR:
                return STYLE_ERROR;
        }

        return STYLE_PLAIN;
}

static size_t terminal_width(void)
{
        const char *columns = getenv("COLUMNS");
        struct winsize size;

        if (columns) {
                unsigned long n = strtoul(columns, NULL, 10);

                if (n >= WIDTH_MIN && n <= 10000)
                        return n;
        }
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_MIN)
                return size.ws_col;
        return isatty(STDOUT_FILENO) ? 80 : 0;
}

/*
 * The locale is looked at and never set: under tr_TR the C library would no longer find "TITLE" equal to "title", and
 * everything here that compares names counts on ASCII.
 */
static bool locale_is_utf8(void)
{
        locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
        bool is_utf8;

        if (!locale)
                return false;
        is_utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
        freelocale(locale);
        return is_utf8;
}

static bool wants_colour(ColourMode mode)
{
        const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

        switch (mode) {
        case COLOUR_ALWAYS:
                return true;
        case COLOUR_NEVER:
                return false;
        case COLOUR_AUTO:
                break;
        }

        return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && terminal &&
               strcmp(terminal, "dumb") != 0;
}

void output_init(Output *output, FILE *stream, size_t width)
{
        *output = (Output){
                .stream = stream, .width = width, .has_unicode = true, .has_legend = true
        };
}

int output_open(const Arguments *arguments, bool is_paged, Output *ret)
{
        Output output = {
                .stream = stdout,
                .width = terminal_width(),
                .has_colour = wants_colour(arguments->colour),
                .has_unicode = locale_is_utf8(),
                .has_legend = !arguments->no_legend,
        };
        int r;

        if (is_paged && !arguments->no_pager && isatty(STDOUT_FILENO)) {
                r = pager_start(&output.stream, &output.pager);
                if (r < 0)
                        return r;
        }

        *ret = output;
        return 0;
}

int output_close(Output *output)
{
        bool failed = fflush(output->stream) != 0 || ferror(output->stream);
        int error = errno;

        if (output->pager > 0) {
                pager_wait(output->stream, output->pager);
                return 0;
        }

        if (!failed)
                return 0;
        return error ? -error : -EIO;
}

bool output_is_open(const Output *output)
{
        return !ferror(output->stream);
}

void output_text(Output *output, Style style, const char *text)
{
        bool is_plain = !output->has_colour || style == STYLE_PLAIN;

        (void)fprintf(output->stream, "%s%s%s", is_plain ? "" : style_codes[style], text,
                      is_plain ? "" : "\033[0m");
}

void output_format(Output *output, Style style, const char *format, ...)
{
        bool is_plain = !output->has_colour || style == STYLE_PLAIN;
        va_list list;

        if (!is_plain)
                (void)fputs(style_codes[style], output->stream);
        va_start(list, format);
        (void)vfprintf(output->stream, format, list);
        va_end(list);
        if (!is_plain)
                (void)fputs("\033[0m", output->stream);
}

void output_fill(Output *output, char c, size_t n)
{
        while (n-- > 0)
                (void)putc(c, output->stream);
}

/*
 * Where to break a line of `columns`: at the last space, or behind the last comma of a name; where there is neither, right at its
 * end. Returns how much is printed; *ret_skip are the spaces behind it that are not.
 */
static size_t wrap_point(const char *text, size_t columns, size_t *ret_skip)
{
        size_t end = text_cut(text, columns), size = end;

        *ret_skip = 0;
        if (text[end] == '\0')
                return end;

        if (text[end] != ' ')
                while (size > 0 && text[size - 1] != ' ' && text[size - 1] != ',')
                        size--;
        while (size > 0 && text[size - 1] == ' ')
                size--;
        if (size == 0) /* no room for one wide character: better too wide than never */
                return end > 0 ? end : strlen(text);

        *ret_skip = strspn(text + size, " ");
        return size;
}

void output_wrapped(Output *output, Style style, const char *text, size_t indent, size_t width)
{
        size_t columns = output->width > 0 ? output->width : width;

        /* A label so long that hardly anything fits beside it: let the terminal wrap. */
        columns = columns > indent + 8 ? columns - indent : SIZE_MAX;

        for (;;) {
                size_t skip, size = wrap_point(text, columns, &skip);

                output_format(output, style, "%.*s", (int)size, text);
                (void)putc('\n', output->stream);
                text += size + skip;
                if (*text == '\0')
                        return;
                output_fill(output, ' ', indent);
        }
}

void output_prose(Output *output, Style style, size_t indent, const char *format, ...)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        va_list list;
        int r;

        va_start(list, format);
        r = buffer_append_vformat(&text, format, list);
        va_end(list);
        if (r < 0 || !buffer_string(&text))
                return;

        output_wrapped(output, style, buffer_string(&text), indent, 0);
}

int output_safe(const char *text, Buffer *buffer)
{
        int r;

        for (;;) {
                size_t size = strcspn(text, "\\");

                r = text_escape(text, size, 0, buffer);
                if (r < 0)
                        return r;

                text += size;
                if (*text == '\0')
                        return 0;

                r = buffer_append_byte(buffer, '\\');
                if (r < 0)
                        return r;
                text++;
        }
}
