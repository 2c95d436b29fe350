# SPDX-License-Identifier: MIT
sip_unit(addr LINK sip_base)
sip_unit(net LINK sip_net)
sip_unit(udp LINK sip_net)
sip_unit(faults LINK sip_net)
