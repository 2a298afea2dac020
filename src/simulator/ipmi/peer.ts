/** Where a datagram came from. */
export interface Peer {
  address: string;
  port: number;
}
