/* SPDX-License-Identifier: MIT */

/*
 * Gives each file of a corpus to a fuzz target: as it is, cut off at every place, and with a few hundred random changes whose
 * seed is printed. So that what a fuzzer once found stays found, and a little more is tried each time, without one.
 */

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/core/buffer.h"
#include "tests/fuzz/fuzz.h"

#define N_MUTATIONS 300
#define PREFIX_MAX  4096 /* longer files are cut off at fewer places */

static uint64_t seed;

static uint64_t next_random(void)
{
        uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* The input in a block of its own size, so that a sanitizer sees a read behind its end. */
static void give(const uint8_t *data, size_t size)
{
        uint8_t *copy = malloc(size ? size : 1);

        REQUIRE(copy);
        if (size > 0)
                memcpy(copy, data, size);
        (void)LLVMFuzzerTestOneInput(copy, size);
        free(copy);
}

/* One change: a byte, a bit, a stretch doubled, a stretch left out. */
static void mutate(Buffer *input)
{
        size_t at = next_random() % input->size, n = 1 + next_random() % 16;

        if (n > input->size - at)
                n = input->size - at;

        switch (next_random() % 4) {
        case 0:
                input->data[at] = (uint8_t)next_random();
                break;
        case 1:
                input->data[at] ^= (uint8_t)(1U << next_random() % 8);
                break;
        case 2:
                REQUIRE(buffer_reserve(input, n) == 0);
                memmove(input->data + at + n, input->data + at, input->size - at);
                input->size += n;
                break;
        case 3:
                memmove(input->data + at, input->data + at + n, input->size - at - n);
                input->size -= n;
                break;
        }
}

static void replay(const Buffer *file)
{
        size_t step = 1 + file->size / PREFIX_MAX;

        give(file->data, file->size);
        for (size_t size = 0; size < file->size; size += step)
                give(file->data, size);

        for (unsigned i = 0; i < N_MUTATIONS && file->size > 0; i++) {
                _cleanup_buffer_ Buffer input = BUFFER_INIT;

                REQUIRE(buffer_append(&input, file->data, file->size) == 0);
                for (uint64_t n = 1 + next_random() % 4; n > 0 && input.size > 0; n--)
                        mutate(&input);
                give(input.data, input.size);
        }
}

static void read_file(const char *path, Buffer *buffer)
{
        FILE *file = fopen(path, "re");
        size_t n;

        REQUIRE(file);
        do {
                REQUIRE(buffer_reserve(buffer, 4096) == 0);
                n = fread(buffer->data + buffer->size, 1, 4096, file);
                buffer->size += n;
        } while (n > 0);
        fclose(file);
}

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

int main(int argc, char *argv[])
{
        const char *given = getenv("SCAND_TEST_SEED");
        struct dirent **entries;
        int n;

        REQUIRE(argc == 2);
        seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
        n = scandir(argv[1], &entries, is_visible, alphasort);
        if (n <= 0) {
                fprintf(stderr, "%s: %s\n", argv[1], n < 0 ? strerror(errno) : "no files");
                return EXIT_FAILURE;
        }

        printf("1..%d\n# seed %llu (set SCAND_TEST_SEED to repeat)\n", n, (unsigned long long)seed);
        for (int i = 0; i < n; i++) {
                _cleanup_buffer_ Buffer path = BUFFER_INIT, file = BUFFER_INIT;

                REQUIRE(buffer_append_format(&path, "%s/%s", argv[1], entries[i]->d_name) == 0);
                printf("# %s\n", entries[i]->d_name);
                fflush(stdout); /* the last word, should it abort */
                read_file(buffer_string(&path), &file);
                replay(&file);
                printf("ok %d - %s\n", i + 1, entries[i]->d_name);
                free(entries[i]);
        }

        free(entries);
        return EXIT_SUCCESS;
}
