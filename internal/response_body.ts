/**
 * Reads the beginning of a response's body, or none of it.
 *
 * @module
 */

import { LATE, waitAtMost } from "./waiting.ts";

/** What is used of a `Response`, in the types of all runtimes. */
type ResponseBody = Pick<Response, "body" | "text">;

interface Reader {
  read(): Promise<
    { done: false; value: Uint8Array } | { done: true; value?: unknown }
  >;
  cancel(): Promise<void>;
}

/** Reads at most about `maxBytes`, and cancels the rest. */
export async function readStart(
  response: ResponseBody,
  maxBytes: number,
): Promise<string> {
  const reader = response.body?.getReader?.();
  // A `Response` of another implementation may have no web stream.
  return reader ? await readFrom(reader, maxBytes) : await response.text();
}

/** Like `readStart`; `undefined` if it takes longer than `milliseconds`. */
export async function readStartWithin(
  milliseconds: number,
  response: ResponseBody,
  maxBytes: number,
): Promise<string | undefined> {
  const reader = response.body?.getReader?.();
  if (!reader) return undefined;
  const text = await waitAtMost(milliseconds, readFrom(reader, maxBytes));
  if (text !== LATE) return text;
  reader.cancel().catch(() => {});
  return undefined;
}

/** Frees the connection of a response that nobody reads. Never rejects. */
export async function discard(response: ResponseBody): Promise<void> {
  try {
    await response.body?.cancel();
  } catch {
    // A wrapper of `fetch` has locked or replaced the body.
  }
}

async function readFrom(reader: Reader, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  while (bytes <= maxBytes) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  reader.cancel().catch(() => {});
  return text;
}
