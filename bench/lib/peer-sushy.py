"""PORT COUNT ROUNDS: asks COUNT BMCs for their power with OpenStack's client, sessions and connections kept. Prints opening CPU, kept CPU (ms), answers."""
import json
import os
import resource
import sys
import warnings

import sushy
from sushy import auth

warnings.filterwarnings("ignore")
# Set, it makes python3-requests forget verify=False.
os.environ.pop("REQUESTS_CA_BUNDLE", None)
os.environ.pop("CURL_CA_BUNDLE", None)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1000


port, count, rounds = map(int, sys.argv[1:4])
begun = cpu()
systems = []
for _ in range(count):
    login = auth.SessionAuth("admin", "secret-pw")
    root = sushy.Sushy(f"https://127.0.0.1:{port}", auth=login, verify=False)
    systems.append(root.get_system("/redfish/v1/Systems/1"))
opened = cpu()
answers = 0
for _ in range(rounds):
    for system in systems:
        system.refresh(force=True)
        answers += system.power_state == sushy.PowerState.ON
print(json.dumps({"opening": opened - begun, "cpu": cpu() - opened, "answers": answers}))
