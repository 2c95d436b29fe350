/* SPDX-License-Identifier: MIT */
/* Intrusive doubly linked list: no allocation, unlinking is O(1). */
#ifndef SIPWRIGHT_BASE_LIST_H
#define SIPWRIGHT_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A node that is in no list points at itself or is all zero. */
struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l;
    l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l || l->next == NULL;
}

static inline bool list_linked(const struct list *node)
{
    return node->next != NULL && node->next != node;
}

/* `node` must not be linked. */
static inline void list_append(struct list *l, struct list *node)
{
    node->prev = l->prev;
    node->next = l;
    l->prev->next = node;
    l->prev = node;
}

/* Legal on a node that is in no list. */
static inline void list_unlink(struct list *node)
{
    if (!list_linked(node))
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* First node, or NULL. */
static inline struct list *list_first(const struct list *l)
{
    return list_empty(l) ? NULL : l->next;
}

#define list_each(node, head) \
    for (struct list *node = (head)->next; node != (head); node = node->next)

/* The body may unlink `node`, and no other. */
#define list_each_safe(node, head)                                    \
    for (struct list *node = (head)->next, *node##_next = node->next; \
         node != (head); node = node##_next, node##_next = node->next)

#endif
