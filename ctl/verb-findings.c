/* SPDX-License-Identifier: MIT */
#include "ctl/fold-writer.h"
#include "ctl/listing.h"

/*
 * People who ask what is wrong are told by rule: fifty thousand rows tell nobody anything. Who asks for a rule or a text asks for
 * the rows behind one, and programs get the same rows whatever people are shown.
 */
static ListShape shape_of(const Arguments *arguments)
{
        if (arguments->shape != SHAPE_UNASKED)
                return arguments->shape;
        if (arguments->is_all || arguments->accepted || arguments->rule || arguments->text ||
            arguments->format != OUTPUT_TEXT)
                return SHAPE_ROWS;
        return SHAPE_BY_RULE;
}

static int print_folds(Scanctl *scanctl, Store *store, const Config *config, FoldBy by,
                       size_t *ret_n)
{
        _cleanup_(listing_filter_done) ListingFilter filter = {};
        _cleanup_(fold_list_freep) FoldList *list = NULL;
        Output *output = &scanctl->output;
        int r;

        r = listing_filter(scanctl, config, &filter);
        if (r != 0)
                return r;
        r = fold_list_new(store, &filter.filter, by, &list);
        if (r > 0)
                return listing_no_place(scanctl, r);
        if (r >= 0 && list->n == 0 && scanctl->arguments.format == OUTPUT_TEXT)
                listing_nothing(scanctl);
        else if (r >= 0)
                r = fold_list_write(output, scanctl->arguments.format, config, by, list,
                                    scanctl->now);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot list findings", r);

        *ret_n = list->n_findings;
        return 0;
}

static int print_shape(Scanctl *scanctl, Store *store, const Config *config, size_t *ret_n)
{
        switch (shape_of(&scanctl->arguments)) {
        case SHAPE_UNASKED:
        case SHAPE_ROWS:
                break;
        case SHAPE_BY_RULE:
                return print_folds(scanctl, store, config, FOLD_BY_RULE, ret_n);
        case SHAPE_BY_DOMAIN:
                return print_folds(scanctl, store, config, FOLD_BY_DOMAIN, ret_n);
        case SHAPE_BY_OU:
                return print_folds(scanctl, store, config, FOLD_BY_OU, ret_n);
        }

        return listing_print(scanctl, store, config, LISTING_DATABASE, NULL, NULL, ret_n);
}

int verb_findings(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const Config *config;
        Store *store;
        size_t n;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &config) < 0 ||
            scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;

        r = print_shape(scanctl, store, config, &n);
        if (r != 0)
                return r;

        return n > 0 && scanctl->arguments.exit_code ? EXIT_FOUND : EXIT_FINE;
}
