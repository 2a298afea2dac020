import { around, type Rectangle } from "../frame.ts";

const most = 64;

/** What changed since somebody asked: a bounded list, so that many small rectangles become one around them all. */
export class Damage {
  #rectangles: Rectangle[] = [];

  get empty(): boolean {
    return this.#rectangles.length === 0;
  }

  add(area: Rectangle): void {
    this.#rectangles.push(area);
    if (this.#rectangles.length > most) this.#rectangles = [this.#rectangles.reduce(around)];
  }

  take(): readonly Rectangle[] {
    const taken = this.#rectangles;
    this.#rectangles = [];
    return taken;
  }
}
