/* SPDX-License-Identifier: MIT */
#include "lib/state/cursor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void cursor_done(Cursor *cursor)
{
        free(cursor->dc);
        buffer_done(&cursor->vector);
        buffer_done(&cursor->unconfirmed);
        *cursor = (Cursor){};
}

int cursor_copy(const Cursor *cursor, Cursor *ret)
{
        Cursor copy = *cursor;

        copy.dc = cursor->dc ? strdup(cursor->dc) : NULL;
        copy.vector = copy.unconfirmed = (Buffer)BUFFER_INIT;
        if ((cursor->dc && !copy.dc) ||
            buffer_append(&copy.vector, cursor->vector.data, cursor->vector.size) < 0 ||
            buffer_append(&copy.unconfirmed, cursor->unconfirmed.data, cursor->unconfirmed.size) <
                    0) {
                cursor_done(&copy);
                return -ENOMEM;
        }

        *ret = copy;
        return 0;
}
