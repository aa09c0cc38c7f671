/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An object of the cloud, as an inventory has it: what it claims, and whether an object of the directory is the same.
 */

#include "lib/core/evaluate.h"
#include "lib/core/inventory-entry.h"

/* Slices borrow, and are empty where there is nothing. */
typedef struct CloudObject {
        CloudKind kind;
        CloudSync sync;
        bool is_deleted;
        bool is_guest;
        bool is_admin; /* has a role, or may take one */
        bool is_bound; /* has an onPremisesObjectIdentifier: no hard match takes it over */
        Guid id;
        Slice name;
        Slice user_principal_name;
        Slice mail;
        Slice anchor; /* onPremisesImmutableId as the directory has it: the bytes behind base64, or a text */
        Slice sid;                /* onPremisesSecurityIdentifier, bytes */
        Slice addresses;          /* proxyAddresses, a line each */
        int64_t as_of;            /* when it was exported; Unix seconds */
        int64_t password_changed; /* lastPasswordChangeDateTime; 0: not known */
        Slice problems;           /* onPremisesProvisioningErrors: see cloud_problem_next() */
} CloudObject;

/* Something that the cloud could not take, as the object has it. Slices borrow, and are empty where it is not said. */
typedef struct CloudProblem {
        Slice property; /* "UserPrincipalName" */
        Slice category; /* "PropertyConflict" */
        Slice occurred; /* as written */
        Slice value;
} CloudProblem;

/* The next one behind *position, which begins as 0. False: there is none. */
bool cloud_problem_next(Slice problems, size_t *position, CloudProblem *ret);

/* A point in time as Graph or PowerShell writes it, as Unix seconds. 0, or -EINVAL. */
int cloud_time_parse(const char *text, int64_t *ret);

/* What the directory has for an onPremisesImmutableId. Appends; 0 or -ENOMEM. */
int cloud_anchor_decode(Slice anchor, Buffer *buffer);

/* What the tenant's settings say. 1, 0, -1: not known. */
typedef struct CloudSettings {
        int block_soft_match;
        int block_hard_match;
        int soft_match_on_upn;
        int quarantine_upn;
        int quarantine_proxies;
} CloudSettings;

#define CLOUD_SETTINGS_UNKNOWN ((CloudSettings){ -1, -1, -1, -1, -1 })

/* Takes a fact of an inventory, if it is one of these. */
void cloud_settings_take(CloudSettings *settings, const char *name, const char *value);

/* A value that an object of the cloud claims. Places are CLAIM_UPN, CLAIM_MAIL, CLAIM_SMTP and CLAIM_PRIMARY of evaluate.h. */
typedef struct CloudClaim {
        KeySpace space;
        unsigned places;
        const char *attribute; /* "proxyAddresses": of the weightiest place */
        Slice value;           /* without prefix; borrows from the object */
} CloudClaim;

/* Tells all of them, some twice. 0, or what the function returned other than 0. */
typedef int (*CloudClaimFunction)(void *userdata, const CloudClaim *claim);
int cloud_claims(const CloudObject *object, CloudClaimFunction function, void *userdata);

/* The value under which the object of the directory that it is claims to be it, and in which space. False: nothing ties it to one. */
bool cloud_object_meets(const CloudObject *object, KeySpace *ret_space, Slice *ret_value);

/* The same of what was synced and is not now: which object it came from. */
bool cloud_object_comes_from(const CloudObject *object, KeySpace *ret_space, Slice *ret_value);

/* The id that Exchange's write-back gave an object of a directory: "User_" and so on, and a GUID. False: none. */
bool cloud_id_of(const Object *object, Guid *ret);

/* Can an object of this kind be one of the cloud of that? */
bool cloud_kind_agrees(CloudKind cloud, Kind kind);

/* The primary SMTP address, without prefix; empty: there is none. */
Slice cloud_object_primary(const CloudObject *object);

/* "a deleted user of the cloud", "a guest of the cloud": for sentences. */
const char *cloud_object_title(const CloudObject *object);

/* "synced", "cloud-only", "deleted", "guest": for JSON. */
const char *cloud_object_state(const CloudObject *object);

const char *cloud_kind_name(CloudKind kind); /* "user" "group" "contact" */
