/* SPDX-License-Identifier: MIT */
#pragma once

/* What the cloud will hold for one object, as text or JSON. */

#include "ctl/output.h"
#include "lib/core/json.h"
#include "lib/core/predict.h"

typedef struct Predicted {
        const Object *object;
        const char *domain;
        const char *
                left_out; /* why it will not arrive, as a sentence's part: "…, so it will not arrive"; NULL: it does */
        const char *anchor; /* NULL: none */
        AttributeId anchor_attribute;
        const Prediction *unlicensed, *licensed; /* names are the same in both */
} Predicted;

int prediction_print(Output *output, const Predicted *predicted); /* 0 or -ENOMEM */

/* The same without the object's name, where that is said already. 0 or -ENOMEM. */
int prediction_print_body(Output *output, const Predicted *predicted);

int prediction_json(const Predicted *predicted,
                    json_object **ret); /* the caller puts it; 0 or -ENOMEM */
