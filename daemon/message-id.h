/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The 128-bit names of the messages that administrators may wait for. They never change meaning; scand.catalog has a text
 * for each, and a test compares the two.
 */

/* clang-format off */
/* The daemon. */
#define MESSAGE_STARTED         "8aa1005254b7443595e610ec32bed358"
#define MESSAGE_STOPPED         "a7adc105b9894a528842994531f0dc23"
#define MESSAGE_RELOADED        "714947ce44c0439d8b5c54bf03eeac7d"
#define MESSAGE_RELOAD_FAILED   "926efe06c2c04c8ea24c51540c4b138d"

/* An inventory of the cloud. */
#define MESSAGE_IMPORTED        "bc97ba616f534e188e0aa73edd74fe1c"
#define MESSAGE_IMPORT_REFUSED  "26b542b80da9492f81ed14249ccf52cc"

/* One domain's connection. */
#define MESSAGE_CONNECTED       "ee2a712cb20241f1914263b42a9b197d"
#define MESSAGE_UNREACHABLE     "4623179eb11747d39bb95913bc405ec9" /* no connection, or one that broke */
#define MESSAGE_UNUSABLE        "a4da35fbd24f4ceab6d429139e6c0cd2" /* it answers, but cannot be followed */
#define MESSAGE_DELETIONS_HELD  "1cff32bc27e447cfb12ef6472f048d1f"
#define MESSAGE_TOMBSTONES      "05c09f43701345689e38cf1f4482868c" /* the account may not list deleted objects */
#define MESSAGE_MISSED          "e0203b1189154b71944340f3fcd8f4a4"
#define MESSAGE_LOCKED          "9e8b0c0055164fccb338bbe1477baa3c" /* another program writes to the database */

/* Events: what happened to findings and objects. */
#define MESSAGE_OPENED          "62094fa3806f465b904732d9610f4865"
#define MESSAGE_CLOSED          "ad23aa576089493e9ce26641d7cda90e"
#define MESSAGE_BASELINE        "e4f49602423340b1af98788432831916"
#define MESSAGE_SUMMARY         "c28f17de9e4543eca0e2d84ea8fcce84"
#define MESSAGE_CLOSED_SUMMARY  "00693c8a9f2e478c8f27d3af3677ddfd"
#define MESSAGE_DELETED         "18d1705d764148349eb2727034e27f96"
#define MESSAGE_RESTORED        "de91098509df4a73953d69781c7982d2"
#define MESSAGE_MOVED           "b7fcedb6c2f347ff88db4736c9834abc"
#define MESSAGE_UPN_CHANGED     "39e228afc0b9400186e5ebe2108c32a0"
#define MESSAGE_ANCHOR_CHANGED  "ff952eb2a5904f01af2952d9c6739af2"
#define MESSAGE_LEFT_SCOPE      "27e9ec44956145a2bad92f89377f387f"
#define MESSAGE_READ_COMPLETE   "4d350f4a114542249df6528ea7a82be8"
#define MESSAGE_ACCEPTED        "62ef2e3acd02445fae9e211d80671c01"
#define MESSAGE_UNACCEPTED      "fe0819a8bf934a61ad173af86f3dbab0"
#define MESSAGE_EXPIRED         "aa1c057312f44a788faeacbf7bfc356f"
#define MESSAGE_FORGOTTEN       "750b244b297e4a57a604413fa4953bf3"
/* clang-format on */
