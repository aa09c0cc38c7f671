/* SPDX-License-Identifier: MIT */

/*
 * Makes a database as the daemon would, of LDIF files, for tests of the programs that read it:
 *
 *     make-database DATABASE CONFIG NOW DOMAIN KIND FILE
 *
 * KIND is first or delta; NOW is what opened and deleted are dated with. Every record needs objectGUID and uSNChanged.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/core/ldif.h"
#include "lib/state/apply.h"

static const Guid invocation_id = { { 1, 2, 3, 4 } };

static int stage_file(Apply *apply, const char *path, int64_t *ret_usn)
{
        _cleanup_(ldif_reader_freep) LdifReader *reader = NULL;
        _cleanup_(object_freep) Object *object = NULL;
        const char *error = NULL;
        LdifChange change;
        FILE *stream = fopen(path, "re");
        int r;

        if (!stream)
                return -errno;

        r = object_new(&object);
        if (r >= 0)
                r = ldif_reader_new(&reader, stream);
        while (r >= 0 && (r = ldif_read(reader, object, &change, &error)) == 0) {
                if (object->usn > *ret_usn)
                        *ret_usn = object->usn;
                r = apply_stage(apply, object);
        }

        (void)fclose(stream);
        if (r == -EBADMSG)
                (void)fprintf(stderr, "%s: %s\n", path, error);
        return r == LDIF_END ? 0 : r;
}

static int apply_file(Store *store, const Config *config, int64_t now, const char *name,
                      ApplyKind kind, const char *path)
{
        _cleanup_(domain_done) Domain domain = {};
        _cleanup_(apply_freep) Apply *apply = NULL;
        _cleanup_buffer_ Buffer naming_context = BUFFER_INIT;
        ApplySettings settings = { .config = config,
                                   .domain_config = config_find_domain(config, name),
                                   .now = now,
                                   .invocation_id = invocation_id };
        Cursor cursor = { .dc = (char *)"dc1.corp.example",
                          .invocation_id = invocation_id,
                          .polled_at = now };
        int r;

        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++)
                if (attribute_name(attribute))
                        attribute_set_add(&settings.requested, attribute);

        if ((r = domain_load(store, name, &domain)) < 0 ||
            (r = dn_from_domain(name, &naming_context)) < 0)
                return r;
        free(domain.naming_context);
        domain.naming_context = buffer_steal_string(&naming_context);
        domain.tombstones_readable = 1;
        domain.last_poll_ok = now;
        domain.stale_after = INT64_C(4102444800); /* 2100: what is made here is never too old */
        if (kind == APPLY_FIRST)
                domain.last_full_ok = now;

        r = domain_save(store, &domain);
        if (r >= 0)
                r = apply_new(store, &domain, kind, &settings, &apply);
        if (r >= 0)
                r = stage_file(apply, path, &cursor.watermark);
        if (r >= 0)
                r = apply_accept(apply, &cursor);
        while (r >= 0 && (r = apply_step(apply, 1000)) == APPLY_MORE)
                ;
        return r;
}

int main(int argc, char **argv)
{
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(store_closep) Store *store = NULL;
        _cleanup_free_ char *error = NULL;
        int r;

        if (argc != 7) {
                (void)fputs("usage: make-database DATABASE CONFIG NOW DOMAIN first|delta FILE\n",
                            stderr);
                return 2;
        }

        r = config_load(argv[2], NULL, &config, &error);
        if (r >= 0)
                r = store_open(argv[1], STORE_WRITE, &store, &error);
        if (r >= 0)
                r = apply_file(store, config, strtoll(argv[3], NULL, 10), argv[4],
                               strcmp(argv[5], "first") == 0 ? APPLY_FIRST : APPLY_DELTA, argv[6]);
        if (r < 0)
                (void)fprintf(stderr, "%s\n", error ? error : strerror(-r));
        return r < 0;
}
