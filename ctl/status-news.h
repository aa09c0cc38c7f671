/* SPDX-License-Identifier: MIT */
#pragma once

/* The sentences of a status: how many objects come to what, and what is new. Without a database there is nothing to say. */

#include "ctl/output.h"
#include "ctl/status.h"

void status_print_arrival(Output *output, const Status *status);
int status_print_news(Output *output, const Status *status); /* 0 or -ENOMEM */
