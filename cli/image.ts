/**
 * Images as a part of a prompt.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isPermissionDenied, UsageError } from "./exit_codes.ts";
import type { IO } from "./io.ts";

/** The messages about images. */
export const IMAGE_MESSAGES = {
  missing: (path: string) => `There is no file ${path}.`,
  unreadable: (path: string, reason: string) =>
    `${path} cannot be read: ${reason}`,
  unknownType: (path: string) =>
    `${path} is not a PNG, JPEG, GIF or WebP image.`,
} as const;

/** The URL of an image: a URL as it is, a file as a data URL. */
export async function imageURL(
  image: string,
  { readFile }: Pick<IO, "readFile">,
): Promise<string> {
  if (/^(https?|data):/i.test(image)) return image;
  const bytes = await readFile(image).catch((error) => {
    throw explain(error, image);
  });
  const type = imageType(bytes);
  if (type === undefined) {
    throw new UsageError(IMAGE_MESSAGES.unknownType(image));
  }
  return `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
}

function explain(error: Error & { code?: string }, path: string): Error {
  // Deno's message names the flag that is needed.
  if (isPermissionDenied(error)) return error;
  return new UsageError(
    error.code === "ENOENT"
      ? IMAGE_MESSAGES.missing(path)
      : IMAGE_MESSAGES.unreadable(path, error.message),
  );
}

/** How the files of each type begin, in Latin-1. */
const SIGNATURES: readonly [type: string, start: RegExp][] = [
  ["image/png", /^\x89PNG\r\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8/],
  ["image/webp", /^RIFF....WEBP/s],
];
const LONGEST_SIGNATURE_BYTES = 12;

function imageType(bytes: Uint8Array): string | undefined {
  const start = bytes.subarray(0, LONGEST_SIGNATURE_BYTES);
  const text = Buffer.from(start).toString("latin1");
  return SIGNATURES.find(([, signature]) => signature.test(text))?.[0];
}
