#define _POSIX_C_SOURCE 200809L

#include "header.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int header_parse(struct header *header, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    const char *start, *end;
    size_t name_length;

    if (colon == NULL)
        return -1;
    name_length = (size_t)(colon - line);
    if (name_length == 0 || name_length > HEADER_NAME_MAX)
        return -1;
    memcpy(header->name, line, name_length);
    header->name[name_length] = '\0';

    start = colon + 1;
    end = line + length;
    while (start < end && is_blank(*start))
        start++;
    while (end > start && is_blank(end[-1]))
        end--;
    header->value = strndup(start, (size_t)(end - start));
    return header->value == NULL ? -1 : 0;
}

void header_free(struct header *header)
{
    free(header->value);
    header->value = NULL;
}

static struct header *next_slot(struct header_list *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
        struct header *items = realloc(list->items, capacity * sizeof(*items));

        if (items == NULL)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    return &list->items[list->count];
}

long header_list_parse(struct header_list *list, const char *block, size_t length)
{
    size_t at = 0;

    while (at + 1 < length) {
        const char *line = block + at;
        const char *end = memchr(line, '\r', length - at);
        struct header *slot;

        if (end == NULL || end + 1 == block + length || end[1] != '\n')
            return -1;
        at += (size_t)(end - line) + 2;
        if (end == line)
            return (long)at;
        slot = next_slot(list);
        if (slot == NULL || header_parse(slot, line, (size_t)(end - line)) != 0)
            return -1;
        list->count++;
    }
    return -1;
}

const char *header_list_find(const struct header_list *list, const char *name)
{
    size_t i;

    for (i = 0; i < list->count; i++) {
        if (strcasecmp(list->items[i].name, name) == 0)
            return list->items[i].value;
    }
    return NULL;
}

void header_list_free(struct header_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        header_free(&list->items[i]);
    free(list->items);
    list->items = NULL;
    list->count = 0;
    list->capacity = 0;
}
