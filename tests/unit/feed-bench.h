/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the tests of the feed share: a model directory with two controllers, a client of it, and what goes wrong between them. One
 * of each a process, for Check gives every test its own.
 */

#include "tests/simulate/client.h"
#include "tests/simulate/compare.h"

enum {
        MINUTE = 60 * 1000,
        HOUR = 60 * MINUTE,
        DAY = 24 * HOUR,
        POLL_SECONDS = 30,
        PAGE_SIZE = 4,
        N_USERS = 9,
};

/* A unit below the root, with all users and the contact in it; the group is in the container "Users". */
extern Directory directory;
extern Client client;
extern unsigned unit, users[N_USERS], group, contact;

/* What goes wrong, and where: the nth request of all, or of one sort. */
typedef struct Trouble {
        Fault fault;
        int at;                  /* counted down; -1: never */
        int sort;                /* -1: any */
        void (*meanwhile)(void); /* called there, before the answer */
        bool stays;              /* from there on always */
} Trouble;

extern Trouble trouble;

/* It breaks so at the nth request of a sort (-1: any), counted from 0, once; and the same for a fault that has more to it. */
void expect_trouble(FaultType type, int sort, int at);
void expect_fault(Fault fault, int sort, int at);

/* The function is called before the answer to the next request of a sort (-1: any). */
void meanwhile(int sort, void (*function)(void));

/* Changes the directory: on the first controller, from one to another, on any. */
unsigned add(Kind kind, unsigned parent);
void replicate(unsigned from, unsigned to);
void write_mail(unsigned controller, unsigned object, unsigned address);

/* Fixtures: a client that never connected; one that has read everything and waits; both with a file, which a killed process leaves behind. */
void setup(void);
void setup_read(void);
void setup_new_file(void);
void setup_file(void);
void teardown(void);
void teardown_file(void);

/* Connected to the first controller, read, and waiting. */
void read_once(void);

/* The clock moves on and the controller is asked anew, as after a hang-up. */
void come_back(unsigned controller);

/* The cache is what the controller holds. */
void expect_right(unsigned controller);

/* So many requests of all sorts were made; why the feed last failed, "ok" otherwise; and how it stands. */
unsigned n_requests(void);
const char *failure(void);
FeedStatus status(void);
