import { createServer, type AddressInfo, type Socket } from "node:net";

/** A VNC server that says what a test tells it to, and the number of bytes that its clients sent. */
export interface ScriptedServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

export const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255);
export const u32 = (value: number): Buffer => Buffer.from((value >>> 0).toString(16).padStart(8, "0"), "hex");

/** 3.8, no log-in, a desktop of this size with 32 bits a pixel and this name. */
export function greeting(width = 16, height = 16, name = "test"): Buffer {
  const format = Buffer.from("2018000100ff00ff00ff000810000000", "hex");
  const init = Buffer.concat([u16(width), u16(height), format, u32(name.length), Buffer.from(name)]);
  return Buffer.concat([Buffer.from("RFB 003.008\n"), Buffer.of(1, 1), u32(0), init]);
}

/** The head of an update, and of a rectangle within. */
export const update = (rectangles: number): Buffer => Buffer.concat([Buffer.of(0, 0), u16(rectangles)]);
export const rectangle = (encoding: number, x = 0, y = 0, width = 16, height = 16): Buffer =>
  Buffer.concat([u16(x), u16(y), u16(width), u16(height), u32(encoding)]);

/** Serves each connection with `serve`, which writes whatever it likes; errors of the socket are nobody's concern. */
export async function scripted(host: string, serve: (socket: Socket) => void): Promise<ScriptedServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on("error", () => {}).on("close", () => open.delete(socket)));
    socket.resume();
    serve(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
