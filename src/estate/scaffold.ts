import { copyFile, lstat, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "#base/errors.ts";
import { rootFile } from "./load.ts";

const schema = ".schemas/estate.json";
const shipped = join(import.meta.dirname, "../../schemas/estate.json");

const files: Record<string, string> = {
  [rootFile]: `# yaml-language-server: $schema=${schema}
# This file marks the root of the estate. Every *.yaml below it is read, in any layout; several documents in a file are parted by ---.
# What is encrypted by SOPS (*.enc.yaml) and what begins with a dot is not read as documents.

kind: Site
name: home
# timezone: Europe/Vienna
defaults:                          # what every machine of the site has unless it says otherwise
  bmc:
    credentials: bmc-home
`,
  "machines/example.yaml": `# yaml-language-server: $schema=../${schema}
kind: Machine
name: example
site: home
bmc:
  address: 192.0.2.10              # host, host:port or [address]:port of the controller
probes:
  ready:                           # \`rackhand wake example\` presses until this holds
    tcp: example.example.net:22    # or ssh:, http:, icmp:; it may look at another machine
    within: 10m                    # firmware is slow: the machine is not touched before this is over
wake:
  tries: 6
  between: reset                   # reset, cycle or off-on
# jobs:
#   pull-snapshots:                # \`rackhand run example --job pull-snapshots\`; \`rackhand schedule print\` writes the crontab line
#     schedule: '0 3 * * *'
#     command: [pyznap, send]
#     after: stop                  # restore, stop or keep
#
# A machine without a controller, instead of \`bmc:\`
# power:
#   on: { wol: '52:54:00:12:34:56' }
#   off: { ssh: { host: example.example.net, credentials: ssh-home } }
`,
  "credentials.yaml": `# yaml-language-server: $schema=${schema}
# Where secrets are read from. None is ever written here.
#   { env: NAME }                         a variable of the process that runs rackhand
#   { file: PATH }                        a file; a relative path starts at this folder
#   { sops: secrets.enc.yaml#ipmi.password }   a file encrypted by SOPS (\`sops encrypt\` with an age key)
#   { prompt: Password of the BMC }       asked on the terminal
kind: Credentials
name: bmc-home
for: [bmc]
username: { env: IPMI_USER }
password: { env: IPMI_PASSWORD }
`,
  ".gitignore": `# Secrets in clear never belong into Git; files encrypted by SOPS do.
*.key
*.pem
.env
keys.txt
secrets.yaml
secrets.json
`,
};

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Writes a first estate that \`rackhand check\` passes; gives the names of the files. UsageError \`estate.exists\` when one of them is there already: nothing is written then. */
export async function scaffold(dir: string): Promise<string[]> {
  const names = [...Object.keys(files), schema];
  const there = await Promise.all(names.map((name) => exists(join(dir, name))));
  const taken = names.filter((_, index) => there[index]);
  if (taken.length > 0) {
    throw new UsageError(
      "estate.exists",
      `${taken.join(", ")} ${taken.length > 1 ? "exist" : "exists"} already; nothing was written`,
      { subject: dir, advice: "choose an empty folder" },
    );
  }
  for (const name of names) await mkdir(dirname(join(dir, name)), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content, { flag: "wx" });
  await copyFile(shipped, join(dir, schema));
  return names;
}
