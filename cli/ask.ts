import { Buffer } from "node:buffer";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { addAbortSignal } from "node:stream";
import type { FetchLike } from "../mod.ts";

/** A mistake of the caller's. */
export class UsageError extends Error {}

/** Takes a terminal back to the beginning of an empty line. */
export const ERASE_LINE = "\r\x1b[K";

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
  copilot: FetchLike,
  words: string,
  { model, system, images = [], stream, json, signal }: AskOptions,
): Promise<void> {
  const prompt = [words.trim(), await readInput(signal)]
    .filter(Boolean).join("\n\n");
  if (!prompt && images.length === 0) {
    throw new UsageError("There is no prompt; see --help");
  }
  const content = images.length === 0 ? prompt : [
    ...(prompt ? [{ type: "text", text: prompt }] : []),
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
      process.stdout.write(ended(json ? text : textOf(text)));
      return;
    }
    let last = "";
    for await (const text of deltas(response)) {
      spinner.stop();
      last = text;
      if (!process.stdout.write(text)) {
        await once(process.stdout, "drain", { signal });
      }
    }
    process.stdout.write(ended(last).slice(last.length));
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
  return new Error(
    `http ${response.status}: ${said.slice(0, 500) || "without a word"}`,
  );
}

/** Copilot's JSON, which a portal on the way may have put a page in front of. */
// deno-lint-ignore no-explicit-any -- what is in it is looked at where it is used
export function parseJSON(text: string): any {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw new Error(`Copilot's answer is no JSON: ${text.slice(0, 200)}`);
  }
}

/** What is piped in; nothing where a person sits at the keyboard. */
async function readInput(signal: AbortSignal): Promise<string> {
  if (process.stdin.isTTY) return "";
  const chunks: Uint8Array[] = [];
  for await (const chunk of addAbortSignal(signal, process.stdin)) {
    chunks.push(Buffer.from(chunk));
  }
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return decoder.decode(Buffer.concat(chunks)).trimEnd();
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
      code === "ENOENT"
        ? `There is no image ${image}`
        : `${image} cannot be read: ${message}`,
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
  return parseJSON(body).choices?.[0]?.message?.content ?? "";
}

/** The texts of an answer, as they come. */
async function* deltas(response: Response): AsyncGenerator<string, void> {
  for await (const data of events(response)) {
    if (data === "[DONE]") return;
    const { choices, error } = parseJSON(data);
    if (error) throw new Error(error.message ?? JSON.stringify(error));
    const text = choices?.[0]?.delta?.content;
    if (text) yield text;
  }
  throw new Error("The answer breaks off");
}

/** A text with the line feed that ends a line. */
function ended(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** The data of a stream of server-sent events. */
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
        if (data) yield data;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
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
      process.stderr.write(ERASE_LINE);
    },
  };
}
