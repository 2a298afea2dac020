import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UsageError } from "#base/errors.ts";

const AbsolutePath = z.string().refine(isAbsolute, "must be an absolute path");

/** The host's policy file, `/etc/rackhand/policy.yaml`. */
export const PolicyFile = z
  .strictObject({
    programs: z
      .array(
        z.union([
          AbsolutePath,
          z
            .array(z.string())
            .min(1)
            .refine(([program]) => isAbsolute(program ?? ""), "must begin with an absolute path"),
        ]),
      )
      .default([])
      .describe(
        "Programs that `exec:` may run: an absolute path, with any arguments, or a list: the path and the arguments it must begin with.",
      ),
    files: z
      .array(AbsolutePath)
      .exactOptional()
      .describe("Folders outside the estate that `file:` and `sops:` may read. Absent: any that the user may read."),
    environment: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, "must be a variable's name, or its beginning and *"))
      .exactOptional()
      .describe("Environment variables that `env:` may read; `IPMI_*` for all that begin so. Absent: any."),
    sopsKeyServices: z
      .array(z.enum(["hc_vault", "azure_kv"]))
      .default([])
      .describe(
        "Key services whose address stands in the SOPS file itself, and to which the `sops` program may therefore send this host's tokens.",
      ),
  })
  .meta({ id: "Policy", description: "What an estate may run and read on this host. It stands outside every estate." });
export type PolicyFile = z.infer<typeof PolicyFile>;

/** Reads and validates; UsageError `policy.invalid`. An empty file allows nothing beyond the defaults. */
export function readPolicy(path: string): PolicyFile {
  const fail = (what: string) =>
    new UsageError("policy.invalid", `the policy file is not valid: ${what}`, { subject: path });
  let content: unknown;
  try {
    content = parse(readFileSync(path, "utf8")) ?? {};
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error));
  }
  const result = PolicyFile.safeParse(content);
  if (result.success) return result.data;
  throw fail(result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
}
