# SPDX-License-Identifier: MIT
foreach(unit ua request refresh session fork incoming cancel agent_auth
        agent_faults owner offer reliable)
  sip_unit(${unit} LINK sip_agent)
endforeach()
sip_unit(resolver LINK sip_resolver)
