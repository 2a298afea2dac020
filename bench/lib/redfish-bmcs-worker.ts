import { certificate, serve, type Handler } from "../../test/support/https-server.ts";

/** A process that is as many BMCs as come to it: root, sessions, one system. Prints its port; ends with its standard input. */
const service = "/redfish/v1";
const systems = `${service}/Systems`;
const sessions = `${service}/SessionService/Sessions`;
const system = {
  "@odata.id": `${systems}/1`,
  "@odata.type": "#ComputerSystem.v1_13_0.ComputerSystem",
  Id: "1",
  Name: "System",
  PowerState: "On",
  Boot: { BootSourceOverrideTarget: "None", BootSourceOverrideEnabled: "Disabled" },
  Actions: { "#ComputerSystem.Reset": { target: `${systems}/1/Actions/ComputerSystem.Reset` } },
  Status: { State: "Enabled", Health: "OK" },
  Description: "x".repeat(3000),
};
const bodies: Record<string, unknown> = {
  [service]: {
    "@odata.id": service,
    Id: "RootService",
    Name: "Root",
    RedfishVersion: "1.11.0",
    Systems: { "@odata.id": systems },
    SessionService: { "@odata.id": `${service}/SessionService` },
    Links: { Sessions: { "@odata.id": sessions } },
  },
  [`${service}/SessionService`]: {
    "@odata.id": `${service}/SessionService`,
    Id: "S",
    Name: "S",
    Sessions: { "@odata.id": sessions },
  },
  [sessions]: { "@odata.id": sessions, Name: "S", Members: [] },
  [systems]: { "@odata.id": systems, Name: "Systems", Members: [{ "@odata.id": `${systems}/1` }] },
  [`${systems}/1`]: system,
};

let made = 0;
const handler: Handler = ({ method, path }) => {
  if (method === "DELETE") return { status: 204 };
  if (method === "POST") {
    const at = `${sessions}/${++made}`;
    return {
      status: 201,
      headers: { "X-Auth-Token": `t${made}`, Location: at },
      body: { "@odata.id": at, Id: String(made), Name: "S" },
    };
  }
  const body = bodies[path.replace(/\/$/, "")];
  return body === undefined ? { status: 404 } : { body };
};

const server = await serve((seen) => {
  // What was asked is not looked at; a long run would pile it up.
  server.seen.length = 0;
  return handler(seen);
}, certificate("rsa:2048"));
process.stdout.write(`${server.port}\n`);
process.stdin.resume().on("end", () => process.exit(0));
