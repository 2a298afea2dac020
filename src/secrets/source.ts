import { z } from "zod";

/**
 * Where a secret is read from. Exactly one key; the value itself never stands in the estate.
 *
 * - `env`: a variable of the process that runs rackhand.
 * - `file`: a file's content without its last line break; a relative path starts at the estate's root.
 * - `sops`: `FILE#dotted.key` of a file encrypted by SOPS (YAML or JSON).
 * - `exec`: what a program prints; the host's policy file must allow it.
 * - `prompt`: asked on the terminal, with this text.
 * - `vault`: reserved; using it is an error in this version.
 */
export type SecretSource =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly sops: string }
  | { readonly exec: readonly string[] }
  | { readonly prompt: string }
  | { readonly vault: string };

const literal =
  "a secret is never written into the estate: say where it is read from, as { env: NAME }, { file: PATH } or { sops: FILE#key }";

const fields = z
  .strictObject(
    {
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not the name of an environment variable")
        .describe("Name of an environment variable of the process that runs rackhand."),
      file: z
        .string()
        .min(1, "must name a file")
        .describe("A file's content without its last line break. A relative path starts at the estate's root."),
      sops: z
        .string()
        .regex(/^[^#]+#.+$/, "must be written FILE#dotted.key")
        .describe(
          "`FILE#dotted.key` of a SOPS-encrypted YAML or JSON file, whose MAC is verified. A relative path starts at the estate's root.",
        ),
      exec: z
        .array(z.string())
        .min(1, "must name a program")
        .describe(
          "Program (absolute path) and arguments; the secret is what it prints. The host's policy file must allow it.",
        ),
      prompt: z
        .string()
        .min(1, "must be a question")
        .describe("Asked on the terminal, without echo. Fails where there is no terminal."),
      vault: z.string().min(1).describe("Reserved for HashiCorp Vault; not supported by this version."),
    },
    { error: (issue) => (issue.code === "invalid_type" && typeof issue.input !== "object" ? literal : undefined) },
  )
  .partial();

const keys = Object.keys(fields.shape);

function onlyOne(given: z.infer<typeof fields>): SecretSource | undefined {
  if (Object.keys(given).length !== 1) return undefined;
  if (given.env !== undefined) return { env: given.env };
  if (given.file !== undefined) return { file: given.file };
  if (given.sops !== undefined) return { sops: given.sops };
  if (given.exec !== undefined) return { exec: given.exec };
  if (given.prompt !== undefined) return { prompt: given.prompt };
  if (given.vault !== undefined) return { vault: given.vault };
  return undefined;
}

/** Validates a {@link SecretSource}; a literal value is refused with the reason. */
export const SecretSource = fields
  .transform((given, context): SecretSource => {
    const source = onlyOne(given);
    if (source !== undefined) return source;
    context.addIssue({ code: "custom", message: `needs exactly one of ${keys.join(", ")}` });
    return z.NEVER;
  })
  .meta({ id: "SecretSource", minProperties: 1, maxProperties: 1 });
