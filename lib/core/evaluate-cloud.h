/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Pass 2 against the cloud: objects of the directory that claim a key, and objects of the cloud that claim it too and are nobody's
 * counterpart. What two synced objects are to each other, the directory's own claims tell (evaluate_key()).
 */

#include "lib/core/cloud.h"
#include "lib/core/evaluate.h"

/* One object of the cloud that claims the key. */
typedef struct CloudHolder {
        const CloudObject *object;
        CloudClaim claim; /* all its places together */
        Slice exact;      /* exact fold: equal here means certain */
} CloudHolder;

/*
 * The holders are as for evaluate_key(), and the caller has confirmed that folded values are equal on both sides. `is_in_cloud` says of
 * each holder whether an object of the cloud is it already: then it matches nothing any more. The slices of the verdicts live as long
 * as holders and objects. 0 or -ENOMEM.
 */
int evaluate_cloud(KeySpace space, const Holder *holders, const bool *is_in_cloud, size_t n_holders,
                   const CloudHolder *clouds, size_t n_clouds, const CloudSettings *settings,
                   KeyOutcome *outcome);
