/* SPDX-License-Identifier: MIT */
#pragma once

/* The three things that `explain` explains. Each returns the exit code of the program. */

#include "ctl/scanctl.h"
#include "lib/core/symptom.h"

int explain_rule(Scanctl *scanctl, const Rule *rule);

/* All symptoms that the text names; *ret_found false: none, and nothing was printed. */
int explain_error(Scanctl *scanctl, const char *text, bool *ret_found);

/* All objects that are called so; *ret_found likewise. */
int explain_object(Scanctl *scanctl, const char *name, bool *ret_found);
