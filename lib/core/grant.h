/* SPDX-License-Identifier: MIT */
#pragma once

/* How a domain's administrator lets the account list deleted objects: the two commands, once. */

#include "lib/core/config.h"

/* "dsacls … /takeownership" and "dsacls … /g ACCOUNT:LCRP", a line each; the caller frees it. 0, -ENOMEM, or as dn_from_domain(). */
int grant_format(const DomainConfig *config, const char *indent, char **ret);
