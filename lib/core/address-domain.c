/* SPDX-License-Identifier: MIT */

/* What DNS names are to addresses: public, reserved, equal. */

#include "lib/core/address.h"

#include <libpsl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/core/hash.h"

/* A name of DNS ends at 253; a longer one is no domain, whatever its suffix. */
#define DOMAIN_SIZE_MAX 253

static Slice without_last_dot(Slice domain)
{
        if (domain.size > 0 && domain.data[domain.size - 1] == '.')
                domain.size--;
        return domain;
}

bool domain_equal(Slice a, Slice b)
{
        a = without_last_dot(a);
        b = without_last_dot(b);
        if (a.size != b.size)
                return false;

        for (size_t i = 0; i < a.size; i++)
                if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
                        return false;
        return true;
}

bool domain_is_below(Slice domain, Slice parent)
{
        size_t n;

        domain = without_last_dot(domain);
        parent = without_last_dot(parent);
        if (parent.size == 0 || domain.size < parent.size + 2)
                return false;

        n = domain.size - parent.size;
        return domain.data[n - 1] == '.' &&
               domain_equal((Slice){ domain.data + n, parent.size }, parent);
}

bool domain_is_reserved(Slice domain)
{
        Slice initial = SLICE("onmicrosoft.com");

        domain = without_last_dot(domain);
        if (domain_is_below(domain, SLICE("microsoftonline.com")))
                return true;

        /* One label only: contoso.mail.onmicrosoft.com is where hybrid mail is routed, and must sync. */
        return domain_is_below(domain, initial) &&
               !memchr(domain.data, '.', domain.size - initial.size - 1);
}

/* ------------------------------------------------------------------ the public suffix list */

/* Made once and kept: it never changes afterwards, so nobody can tell it from a constant. */
static const psl_ctx_t *suffix_list(void)
{
        static const psl_ctx_t *list;

        if (!list)
                list = psl_latest(NULL) ?: psl_builtin();
        return list;
}

bool domain_list_load(void)
{
        return psl_is_public_suffix2(suffix_list(), "com", PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

static bool is_suffix(const char *domain)
{
        return psl_is_public_suffix2(suffix_list(), domain, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

static bool has_empty_label(Slice domain)
{
        return domain.size == 0 || domain.data[0] == '.' || domain.data[domain.size - 1] == '.' ||
               text_contains(domain, "..");
}

/* Takes a name in lower case. From the right, because there most names find what they seek at once. */
static bool is_below_suffix(const char *name)
{
        const char *end = name + strlen(name);

        if (is_suffix(name))
                return false;

        while ((end = memrchr(name, '.', (size_t)(end - name))))
                if (is_suffix(end + 1))
                        return true;
        return false;
}

/*
 * A question to the list takes a microsecond; a full read asks it for each user, and nearly always of the same few
 * domains. So the last answers are kept, each where its name hashes to.
 */
typedef struct Answer {
        char name[56];
        bool is_public;
} Answer;

static Answer *find_answer(const char *name, size_t size)
{
        static Answer answers[64];

        return size < sizeof(answers->name)
                       ? &answers[hash_finish(hash_bytes(HASH_INIT, name, size)) %
                                  ARRAY_SIZE(answers)]
                       : NULL;
}

bool domain_is_public(Slice domain)
{
        _cleanup_buffer_ Buffer folded = BUFFER_INIT;
        const char *name;
        Answer *answer;

        domain = without_last_dot(domain);
        if (domain.size > DOMAIN_SIZE_MAX || has_empty_label(domain) ||
            !text_is_utf8(domain.data, domain.size))
                return false;

        /* Without memory the name has the benefit of the doubt: nobody is to be told that com does not exist. */
        if (text_fold_exact(domain.data, domain.size, &folded) < 0)
                return true;
        name = buffer_string(&folded);
        if (!name)
                return true;

        answer = find_answer(name, folded.size);
        if (!answer)
                return is_below_suffix(name);
        if (strcmp(answer->name, name) != 0) {
                answer->is_public = is_below_suffix(name);
                memcpy(answer->name, name, folded.size + 1);
        }
        return answer->is_public;
}

/* psl_latest() takes the system's file where it is younger than the library's own list. */
const char *domain_list_version(void)
{
        static char version[80];
        const char *file = psl_dist_filename();
        struct stat st;

        if (!version[0]) {
                if (!file || stat(file, &st) < 0)
                        st.st_mtime = 0;
                snprintf(version, sizeof(version), "%s %lld", psl_builtin_sha1sum(),
                         (long long)st.st_mtime);
        }
        return version;
}
