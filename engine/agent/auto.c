/* SPDX-License-Identifier: MIT */
/* The switches' names, in the order of enum auto_switch. */
#include "agent/auto.h"

#include <stddef.h>

const char *const auto_names[AUTO_SWITCHES + 1] = {
    [AUTO_TRYING] = "trying",
    [AUTO_ACK] = "ack",
    [AUTO_AUTH] = "auth",
    [AUTO_PREEMPT] = "preempt",
    [AUTO_CANCEL] = "cancel",
    [AUTO_FORK_BYE] = "fork_bye",
    [AUTO_STRAY] = "stray",
    [AUTO_BYE] = "bye",
    [AUTO_NOTIFY] = "notify",
    [AUTO_INFO] = "info",
    [AUTO_OPTIONS] = "options",
    [AUTO_UPDATE] = "update",
    [AUTO_ALLOW] = "allow",
    [AUTO_RETRANSMIT] = "retransmit",
    [AUTO_ACK_TIMEOUT_BYE] = "ack_timeout_bye",
    [AUTO_PRACK] = "prack",
    [AUTO_MERGED] = "merged",
    [AUTO_GLARE] = "glare",
    [AUTO_SESSION_TIMER] = "session_timer",
    [AUTO_REPLACES] = "replaces",
    [AUTO_ACK_FAILURE] = "ack_failure",
    [AUTO_SUBSCRIBE] = "subscribe",
    [AUTO_REDIRECT] = "redirect",
    [AUTO_REFRESH] = "refresh",
    [AUTO_SWITCHES] = NULL,
};
