import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface ReadinessOptions {
  address: string;
  /** 0: any free one, chosen when the server is made and kept from then on. */
  port: number;
  /** First line said to who connects; an SSH server's by default. */
  banner: string;
}

/** A TCP port that is open while the simulated system runs, and really closed (connections reset) while it does not. */
export class ReadinessPort {
  readonly address: string;
  readonly port: number;
  readonly #banner: string;
  #server: Server | undefined;
  readonly #connections = new Set<Socket>();

  private constructor(address: string, port: number, banner: string) {
    this.address = address;
    this.port = port;
    this.#banner = banner;
  }

  /** Finds out which port it will be; nothing listens yet. */
  static async reserve(options: ReadinessOptions): Promise<ReadinessPort> {
    const trial = await listen(createServer(), options.address, options.port);
    const { port } = trial.address() as AddressInfo;
    await new Promise((done) => trial.close(done));
    return new ReadinessPort(options.address, port, options.banner);
  }

  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer((socket) => this.#greet(socket));
    this.#server = server;
    await listen(server, this.address, this.port);
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#connections) socket.resetAndDestroy();
    if (server?.listening) await new Promise((done) => server.close(done));
  }

  #greet(socket: Socket): void {
    this.#connections.add(socket);
    socket.on("error", () => {}); // a peer that goes away is no trouble of ours
    socket.on("close", () => this.#connections.delete(socket));
    socket.on("data", () => {}); // read, so that the peer's end of stream is seen
    socket.write(`${this.#banner}\r\n`);
  }
}

function listen(server: Server, address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port }, () => {
      server.removeListener("error", reject);
      resolve(server);
    });
  });
}
