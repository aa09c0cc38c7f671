/* SPDX-License-Identifier: MIT */
#include "ctl/listing.h"

int verb_findings(Scanctl *scanctl, char **operands, size_t n_operands)
{
        const Config *config;
        Store *store;
        size_t n;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &config) < 0 ||
            scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;

        r = listing_print(scanctl, store, config, LISTING_DATABASE, NULL, NULL, &n);
        if (r != 0)
                return r;

        return n > 0 && scanctl->arguments.exit_code ? EXIT_FOUND : EXIT_FINE;
}
