/* SPDX-License-Identifier: MIT */
#pragma once

/* The lab of a test program, and its fixtures. One of it a process, for Check gives every test its own. */

#include "tests/unit/apply-lab.h"

extern Lab lab;

void one_domain(void);
void one_domain_in_a_file(void);
void two_domains(void);
void tear_down(void);
