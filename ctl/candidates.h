/* SPDX-License-Identifier: MIT */
#pragma once

/* Where one object is asked for, and several are called so. */

#include "ctl/scanctl.h"

/* Lists them, and asks to name one. Returns EXIT_TROUBLE. */
int candidates_print(Scanctl *scanctl, Store *store, const int64_t *ids, size_t n);
