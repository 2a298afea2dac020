import { missing } from "../test/support/needs.ts";
import { shared } from "../test/support/shared.ts";

/** `npm run bench [NAME…]`: ratios to a peer in the same run. Exit code 1 when an aim was missed, 2 when an answer was. */
const wanted = process.argv.slice(2);
const benches: Record<string, () => Promise<boolean>> = {
  async ipmi() {
    const fleetsim = shared("fleetsim");
    const absent = missing("ipmipower", "ipmitool", "cc", "libssl-dev");
    if (fleetsim !== undefined && absent.length === 0) return (await import("./ipmi-status.ts")).ipmiStatus(fleetsim);
    process.stdout.write(
      `ipmi: not run, missing: ${[...absent, ...(fleetsim ? [] : ["../shared/fleetsim"])].join(", ")}\n`,
    );
    return true;
  },
  async redfish() {
    const absent = missing("curl", "openssl", "/usr/lib/python3/dist-packages/sushy/__init__.py");
    if (absent.length === 0) return (await import("./redfish-status.ts")).redfishStatus();
    process.stdout.write(`redfish: not run, missing: ${absent.join(", ")}\n`);
    return true;
  },
  async screens() {
    const corpus = shared("screens");
    if (corpus !== undefined) return (await import("./screens.ts")).screens(corpus);
    process.stdout.write("screens: not run, missing: ../shared/screens\n");
    return true;
  },
  async console() {
    const fleetsim = shared("fleetsim");
    const absent = missing("ipmiconsole", "python3", "cc", "libssl-dev");
    if (fleetsim !== undefined && absent.length === 0) return (await import("./console-echo.ts")).consoleEcho(fleetsim);
    process.stdout.write(
      `console: not run, missing: ${[...absent, ...(fleetsim ? [] : ["../shared/fleetsim"])].join(", ")}\n`,
    );
    return true;
  },
  cli: async () => (await import("./cli-start.ts")).cliStart(),
};

let met = true;
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length === 0 || wanted.includes(name)) met = (await bench()) && met;
}
process.exitCode = met ? 0 : 1;
