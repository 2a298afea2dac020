import type { Ms } from "#base/units.ts";
import type { EstateProbe } from "#estate/probes.ts";
import type { Probe, ProbePlan } from "#probes/probe.ts";
import { sshLogin, type SecretBox } from "./secrets.ts";

/** A declared probe made ready: its login read, its patience filled in. */
export async function planProbe(
  name: string,
  declared: EstateProbe,
  secrets: SecretBox,
  within: Ms,
): Promise<ProbePlan> {
  const { every, timeout, successes, failures } = declared;
  return {
    name,
    probe: await ready(declared, secrets),
    within: declared.within ?? within,
    every,
    timeout,
    successes,
    failures,
  };
}

async function ready({ check }: EstateProbe, secrets: SecretBox): Promise<Probe> {
  if (check.kind !== "ssh") return check;
  const { host, port, credentials, command, hostKey } = check;
  const login = credentials === undefined ? undefined : sshLogin(await secrets.login(credentials, "ssh"), hostKey);
  return { kind: "ssh", host, port, ...(login ? { login } : {}), ...(command === undefined ? {} : { command }) };
}
