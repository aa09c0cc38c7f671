/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What Entra ID and Exchange Online will hold for an object: user principal name, nickname, addresses, source anchor. The
 * arithmetic is that of Microsoft's KB 3190357 (edition of November 2023), and of its pages on how the user principal name is
 * populated (UPN-doc) and on what the connector's own rules change. Where those say nothing, or contradict one another, a note
 * says so.
 */

#include "lib/core/arena.h"
#include "lib/core/object.h"
#include "lib/core/tenant.h"

/*
 * What the cloud keeps of an object from one calculation to the next, and does not make anew. Empty: it has none. Slices
 * borrow.
 */
typedef struct PredictState {
        Slice login; /* the on-premises sign-in name from which user_principal_name was made */
        Slice user_principal_name;
        Slice mail_nickname;
        Slice moera; /* the address at the initial domain: "Microsoft Online Email Routing Address" */
} PredictState;

typedef struct PredictContext {
        const Tenant *tenant;
        const char *domain; /* FQDN of the naming context the object is in */
        bool is_licensed; /* a user with an Exchange Online licence, or with a mailbox there for another reason */
        bool is_moera_taken; /* nickname@initial is another object's in the cloud already */
        const PredictState *previous; /* NULL: the object is new in the cloud */
} PredictContext;

/* A value of mail or proxyAddresses that does not arrive. */
typedef struct PredictedDrop {
        AttributeId attribute;
        Slice value;        /* as written, bytes */
        const char *reason; /* a clause for people: "it holds a space" */
} PredictedDrop;

/* Slices are empty where the cloud will hold nothing, or nobody can tell what: then a note says why. */
typedef struct Prediction {
        Slice user_principal_name; /* users only */
        Slice mail_nickname;
        Slice primary; /* and mail, which always follows it */
        const Slice *secondary;
        size_t n_secondary;
        const Slice *others; /* SIP, X500 and all other types that pass, with their prefix */
        size_t n_others;
        const PredictedDrop *dropped; /* each value that AD holds and that is not among the above */
        size_t n_dropped;
        const char *
                *notes; /* sentences: what was assumed, what is altered, what is not documented */
        size_t n_notes;

        PredictState state; /* what the next calculation begins with */

        Arena arena; /* private: what was made up; the rest borrows from object, tenant and previous state */
} Prediction;

/*
 * Takes a live user, inetOrgPerson, group or contact; an unknown attribute counts as absent. `ret` must be zeroed or a prediction
 * made before, whose memory is used again. Whether the object arrives at all is not asked: see evaluate.h. 0 or -ENOMEM, and
 * `ret` is to be given to prediction_done() either way.
 */
int predict(const PredictContext *context, const Object *object, Prediction *ret);
void prediction_done(Prediction *prediction);

/* The digits that nobody can know, in an address whose nickname is taken: "anna####@contoso.onmicrosoft.com". */
#define PREDICT_RANDOM_DIGITS "####"

/*
 * Appends the source anchor as Entra ID shows it (onPremisesImmutableId): in base64, or as written where SourceAnchor= names a
 * text. Nothing where the object has none. 0 or -ENOMEM.
 */
int predict_anchor(const Tenant *tenant, const Object *object, Buffer *buffer);

/* The attribute it is taken from for this object. */
AttributeId predict_anchor_attribute(const Tenant *tenant, const Object *object);
