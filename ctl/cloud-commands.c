/* SPDX-License-Identifier: MIT */

/* The script that makes a complete export on a Windows host. What it asks for is what inventory-part.c says, and nothing else. */

#include <string.h>

#include "ctl/cloud.h"

static void commands_head(FILE *stream)
{
        (void)fputs("# A complete export of the tenant for scand, with rights to read only. "
                    "PowerShell 5.1 or 7, and\n"
                    "# Install-Module Microsoft.Graph.Authentication -Scope CurrentUser\n"
                    "#\n"
                    "# By hand: .\\scand-export.ps1, and sign in. Every night, as an application "
                    "with a certificate that has these rights:\n"
                    "#   Register-ScheduledTask -TaskName 'scand export' -User SYSTEM `\n"
                    "#     -Trigger (New-ScheduledTaskTrigger -Daily -At 3am) `\n"
                    "#     -Action (New-ScheduledTaskAction -Execute powershell.exe -Argument "
                    "('-NoProfile -File C:\\scand\\scand-export.ps1 ' +\n"
                    "#       '-TenantId TENANT -ClientId APPLICATION -CertificateThumbprint "
                    "THUMBPRINT -Folder C:\\scand\\export'))\n"
                    "# Each file is whole when it has its name. Copy them to the Linux host: "
                    "scanctl cloud inspect *.json tells what they are.\n"
                    "param(\n"
                    "  [string]$TenantId, [string]$ClientId, [string]$CertificateThumbprint,\n"
                    "  [string]$Folder = 'scand-export'\n"
                    ")\n"
                    "$ErrorActionPreference = 'Stop'\n\n",
                    stream);
}

/* The same right is needed for several parts. */
bool cloud_right_is_told(InventoryPart part)
{
        for (size_t i = 0; i < (size_t)part; i++)
                if (inventory_part_info((InventoryPart)i)->permission ==
                    inventory_part_info(part)->permission)
                        return true;
        return false;
}

static void commands_rights(FILE *stream)
{
        (void)fputs("$rights = @(\n", stream);
        for (size_t i = 0; i < INVENTORY_PARTS; i++)
                if (!cloud_right_is_told((InventoryPart)i))
                        (void)fprintf(stream, "%s  '%s'", i > 0 ? ",\n" : "",
                                      inventory_part_info((InventoryPart)i)->permission);
        (void)fputs("\n)\n"
                    "if ($CertificateThumbprint) {\n"
                    "  Connect-MgGraph -NoWelcome -TenantId $TenantId -ClientId $ClientId "
                    "-CertificateThumbprint $CertificateThumbprint\n"
                    "} else {\n"
                    "  Connect-MgGraph -NoWelcome -Scopes $rights\n"
                    "}\n"
                    "New-Item -ItemType Directory -Force -Path $Folder | Out-Null\n"
                    "$Folder = (Resolve-Path $Folder).Path\n\n",
                    stream);
}

/* Pages as Graph sends them, behind each other: nothing is parsed here, so nothing is flattened or lost. */
static void commands_function(FILE *stream)
{
        (void)fputs("function Export-Part([string]$Name, [string]$Uri) {\n"
                    "  $new = Join-Path $Folder \"$Name.json.new\"\n"
                    "  $writer = New-Object System.IO.StreamWriter($new, $false, (New-Object "
                    "System.Text.UTF8Encoding($false)))\n"
                    "  try {\n"
                    "    while ($Uri) {\n"
                    "      $page = Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType Json\n"
                    "      $writer.WriteLine($page)\n"
                    "      $Uri = ($page | ConvertFrom-Json).'@odata.nextLink'\n"
                    "    }\n"
                    "  } finally { $writer.Dispose() }\n"
                    "  Move-Item -Force $new (Join-Path $Folder \"$Name.json\")\n"
                    "}\n\n",
                    stream);
}

int cloud_commands(Scanctl *scanctl, char **operands, size_t n_operands)
{
        FILE *stream = scanctl->output.stream;

        if (n_operands == 1 && strcmp(operands[0], "rest") == 0) {
                cloud_commands_rest(stream);
                return EXIT_FINE;
        }
        if (n_operands > 0)
                return scanctl_error(
                        "cloud commands takes nothing, or rest. See scanctl help cloud.");

        commands_head(stream);
        commands_rights(stream);
        commands_function(stream);
        for (size_t i = 0; i < INVENTORY_PARTS; i++) {
                const InventoryPartInfo *info = inventory_part_info((InventoryPart)i);

                (void)fprintf(stream,
                              "# %s (%s): %s.\n"
                              "Export-Part '%s' 'https://graph.microsoft.com/%s/%s'\n",
                              info->title, info->permission, info->needed_for, info->name,
                              info->is_beta ? "beta" : "v1.0", info->path);
        }

        return EXIT_FINE;
}
