import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import process from "node:process";
import type { CopilotFetch } from "./mod.ts";

/** A mistake of the caller's. */
export class UsageError extends Error {}

/** What to ask, and how. */
export interface AskOptions {
  model: string;
  system?: string;
  images?: string[];
  stream: boolean;
  json?: boolean;
  signal: AbortSignal;
}

/** Asks a model, and writes its answer to stdout. */
export async function ask(
  copilot: CopilotFetch,
  words: string,
  { model, system, images = [], stream, json, signal }: AskOptions,
): Promise<void> {
  const prompt = [words.trim(), await readInput()].filter(Boolean).join("\n\n");
  if (!prompt && images.length === 0) {
    throw new UsageError("There is no prompt; see --help");
  }
  const content = images.length === 0 ? prompt : [
    { type: "text", text: prompt },
    ...await Promise.all(images.map(readImage)),
  ];
  const spinner = startSpinner();
  try {
    const response = await copilot("/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model,
        stream,
        messages: [
          ...(system ? [{ role: "system", content: system }] : []),
          { role: "user", content },
        ],
      }),
      signal,
    });
    if (!response.ok) throw await failure(response);
    if (!stream) {
      const text = await response.text();
      spinner.stop();
      process.stdout.write(`${json ? text.trimEnd() : textOf(text)}\n`);
      return;
    }
    let last = "\n";
    for await (const data of events(response)) {
      const text = deltaOf(data);
      if (!text) continue;
      spinner.stop();
      last = text;
      if (!process.stdout.write(text)) await drained();
    }
    if (!last.endsWith("\n")) process.stdout.write("\n");
  } finally {
    spinner.stop();
  }
}

/** What Copilot says of a request that it refuses. */
export async function failure(response: Response): Promise<Error> {
  const body = (await response.text()).trim();
  let message: unknown;
  try {
    const { error } = JSON.parse(body);
    message = error?.message ?? error;
  } catch {
    // It is text already.
  }
  const said = typeof message === "string" ? message : body;
  return new Error(`http ${response.status}: ${said.slice(0, 500)}`);
}

/** What is piped in; nothing where a person sits at the keyboard. */
async function readInput(): Promise<string> {
  if (process.stdin.isTTY) return "";
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return decoder.decode(Buffer.concat(chunks)).trim();
  } catch {
    throw new UsageError("The input is not text in UTF-8");
  }
}

const IMAGES: readonly [type: string, magic: RegExp][] = [
  ["image/png", /^\x89PNG\r\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8/],
  ["image/webp", /^RIFF....WEBP/s],
];

/** A URL as it is; a file as what it holds. */
async function readImage(image: string): Promise<unknown> {
  if (/^(https?|data):/i.test(image)) {
    return { type: "image_url", image_url: { url: image } };
  }
  let file: Uint8Array;
  try {
    file = await readFile(image);
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    if (name === "NotCapable") throw error;
    throw new UsageError(
      code === "ENOENT" ? `There is no image ${image}` : message,
    );
  }
  const bytes = Buffer.from(file);
  const head = bytes.subarray(0, 16).toString("latin1");
  const type = IMAGES.find(([, magic]) => magic.test(head))?.[0];
  if (!type) {
    throw new UsageError(`${image} is no PNG, JPEG, GIF or WebP image`);
  }
  const url = `data:${type};base64,${bytes.toString("base64")}`;
  return { type: "image_url", image_url: { url } };
}

/** The text of a whole answer. */
function textOf(body: string): string {
  return JSON.parse(body).choices?.[0]?.message?.content ?? "";
}

/** The text of a piece of an answer. */
function deltaOf(data: string): string {
  const { choices, error } = JSON.parse(data);
  if (error) throw new Error(error.message ?? JSON.stringify(error));
  return choices?.[0]?.delta?.content ?? "";
}

/** The data of a stream of server-sent events, up to `[DONE]`. */
async function* events({ body }: Response): AsyncGenerator<string, void> {
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    while (true) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const data = /^data: ?(.*)$/.exec(line)?.[1];
        if (data === "[DONE]") return;
        if (data) yield data;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function drained(): Promise<void> {
  return new Promise((resolve) => process.stdout.once("drain", resolve));
}

/** Turns on stderr until it is stopped, and leaves no trace. */
function startSpinner(): { stop(): void } {
  if (!process.stderr.isTTY) return { stop() {} };
  const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
  let turn = 0;
  let timer: ReturnType<typeof setInterval> | undefined = setInterval(() => {
    process.stderr.write(`\r${frames[turn++ % frames.length]}`);
  }, 80);
  return {
    stop() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      process.stderr.write("\r\x1b[K");
    },
  };
}
