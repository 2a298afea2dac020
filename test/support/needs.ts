import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test, TestRunner } from "vitest";

/** Things that are not programs on the PATH, by the file that proves them. Anything else is looked for as a program; a name with a slash as a file. */
const files: Record<string, string> = { "libssl-dev": "/usr/include/openssl/evp.h", kvm: "/dev/kvm" };

/** The Debian package that brings a tool, where its name is another. */
const packages: Record<string, string> = {
  ipmi_sim: "openipmi",
  ipmipower: "freeipmi-tools",
  "bmc-info": "freeipmi-tools",
  "qemu-system-x86_64": "qemu-system-x86",
  sshd: "openssh-server",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  dropbear: "dropbear-bin",
  "age-keygen": "age",
  ping: "iputils-ping",
  ip: "iproute2",
  unshare: "util-linux",
  "systemd-analyze": "systemd",
  "/usr/lib/python3/dist-packages/sushy": "python3-sushy",
  cc: "gcc libc6-dev",
  postgres: "postgresql",
  Xvnc: "tigervnc-standalone-server",
  xwd: "x11-apps",
  xwud: "x11-apps",
  xrandr: "x11-xserver-utils",
};

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The full path of a program, looked for on the PATH and in the sbin folders (which a user's PATH often lacks); undefined when it is not installed. */
export function which(program: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, program)).find(executable);
}

function present(tool: string): boolean {
  const file = files[tool] ?? (tool.includes("/") ? tool : undefined);
  return file === undefined ? which(tool) !== undefined : existsSync(file);
}

/** Those of `tools` that this machine lacks. */
export function missing(...tools: string[]): string[] {
  return tools.filter((tool) => !present(tool));
}

/** True where a missing tool is a failure instead of a skip. */
export const mustHaveAll = ["1", "true"].includes(process.env["CI"] ?? "");

function complaint(absent: readonly string[]): string {
  const list = absent.map((tool) => (packages[tool] ? `${tool} (Debian: ${packages[tool]})` : tool)).join(", ");
  return `not installed: ${list}`;
}

/**
 * Inside a test or `beforeEach`: goes on when all `tools` are there; else skips the test, naming them, or fails it with `CI=true`.
 * For a whole group with its own `beforeAll` use {@link describeNeeding}.
 */
export function needs(...tools: string[]): void {
  const absent = missing(...tools);
  if (absent.length === 0) return;
  const current = TestRunner.getCurrentTest();
  if (mustHaveAll || current === undefined) throw new Error(complaint(absent));
  current.context.skip(complaint(absent));
}

/**
 * A `describe` whose body is registered only when all `tools` are there. Otherwise the group holds one skipped test that names what is missing
 * (one failing test with `CI=true`), and none of its hooks run.
 */
export function describeNeeding(...tools: string[]): (title: string, body: () => void) => void {
  const absent = missing(...tools);
  if (absent.length === 0) return (title, body) => void describe(title, body);
  return (title) => {
    describe(title, () => {
      if (mustHaveAll) test(complaint(absent), () => Promise.reject(new Error(complaint(absent))));
      else test.skip(complaint(absent));
    });
  };
}
