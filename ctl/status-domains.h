/* SPDX-License-Identifier: MIT */
#pragma once

/* `status --domains`: which domain names stand in addresses and user principal names, and what [tenant] may say of them. */

#include "ctl/scanctl.h"

/* The exit code of the program. */
int status_domains(Scanctl *scanctl, Store *store, const Config *config);
