/** Where a datagram came from. */
export interface Peer {
  address: string;
  port: number;
  /** The BMC's own UDP port that it came to; undefined: the usual one. */
  at?: number;
}
