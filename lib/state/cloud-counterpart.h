/* SPDX-License-Identifier: MIT */
#pragma once

/* From an object of a directory to the one of the cloud that is it, or was made of it. */

#include "lib/state/cloud.h"

/*
 * `object` and `claims` are of evaluate_object(); a deleted object is known by what it was known by. 1 found, 0 the inventory has none, or
 * negative. Of several, a synced one comes first.
 */
int cloud_counterpart(Store *store, const Tenant *tenant, const Object *object, CloudRow *ret);
