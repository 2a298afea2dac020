const rmcp = 623;
const swapped = (port: number) => ((port & 0xff) << 8) | (port >> 8);

/**
 * The port that SOL has to move to, or undefined when it can stay on the session's: the same one, none, or 623, each also with its bytes swapped (X8DTH-iF,
 * ASUS P5M2).
 */
export function foreignPort(announced: number, current: number): number | undefined {
  const stays = [0, 0xffff, rmcp, current].some((port) => announced === port || announced === swapped(port));
  return stays ? undefined : announced;
}
