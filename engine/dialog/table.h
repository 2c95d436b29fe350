/* SPDX-License-Identifier: MIT */
/* Private to dialog: what a dialog is made of, and its place in the table. */
#ifndef SIPWRIGHT_DIALOG_TABLE_H
#define SIPWRIGHT_DIALOG_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/list.h"
#include "dialog/dialog.h"
#include "dialog/routes.h"

struct dialog {
    struct dialog_table *table; /* NULL once ended */
    struct hash_node node;
    uint32_t refs;
    struct list usages; /* its users' */
    enum dialog_state state;
    bool uac;
    bool remote_seen; /* remote_cseq holds a number */
    uint32_t local_cseq, remote_cseq;
    struct routes routes;
    struct slice call_id, local_tag, remote_tag; /* in identity */
    struct slice local_uri, remote_uri;          /* in identity */
    char identity[];                             /* settled when it is made */
};

void dialog_table_insert(struct dialog_table *t, struct dialog *d);
void dialog_table_remove(struct dialog *d); /* idempotent */

#endif
