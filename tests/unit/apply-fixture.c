/* SPDX-License-Identifier: MIT */
#include "tests/unit/apply-fixture.h"

Lab lab;

void one_domain(void)
{
        lab_init(&lab, 1);
}

void one_domain_in_a_file(void)
{
        lab_init_file(&lab, 1);
}

void two_domains(void)
{
        lab_init(&lab, 2);
}

void tear_down(void)
{
        lab_done(&lab);
}
