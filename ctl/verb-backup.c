/* SPDX-License-Identifier: MIT */

/* A copy of the database as it is now, beside the daemon that goes on writing. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ctl/progress.h"
#include "ctl/scanctl.h"

static void tell(int64_t done, int64_t total, void *userdata)
{
        Progress *progress = userdata;

        progress->total = total;
        progress_tell(progress, done);
}

int verb_backup(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_free_ char *error = NULL;
        Progress progress;
        int64_t size;
        Store *store;
        int r;

        r = scanctl_store(scanctl, &store);
        if (r < 0)
                return EXIT_TROUBLE;

        progress_begin(&progress, operands[0], "pages", 0);
        r = store_save(store, operands[0], tell, &progress, &size, &error);
        progress_end(&progress);
        if (r < 0)
                return scanctl_error("%s.%s", error ? error : strerror(-r),
                                     r == -EEXIST ? " Name another file, or remove it first." : "");

        (void)fprintf(scanctl->output.stream, "%s: %" PRIi64 " bytes\n", operands[0], size);
        return EXIT_FINE;
}
