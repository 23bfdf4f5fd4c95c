#ifndef HEADER_H
#define HEADER_H

#include <stddef.h>

#define HEADER_NAME_MAX 64

struct header {
    char name[HEADER_NAME_MAX];
    char *value;
};

struct header_list {
    struct header *items;
    size_t count;
    size_t capacity;
};

/* Reads one "Name: value" line of the given length, blanks around the value left out. Returns 0, or -1 when it is no
   header. */
int header_parse(struct header *header, const char *line, size_t length);
void header_free(struct header *header);

/* Reads a block of lines that end in "\r\n", up to the empty one. Returns the number of bytes read, or -1. */
long header_list_parse(struct header_list *list, const char *block, size_t length);
const char *header_list_find(const struct header_list *list, const char *name);
void header_list_free(struct header_list *list);

#endif
