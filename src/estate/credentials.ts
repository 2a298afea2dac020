import { z } from "zod";
import { SecretSource } from "#secrets/source.ts";
import { Name } from "./fields.ts";

/** What a secret may be used for; `http:HOST` narrows to one host. */
export const CredentialUse = z
  .string()
  .regex(/^(?:bmc|ssh|type|http(?::[^\s:/]+)?)$/, "must be bmc, ssh, type, http or http:HOST")
  .meta({ examples: ["bmc", "ssh", "http:api.example.net"] });

/** A name, and where its secrets are read from. */
export const Credentials = z
  .strictObject({
    kind: z.literal("Credentials"),
    name: Name.describe("Unique among Credentials."),
    for: z
      .array(CredentialUse)
      .min(1, "must name at least one use")
      .describe("What it may be used for: `bmc`, `ssh`, `type`, `http`, `http:HOST`."),
    username: z
      .union([z.string().min(1, "must not be empty"), SecretSource])
      .exactOptional()
      .describe("User name: written out, or a secret source."),
    password: SecretSource.exactOptional().describe("Password."),
    privateKey: SecretSource.exactOptional().describe("SSH private key (OpenSSH or PEM)."),
    kg: SecretSource.exactOptional().describe("IPMI K_g (BMC key): text, or 0x and hexadecimal digits."),
  })
  .meta({
    id: "Credentials",
    description: "A user name and where its secrets are read from. No secret is written into the estate.",
  });
export type Credentials = z.infer<typeof Credentials>;
