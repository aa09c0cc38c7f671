/* SPDX-License-Identifier: MIT */
#pragma once

/* Folded findings on their way out, as text, JSON or CSV. */

#include "ctl/output.h"
#include "lib/core/config.h"
#include "lib/state/query.h"

/* The configuration knows what the rules are called. 0 or -ENOMEM. */
int fold_list_write(Output *output, OutputFormat format, const Config *config, FoldBy by,
                    const FoldList *list, int64_t now);
