/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <ini_configobj.h>
#include <ini_valueobj.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/core/config-internal.h"

/*
 * libini_config, as it was measured (0.6): it joins sections and options whatever their case, which suits us, and it
 *
 *   - takes a line that begins with a blank as more of the value above, even where that line is a comment: refused by flags,
 *     lists have their options repeated instead;
 *   - cuts values at a NUL, refuses other encodings without naming a line, and answers EINVAL and nothing else to
 *     an option name that is not ASCII: looked for before it sees the file;
 *   - shows options before the first section as a section "default" whose options cannot be listed: refused likewise;
 *   - keeps nothing at all of a file with one syntax error: those are reported first, the rest once they are mended.
 */
enum {
        FILE_SIZE_MAX = 1024 * 1024,
        PARSE_FLAGS =
                INI_PARSE_NO_C_COMMENTS | INI_PARSE_NOWRAP | INI_PARSE_NOSPACE | INI_PARSE_NOTAB,
        JOIN_FLAGS = INI_MS_MERGE | INI_MV1S_ALLOW | INI_MV2S_ALLOW,
};

static void ini_file_destroyp(struct ini_cfgfile **file)
{
        if (*file)
                ini_config_file_destroy(*file);
}

static void ini_object_destroyp(struct ini_cfgobj **object)
{
        if (*object)
                ini_config_destroy(*object);
}

/* libini_config answers with positive errno, and ENOENT and EPERM mean something of its own there. */
static int ini_error(int r)
{
        return r == ENOMEM ? -ENOMEM : -EINVAL;
}

static int complain(Buffer *problems, const char *file, unsigned line, const char *complaint)
{
        int r;

        r = config_problem_begin(problems, file, line, NULL, NULL);
        if (r < 0)
                return r;

        return buffer_append_format(problems, "%s\n", complaint);
}

static void fclosep(FILE **stream)
{
        if (*stream)
                (void)fclose(*stream);
}

static int read_text(const char *path, Buffer *ret)
{
        _cleanup_(fclosep) FILE *stream = NULL;
        struct stat status;
        size_t n;
        int r;

        stream = fopen(path, "re");
        if (!stream)
                return -errno;
        if (fstat(fileno(stream), &status) < 0)
                return -errno;
        if (S_ISDIR(status.st_mode))
                return -EISDIR;

        do {
                r = buffer_reserve(ret, BUFSIZ);
                if (r < 0)
                        return r;

                errno = 0;
                n = fread(ret->data + ret->size, 1, BUFSIZ, stream);
                ret->size += n;
                if (ret->size > FILE_SIZE_MAX)
                        return -EFBIG;
        } while (n > 0);

        return ferror(stream) ? -(errno ?: EIO) : 0;
}

/* --- what libini_config does not tell --- */

/* Cuts the next line off. */
static Slice next_line(const uint8_t **position, const uint8_t *end)
{
        const uint8_t *feed = memchr(*position, '\n', (size_t)(end - *position)) ?: end;
        Slice line = { *position, (size_t)(feed - *position) };

        *position = feed + 1;
        return line;
}

static const char *line_complaint(Slice line, bool *in_section)
{
        Slice trimmed = text_trim(line.data, line.size);

        if (!text_is_utf8(line.data, line.size))
                return "this line is not UTF-8";
        if (trimmed.size == 0 || trimmed.data[0] == '#' || trimmed.data[0] == ';')
                return NULL;
        if (trimmed.data[0] == '[') {
                *in_section = true;
                return NULL;
        }
        if (!*in_section)
                return "this stands before the first section; put a [section] above it";

        for (size_t i = 0; i < trimmed.size && trimmed.data[i] != '='; i++)
                if (trimmed.data[i] & 0x80)
                        return "there is no such option; options' names are plain ASCII";
        return NULL;
}

static int check_lines(const char *file, const Buffer *text, Buffer *problems)
{
        const uint8_t *position = text->data, *end = text->data + text->size;
        bool in_section = false;
        int r;

        /* The mark with which Windows editors begin a file. */
        if (text->size >= 3 && memcmp(position, "\xef\xbb\xbf", 3) == 0)
                position += 3;

        for (unsigned n = 1; position < end; n++) {
                const char *complaint = line_complaint(next_line(&position, end), &in_section);

                if (!complaint)
                        continue;
                r = complain(problems, file, n, complaint);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* The line of "[title]"; 0: not found. libini_config keeps the lines of options only. */
static unsigned section_line(const Buffer *text, const char *title)
{
        const uint8_t *position = text->data, *end = text->data + text->size;

        for (unsigned n = 1; position < end; n++) {
                Slice next = next_line(&position, end), line = text_trim(next.data, next.size);

                if (line.size > 2 && line.data[0] == '[' && line.data[line.size - 1] == ']' &&
                    text_equals_nocase(text_trim(line.data + 1, line.size - 2), title))
                        return n;
        }

        return 0;
}

static const char *syntax_complaint(unsigned code)
{
        switch (code) {
        case ERR_NOCLOSESEC:
                return "a section's title must end with ] and nothing behind it";
        case ERR_NOSECTION:
                return "a section needs a title, as in [scand]";
        case ERR_NOEQUAL:
                return "this is neither a [section] nor Option=value nor a # comment";
        case ERR_NOKEY:
                return "there is no option's name before the equal sign";
        case ERR_SPACE:
        case ERR_TAB:
                return "a line must not begin with a blank; for a list, give its option again";
        case ERR_SECTIONLONG:
                return "the section's title is too long";
        case ERR_LONGKEY:
                return "the option's name is too long";
        default:
                return "this line cannot be understood";
        }
}

/* The errors are sentences, "Error (5) on line 20: Equal sign is missing.": the number is what can be relied upon. */
static int report_syntax(const char *file, struct ini_cfgobj *object, Buffer *problems)
{
        char **errors = NULL;
        int r = 0;

        if (ini_config_get_errors(object, &errors) != 0 || !errors)
                return complain(problems, file, 0, "this file cannot be understood");

        for (size_t i = 0; errors[i] && r >= 0; i++) {
                unsigned code = 0, line = 0;

                if (sscanf(errors[i], "Error (%u) on line %u", &code, &line) != 2)
                        code = line = 0;
                r = complain(problems, file, line, syntax_complaint(code));
        }

        ini_config_free_errors(errors);
        return r;
}

/* --- sections and values --- */

static int walk_option(struct ini_cfgobj *object, ConfigLine *line, ConfigFileFunction function,
                       void *userdata)
{
        struct value_obj *value = NULL;
        int r;

        r = ini_get_config_valueobj(line->section, line->option, object, INI_GET_FIRST_VALUE,
                                    &value);
        while (r == 0 && value) {
                uint32_t number = 0;

                r = value_get_concatenated(value, &line->value);
                if (r == 0)
                        r = value_get_line(value, &number);
                if (r != 0)
                        break;

                line->line = number;
                r = function(line, userdata);
                if (r < 0)
                        return r;

                value = NULL;
                r = ini_get_config_valueobj(line->section, line->option, object, INI_GET_NEXT_VALUE,
                                            &value);
        }

        return r == 0 ? 0 : ini_error(r);
}

/* The list names an option as often as it stands there, and a walk over one gives all its values. */
static bool seen_before(char *const *options, size_t i)
{
        for (size_t j = 0; j < i; j++)
                if (strcasecmp(options[j], options[i]) == 0)
                        return true;
        return false;
}

static int walk_section(struct ini_cfgobj *object, ConfigLine *line, ConfigFileFunction function,
                        void *userdata)
{
        int n, error = 0, r = 0;
        char **options;

        options = ini_get_attribute_list(object, line->section, &n, &error);
        if (!options)
                return ini_error(error);

        for (size_t i = 0; options[i] && r >= 0; i++) {
                if (seen_before(options, i))
                        continue;
                line->option = options[i];
                r = walk_option(object, line, function, userdata);
        }

        ini_free_attribute_list(options);
        return r;
}

static int walk_object(struct ini_cfgobj *object, const char *file, const Buffer *text,
                       ConfigFileFunction function, void *userdata)
{
        int n, error = 0, r = 0;
        char **sections;

        sections = ini_get_section_list(object, &n, &error);
        if (!sections)
                return ini_error(error);

        for (size_t i = 0; sections[i] && r >= 0; i++) {
                ConfigLine line = {
                        .file = file,
                        .section = sections[i],
                        .line = section_line(text, sections[i]),
                };

                r = function(&line, userdata);
                if (r == 0)
                        r = walk_section(object, &line, function, userdata);
        }

        ini_free_section_list(sections);
        return r < 0 ? r : 0;
}

int config_file_read(const char *path, Buffer *problems, ConfigFileFunction function,
                     void *userdata)
{
        _cleanup_(ini_file_destroyp) struct ini_cfgfile *file = NULL;
        _cleanup_(ini_object_destroyp) struct ini_cfgobj *object = NULL;
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        size_t n_before = problems->size;
        int r;

        r = read_text(path, &text);
        if (r < 0)
                return r;
        if (text.size == 0)
                return 0;

        r = check_lines(path, &text, problems);
        if (r < 0 || problems->size > n_before)
                return r;

        r = ini_config_create(&object);
        if (r != 0)
                return ini_error(r);
        r = ini_config_file_from_mem(text.data, (uint32_t)text.size, &file);
        if (r == 0)
                r = ini_config_parse(file, INI_STOP_ON_NONE, JOIN_FLAGS, PARSE_FLAGS, object);
        if (r == ENOMEM)
                return -ENOMEM;
        if (r != 0)
                return report_syntax(path, object, problems);

        return walk_object(object, path, &text, function, userdata);
}
