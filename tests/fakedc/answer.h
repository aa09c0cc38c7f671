/* SPDX-License-Identifier: MIT */
#pragma once

/* Between answer.c, which takes requests apart, and search.c, which answers the one that matters. */

#include "tests/fakedc/server.h"

BerElement *answer_begin(void);
void answer_put(int r); /* of ber_printf() */
void answer_result(Client *client, int id, ber_tag_t type, int code, const char *text);
void answer_telltale(Client *client, int id, ber_tag_t type, int code); /* see FAULT_TELLTALE */

/* Is the attribute in the list of a SearchRequest? */
bool answer_is_wanted(struct berval attributes, const char *name, size_t size);

/* `request` is the content of a SearchRequest, `rest` what follows it: the controls. */
void answer_search(Client *client, int id, struct berval request, struct berval rest);
