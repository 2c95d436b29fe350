# SPDX-License-Identifier: MIT
foreach(unit tx_ict tx_nict tx_ist tx_nist tx_timer tx_match tx_linger
        tx_failure tx_reentry tx_many)
  sip_unit(${unit} LINK sip_transaction)
endforeach()
