/* SPDX-License-Identifier: MIT */
/* Every cell of the INVITE client transaction: RFC 3261 17.1.1, RFC 6026. */
#include "tx_support.h"

static const struct cell cells[] = {
    /* Calling */
    { "17.1.1.2 calling, 1xx: to the TU, proceeding", "", "180", TX_PROCEEDING,
      "", "180" },
    { "RFC 6026 7.2 calling, 2xx: to the TU, accepted, no ACK", "", "200",
      TX_ACCEPTED, "", "200" },
    { "17.1.1.2 calling, 300-699: ACK, to the TU, completed", "", "302",
      TX_COMPLETED, "ACK", "302" },
    { "17.1.1.2 calling, 699: ACK, to the TU, completed", "", "699",
      TX_COMPLETED, "ACK", "699" },
    { "17.1.1.2 calling, timer A: INVITE again", "", "timer:A", TX_CALLING,
      "INVITE", "" },
    { "17.1.1.2 calling, timer B: inform the TU, terminated", "", "timer:B",
      TX_TERMINATED, "", "failed:B terminated" },
    { "17.1.1.2 calling, timer D: cannot be", "", "timer:D", TX_CALLING, "",
      "" },
    { "17.1.4 calling, transport error: inform the TU, terminated", "", "error",
      TX_TERMINATED, "", "failed:refused terminated" },
    /* Proceeding */
    { "17.1.1.2 proceeding, 1xx: to the TU", "180", "183", TX_PROCEEDING, "",
      "183" },
    { "17.1.1.2 proceeding, the same 1xx: to the TU again", "180", "180",
      TX_PROCEEDING, "", "180" },
    { "RFC 6026 7.2 proceeding, 2xx: to the TU, accepted, no ACK", "180", "202",
      TX_ACCEPTED, "", "202" },
    { "17.1.1.2 proceeding, 300-699: ACK, to the TU, completed", "100", "486",
      TX_COMPLETED, "ACK", "486" },
    { "17.1.1.2 proceeding, timer A: no more repeats", "180", "timer:A",
      TX_PROCEEDING, "", "" },
    { "16.6 proceeding, timer C of a user that is gone: terminated", "180",
      "timer:C", TX_TERMINATED, "", "terminated" },
    { "17.1.1.2 proceeding, timer D: cannot be", "180", "timer:D",
      TX_PROCEEDING, "", "" },
    { "17.1.4 proceeding, transport error: inform the TU, terminated", "180",
      "error", TX_TERMINATED, "", "failed:refused terminated" },
    /* Accepted */
    { "RFC 6026 7.2 accepted, 1xx: dropped", "200", "180", TX_ACCEPTED, "",
      "dropped:state" },
    { "RFC 6026 7.2 accepted, 2xx of a known tag: absorbed", "200", "200",
      TX_ACCEPTED, "", "" },
    { "RFC 6026 7.2 accepted, 2xx of a new tag: to the TU", "200", "200/b",
      TX_ACCEPTED, "", "200" },
    { "RFC 6026 7.2 accepted, 300-699: dropped", "200", "486", TX_ACCEPTED, "",
      "dropped:state" },
    { "RFC 6026 7.2 accepted, timer A: cannot be", "200", "timer:A",
      TX_ACCEPTED, "", "" },
    { "RFC 6026 7.2 accepted, timer B: cannot be", "200", "timer:B",
      TX_ACCEPTED, "", "" },
    { "RFC 6026 7.2 accepted, timer M: terminated", "200", "timer:M",
      TX_TERMINATED, "", "terminated" },
    { "13.2.2.4 accepted, transport error: inform the TU, stay", "200", "error",
      TX_ACCEPTED, "", "failed:refused" },
    /* Completed */
    { "17.1.1.2 completed, 1xx: dropped", "486", "180", TX_COMPLETED, "",
      "dropped:state" },
    { "RFC 6026 7.2 completed, 2xx: dropped", "486", "200", TX_COMPLETED, "",
      "dropped:state" },
    { "17.1.1.2 completed, 300-699: ACK again, absorbed", "486", "486",
      TX_COMPLETED, "ACK", "" },
    { "17.1.1.2 completed, timer A: cannot be", "486", "timer:A", TX_COMPLETED,
      "", "" },
    { "17.1.1.2 completed, timer B: cannot be", "486", "timer:B", TX_COMPLETED,
      "", "" },
    { "17.1.1.2 completed, timer D: terminated", "486", "timer:D",
      TX_TERMINATED, "", "terminated" },
    { "17.1.4 completed, transport error: inform the TU, linger", "486",
      "error", TX_COMPLETED, "", "failed:refused" },
};

static void run(void **state)
{
    bench_run_cell(state, "INVITE", true);
}

int main(void)
{
    struct CMUnitTest tests[array_length(cells)];
    bench_list_cells(tests, cells, array_length(cells), run);
    return cmocka_run_group_tests_name("ICT", tests, NULL, NULL);
}
