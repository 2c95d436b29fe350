# SPDX-License-Identifier: MIT
sip_unit(addr_spec LINK sip_wire)
sip_unit(header LINK sip_wire)
sip_unit(method LINK sip_wire)
sip_unit(scan LINK sip_wire)
sip_unit(scan_safety LINK sip_wire)
