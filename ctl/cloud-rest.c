/* SPDX-License-Identifier: MIT */

/* The same export by plain REST: a script for any host with curl, which signs in as an application. */

#include "ctl/cloud.h"

static void rest_head(FILE *stream)
{
        (void)fputs(
                "#!/bin/sh\n"
                "# A complete export of the tenant for scand by plain REST, with rights to read "
                "only: all it needs is curl.\n"
                "#\n"
                "# It signs in as an application (client credentials) that an administrator has "
                "consented to these rights for, and no others:\n",
                stream);
        for (size_t i = 0; i < INVENTORY_PARTS; i++)
                if (!cloud_right_is_told((InventoryPart)i))
                        (void)fprintf(stream, "#   %s\n",
                                      inventory_part_info((InventoryPart)i)->permission);
        (void)fputs("# TENANT=… CLIENT=… SECRET_FILE=… sh scand-export.sh [FOLDER]\n"
                    "# The secret is read from a file, so that no list of processes shows it.\n"
                    "set -eu\n"
                    "umask 077\n"
                    "folder=${1:-scand-export}\n"
                    "mkdir -p \"$folder\"\n\n",
                    stream);
}

/* Each page as Graph sends it, behind the one before: nothing is parsed but the link to the next. */
static void rest_functions(FILE *stream)
{
        (void)fputs("token=$(curl -sSf --data-urlencode \"client_id=$CLIENT\" "
                    "--data-urlencode \"client_secret@$SECRET_FILE\" \\\n"
                    "  -d grant_type=client_credentials --data-urlencode "
                    "scope=https://graph.microsoft.com/.default \\\n"
                    "  \"https://login.microsoftonline.com/$TENANT/oauth2/v2.0/token\" |\n"
                    "  sed -n 's/.*\"access_token\" *: *\"\\([^\"]*\\)\".*/\\1/p')\n"
                    "[ -n \"$token\" ]\n\n"
                    "get() {\n"
                    "  printf 'header = \"Authorization: Bearer %s\"\\n' \"$token\" | curl -sSf "
                    "--retry 5 -K - \"$1\"\n"
                    "}\n\n"
                    "part() {\n"
                    "  : > \"$folder/$1.json.new\"\n"
                    "  next=$2\n"
                    "  while [ -n \"$next\" ]; do\n"
                    "    get \"$next\" > \"$folder/page\"\n"
                    "    cat \"$folder/page\" >> \"$folder/$1.json.new\"\n"
                    "    next=$(sed -n 's/.*\"@odata.nextLink\" *: *\"\\([^\"]*\\)\".*/\\1/p' "
                    "\"$folder/page\")\n"
                    "  done\n"
                    "  rm -f \"$folder/page\"\n"
                    "  mv \"$folder/$1.json.new\" \"$folder/$1.json\"\n"
                    "}\n\n",
                    stream);
}

void cloud_commands_rest(FILE *stream)
{
        rest_head(stream);
        rest_functions(stream);
        for (size_t i = 0; i < INVENTORY_PARTS; i++) {
                const InventoryPartInfo *info = inventory_part_info((InventoryPart)i);

                (void)fprintf(stream,
                              "# %s (%s): %s.\n"
                              "part %s 'https://graph.microsoft.com/%s/%s'\n",
                              info->title, info->permission, info->needed_for, info->name,
                              info->is_beta ? "beta" : "v1.0", info->path);
        }
}
