/** Runs workers of this folder in workerd; worker.ts with a fake as the internet. */
import { build } from "esbuild";
import { Miniflare, Response as MiniflareResponse } from "miniflare";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createFakeCopilot, type FakeCopilot } from "../../testing/mod.ts";
import type { Scene } from "./worker.ts";

/** The oldest compatibility date that is tested. */
export const OLD_DATE = "2024-01-01";
/** The newest compatibility date that is tested. */
export const NEW_DATE = "2026-04-01";

/** A request in the classes of Miniflare. */
interface Outbound {
  url: string;
  method: string;
  headers: Iterable<[string, string]>;
  body: unknown;
}

/** A worker that runs. */
export interface Worker {
  /** GitHub and Copilot. */
  fake: FakeCopilot;
  /** The worker's own URL, with a slash at the end. */
  url: string;
  /** Sends a request to the worker. */
  send(scene?: Scene, path?: string, init?: RequestInit): Promise<Response>;
}

/** Bundles a worker of this folder. */
async function bundle(file: string): Promise<string> {
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true,
    format: "esm",
    write: false,
  });
  return text;
}

/** Runs a worker of this folder, and returns the JSON that it responds with. */
export async function runWorker(
  file: string,
  compatibilityDate: string,
): Promise<unknown> {
  const script = await bundle(file);
  const miniflare = new Miniflare({ modules: true, script, compatibilityDate });
  try {
    const { href } = await miniflare.ready;
    return await (await fetch(href)).json();
  } finally {
    await miniflare.dispose();
  }
}

const script = bundle("worker.ts");

/** Registers a test that has a worker of its own. */
export function testInWorkerd(
  name: string,
  run: (worker: Worker) => Promise<void>,
  compatibilityDate = NEW_DATE,
): void {
  test(`In workerd (${compatibilityDate}): ${name}`, async () => {
    const fake = createFakeCopilot({ plan: "business", reply: "Hello you" });
    const miniflare = new Miniflare({
      modules: true,
      script: await script,
      compatibilityDate,
      async outboundService({ url, method, headers, body }: Outbound) {
        const response = await fake.fetch(url, {
          method,
          headers: [...headers],
          body: body as ReadableStream<Uint8Array> | null,
          duplex: "half",
        } as RequestInit);
        return new MiniflareResponse(response.body as never, {
          status: response.status,
          headers: [...response.headers],
        });
      },
    });
    try {
      const url = (await miniflare.ready).href;
      const send = (scene: Scene = {}, path = "models", init?: RequestInit) =>
        fetch(url + path, {
          ...init,
          headers: { ...init?.headers, "x-scene": JSON.stringify(scene) },
        });
      await run({ fake, url, send });
    } finally {
      await miniflare.dispose();
    }
  });
}
