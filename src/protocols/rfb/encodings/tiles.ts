import type { Rectangle } from "../frame.ts";

/** The tiles of a rectangle, row by row; those at the right and at the bottom may be smaller. */
export function* tiles(area: Rectangle, side: number): Generator<Rectangle> {
  const right = area.x + area.width;
  const bottom = area.y + area.height;
  for (let y = area.y; y < bottom; y += side) {
    const height = Math.min(side, bottom - y);
    for (let x = area.x; x < right; x += side) yield { x, y, width: Math.min(side, right - x), height };
  }
}
