/* SPDX-License-Identifier: MIT */
/* A Lua state with an allocator of its own. */
#include "cli/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Strings, tables and userdata of a few sizes come and go with every call;
 * Lua tells the size of what it frees, so nothing need be looked up. What is
 * large may fail, and the script can catch that.
 */
static void *allocate(void *arg, void *old, size_t size, size_t wanted)
{
    struct state *s = arg;
    void *block;

    if (!old)
        size = 0; /* it tells the kind of object */
    if (size == 0 && wanted == 0)
        return NULL;
    if (blocks_alike(size, wanted))
        return old;
    if ((size == 0 || size > BLOCKS_MOST) && wanted > BLOCKS_MOST)
        return realloc(old, wanted);
    if (wanted == 0) {
        blocks_give(&s->blocks, old, size);
        return NULL;
    }
    block =
        wanted > BLOCKS_MOST ? malloc(wanted) : blocks_take(&s->blocks, wanted);
    if (block && old) {
        memcpy(block, old, size < wanted ? size : wanted);
        blocks_give(&s->blocks, old, size);
    }
    return block;
}

static int on_panic(lua_State *L)
{
    const char *text = lua_tostring(L, -1);

    fprintf(stderr, "sipwright: error outside of protected calls: %s\n",
            text ? text : "(error object is not a string)");
    return 0; /* Lua aborts */
}

/* As the stock interpreter has it: off until warn("@on"). */
static void on_warning(void *arg, const char *text, int to_be_continued)
{
    struct state *s = arg;

    if (!s->goes_on && !to_be_continued && text[0] == '@') {
        if (strcmp(text, "@on") == 0)
            s->warnings = true;
        else if (strcmp(text, "@off") == 0)
            s->warnings = false;
        return;
    }
    if (s->warnings)
        fprintf(stderr, "%s%s%s", s->goes_on ? "" : "Lua warning: ", text,
                to_be_continued ? "" : "\n");
    s->goes_on = to_be_continued;
}

bool state_open(struct state *s)
{
    *s = (struct state){ 0 };
    s->L = lua_newstate(allocate, s);
    if (!s->L)
        return false;
    lua_atpanic(s->L, on_panic);
    lua_setwarnf(s->L, on_warning, s);
    return true;
}

void state_close(struct state *s)
{
    lua_close(s->L);
    blocks_fini(&s->blocks);
}
