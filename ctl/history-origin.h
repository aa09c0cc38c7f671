/* SPDX-License-Identifier: MIT */
#pragma once

/* `history --origin`: where and when each attribute was written last, which only a domain controller knows, and so the daemon is asked. */

#include <json-c/json.h>

#include "ctl/scanctl.h"
#include "lib/core/guid.h"

/* 0 with the daemon's text (lib/state/origin.h), the caller's; or EXIT_TROUBLE after a message. */
int history_origin_ask(Scanctl *scanctl, const char *domain, const Guid *guid, char **ret_text);

int history_origin_print(Output *output, char *text); /* 0 or -ENOMEM; cuts the text into pieces */
int history_origin_json(char *text, json_object **ret); /* likewise; an array */
