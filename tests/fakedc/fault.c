/* SPDX-License-Identifier: MIT */
#include "tests/fakedc/fault.h"

#include <stdio.h>
#include <string.h>

#include "lib/core/util.h"

static const struct {
        const char *name, *meaning;
} faults[] = {
#define FAULT_NAME(name, word, meaning) [FAULT_##name] = { word, meaning },
        FAULT_TABLE(FAULT_NAME)
#undef FAULT_NAME
};

bool fault_find(const char *name, FaultType *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                if (strcmp(faults[i].name, name) != 0)
                        continue;

                *ret = (FaultType)i;
                return true;
        }

        return false;
}

void fault_print(void)
{
        for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
                printf("  %-14s %s\n", faults[i].name, faults[i].meaning);
}

bool fault_is(const Fault *fault, FaultType type)
{
        return fault->type == type;
}

bool fault_take(Fault *fault, FaultType type)
{
        if (fault->type != type)
                return false;

        fault->type = FAULT_NONE;
        return true;
}
