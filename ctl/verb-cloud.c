/* SPDX-License-Identifier: MIT */

/* What the cloud holds: files of an export, and the commands that make one. */

#include <string.h>

#include "ctl/cloud.h"

static const struct {
        const char *name;
        int (*run)(Scanctl *scanctl, char **operands, size_t n_operands);
        bool wants_files;
} actions[] = {
        { "commands", cloud_commands, false },
        { "import", cloud_import, true },
        { "inspect", cloud_inspect, true },
        { "orphans", cloud_list_orphans, false },
        { "status", cloud_status, false },
};

int verb_cloud(Scanctl *scanctl, char **operands, size_t n_operands)
{
        for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
                if (strcmp(operands[0], actions[i].name) != 0)
                        continue;
                if (actions[i].wants_files && n_operands < 2)
                        return scanctl_error(
                                "cloud %s needs at least one FILE. See scanctl help cloud.",
                                actions[i].name);
                return actions[i].run(scanctl, operands + 1, n_operands - 1);
        }

        return scanctl_error("there is no \"cloud %s\". See scanctl help cloud.", operands[0]);
}
