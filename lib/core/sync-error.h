/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a connector could not do to one object, as it was reported: by Connect Health, by the connector's own csexport, or by Graph. Only
 * what the report says; whose object it is here and which rule knew is the reader's to find.
 */

#include "lib/core/arena.h"
#include "lib/core/text.h"

typedef enum SyncErrorSource {
        SYNC_ERROR_HEALTH,   /* Connect Health: its CSV, its API, and what looks like it */
        SYNC_ERROR_CSEXPORT, /* the connector space, as XML */
        SYNC_ERROR_GRAPH,    /* onPremisesProvisioningErrors: what is quarantined */
} SyncErrorSource;

const char *sync_error_source_name(SyncErrorSource source);  /* "health" "csexport" "graph" */
const char *sync_error_source_title(SyncErrorSource source); /* for sentences */

typedef enum SyncErrorField {
        SYNC_ERROR_NAME,     /* "AttributeValueMustBeUnique" */
        SYNC_ERROR_MESSAGE,  /* a sentence or more of it */
        SYNC_ERROR_OCCURRED, /* when, as written */
        SYNC_ERROR_TITLE,    /* displayName */
        SYNC_ERROR_DN,
        SYNC_ERROR_GUID,     /* objectGUID */
        SYNC_ERROR_ANCHOR,   /* as the cloud shows it: base64, or a text */
        SYNC_ERROR_CLOUD_ID, /* id of the object there */
        SYNC_ERROR_SID,      /* "S-1-5-…" */
        SYNC_ERROR_UPN,
        SYNC_ERROR_MAIL,
        SYNC_ERROR_ACCOUNT, /* sAMAccountName */
        SYNC_ERROR_ATTRIBUTE,
        SYNC_ERROR_VALUE,
        SYNC_ERROR_FIELDS,
} SyncErrorField;

/* A value that the error is about. */
typedef struct SyncErrorValue {
        Slice attribute; /* empty: not said */
        Slice value;     /* as written, "SMTP:anna@contoso.com" */
} SyncErrorValue;

typedef struct SyncError {
        SyncErrorSource source;
        size_t number;                         /* of the object in its file, from 1 on */
        const char *fields[SYNC_ERROR_FIELDS]; /* NULL: not said */
        SyncErrorValue *values;
        size_t n_values;
} SyncError;

#define SYNC_ERRORS_MAX 200000 /* a run of the connector ends after 5,000 */

typedef struct SyncErrorList {
        Arena arena; /* has all texts */
        SyncError *errors;
        size_t n, n_allocated;
} SyncErrorList;

void sync_error_list_done(SyncErrorList *list);

/*
 * Copies an error, and reads out of its message what values it is about, where it does not say so itself. 0, -ENOMEM, or -E2BIG: there are
 * more than anybody can have.
 */
int sync_error_list_add(SyncErrorList *list, SyncErrorSource source, size_t number,
                        const char *const fields[static SYNC_ERROR_FIELDS]);

/* Does it say of which object it is? */
bool sync_error_names_object(const char *const fields[static SYNC_ERROR_FIELDS]);

/*
 * The connector names its objects of the cloud by the anchor: "CN={…}", hexadecimal digits of the text that the anchor is there. Appends that
 * text. 0, -ENOMEM, or -EINVAL: the DN is not of this form.
 */
int sync_error_anchor_of_dn(const char *dn, Buffer *buffer);

/* When it occurred, Unix seconds; 0: it does not say, or not so that anybody could tell. */
int64_t sync_error_time(const SyncError *error);

/* Is the error about this value, "SMTP:" and the like apart, as AD compares? Also where it names none. 1, 0, or -ENOMEM. */
int sync_error_is_about(const SyncError *error, const char *value);
