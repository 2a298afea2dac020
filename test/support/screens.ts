import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { decodePicture } from "#console/picture.ts";
import { readScreen } from "#console/read.ts";

/** What `score.mjs` says about all screens together. */
export interface Score {
  charAcc: number;
  lineRate: number;
  screenRate: number;
  screens: { name: string; acc: number }[];
}

const run = promisify(execFile);

/** Reads every picture of a folder and has the corpus' own scorer compare them, columns and frames included. */
export async function scoreFolder(corpus: string, pictures: string): Promise<Score> {
  const out = await mkdtemp(path.join(tmpdir(), "screens-"));
  for (const file of (await readdir(pictures)).filter((name) => name.endsWith(".png"))) {
    const screen = await readScreen(await decodePicture(await readFile(path.join(pictures, file))));
    await writeFile(path.join(out, file.replace(/png$/, "txt")), screen.lines.join("\n"));
  }
  const { stdout } = await run(
    process.execPath,
    [path.join(corpus, "score.mjs"), pictures, out, "--strict", "--json"],
    {
      maxBuffer: 1 << 26,
    },
  );
  const { families, screens }: { families: ({ family: string } & Score)[]; screens: Score["screens"] } =
    JSON.parse(stdout);
  const all = families.find(({ family }) => family === "ALL");
  if (all === undefined) throw new Error("the scorer says nothing");
  return { charAcc: all.charAcc, lineRate: all.lineRate, screenRate: all.screenRate, screens };
}

/** Damages pictures as BMCs do; returns the folder with one folder for each kind of damage. */
export async function degrade(
  corpus: string,
  kinds: readonly string[],
  names?: (name: string) => boolean,
): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), "degraded-"));
  let source = corpus;
  if (names) {
    source = path.join(dir, "source");
    await mkdir(source);
    for (const file of await readdir(corpus)) {
      if (/\.(png|json)$/.test(file) && names(file.replace(/\.\w+$/, ""))) {
        await writeFile(path.join(source, file), await readFile(path.join(corpus, file)));
      }
    }
  }
  await run("/usr/bin/python3", [path.join(corpus, "degrade.py"), source, dir, ...kinds]);
  return dir;
}
