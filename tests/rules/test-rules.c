/* SPDX-License-Identifier: MIT */

/*
 * Runs the files that README.md describes through the library: one TAP point a record, and then one a rule, for having been
 * seen both ways and for saying all that people are told about it.
 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tests/rules/directory.h"

#define ANY (-1)

typedef enum ExpectationType {
        EXPECT_RULE,
        EXPECT_NOT,
        EXPECT_CLEAN,
        EXPECT_MORE,
} ExpectationType;

typedef struct Expectation {
        ExpectationType type;
        size_t record; /* the how manieth of the file */
        size_t line;
        const Rule *rule;
        int severity, certainty, class; /* or ANY */
} Expectation;

/* Something that happened to the object, a fact of a domain, or what a survey found. */
typedef int (*Tell)(Directory *directory, size_t entry, const char *words);

typedef struct Happening {
        size_t record;
        size_t line;
        Tell tell;
        char *words;
} Happening;

typedef struct Script {
        const char *path;
        const Config *config; /* which may have rules of its own */
        Happening *happenings;
        size_t n_happenings;
        Expectation *expectations;
        size_t n_expectations;
        size_t *lines; /* on which records begin */
        size_t n_records;
} Script;

static struct {
        unsigned n_points;
        unsigned n_failed;
        bool is_as_asked;
        bool *was_said; /* one a rule */
        bool *was_unsaid;
        bool *was_assumed; /* a finding has said what its rule assumes */
} test;

static void point(bool ok, const char *format, ...) _printf_(2, 3);
static void point(bool ok, const char *format, ...)
{
        va_list arguments;

        printf("%s %u - ", ok ? "ok" : "not ok", ++test.n_points);
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
        printf("\n");
        if (!ok)
                test.n_failed++;
}

/* ------------------------------------------------------------------ the comments */

static int parse_severity(const char *word)
{
        Severity severity;

        return severity_from_name(word, &severity) < 0 ? ANY : (int)severity;
}

static int parse_certainty(const char *word)
{
        Certainty certainty;

        return certainty_from_name(word, &certainty) < 0 ? ANY : (int)certainty;
}

static int parse_class(const char *word)
{
        RuleClass class;

        return rule_class_from_name(word, &class) < 0 ? ANY : (int)class;
}

/* A word that is neither a name nor "*" is a mistake in the file. */
static bool parse_word(const char *word, int (*parse)(const char *), int *ret)
{
        *ret = ANY;
        if (!word || strcmp(word, "*") == 0)
                return true;

        *ret = parse(word);
        return *ret != ANY;
}

static bool parse_expectation(const Config *config, char *words, Expectation *ret)
{
        char *state = NULL, *first = strtok_r(words, " \n", &state), *id = first;

        if (!first)
                return false;

        *ret = (Expectation){
                .type = EXPECT_RULE, .severity = ANY, .certainty = ANY, .class = ANY
        };
        if (strcmp(first, "clean") == 0)
                ret->type = EXPECT_CLEAN;
        else if (strcmp(first, "more") == 0)
                ret->type = EXPECT_MORE;
        else if (strcmp(first, "not") == 0) {
                ret->type = EXPECT_NOT;
                id = strtok_r(NULL, " \n", &state);
        }

        if (ret->type == EXPECT_RULE || ret->type == EXPECT_NOT) {
                ret->rule = id ? config_find_rule(config, id) : NULL;
                if (!ret->rule)
                        return false;
        }
        if (ret->type == EXPECT_RULE &&
            (!parse_word(strtok_r(NULL, " \n", &state), parse_severity, &ret->severity) ||
             !parse_word(strtok_r(NULL, " \n", &state), parse_certainty, &ret->certainty) ||
             !parse_word(strtok_r(NULL, " \n", &state), parse_class, &ret->class)))
                return false;

        return !strtok_r(NULL, " \n", &state);
}

static int script_add(Script *script, const Expectation *expectation)
{
        Expectation *grown =
                reallocarray(script->expectations, script->n_expectations + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;

        script->expectations = grown;
        grown[script->n_expectations++] = *expectation;
        return 0;
}

static int script_add_record(Script *script, size_t line)
{
        size_t *grown = reallocarray(script->lines, script->n_records + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;

        script->lines = grown;
        grown[script->n_records++] = line;
        return 0;
}

static int script_add_happening(Script *script, const char *words, size_t line, Tell tell)
{
        Happening *grown =
                reallocarray(script->happenings, script->n_happenings + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        script->happenings = grown;

        grown[script->n_happenings] = (Happening){ script->n_records, line, tell, strdup(words) };
        return grown[script->n_happenings++].words ? 0 : -ENOMEM;
}

static int script_tell(const Script *script, Directory *directory)
{
        for (size_t i = 0; i < script->n_happenings; i++) {
                const Happening *happening = &script->happenings[i];
                int r = -EBADMSG;

                if (happening->record < directory->n_entries)
                        r = happening->tell(directory, happening->record, happening->words);
                if (r < 0) {
                        printf("# %s:%zu: this comment is not understood\n", script->path,
                               happening->line);
                        return r;
                }
        }

        return 0;
}

static int script_take_line(Script *script, char *text, size_t line)
{
        static const struct {
                const char *mark;
                Tell tell;
        } rows[] = {
                { "# past:", directory_add_past },
                { "# fact:", directory_add_fact },
                { "# measure:", directory_add_measure },
        };
        static const char mark[] = "# expect:";
        Expectation expectation;

        if (strncmp(text, "dn:", strlen("dn:")) == 0)
                return script_add_record(script, line);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                size_t size = strlen(rows[i].mark);

                if (strncmp(text, rows[i].mark, size) == 0)
                        return script_add_happening(script, text + size, line, rows[i].tell);
        }
        if (strncmp(text, mark, strlen(mark)) != 0)
                return 0;

        if (!parse_expectation(script->config, text + strlen(mark), &expectation)) {
                printf("# %s:%zu: this comment is not understood\n", script->path, line);
                return -EBADMSG;
        }

        expectation.line = line;
        expectation.record = script->n_records;
        return script_add(script, &expectation);
}

static int script_read(Script *script)
{
        _cleanup_free_ char *text = NULL;
        size_t allocated = 0;
        FILE *file = fopen(script->path, "re");
        int r = 0;

        if (!file)
                return -errno;

        for (size_t line = 1; r >= 0 && getline(&text, &allocated, file) >= 0; line++)
                r = script_take_line(script, text, line);

        fclose(file);
        return r;
}

static void script_done(Script *script)
{
        for (size_t i = 0; i < script->n_happenings; i++)
                free(script->happenings[i].words);
        free(script->happenings);
        free(script->expectations);
        free(script->lines);
}

/* ------------------------------------------------------------------ comparing */

static bool expectation_fits(const Expectation *expectation, const Verdict *verdict)
{
        return expectation->rule == verdict->rule &&
               (expectation->severity == ANY || expectation->severity == (int)verdict->severity) &&
               (expectation->certainty == ANY ||
                expectation->certainty == (int)verdict->certainty) &&
               (expectation->class == ANY || expectation->class == (int)verdict->class);
}

static bool entry_says(const DirectoryEntry *entry, const Rule *rule)
{
        for (size_t i = 0; i < entry->n_verdicts; i++)
                if (entry->verdicts[i].rule == rule)
                        return true;
        return false;
}

static bool expectation_is_met(const Expectation *expectation, const DirectoryEntry *entry)
{
        switch (expectation->type) {
        case EXPECT_RULE:
                for (size_t i = 0; i < entry->n_verdicts; i++)
                        if (expectation_fits(expectation, &entry->verdicts[i]))
                                return true;
                return false;

        case EXPECT_NOT:
                return !entry_says(entry, expectation->rule);

        case EXPECT_CLEAN:
                for (size_t i = 0; i < entry->n_verdicts; i++)
                        if (entry->verdicts[i].severity != SEVERITY_NOTICE)
                                return false;
                return true;

        case EXPECT_MORE:
                return true;
        }

        return false;
}

static void remember(const Expectation *expectation)
{
        size_t index = expectation->rule ? rule_index(expectation->rule) : rule_count();

        if (index >= rule_count())
                return; /* one of a configuration's own */
        if (expectation->type == EXPECT_RULE)
                test.was_said[index] = true;
        if (expectation->type == EXPECT_NOT)
                test.was_unsaid[index] = true;
}

/* Is an error or a warning named by some line, whatever that line says of its severity? */
static bool verdict_is_expected(const Script *script, size_t record, const Verdict *verdict)
{
        if (verdict->severity == SEVERITY_NOTICE)
                return true;

        for (size_t i = 0; i < script->n_expectations; i++) {
                const Expectation *expectation = &script->expectations[i];

                if (expectation->record == record &&
                    (expectation->type == EXPECT_MORE ||
                     (expectation->type == EXPECT_RULE && expectation_fits(expectation, verdict))))
                        return true;
        }
        return false;
}

static void print_verdicts(const DirectoryEntry *entry)
{
        for (size_t i = 0; i < entry->n_verdicts; i++) {
                const Verdict *verdict = &entry->verdicts[i];

                printf("#   said: %s %s %s %s, %s=%.*s%s%s\n", rule_id(verdict->rule),
                       severity_name(verdict->severity), certainty_name(verdict->certainty),
                       rule_class_name(verdict->class), attribute_name(verdict->attribute) ?: "-",
                       (int)verdict->value.size, (const char *)verdict->value.data,
                       verdict->detail ? ": " : "", verdict->detail ?: "");
        }
}

/*
 * A finding that rests on an option that is not set says which, and is not sure of itself; and only a rule that says so itself may rest on
 * one.
 */
static bool assumption_is_honest(const Verdict *verdict)
{
        static const char mark[] = "= is not set";
        const char *said = verdict->detail ? strstr(verdict->detail, mark) : NULL;
        const char *assumes = rule_assumes(verdict->rule), *begin = said;
        size_t size;

        if (!said)
                return true;
        while (begin > verdict->detail && isalpha((unsigned char)begin[-1]))
                begin--;
        size = (size_t)(said - begin);
        if (!assumes || strncmp(assumes, begin, size + 1) != 0 ||
            (verdict->certainty != CERTAINTY_PROBABLE && verdict->severity != SEVERITY_NOTICE))
                return false;

        test.was_assumed[rule_index(verdict->rule)] = true;
        return true;
}

static void check_record(const Script *script, size_t record, const DirectoryEntry *entry)
{
        bool ok = true;

        for (size_t i = 0; i < script->n_expectations; i++) {
                const Expectation *expectation = &script->expectations[i];

                if (expectation->record != record)
                        continue;

                remember(expectation);
                if (!expectation_is_met(expectation, entry)) {
                        printf("# %s:%zu: not so\n", script->path, expectation->line);
                        ok = false;
                }
        }
        for (size_t i = 0; i < entry->n_verdicts; i++)
                if (!assumption_is_honest(&entry->verdicts[i])) {
                        printf("# %s:%zu: %s rests on what it does not say\n", script->path,
                               script->lines[record], rule_id(entry->verdicts[i].rule));
                        ok = false;
                }
        for (size_t i = 0; i < entry->n_verdicts; i++)
                if (!verdict_is_expected(script, record, &entry->verdicts[i])) {
                        printf("# %s:%zu: nobody expected %s\n", script->path,
                               script->lines[record], rule_id(entry->verdicts[i].rule));
                        ok = false;
                }

        if (!ok)
                print_verdicts(entry);
        point(ok, "%s:%zu %.*s", script->path, script->lines[record], (int)entry->object->dn.size,
              (const char *)entry->object->dn.data);
}

/* ------------------------------------------------------------------ files and rules */

/* The configuration beside the file, or none. */
static int load_config(const char *path, Config **ret)
{
        _cleanup_free_ char *name = NULL, *error = NULL;
        const char *end = strrchr(path, '.');
        int r;

        if (!end || asprintf(&name, "%.*s.conf", (int)(end - path), path) < 0)
                return -ENOMEM;

        r = config_load(name, NULL, ret, &error);
        if (r == -ENOENT)
                return config_new(ret);
        if (r < 0)
                printf("# %s\n", error ?: name);
        return r;
}

static int check_file(const char *path)
{
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(directory_done) Directory directory = {};
        _cleanup_(script_done) Script script = { .path = path };
        int r;

        r = load_config(path, &config);
        if (r < 0)
                return r;

        script.config = config;
        directory_init(&directory, config);
        directory.is_as_asked = test.is_as_asked;
        r = script_read(&script);
        if (r >= 0)
                r = directory_read(&directory, path);
        if (r >= 0)
                r = script_tell(&script, &directory);
        if (r >= 0)
                r = directory_judge(&directory);
        if (r < 0)
                return r;

        if (script.n_records != directory.n_entries) {
                printf("# %s: %zu records, %zu were read\n", path, script.n_records,
                       directory.n_entries);
                return -EBADMSG;
        }

        for (size_t i = 0; i < directory.n_entries; i++)
                check_record(&script, i, &directory.entries[i]);
        return 0;
}

static bool is_filled(const char *text)
{
        return text && text[0] != '\0';
}

static void check_rule(size_t index)
{
        const Rule *rule = rule_at(index);
        const char *id = rule_id(rule);

        /* What needs an inventory of the cloud has its cases in tests/inventory/match.py. */
        if (!rule_is_cloud(rule)) {
                point(test.was_said[index], "%s has an object that it is said of", id);
                point(test.was_unsaid[index], "%s has a near miss", id);
        }
        point(is_filled(rule_title(rule)) && is_filled(rule_condition(rule)) &&
                      is_filled(rule_source(rule)) && is_filled(rule_advice(rule)),
              "%s has title, condition, source and advice", id);
        if (rule_assumes(rule) && !rule_is_cloud(rule))
                point(test.was_assumed[index], "%s says where it assumes %s", id,
                      rule_assumes(rule));
}

int main(int argc, char **argv)
{
        test.was_said = calloc(rule_count(), sizeof(*test.was_said));
        test.was_unsaid = calloc(rule_count(), sizeof(*test.was_unsaid));
        test.was_assumed = calloc(rule_count(), sizeof(*test.was_assumed));
        if (!test.was_said || !test.was_unsaid || !test.was_assumed)
                return EXIT_FAILURE;

        test.is_as_asked = argc > 1 && strcmp(argv[1], "--as-asked") == 0;
        for (int i = 1 + test.is_as_asked; i < argc; i++)
                if (check_file(argv[i]) < 0)
                        point(false, "%s can be read and judged", argv[i]);
        for (size_t i = 0; i < rule_count(); i++)
                check_rule(i);

        printf("1..%u\n", test.n_points);
        free(test.was_said);
        free(test.was_unsaid);
        free(test.was_assumed);
        return test.n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
