import type { AuthenticationType, ConnectConfig } from "ssh2";
import { unusableKey } from "../errors.ts";
import type { SshLogin } from "../login.ts";

/** What goes to the library, and the ways to log in, in order. */
export interface Credentials {
  config: Pick<ConnectConfig, "username" | "password" | "privateKey" | "agent" | "tryKeyboard" | "authHandler">;
  methods: AuthenticationType[];
}

/** A key before a password; the agent only when the login has neither. Throws UsageError `ssh.key`. */
export async function credentials(login: SshLogin): Promise<Credentials> {
  const { username, password, privateKey } = login;
  if (privateKey) {
    const { utils } = (await import("ssh2")).default;
    const parsed = utils.parseKey(privateKey.reveal());
    if (parsed instanceof Error) throw unusableKey(privateKey.name, parsed.message);
  }
  const agent = password || privateKey ? undefined : process.env["SSH_AUTH_SOCK"];
  const methods: AuthenticationType[] = [
    ...(privateKey ? (["publickey"] as const) : []),
    ...(agent ? (["agent"] as const) : []),
    ...(password ? (["password", "keyboard-interactive"] as const) : []),
    ...(privateKey || agent || password ? [] : (["none"] as const)),
  ];
  return {
    methods,
    config: {
      username,
      authHandler: methods,
      tryKeyboard: password !== undefined,
      ...(password ? { password: password.reveal() } : {}),
      ...(privateKey ? { privateKey: privateKey.reveal() } : {}),
      ...(agent ? { agent } : {}),
    },
  };
}
