/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/cloud.h"
#include "ctl/progress.h"

#define PIECE (256 << 10)

InventoryPart cloud_part(const Scanctl *scanctl)
{
        return scanctl->arguments.has_part ? scanctl->arguments.part : INVENTORY_PARTS;
}

static int read_pieces(int fd, const CloudSink *sink, Progress *progress)
{
        _cleanup_free_ uint8_t *piece = malloc(PIECE);
        int64_t done = 0;

        if (!piece)
                return -ENOMEM;

        for (;;) {
                ssize_t n = read(fd, piece, PIECE);
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return sink->end(sink->userdata);

                r = sink->feed(sink->userdata, piece, (size_t)n);
                if (r < 0)
                        return r;
                done += n;
                progress_tell(progress, done);
        }
}

/* When the file was written last: that is when it was exported, as far as anybody can tell. */
static int read_descriptor(const char *path, int fd, int64_t now, const CloudSink *sink)
{
        int64_t exported_at = now, size = 0;
        Progress progress;
        struct stat status;
        int r;

        if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
                size = status.st_size;
                exported_at = status.st_mtime;
        }

        progress_begin(&progress, path, NULL, size);
        r = sink->begin(sink->userdata, exported_at);
        if (r >= 0)
                r = read_pieces(fd, sink, &progress);
        progress_end(&progress);
        return r;
}

int cloud_read(const char *path, int64_t now, const CloudSink *sink)
{
        bool is_stdin = strcmp(path, "-") == 0;
        int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        int r;

        if (fd < 0)
                return scanctl_error("%s: %s.", path, strerror(errno));

        r = read_descriptor(path, fd, now, sink);
        if (!is_stdin)
                (void)close(fd);
        if (r == -EBADMSG)
                return scanctl_error("%s: %s.", path, sink->error(sink->userdata));
        return r < 0 ? scanctl_error("%s: %s.", path, strerror(-r)) : 0;
}

void cloud_batch_add(CloudBatch *batch, const InventoryFile *file)
{
        const InventoryReader *reader = inventory_file_reader(file);
        InventoryPart part = inventory_file_part(file);

        if (part == INVENTORY_PARTS)
                return;
        batch->n_continued[part] += inventory_reader_continued(reader);
        batch->n_ended[part] += inventory_reader_ended(reader);
}

int cloud_batch_check(const CloudBatch *batch)
{
        for (size_t i = 0; i < INVENTORY_PARTS; i++)
                if (batch->n_continued[i] > 0 && batch->n_ended[i] == 0)
                        return scanctl_error(
                                "of the %s, each of the %zu pages has an @odata.nextLink: the last "
                                "one is missing. Follow the links until there is none, and give "
                                "all pages together.",
                                inventory_part_info((InventoryPart)i)->title,
                                batch->n_continued[i]);
        return 0;
}
