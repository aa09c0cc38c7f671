/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The thread in which the Store does what takes long: large commits and checkpoints, one at a time. It lives as long as one of them.
 */

#include "lib/state/store.h"

typedef struct Worker Worker;

int worker_new(Worker **ret);        /* 0 or negative */
Worker *worker_free(Worker *worker); /* after the Store is closed, which waits for it */
DEFINE_CLEANUP(Worker, worker_free)

/* For store_set_worker(); lives as long as the Worker. */
const StoreWorker *worker_of_store(const Worker *worker);
