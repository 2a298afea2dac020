#!/usr/bin/env node
import { version } from "./version.ts";

// The shim's own settings are not for the programs that we start.
delete process.env.NODE_COMPILE_CACHE;

const words = process.argv.slice(2);

// Said without loading anything: scripts ask for it often.
if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
  console.log(version());
} else {
  const { start } = await import("./start.ts");
  process.exit(await start(words));
}
