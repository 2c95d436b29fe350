# SPDX-License-Identifier: MIT
sip_unit(task LINK sip_script sip_lua)
sip_unit(task_join LINK sip_script sip_lua)
sip_unit(wait LINK sip_script sip_lua)
sip_unit(wait_refused LINK sip_script sip_lua)
sip_unit(watchdog LINK sip_script sip_lua)
sip_unit(traceback LINK sip_script sip_lua)
