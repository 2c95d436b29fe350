/* SPDX-License-Identifier: MIT */
/* Every cell of the INVITE server transaction: RFC 3261 17.2.1, RFC 6026. */
#include "tx_support.h"

static const struct cell cells[] = {
    /* Proceeding */
    { "17.2.1 proceeding, INVITE before any 1xx: absorbed", "", "request",
      TX_PROCEEDING, "", "" },
    { "17.2.1 proceeding, INVITE: the latest 1xx again",
      "respond:100 respond:180", "request", TX_PROCEEDING, "180", "" },
    { "17.2.1 proceeding, ACK: none of ours", "", "ack", TX_PROCEEDING, "",
      "layer-ack" },
    { "17.2.1 proceeding, 1xx from the TU: sent", "", "respond:180",
      TX_PROCEEDING, "180", "" },
    { "17.2.1 proceeding, another 1xx from the TU: sent", "respond:180",
      "respond:183", TX_PROCEEDING, "183", "" },
    { "RFC 6026 7.1 proceeding, 2xx from the TU: sent, accepted", "respond:180",
      "respond:200", TX_ACCEPTED, "200", "" },
    { "17.2.1 proceeding, 300-699 from the TU: sent, completed", "respond:180",
      "respond:486", TX_COMPLETED, "486", "" },
    { "17.2.1 proceeding, timer G: cannot be", "", "timer:G", TX_PROCEEDING, "",
      "" },
    { "17.2.1 proceeding, timer H: cannot be", "", "timer:H", TX_PROCEEDING, "",
      "" },
    { "17.2.1 proceeding, timer I: cannot be", "", "timer:I", TX_PROCEEDING, "",
      "" },
    { "17.2.1 proceeding, timer J: cannot be", "", "timer:J", TX_PROCEEDING, "",
      "" },
    { "proceeding, timer L of a user that is gone: terminated", "", "timer:L",
      TX_TERMINATED, "", "terminated" },
    { "RFC 6026 7.1 proceeding, transport error: inform the TU, stay",
      "respond:180", "error", TX_PROCEEDING, "", "failed:refused" },
    /* Accepted */
    { "RFC 6026 7.1 accepted, INVITE: absorbed", "respond:200", "request",
      TX_ACCEPTED, "", "" },
    { "RFC 6026 7.1 accepted, ACK: to the TU", "respond:200", "ack",
      TX_ACCEPTED, "", "layer-ack" },
    { "RFC 6026 7.1 accepted, 1xx from the TU: refused", "respond:200",
      "respond:180", TX_ACCEPTED, "", "refused" },
    { "RFC 6026 7.1 accepted, 2xx from the TU: sent", "respond:200",
      "respond:200", TX_ACCEPTED, "200", "" },
    { "RFC 6026 7.1 accepted, 300-699 from the TU: refused", "respond:200",
      "respond:486", TX_ACCEPTED, "", "refused" },
    { "RFC 6026 7.1 accepted, timer G: cannot be", "respond:200", "timer:G",
      TX_ACCEPTED, "", "" },
    { "RFC 6026 7.1 accepted, timer H: cannot be", "respond:200", "timer:H",
      TX_ACCEPTED, "", "" },
    { "RFC 6026 7.1 accepted, timer I: cannot be", "respond:200", "timer:I",
      TX_ACCEPTED, "", "" },
    { "RFC 6026 7.1 accepted, timer J: cannot be", "respond:200", "timer:J",
      TX_ACCEPTED, "", "" },
    { "RFC 6026 7.1 accepted, timer L: terminated", "respond:200", "timer:L",
      TX_TERMINATED, "", "terminated" },
    { "RFC 6026 7.1 accepted, transport error: inform the TU, stay",
      "respond:200", "error", TX_ACCEPTED, "", "failed:refused" },
    /* Completed */
    { "17.2.1 completed, INVITE: response again", "respond:486", "request",
      TX_COMPLETED, "486", "" },
    { "17.2.1 completed, ACK: confirmed", "respond:486", "ack", TX_CONFIRMED,
      "", "ack" },
    { "17.2.1 completed, 1xx from the TU: refused", "respond:486",
      "respond:180", TX_COMPLETED, "", "refused" },
    { "17.2.1 completed, 2xx from the TU: refused", "respond:486",
      "respond:200", TX_COMPLETED, "", "refused" },
    { "17.2.1 completed, 300-699 from the TU: refused", "respond:486",
      "respond:603", TX_COMPLETED, "", "refused" },
    { "17.2.1 completed, timer G: response again", "respond:486", "timer:G",
      TX_COMPLETED, "486", "" },
    { "17.2.1 completed, timer H: inform the TU, terminated", "respond:486",
      "timer:H", TX_TERMINATED, "", "failed:H terminated" },
    { "17.2.1 completed, timer I: cannot be", "respond:486", "timer:I",
      TX_COMPLETED, "", "" },
    { "17.2.1 completed, timer J: cannot be", "respond:486", "timer:J",
      TX_COMPLETED, "", "" },
    { "17.2.1 completed, timer L: cannot be", "respond:486", "timer:L",
      TX_COMPLETED, "", "" },
    { "RFC 6026 7.1 completed, transport error: inform the TU, stay",
      "respond:486", "error", TX_COMPLETED, "", "failed:refused" },
    /* Confirmed */
    { "17.2.1 confirmed, INVITE: absorbed", "respond:486 ack", "request",
      TX_CONFIRMED, "", "" },
    { "17.2.1 confirmed, ACK: absorbed", "respond:486 ack", "ack", TX_CONFIRMED,
      "", "" },
    { "17.2.1 confirmed, 1xx from the TU: refused", "respond:486 ack",
      "respond:180", TX_CONFIRMED, "", "refused" },
    { "17.2.1 confirmed, 2xx from the TU: refused", "respond:486 ack",
      "respond:200", TX_CONFIRMED, "", "refused" },
    { "17.2.1 confirmed, 300-699 from the TU: refused", "respond:486 ack",
      "respond:486", TX_CONFIRMED, "", "refused" },
    { "17.2.1 confirmed, timer G: no more repeats", "respond:486 ack",
      "timer:G", TX_CONFIRMED, "", "" },
    { "17.2.1 confirmed, timer H: cannot be", "respond:486 ack", "timer:H",
      TX_CONFIRMED, "", "" },
    { "17.2.1 confirmed, timer I: terminated", "respond:486 ack", "timer:I",
      TX_TERMINATED, "", "terminated" },
    { "17.2.1 confirmed, timer J: cannot be", "respond:486 ack", "timer:J",
      TX_CONFIRMED, "", "" },
    { "17.2.1 confirmed, timer L: cannot be", "respond:486 ack", "timer:L",
      TX_CONFIRMED, "", "" },
    { "17.2.1 confirmed, transport error: the ACK has shown otherwise",
      "respond:486 ack", "error", TX_CONFIRMED, "", "" },
};

static void run(void **state)
{
    bench_run_cell(state, "INVITE", false);
}

int main(void)
{
    struct CMUnitTest tests[array_length(cells)];
    bench_list_cells(tests, cells, array_length(cells), run);
    return cmocka_run_group_tests_name("IST", tests, NULL, NULL);
}
