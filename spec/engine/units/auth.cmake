# SPDX-License-Identifier: MIT
sip_unit(digest LINK sip_auth)
sip_unit(auth_client LINK sip_auth)
sip_unit(auth_server LINK sip_auth)
