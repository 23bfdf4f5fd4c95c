#ifndef HEADER_H
#define HEADER_H

#include <stddef.h>

#define HEADER_NAME_MAX 64

struct header {
    char name[HEADER_NAME_MAX];
    char *value;
};

/* Reads one "Name: value" line of the given length. Returns 0, or -1 when it is no header. */
int header_parse(struct header *header, const char *line, size_t length);
void header_free(struct header *header);

#endif
