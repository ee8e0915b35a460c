/**
 * Reads the body of a request, and decodes it.
 *
 * @module
 */

import { readBytes } from "../read_bytes.ts";
import { DECODERS, encodingsIn } from "../content_encoding.ts";
import type { ServerRequest } from "../io.ts";
import { Refusal } from "./refusal.ts";

/** The messages about bodies that are refused. */
export const BODY_MESSAGES = {
  tooLarge: (megabytes: number) =>
    `The body is larger than ${megabytes} MB. --max-body changes the limit.`,
  unknownEncoding: (encoding: string) =>
    `The body's content-encoding "${encoding}" is not supported.`,
  notDecodable: (encoding: string) => `The body is not valid ${encoding}.`,
} as const;

/** The bytes of a megabyte. */
export const MEGABYTE = 1024 * 1024;

/**
 * Returns the decoded body. Throws a {@linkcode Refusal} if it is larger than
 * `maxBytes` before or after decoding, or cannot be decoded.
 */
export async function readBody(
  { headers, body }: Pick<ServerRequest, "headers" | "body">,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const encodings = encodingsOf(headers);
  for (const encoding of encodings) assertKnown(encoding);
  let bytes = await readAtMost(body, maxBytes);
  // The last encoding was applied last.
  for (const encoding of encodings.reverse()) {
    bytes = await decode(bytes, encoding, maxBytes);
  }
  return bytes;
}

function encodingsOf(headers: ServerRequest["headers"]): string[] {
  const values = headers
    .filter(([name]) => name.toLowerCase() === "content-encoding")
    .map(([, value]) => value);
  return encodingsIn(values);
}

function assertKnown(encoding: string): void {
  if (DECODERS.has(encoding)) return;
  const known = { "accept-encoding": [...DECODERS.keys()].join(", ") };
  throw new Refusal(415, BODY_MESSAGES.unknownEncoding(encoding), known);
}

async function decode(
  bytes: Uint8Array<ArrayBuffer>,
  encoding: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const decoder = DECODERS.get(encoding)?.();
  if (!decoder) return bytes;
  decoder.end(bytes);
  try {
    return await readAtMost(decoder, maxBytes);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, BODY_MESSAGES.notDecodable(encoding));
  }
}

function readAtMost(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return readBytes(limit(source, maxBytes));
}

async function* limit(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length > maxBytes) {
      const megabytes = maxBytes / MEGABYTE;
      throw new Refusal(413, BODY_MESSAGES.tooLarge(megabytes));
    }
    yield piece;
  }
}
