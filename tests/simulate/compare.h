/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Is the cache what the directory is? And are two caches judged alike? Each function tells every difference to a file, NULL: to
 * nobody, and returns how many there are.
 */

#include <stdio.h>

#include "tests/simulate/client.h"

/*
 * Holds every row of the client's cache against what a controller shows it: presence, deletion, DN, attributes, and the USN where
 * the row is of the cursor's epoch.
 */
unsigned compare_cache(Client *client, unsigned controller, FILE *to);

/* Open findings of two caches. */
unsigned compare_findings(Client *a, Client *b, FILE *to);

/* Rows that the cache has as deleted although they were never deleted, nor lost, anywhere. */
unsigned compare_evidence(Client *client, FILE *to);
