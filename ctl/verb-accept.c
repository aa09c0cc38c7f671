/* SPDX-License-Identifier: MIT */

/* Which findings somebody lives with: chosen from the database here, written there by the daemon alone. */

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/control-client.h"
#include "ctl/listing.h"
#include "ctl/table.h"

#define NOBODY_LOGGED_IN UINT32_MAX

/* --- who --- */

/* Whoever logged in, also behind sudo and su: the kernel keeps it where the login was by PAM. */
static uid_t login_uid(void)
{
        _cleanup_free_ char *line = NULL;
        uint64_t uid = NOBODY_LOGGED_IN;
        size_t size = 0;
        FILE *stream = fopen("/proc/self/loginuid", "re");

        if (!stream)
                return getuid();
        if (getline(&line, &size, stream) > 0)
                uid = strtoull(line, NULL, 10);
        (void)fclose(stream);
        return uid < NOBODY_LOGGED_IN ? (uid_t)uid : getuid();
}

/* What they call themselves; the daemon asks the kernel too, and keeps both. */
static void caller_name(char ret[static CONTROL_WHO_MAX + 1])
{
        uid_t uid = login_uid();
        const struct passwd *entry = getpwuid(uid);
        const char *sudo = getenv("SUDO_USER"), *name = entry ? entry->pw_name : NULL;

        if (uid == 0 && sudo && control_text_is_fit(sudo, CONTROL_WHO_MAX))
                name = sudo;
        if (name && control_text_is_fit(name, CONTROL_WHO_MAX))
                strcpy(ret, name);
        else
                (void)snprintf(ret, CONTROL_WHO_MAX + 1, "uid %" PRIuMAX, (uintmax_t)uid);
}

/* --- which --- */

static bool parse_id(const char *text, uint64_t *ret)
{
        uint64_t id = 0;

        if (strlen(text) != RECORD_ID_SIZE - 1)
                return false;
        for (; *text; text++) {
                int digit = ascii_hex_value((uint8_t)*text);

                if (digit < 0)
                        return false;
                id = id << 4 | (uint64_t)digit;
        }

        *ret = id;
        return id != 0;
}

/* Nobody accepts everything by leaving something out. */
static bool is_chosen(const Arguments *arguments)
{
        return arguments->rule || arguments->has_class || arguments->has_severity ||
               arguments->domain || arguments->ou || arguments->text || arguments->since != 0;
}

static int check_usage(const Arguments *arguments, const char *finding)
{
        if (!finding && !is_chosen(arguments))
                return scanctl_error("accept which findings? Name one by its id, or say which with "
                                     "--rule, --ou, --text and others; --all is all of them.");
        if (finding && is_chosen(arguments))
                return scanctl_error("accept takes either a finding or options that choose some.");
        if (arguments->undo && (arguments->until || arguments->why))
                return scanctl_error("--undo goes without --until and --why.");
        if (!arguments->undo && !arguments->until)
                return scanctl_error("accept needs --until, such as --until=2027-03-31 or "
                                     "--until=90d: nothing is accepted for ever.");
        if (!arguments->undo && !arguments->why)
                return scanctl_error("accept needs --why: who sees it later wants to know.");
        if (arguments->why && !control_text_is_fit(arguments->why, CONTROL_WHY_MAX))
                return scanctl_error("--why must be a line of text, of at most %d bytes.",
                                     CONTROL_WHY_MAX);
        return 0;
}

/* The findings as the options say. 0, or EXIT_TROUBLE after a message. */
static int choose(Scanctl *scanctl, Store *store, const Config *config, uint64_t id,
                  ListingFilter *filter)
{
        const Arguments *arguments = &scanctl->arguments;
        int r;

        r = listing_filter(scanctl, config, filter);
        if (r != 0)
                return r;

        filter->filter.id = id;
        if (id) {
                filter->filter.shown = arguments->undo ? FINDING_SHOWN_ACCEPTED : FINDING_SHOWN_ALL;
                filter->filter.least = SEVERITY_NOTICE;
        } else if (arguments->undo) {
                filter->filter.shown = FINDING_SHOWN_ACCEPTED;
                if (!arguments->has_severity)
                        filter->filter.least = SEVERITY_NOTICE;
        }
        return 0;
}

/* --- telling --- */

/* How many, by rule: before anything is changed. */
static int print_choice(Scanctl *scanctl, Store *store, const ListingFilter *filter, size_t n)
{
        static const Column columns[] = { { .title = "N", .is_right = true }, { .title = "RULE" } };
        _cleanup_(fold_list_freep) FoldList *folds = NULL;
        _cleanup_(table_freep) Table *table = NULL;
        const Arguments *arguments = &scanctl->arguments;
        Output *output = &scanctl->output;
        int r;

        r = fold_list_new(store, &filter->filter, FOLD_BY_RULE, &folds);
        if (r >= 0)
                r = table_new(columns, ARRAY_SIZE(columns), &table);
        for (size_t i = 0; r == 0 && i < folds->n; i++) {
                r = table_add_format(table, STYLE_PLAIN, "%zu", folds->folds[i].n);
                if (r >= 0)
                        r = table_add(table, style_of_severity(folds->folds[i].severity),
                                      folds->folds[i].name);
        }
        if (r != 0)
                return r < 0 ? r : -ENOENT;

        output_prose(output, STYLE_PLAIN, 0,
                     "%s %zu finding%s%s:", arguments->dry_run ? "This would be" : "This is", n,
                     n == 1 ? "" : "s",
                     !arguments->undo ? ""
                     : n == 1         ? " that counts again"
                                      : " that count again");
        table_print(table, output);
        (void)fflush(output->stream);
        return 0;
}

/* --- asking --- */

/* As many at once as a request takes; each is written whole or not at all, and asking again changes nothing. */
static int ask_for(Scanctl *scanctl, ControlRequest *request, size_t *n_done)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = control_ask(scanctl, request, &text);
        if (r != 0)
                return r;

        *n_done += strtoull(text, NULL, 10);
        request->n_findings = 0;
        return 0;
}

static int ask_for_all(Scanctl *scanctl, const FindingList *list, ControlRequest *request,
                       size_t *n_done)
{
        size_t n = finding_list_size(list);
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                request->findings[request->n_findings++] =
                        (ControlFinding){ .id = finding_list_id(list, i),
                                          .object = finding_list_object(list, i) };
                if (request->n_findings == CONTROL_FINDINGS_MAX || i + 1 == n)
                        r = ask_for(scanctl, request, n_done);
        }

        return r;
}

static int print_done(Scanctl *scanctl, size_t n)
{
        char until[RECORD_TIME_SIZE];

        if (scanctl->arguments.undo)
                (void)fprintf(scanctl->output.stream, "%zu finding%s no longer accepted.\n", n,
                              n == 1 ? " is" : "s are");
        else {
                record_format_time(scanctl->arguments.until, until);
                (void)fprintf(scanctl->output.stream, "%zu finding%s accepted until %s.\n", n,
                              n == 1 ? " is" : "s are", until);
        }
        return EXIT_FINE;
}

/* What was accepted may have closed meanwhile: it can be taken back all the same. */
static int undo_closed(Scanctl *scanctl, uint64_t id, ControlRequest *request)
{
        size_t n = 0;
        int r;

        if (scanctl->arguments.dry_run)
                return scanctl_error("no open finding with this id is accepted.");

        request->findings[request->n_findings++] = (ControlFinding){ .id = id, .object = 1 };
        r = ask_for(scanctl, request, &n);
        if (r != 0)
                return r;
        return n > 0 ? print_done(scanctl, n)
                     : scanctl_error("no finding with this id is accepted. scanctl findings "
                                     "--accepted lists them.");
}

static int nothing_chosen(const Scanctl *scanctl, uint64_t id)
{
        if (id)
                return scanctl_error(
                        "no finding with this id is open. scanctl show tells those of an "
                        "object.");
        (void)scanctl_error(scanctl->arguments.undo
                                    ? "none of these is accepted."
                                    : "no findings are chosen. scanctl findings with the "
                                      "same options lists them.");
        return EXIT_FOUND;
}

static int accept_chosen(Scanctl *scanctl, Store *store, const Config *config, uint64_t id,
                         ControlRequest *request)
{
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        _cleanup_(listing_filter_done) ListingFilter filter = {};
        size_t n = 0;
        int r;

        r = choose(scanctl, store, config, id, &filter);
        if (r != 0)
                return r;
        r = finding_list_new(store, config, &filter.filter, &list);
        if (r > 0)
                return listing_no_place(scanctl, r);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot list findings", r);
        if (finding_list_size(list) == 0)
                return id && scanctl->arguments.undo ? undo_closed(scanctl, id, request)
                                                     : nothing_chosen(scanctl, id);

        r = print_choice(scanctl, store, &filter, finding_list_size(list));
        if (r < 0)
                return scanctl_failed(scanctl, "cannot count findings", r);
        if (scanctl->arguments.dry_run)
                return EXIT_FINE;

        r = ask_for_all(scanctl, list, request, &n);
        return r != 0 ? r : print_done(scanctl, n);
}

int verb_accept(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const Arguments *arguments = &scanctl->arguments;
        const char *finding = n_operands > 0 ? operands[0] : NULL;
        _cleanup_free_ ControlRequest *request = calloc(1, sizeof(*request));
        const Config *config;
        uint64_t id = 0;
        Store *store;

        if (!request)
                return scanctl_error("out of memory.");
        if (check_usage(arguments, finding) != 0)
                return EXIT_TROUBLE;
        if (finding && !parse_id(finding, &id))
                return scanctl_error(
                        "\"%s\" is no finding: an id has 16 hex digits. scanctl show and "
                        "findings --json tell it.",
                        finding);
        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &config) < 0 ||
            scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;

        request->verb = arguments->undo ? CONTROL_UNACCEPT : CONTROL_ACCEPT;
        request->until = arguments->until;
        caller_name(request->who);
        if (arguments->why)
                strcpy(request->why, arguments->why);
        return accept_chosen(scanctl, store, config, id, request);
}
