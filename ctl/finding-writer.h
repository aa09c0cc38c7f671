/* SPDX-License-Identifier: MIT */
#pragma once

/* A list of findings on its way out, as text, JSON or CSV: what `findings` and `check` share. */

#include "ctl/output.h"
#include "lib/core/record.h"

typedef struct FindingWriter FindingWriter;

/* Begins the list. Borrows the output. 0 or -ENOMEM. */
int finding_writer_new(Output *output, OutputFormat format, bool has_accepted, int64_t now,
                       FindingWriter **ret);
FindingWriter *finding_writer_free(FindingWriter *writer);
DEFINE_CLEANUP(FindingWriter, finding_writer_free)

int finding_writer_add(FindingWriter *writer, const Record *record); /* 0 or -ENOMEM */

/* Between pages of a list: lets go of what was added. */
void finding_writer_flush(FindingWriter *writer);

/* Ends the list; as text with a line that counts it, or with `nothing` where there was none. */
int finding_writer_end(FindingWriter *writer, const char *nothing); /* 0 or -ENOMEM */

/* How many were added. */
size_t finding_writer_count(const FindingWriter *writer);

/* "mail: anna@contoso.com", long values cut, for whoever shows one finding. Appends. 0 or -ENOMEM. */
int finding_value_text(const char *attribute, const char *value, Buffer *buffer);

/* "CN=Anna,DC=corp (mail)". Appends. 0 or -ENOMEM. */
int finding_holder_text(const RecordHolder *holder, Buffer *buffer);

/* "until 2027-03-31T22:00:00Z by anna: it goes with the old system". Likewise. */
int finding_acceptance_text(const RecordAcceptance *acceptance, Buffer *buffer);
