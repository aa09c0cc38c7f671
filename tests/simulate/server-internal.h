/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of a server share: server.c answers requests, server-object.c makes entries of objects. */

#include "tests/simulate/server.h"

static inline const Controller *server_controller(const Server *server)
{
        return &server->directory->controllers[server->controller];
}

/* Add a value to an entry, if the attribute was asked for. */
void server_add(Object *object, const AttributeSet *attributes, AttributeId attribute,
                const void *data, size_t size);
void server_add_string(Object *object, const AttributeSet *attributes, AttributeId attribute,
                       const char *string);
_printf_(4, 5) void server_add_text(Object *object, const AttributeSet *attributes,
                                    AttributeId attribute, const char *format, ...);
