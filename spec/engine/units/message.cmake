# SPDX-License-Identifier: MIT
sip_unit(message LINK sip_message)
sip_unit(edits LINK sip_message)
sip_unit(render LINK sip_message)
sip_unit(typed LINK sip_message)
