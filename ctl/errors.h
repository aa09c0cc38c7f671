/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What `scanctl errors import` makes of reports of the connector: each error joined to the object that it is of and to the findings that are
 * behind it; and the other way round, which findings should be in such a report and are not.
 */

#include "ctl/scanctl.h"
#include "lib/core/rule.h"
#include "lib/core/sync-error.h"
#include "lib/state/query.h"

/* A file that was read. */
typedef struct ErrorFile {
        const char *path; /* borrowed */
        SyncErrorSource source;
        size_t n_objects, n_errors;
        int64_t written_at; /* Unix seconds */
} ErrorFile;

/* By what an error's object was found here. The strongest comes first. */
typedef enum ErrorTie {
        ERROR_TIE_NONE,
        ERROR_TIE_ANCHOR,
        ERROR_TIE_GUID,
        ERROR_TIE_SID,
        ERROR_TIE_CLOUD_ID,
        ERROR_TIE_DN,
        ERROR_TIE_UPN,
        ERROR_TIE_MAIL,
        ERROR_TIE_ACCOUNT,
} ErrorTie;

const char *error_tie_name(ErrorTie tie); /* "sourceAnchor": for JSON and sentences; NULL of none */

typedef enum ErrorOutcome {
        ERROR_PREDICTED,      /* a finding that is open names it */
        ERROR_REPAIRED_SINCE, /* one did when the error occurred, and has closed since */
        ERROR_OTHER_VALUE,    /* findings of such rules are open, about other values */
        ERROR_NO_RULE,        /* no rule finds errors of this name */
        ERROR_UNKNOWN_OBJECT, /* nothing here is it */
        ERROR_DELETED_OBJECT,
        ERROR_OUT_OF_SCOPE, /* it is kept out here, so nothing is said of it */
        ERROR_NO_INVENTORY, /* the other half may be in the cloud, of which there is no inventory */
        ERROR_NOT_FOUND,    /* the rules looked, and found nothing */
} ErrorOutcome;

const char *error_outcome_name(ErrorOutcome outcome); /* "predicted" */
const char *error_outcome_text(ErrorOutcome outcome); /* a sentence */

static inline bool error_is_predicted(ErrorOutcome outcome)
{
        return outcome == ERROR_PREDICTED || outcome == ERROR_REPAIRED_SINCE;
}

#define ERROR_RULES_MAX 64

/* An error of a report, and what is known of it here. */
typedef struct JoinedError {
        const SyncError *error; /* borrowed */
        const ErrorFile *file;  /* likewise */
        ErrorOutcome outcome;
        ErrorTie tie;
        char *domain, *dn; /* NULL: nothing here is it */
        Guid guid;
        Kind kind;
        const Rule *rules[ERROR_RULES_MAX]; /* that find such errors */
        size_t n_rules;
        FindingPage *page;      /* open findings of the object; NULL: none was looked for */
        const Record **records; /* those of the page that name the error */
        size_t n_records;
} JoinedError;

void joined_error_done(JoinedError *joined);

/* Fills one of which error and file stand there. The inventory counts where there is one. 0 or negative. */
int error_join(Store *store, const Config *config, int64_t now, bool has_inventory,
               JoinedError *joined);

/* What a report could have shown, and whether it did, by how sure scand was. */
typedef struct ErrorCount {
        size_t there;
        size_t not_there;
        size_t too_new; /* opened when the connector had not come by before the report was written */
} ErrorCount;

typedef struct ErrorBalance {
        ErrorCount counts[CERTAINTY_CERTAIN + 1];
} ErrorBalance;

/* Called for each finding that should be in the reports and is not. Borrowed; 0 or negative. */
typedef int (*ErrorMissing)(void *userdata, const Record *record);

/* Goes through all open findings of the kinds that these files show. 0 or negative. */
int error_balance(Store *store, const Config *config, int64_t now, const ErrorFile *files,
                  size_t n_files, const JoinedError *joined, size_t n_joined, ErrorMissing function,
                  void *userdata, ErrorBalance *ret);

/* All that is to be told. */
typedef struct ErrorReport {
        Scanctl *scanctl;
        Store *store;
        const Config *config;
        const ErrorFile *files;
        size_t n_files;
        const JoinedError *joined;
        size_t n_joined;
} ErrorReport;

int error_report_text(const ErrorReport *report); /* 0 or negative */
int error_report_json(const ErrorReport *report);
