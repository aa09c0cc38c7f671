/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The folder into which exports of the cloud are put, cloud/ in StateDirectory=: looked into now and then, and what lies there is read
 * in short steps beside everything else, published in one transaction, and removed.
 *
 *   cloud/import-NAME/   one import, made elsewhere and renamed to this: what becomes of it is told in cloud/NAME.said, "ok" or "failed"
 *                        and a line feed, then text. Its files: N.json, or N.PART.json where what they are is to be taken as said
 *   cloud/FILE           all of these that have not changed for a while are one import; what is refused stays, as FILE.refused
 */

#include "daemon/manager.h"

typedef struct Intake Intake;

/* Makes the folder and begins to look into it. 0 or negative. */
int intake_new(Manager *manager, const char *state_directory, Intake **ret);
Intake *intake_free(Intake *intake);

/* The configuration goes: an open transaction is rolled back, and made anew with the next one. */
void intake_reconfigure(Intake *intake);
