/** What is published, and under which name. */
import { readFile } from "node:fs/promises";
import config from "../../deno.json" with { type: "json" };
import { runIn } from "./folder.ts";

const root = new URL("../../", import.meta.url);

/** The name that the package is published under, and its version. */
export const { name, version } = config;

/** `.`, `./testing` and so on, and the files that they stand for. */
export const entryPoints: Record<string, string> = config.exports;

/** A program of the tests, which imports the package from where users do. */
export async function program(file: string, from = ""): Promise<string> {
  const text = await readFile(
    new URL(`../package/${file}`, import.meta.url),
    "utf8",
  );
  return text.replaceAll('"@copilot-fetch/core', `"${from}${name}`);
}

/** What publishing would send, by path. */
export async function publishedFiles(): Promise<Map<string, Uint8Array>> {
  const { stderr } = await runIn(
    root,
    ["deno", "publish", "--dry-run", "--allow-dirty"],
  );
  const urls = [...stderr.matchAll(/^ +(file:\S+) \(/gm)].map(([, url]) => url);
  return new Map(
    await Promise.all(urls.map(async (url) => {
      const content = await readFile(new URL(url));
      return [url.slice(root.href.length), content] as const;
    })),
  );
}
