/* SPDX-License-Identifier: MIT */
/* Every cell of the non-INVITE server transaction: RFC 3261 17.2.2. */
#include "tx_support.h"

static const struct cell cells[] = {
    /* Trying */
    { "17.2.2 trying, request: discarded", "", "request", TX_TRYING, "", "" },
    { "17.2.2 trying, ACK: none of ours", "", "ack", TX_TRYING, "",
      "layer-ack" },
    { "17.2.2 trying, 1xx from the TU: sent, proceeding", "", "respond:100",
      TX_PROCEEDING, "100", "" },
    { "17.2.2 trying, 2xx from the TU: sent, completed", "", "respond:200",
      TX_COMPLETED, "200", "" },
    { "17.2.2 trying, 300-699 from the TU: sent, completed", "", "respond:404",
      TX_COMPLETED, "404", "" },
    { "17.2.2 trying, timer G: cannot be", "", "timer:G", TX_TRYING, "", "" },
    { "17.2.2 trying, timer H: cannot be", "", "timer:H", TX_TRYING, "", "" },
    { "17.2.2 trying, timer I: cannot be", "", "timer:I", TX_TRYING, "", "" },
    { "trying, timer J of a user that is gone: terminated", "", "timer:J",
      TX_TERMINATED, "", "terminated" },
    { "17.2.2 trying, timer L: cannot be", "", "timer:L", TX_TRYING, "", "" },
    { "17.2.4 trying, transport error: nothing was sent", "", "error",
      TX_TRYING, "", "" },
    /* Proceeding */
    { "17.2.2 proceeding, request: the latest 1xx again",
      "respond:100 respond:183", "request", TX_PROCEEDING, "183", "" },
    { "17.2.2 proceeding, ACK: none of ours", "respond:100", "ack",
      TX_PROCEEDING, "", "layer-ack" },
    { "17.2.2 proceeding, 1xx from the TU: sent", "respond:100", "respond:183",
      TX_PROCEEDING, "183", "" },
    { "17.2.2 proceeding, 2xx from the TU: sent, completed", "respond:100",
      "respond:200", TX_COMPLETED, "200", "" },
    { "17.2.2 proceeding, 300-699 from the TU: sent, completed", "respond:100",
      "respond:500", TX_COMPLETED, "500", "" },
    { "17.2.2 proceeding, timer G: cannot be", "respond:100", "timer:G",
      TX_PROCEEDING, "", "" },
    { "17.2.2 proceeding, timer H: cannot be", "respond:100", "timer:H",
      TX_PROCEEDING, "", "" },
    { "17.2.2 proceeding, timer I: cannot be", "respond:100", "timer:I",
      TX_PROCEEDING, "", "" },
    { "proceeding, timer J of a user that is gone: terminated", "respond:100",
      "timer:J", TX_TERMINATED, "", "terminated" },
    { "17.2.2 proceeding, timer L: cannot be", "respond:100", "timer:L",
      TX_PROCEEDING, "", "" },
    { "17.2.4 proceeding, transport error: inform the TU, terminated",
      "respond:100", "error", TX_TERMINATED, "", "failed:refused terminated" },
    /* Completed */
    { "17.2.2 completed, request: response again", "respond:200", "request",
      TX_COMPLETED, "200", "" },
    { "17.2.2 completed, ACK: none of ours", "respond:200", "ack", TX_COMPLETED,
      "", "layer-ack" },
    { "17.2.2 completed, 1xx from the TU: refused", "respond:200",
      "respond:100", TX_COMPLETED, "", "refused" },
    { "17.2.2 completed, 2xx from the TU: refused", "respond:200",
      "respond:200", TX_COMPLETED, "", "refused" },
    { "17.2.2 completed, 300-699 from the TU: refused", "respond:200",
      "respond:404", TX_COMPLETED, "", "refused" },
    { "17.2.2 completed, timer G: cannot be", "respond:200", "timer:G",
      TX_COMPLETED, "", "" },
    { "17.2.2 completed, timer H: cannot be", "respond:200", "timer:H",
      TX_COMPLETED, "", "" },
    { "17.2.2 completed, timer I: cannot be", "respond:200", "timer:I",
      TX_COMPLETED, "", "" },
    { "17.2.2 completed, timer J: terminated", "respond:200", "timer:J",
      TX_TERMINATED, "", "terminated" },
    { "17.2.2 completed, timer L: cannot be", "respond:200", "timer:L",
      TX_COMPLETED, "", "" },
    { "17.2.4 completed, transport error: inform the TU, terminated",
      "respond:200", "error", TX_TERMINATED, "", "failed:refused terminated" },
};

static void run(void **state)
{
    bench_run_cell(state, "OPTIONS", false);
}

int main(void)
{
    struct CMUnitTest tests[array_length(cells)];
    bench_list_cells(tests, cells, array_length(cells), run);
    return cmocka_run_group_tests_name("NIST", tests, NULL, NULL);
}
