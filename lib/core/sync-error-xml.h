/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The errors that a file of csexport tells of: <cs-objects> with a <cs-object> for each object of a connector space. Fed in pieces of any
 * size; holds what it keeps of one object, whatever the file has.
 */

#include "lib/core/sync-error.h"

typedef struct SyncErrorXml SyncErrorXml;

/* Adds to the list, which must outlive it. 0 or -ENOMEM. */
int sync_error_xml_new(SyncErrorList *list, SyncErrorXml **ret);
SyncErrorXml *sync_error_xml_free(SyncErrorXml *xml);
DEFINE_CLEANUP(SyncErrorXml, sync_error_xml_free)

/* 0; -EBADMSG: sync_error_xml_error() says byte, object and reason, and nothing more may be fed; -ENOMEM, or -E2BIG of the list. */
int sync_error_xml_feed(SyncErrorXml *xml, const void *data, size_t size);
int sync_error_xml_end(SyncErrorXml *xml);
const char *sync_error_xml_error(const SyncErrorXml *xml);

size_t sync_error_xml_count(const SyncErrorXml *xml); /* objects, be there an error or not */
