import { seconds } from "#base/units.ts";
import { Secret } from "#base/secret.ts";
import { RedfishClient } from "#protocols/redfish/client.ts";
import { text } from "#protocols/redfish/resource.ts";

/** A process that asks COUNT BMCs for their power: `redfish-worker.ts PORT COUNT ROUNDS`. Sessions and connections are kept over the rounds. Prints one line of JSON. */
const [port = 0, count = 0, rounds = 0] = process.argv.slice(2).map(Number);
const password = new Secret("secret-pw");

/** Milliseconds of CPU, all threads. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const begun = cpu();
const clients = await Promise.all(
  Array.from({ length: count }, (_, n) =>
    RedfishClient.open(
      { host: "127.0.0.1", port, name: `bmc${n}`, username: "admin", password },
      { limits: { connect: seconds(30), handshake: seconds(60) } },
    ),
  ),
);
const opened = cpu();
let answers = 0;
const asked = performance.now();
for (let n = 0; n < rounds; n++) {
  const states = await Promise.all(
    clients.map(async (client) => text(await client.get("/redfish/v1/Systems/1"), "PowerState")),
  );
  answers += states.filter((state) => state === "On").length;
}
const result = { opening: opened - begun, cpu: cpu() - opened, wall: performance.now() - asked, answers };
await Promise.all(clients.map((client) => client.close()));
process.stdout.write(`${JSON.stringify(result)}\n`);
