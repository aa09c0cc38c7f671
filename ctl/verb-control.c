/* SPDX-License-Identifier: MIT */

/* The verbs that ask the daemon to read something again. */

#include <string.h>

#include "ctl/control-client.h"

static int control_tell(Scanctl *scanctl, const ControlRequest *request)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = control_ask(scanctl, request, &text);
        if (r != 0)
                return r;
        if (*text)
                (void)fprintf(scanctl->output.stream, "%s\n", text);
        return EXIT_FINE;
}

int verb_rescan(Scanctl *scanctl, char **operands, size_t n_operands)
{
        ControlRequest request = { .verb = CONTROL_RESCAN,
                                   .is_reconcile = scanctl->arguments.reconcile,
                                   .accept_deletions = scanctl->arguments.accept_deletions };

        if (n_operands > 0) {
                if (!*operands[0] || strlen(operands[0]) > CONTROL_DOMAIN_MAX ||
                    strpbrk(operands[0], " \t\r\n"))
                        return scanctl_error("\"%s\" is no domain. scanctl status lists those that "
                                             "scand follows.",
                                             operands[0]);
                strcpy(request.domain, operands[0]);
        }

        return control_tell(scanctl, &request);
}

int verb_reload(Scanctl *scanctl, char **operands, size_t n_operands)
{
        ControlRequest request = { .verb = CONTROL_RELOAD };

        return control_tell(scanctl, &request);
}
