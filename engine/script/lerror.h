/* SPDX-License-Identifier: MIT */
/* Expected failures as Lua values: {code=, message=, …} with __tostring. */
#ifndef SIPWRIGHT_SCRIPT_LERROR_H
#define SIPWRIGHT_SCRIPT_LERROR_H

#include <lua.h>

/* Pushes an error table; tostring gives `message`, and below it `detail` (the
 * ladder, wanted against came) if that field is set by somebody later. */
void lerror_push(lua_State *L, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* nil, err; returns 2. */
int lerror_return(lua_State *L, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for an error of base/err.h: code err_name(), message err_text(). */
int lerror_return_err(lua_State *L, int err, const char *what);

#endif
