/* SPDX-License-Identifier: MIT */
/* Every cell of the non-INVITE client transaction: RFC 3261 17.1.2. */
#include "tx_support.h"

static const struct cell cells[] = {
    /* Trying */
    { "17.1.2.2 trying, 1xx: to the TU, proceeding", "", "100", TX_PROCEEDING,
      "", "100" },
    { "17.1.2.2 trying, 2xx: to the TU, completed", "", "200", TX_COMPLETED, "",
      "200" },
    { "17.1.2.2 trying, 300-699: to the TU, completed", "", "404", TX_COMPLETED,
      "", "404" },
    { "17.1.2.2 trying, timer E: request again", "", "timer:E", TX_TRYING,
      "OPTIONS", "" },
    { "17.1.2.2 trying, timer F: inform the TU, terminated", "", "timer:F",
      TX_TERMINATED, "", "failed:F terminated" },
    { "17.1.2.2 trying, timer K: cannot be", "", "timer:K", TX_TRYING, "", "" },
    { "17.1.4 trying, transport error: inform the TU, terminated", "", "error",
      TX_TERMINATED, "", "failed:refused terminated" },
    /* Proceeding */
    { "17.1.2.2 proceeding, 1xx: to the TU", "100", "183", TX_PROCEEDING, "",
      "183" },
    { "17.1.2.2 proceeding, 2xx: to the TU, completed", "100", "200",
      TX_COMPLETED, "", "200" },
    { "17.1.2.2 proceeding, 300-699: to the TU, completed", "100", "500",
      TX_COMPLETED, "", "500" },
    { "17.1.2.2 proceeding, timer E: request again", "100", "timer:E",
      TX_PROCEEDING, "OPTIONS", "" },
    { "17.1.2.2 proceeding, timer F: inform the TU, terminated", "100",
      "timer:F", TX_TERMINATED, "", "failed:F terminated" },
    { "17.1.2.2 proceeding, timer K: cannot be", "100", "timer:K",
      TX_PROCEEDING, "", "" },
    { "17.1.4 proceeding, transport error: inform the TU, terminated", "100",
      "error", TX_TERMINATED, "", "failed:refused terminated" },
    /* Completed */
    { "17.1.2.2 completed, 1xx: dropped", "200", "100", TX_COMPLETED, "",
      "dropped:state" },
    { "17.1.2.2 completed, 2xx: absorbed", "200", "200", TX_COMPLETED, "", "" },
    { "17.1.2.2 completed, 2xx of another tag: absorbed", "200", "200/b",
      TX_COMPLETED, "", "" },
    { "17.1.2.2 completed, 300-699: absorbed", "404", "404", TX_COMPLETED, "",
      "" },
    { "17.1.2.2 completed, timer E: no more repeats", "200", "timer:E",
      TX_COMPLETED, "", "" },
    { "17.1.2.2 completed, timer F: cannot be", "200", "timer:F", TX_COMPLETED,
      "", "" },
    { "17.1.2.2 completed, timer K: terminated", "200", "timer:K",
      TX_TERMINATED, "", "terminated" },
    { "17.1.4 completed, transport error: the request was answered", "200",
      "error", TX_COMPLETED, "", "" },
};

static void run(void **state)
{
    bench_run_cell(state, "OPTIONS", true);
}

int main(void)
{
    struct CMUnitTest tests[array_length(cells)];
    bench_list_cells(tests, cells, array_length(cells), run);
    return cmocka_run_group_tests_name("NICT", tests, NULL, NULL);
}
