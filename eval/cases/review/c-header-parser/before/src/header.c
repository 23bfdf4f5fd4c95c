#include "header.h"

#include <stdlib.h>
#include <string.h>

int header_parse(struct header *header, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    size_t name_length;

    if (colon == NULL)
        return -1;
    name_length = (size_t)(colon - line);
    if (name_length == 0 || name_length >= HEADER_NAME_MAX)
        return -1;
    memcpy(header->name, line, name_length);
    header->name[name_length] = '\0';
    header->value = strndup(colon + 1, length - name_length - 1);
    return header->value == NULL ? -1 : 0;
}

void header_free(struct header *header)
{
    free(header->value);
    header->value = NULL;
}
