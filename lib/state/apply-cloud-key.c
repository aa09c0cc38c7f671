/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "lib/core/evaluate-cloud.h"
#include "lib/state/apply-internal.h"
#include "lib/state/cloud.h"

/*
 * Objects of the cloud as holders of a key, for whoever holds it here: apply-key.c has those. They stand under the same keys as
 * everybody's claims; here they are read, and the rules are asked what the one means for the other.
 */

#define HOLDERS_MAX                                                                                \
        64 /* of one value: the cloud keeps its values unique, but for the deleted ones */

typedef struct CloudKeyBench {
        CloudSettings settings;
        CloudRow row; /* scratch */
        Buffer value;

        /* Of the key under way. */
        CloudRow rows[HOLDERS_MAX];
        CloudHolder holders[HOLDERS_MAX];
        Buffer folded[HOLDERS_MAX], exact[HOLDERS_MAX];
        size_t n;

        CloudHolder chosen[HOLDERS_MAX]; /* those of one value */
        bool *is_in_cloud;
        size_t n_allocated;
        KeyOutcome *outcome;
} CloudKeyBench;

void cloud_key_bench_free(CloudKeyBench *bench)
{
        if (!bench)
                return;

        for (size_t i = 0; i < HOLDERS_MAX; i++) {
                cloud_row_done(&bench->rows[i]);
                buffer_done(&bench->folded[i]);
                buffer_done(&bench->exact[i]);
        }
        cloud_row_done(&bench->row);
        buffer_done(&bench->value);
        free(bench->is_in_cloud);
        key_outcome_free(bench->outcome);
        free(bench);
}

/* Not before there is an inventory: 23 KiB need not be zeroed for every answer. */
static int bench_new(Store *store, CloudKeyBench **ret)
{
        CloudKeyBench *bench = calloc(1, sizeof(*bench));
        int r;

        if (!bench)
                return -ENOMEM;

        r = key_outcome_new(&bench->outcome);
        if (r >= 0)
                r = cloud_settings_read(store, &bench->settings);
        if (r < 0) {
                cloud_key_bench_free(bench);
                return r;
        }

        *ret = bench;
        return 0;
}

typedef struct ClaimSearch {
        int64_t key;
        CloudHolder *holder;
        bool is_found;
} ClaimSearch;

/* One value may stand in several places; the first that is told is the weightiest. */
static int search_claim(void *userdata, const CloudClaim *claim)
{
        ClaimSearch *search = userdata;
        int64_t key;
        int r;

        r = cloud_claim_key(claim, &key);
        if (r < 0 || key != search->key)
                return r;

        if (search->is_found)
                search->holder->claim.places |= claim->places;
        else
                search->holder->claim = *claim;
        search->is_found = true;
        return 0;
}

/* Reads one of the cloud's holders into the bench. 1, 0: it does not count, or negative. */
static int bench_load(Apply *apply, int64_t id, int64_t key)
{
        CloudKeyBench *bench = apply->cloud_key;
        CloudHolder *holder = &bench->holders[bench->n];
        ClaimSearch search = { .key = key, .holder = holder };
        Buffer *exact = &bench->exact[bench->n];
        CloudRow *row = &bench->rows[bench->n];
        int r;

        r = cloud_get(apply->store, id, row);
        if (r <= 0 || !row->is_current)
                return r < 0 ? r : 0;
        r = cloud_claims(&row->object, search_claim, &search);
        if (r < 0 || !search.is_found)
                return r;

        r = cloud_claim_fold(holder->claim.space, holder->claim.value, &bench->folded[bench->n]);
        buffer_reset(exact);
        if (r >= 0)
                r = text_fold_exact(holder->claim.value.data, holder->claim.value.size, exact);
        if (r < 0)
                return r;

        holder->object = &row->object;
        holder->exact = (Slice){ exact->data, exact->size };
        bench->n++;
        return 1;
}

int apply_cloud_load(Apply *apply, int64_t key)
{
        int64_t ids[HOLDERS_MAX];
        int n, r;

        r = apply_has_cloud(apply);
        if (r <= 0)
                return r;
        if (!apply->cloud_key) {
                r = bench_new(apply->store, &apply->cloud_key);
                if (r < 0)
                        return r;
        }

        apply->cloud_key->n = 0;
        n = claim_holders(apply->store, key, 0, ids, ARRAY_SIZE(ids));
        for (int i = 0; i < n && cloud_is_id(ids[i]); i++) {
                r = bench_load(apply, ids[i], key);
                if (r < 0)
                        return r;
        }
        return n < 0 ? n : 0;
}

/* Is the holder in the cloud already, so that it matches nobody any more? */
static int apply_is_in_cloud(Apply *apply, const Holder *holder)
{
        CloudRow *row = &apply->cloud_key->row;

        for (size_t i = 0; i < holder->outcome->n_claims; i++) {
                const Claim *claim = &holder->outcome->claims[i];
                int64_t ids[16];
                int n;

                if (claim->space != KEY_ANCHOR && claim->space != KEY_SID &&
                    claim->space != KEY_CLOUD_ID &&
                    !(claim->space == KEY_ADDRESS && holder->object->kind == KIND_CONTACT))
                        continue;

                n = cloud_meeting(apply->store, claim_key_of(claim), ids, ARRAY_SIZE(ids));
                for (int k = 0; k < n; k++) {
                        KeySpace space;
                        Slice value;
                        int r;

                        r = cloud_get(apply->store, ids[k], row);
                        if (r > 0 && row->is_current &&
                            cloud_kind_agrees(row->object.kind, holder->object->kind) &&
                            cloud_object_meets(&row->object, &space, &value)) {
                                r = cloud_claim_fold(space, value, &apply->cloud_key->value);
                                if (r >= 0 && slice_equal(claim->folded,
                                                          (Slice){ apply->cloud_key->value.data,
                                                                   apply->cloud_key->value.size }))
                                        return 1;
                        }
                        if (r < 0)
                                return r;
                }
                if (n < 0)
                        return n;
        }

        return 0;
}

static int bench_reserve(CloudKeyBench *bench, size_t n)
{
        bool *more;

        if (n <= bench->n_allocated)
                return 0;
        more = reallocarray(bench->is_in_cloud, n, sizeof(*more));
        if (!more)
                return -ENOMEM;

        bench->is_in_cloud = more;
        bench->n_allocated = n;
        return 0;
}

int apply_cloud_judge(Apply *apply, KeySpace space, const Holder *holders, size_t n,
                      const KeyOutcome **ret)
{
        CloudKeyBench *bench = apply->cloud_key;
        size_t n_chosen = 0;
        int r;

        if (!bench || bench->n == 0 || n == 0)
                return 0;

        for (size_t i = 0; i < bench->n; i++)
                if (slice_equal(holders[0].claim->folded,
                                (Slice){ bench->folded[i].data, bench->folded[i].size }))
                        bench->chosen[n_chosen++] = bench->holders[i];
        if (n_chosen == 0)
                return 0;

        r = bench_reserve(bench, n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                r = holders[i].in_scope ? apply_is_in_cloud(apply, &holders[i]) : 0;
                bench->is_in_cloud[i] = r > 0;
        }
        if (r < 0)
                return r;

        r = evaluate_cloud(space, holders, bench->is_in_cloud, n, bench->chosen, n_chosen,
                           &bench->settings, bench->outcome);
        if (r < 0)
                return r;
        *ret = bench->outcome;
        return 1;
}
