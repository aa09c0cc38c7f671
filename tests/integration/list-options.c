/* SPDX-License-Identifier: MIT */

/* The options of scand.conf as the parser knows them, for a comparison with the manual page. */

#include <stdio.h>

#include "lib/core/config.h"

int main(void)
{
        const ConfigOption *option;

        for (size_t i = 0; (option = config_option(i)); i++)
                (void)printf("%s\t%s\t%s\t%s\t%s\n", option->section, option->name, option->syntax,
                             option->fallback ? option->fallback : "",
                             config_effect_name(option->effect));
        return fflush(stdout) == 0 ? 0 : 1;
}
