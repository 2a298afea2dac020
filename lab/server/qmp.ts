import { createConnection } from "node:net";

/** `qmp.ts SOCKET COMMAND`: gives QEMU one order over its machine protocol (QMP) and prints the answer. Exit code 1 when QEMU refused or said nothing in 5 s. */
const [path = "", execute = ""] = process.argv.slice(2);
const socket = createConnection(path);
const order = (name: string) => socket.write(`${JSON.stringify({ execute: name })}\n`);

function finish(text: string, code: number): void {
  console.log(text);
  process.exitCode = code;
  socket.destroy();
}

// The greeting comes first, then one answer per order; events in between have neither "return" nor "error".
let answers = 0;
function hear(line: string): void {
  if (line.includes('"QMP"')) order("qmp_capabilities");
  if (line.includes('"error"')) finish(line, 1);
  if (!line.includes('"return"')) return;
  answers += 1;
  if (answers === 1) order(execute);
  else finish(line, 0);
}

let text = "";
socket.setEncoding("utf8").on("data", (chunk: string) => {
  const lines = (text + chunk).split("\n");
  text = lines.pop() ?? "";
  for (const line of lines) hear(line);
});
socket.setTimeout(5000, () => finish("no answer", 1));
socket.on("error", (error) => finish(error.message, 1));
