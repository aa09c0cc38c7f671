/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the claims and findings of a domain were made with, beside its objects: code, Unicode, public suffix list, rules,
 * configuration, and what is readable.
 * When that is no longer what it was, they are made again from the cache.
 */

#include "lib/state/domain.h"

#define DERIVATION_SIZE 17

void derivation_make(const Domain *domain, const Config *config, char ret[static DERIVATION_SIZE]);
