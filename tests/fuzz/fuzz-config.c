/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/core/config.h"
#include "lib/core/text.h"
#include "tests/fuzz/fuzz.h"

static int load(const uint8_t *data, size_t size, Config **ret, char **ret_error)
{
        int fd = memfd_create("config", MFD_CLOEXEC);
        char path[64];
        int r;

        REQUIRE(fd >= 0);
        REQUIRE(write(fd, data, size) == (ssize_t)size);
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        r = config_load(path, NULL, ret, ret_error);
        REQUIRE(close(fd) == 0);
        return r;
}

/* What is wrong is said in whole lines of text, each of which names the file. */
static void check_error(const char *error)
{
        REQUIRE(error && *error);
        while (*error) {
                const char *end = strchr(error, '\n');

                REQUIRE(end);
                REQUIRE(strncmp(error, "/proc/self/fd/", 14) == 0);
                REQUIRE(text_is_utf8(error, (size_t)(end - error)));
                error = end + 1;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(config_freep) Config *config = NULL, *again = NULL;
        _cleanup_free_ char *error = NULL;
        int r;

        r = load(data, size, &config, &error);
        if (r < 0) {
                REQUIRE(r == -EINVAL || r == -EFBIG);
                REQUIRE(!config);
                check_error(error);
                return 0;
        }

        REQUIRE(!error);
        REQUIRE(load(data, size, &again, &error) == 0);
        REQUIRE(config_compare(config, again, NULL) == CONFIG_SAME);
        REQUIRE(config_derivation(config) == config_derivation(again));
        REQUIRE(config->n_domains == again->n_domains);
        for (size_t i = 0; i < config->n_domains; i++) {
                const DomainConfig *domain = &config->domains[i];

                REQUIRE(config_find_domain(again, domain->name) == &again->domains[i]);
                REQUIRE(config_compare_domain(domain, &again->domains[i]) == CONFIG_SAME);
                REQUIRE(domain->bind != BIND_SIMPLE ||
                        (domain->tls != TLS_NONE && domain->bind_dn && domain->password_file));
        }
        return 0;
}
