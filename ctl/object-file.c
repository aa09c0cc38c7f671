/* SPDX-License-Identifier: MIT */
#include "ctl/object-file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/file-guid.h"
#include "ctl/progress.h"
#include "ctl/scanctl.h"
#include "lib/core/dn.h"
#include "lib/core/ldif.h"

struct ObjectFile {
        const char *name;
        FILE *stream;
        LdifReader *reader;
        Buffer domain; /* of the last object */
        size_t n_unreadable;
        size_t n_objects;
        Progress progress;
};

/* How often the clock is looked at. */
#define PROGRESS_OBJECTS 500

ObjectFile *object_file_close(ObjectFile *file)
{
        if (!file)
                return NULL;

        (void)ldif_reader_free(file->reader);
        if (file->stream && file->stream != stdin)
                (void)fclose(file->stream);
        buffer_done(&file->domain);
        free(file);
        return NULL;
}

/* 0 where there is no telling: a pipe. */
static int64_t stream_size(FILE *stream)
{
        struct stat status;

        return fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode) ? status.st_size : 0;
}

int object_file_open(const char *path, ObjectFile **ret)
{
        _cleanup_(object_file_closep) ObjectFile *file = calloc(1, sizeof(*file));
        bool is_standard_input = strcmp(path, "-") == 0;
        int r;

        if (!file) {
                (void)scanctl_error("out of memory.");
                return -ENOMEM;
        }

        file->name = is_standard_input ? "standard input" : path;
        file->stream = is_standard_input ? stdin : fopen(path, "re");
        r = file->stream ? ldif_reader_new(&file->reader, file->stream) : -errno;
        if (r < 0) {
                (void)scanctl_error("%s: %s.", file->name, strerror(-r));
                return r;
        }

        progress_begin(&file->progress, file->name, NULL, stream_size(file->stream));
        *ret = TAKE_PTR(file);
        return 0;
}

const char *object_file_name(const ObjectFile *file)
{
        return file->name;
}

size_t object_file_unreadable(const ObjectFile *file)
{
        return file->n_unreadable;
}

void object_file_complain(ObjectFile *file, const char *why)
{
        file->n_unreadable++;
        (void)fprintf(stderr, "%s:%zu: %s\n", file->name, ldif_line(file->reader), why);
}

/* Files are written by people and by many tools: what is no account, contact or group is left out, and only said where it is odd. */
static bool is_wanted(ObjectFile *file, const Object *object)
{
        switch (object->kind) {
        case KIND_USER:
        case KIND_INETORGPERSON:
        case KIND_CONTACT:
        case KIND_GROUP:
                return true;
        case KIND_CONTAINER: /* names are taken from what stands below */
        case KIND_COMPUTER:
                return false;
        case KIND_OTHER:
                break;
        }

        if (!object_has(object, ATTRIBUTE_OBJECT_CLASS))
                object_file_complain(file,
                                     "the record has no objectClass: nobody can tell what it is");
        return false;
}

/* A name without DC= parts may stand in a domain that was named apart. */
static int complete_name(const char *fallback, Object *object)
{
        _cleanup_buffer_ Buffer dn = BUFFER_INIT;
        int r;

        r = buffer_append(&dn, object->dn.data, object->dn.size);
        if (r >= 0)
                r = buffer_append_byte(&dn, ',');
        if (r >= 0)
                r = dn_from_domain(fallback, &dn);
        return r < 0 ? r : object_set_dn(object, (const char *)dn.data, dn.size);
}

/* 1: the name tells its domain. 0: it does not, which has been told. Negative: errno. */
static int take_name(ObjectFile *file, const char *fallback, Object *object)
{
        int r;

        buffer_reset(&file->domain);
        r = dn_to_domain((Slice){ object->dn.data, object->dn.size }, &file->domain);
        if (r >= 0 && file->domain.size == 0 && fallback) {
                r = complete_name(fallback, object);
                if (r >= 0)
                        r = dn_to_domain((Slice){ object->dn.data, object->dn.size },
                                         &file->domain);
        }
        if (r == -EBADMSG || (r >= 0 && file->domain.size == 0)) {
                object_file_complain(file, r < 0 ? "the record's name is no distinguished name"
                                                 : "the record's name has no DC= parts: nobody can "
                                                   "tell its domain");
                return 0;
        }
        if (r < 0)
                return r;

        return buffer_string(&file->domain) ? 1 : -ENOMEM;
}

/* 1: an object. 0: none that can be judged, which has been told. Negative: errno. */
static int take_object(ObjectFile *file, const char *fallback, Object *object)
{
        int r;

        if (!is_wanted(file, object))
                return 0;

        r = take_name(file, fallback, object);
        if (r > 0 && guid_is_null(&object->guid)) {
                r = file_guid_make((Slice){ object->dn.data, object->dn.size }, &object->guid);
                return r < 0 ? r : 1;
        }
        return r;
}

static int take_record(ObjectFile *file, const char *fallback, Object *object, LdifChange change)
{
        switch (change) {
        case LDIF_CONTENT:
        case LDIF_ADD:
                return take_object(file, fallback, object);
        case LDIF_DELETE:
        case LDIF_MODIFY:
        case LDIF_RENAME:
                return take_name(file, fallback, object);
        }

        return -EINVAL;
}

int object_file_next_change(ObjectFile *file, const char *fallback, Object *object,
                            const char **ret_domain, LdifChange *ret_change,
                            const LdifEdits **ret_edits)
{
        for (;;) {
                const char *error = NULL;
                LdifChange change;
                int r;

                r = ldif_read(file->reader, object, &change, &error);
                if (r == LDIF_END) {
                        progress_end(&file->progress);
                        return 0;
                }
                if (r == -EBADMSG) {
                        file->n_unreadable++;
                        (void)fprintf(stderr, "%s: %s\n", file->name, error);
                        continue;
                }
                if (r >= 0)
                        r = take_record(file, fallback, object, change);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;

                if (++file->n_objects % PROGRESS_OBJECTS == 0)
                        progress_tell(&file->progress, ldif_bytes(file->reader));
                *ret_domain = (const char *)file->domain.data;
                *ret_change = change;
                *ret_edits = ldif_edits(file->reader);
                return 1;
        }
}

int object_file_next(ObjectFile *file, Object *object, const char **ret_domain)
{
        const LdifEdits *edits;
        LdifChange change;
        int r;

        while ((r = object_file_next_change(file, NULL, object, ret_domain, &change, &edits)) > 0) {
                if (change == LDIF_CONTENT || change == LDIF_ADD)
                        return r;
                object_file_complain(file, "the record changes an object that is not here: only "
                                           "whole objects can be judged");
        }

        return r;
}
