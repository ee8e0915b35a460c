/**
 * Decodes what a `content-encoding` header names.
 *
 * @module
 */

import type { Transform } from "node:stream";
import * as zlib from "node:zlib";

/** Creates a stream that decodes what is written to it. */
export type CreateDecoder = () => Transform;

/** Older runtimes have no zstd. */
const { createZstdDecompress } = zlib as {
  createZstdDecompress?: CreateDecoder;
};

/** What decodes each `content-encoding` that the runtime knows. */
export const DECODERS: ReadonlyMap<string, CreateDecoder> = new Map<
  string,
  CreateDecoder
>([
  ["gzip", zlib.createGunzip],
  ["x-gzip", zlib.createGunzip],
  ["deflate", zlib.createInflate],
  ["br", zlib.createBrotliDecompress],
  ...createZstdDecompress ? [["zstd", createZstdDecompress] as const] : [],
]);

/** The encodings in the values of the header, in the order of their use. */
export function encodingsIn(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.toLowerCase().split(","))
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== "" && encoding !== "identity");
}
