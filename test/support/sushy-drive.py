"""Drives a Redfish service with OpenStack's sushy: URL SYSTEM-PATH BOOT-TARGET. Prints one JSON object of what sushy saw."""

import json
import logging
import sys
import time
import warnings

import sushy

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

url, path, target = sys.argv[1:]
auth = sushy.auth.SessionAuth("admin", "correct horse")
client = sushy.Sushy(url, auth=auth, verify=False)
seen = {}
try:
    system = client.get_system(path)
    seen["before"] = system.power_state.value
    seen["resets"] = sorted(value.value for value in system.get_allowed_reset_system_values())
    try:
        mode = system.boot.mode
        system.set_system_boot_options(
            sushy.BootSource(target), enabled=sushy.BootSourceOverrideEnabled.ONCE, mode=mode
        )
        system.refresh(force=True)
        seen["boot"] = [system.boot.target.value, system.boot.enabled.value]
    except sushy.exceptions.BadRequestError as error:
        seen["refused"] = str(error)
    system.reset_system(sushy.ResetType.ON)
    for _ in range(100):
        system.refresh(force=True)
        if system.power_state == sushy.PowerState.ON:
            break
        time.sleep(0.05)
    seen["after"] = system.power_state.value
    try:
        seen["managers"] = [manager.identity for manager in system.managers]
    except sushy.exceptions.MissingAttributeError:
        seen["managers"] = []
finally:
    auth.close()
print(json.dumps(seen))
