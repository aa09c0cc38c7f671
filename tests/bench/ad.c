/* SPDX-License-Identifier: MIT */

/* A plug-in for slapd: accepts the controls that AD has, and does nothing about them. What scand marks critical must not be refused. */

#include <slapi-plugin.h>
#include <stddef.h>

int ad_init(Slapi_PBlock *block);

int ad_init(Slapi_PBlock *block)
{
        static const char *const controls[] = {
                "1.2.840.113556.1.4.417",  /* show deleted */
                "1.2.840.113556.1.4.2064", /* show recycled */
                "1.2.840.113556.1.4.1339", /* domain scope */
                "1.2.840.113556.1.4.801",  /* parts of security descriptors */
        };

        for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++)
                slapi_register_supported_control((char *)controls[i], SLAPI_OPERATION_SEARCH);

        return slapi_pblock_set(block, SLAPI_PLUGIN_VERSION, (void *)SLAPI_PLUGIN_VERSION_03);
}
