/**
 * Images as a part of a prompt.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { UsageError } from "./exit_codes.ts";
import type { IO } from "./io.ts";
import { readUserFile } from "./user_file.ts";

/** The messages about images. */
export const IMAGE_MESSAGES = {
  unknownType: (path: string) =>
    `${path} is not a PNG, JPEG, GIF or WebP image.`,
} as const;

/** The URL of an image: a web URL as it is, a file as a data URL. */
export async function imageURL(
  image: string,
  io: Pick<IO, "readFile" | "signal">,
): Promise<string> {
  if (/^(https?|data):/i.test(image)) return image;
  const bytes = await readUserFile(image, io);
  const type = imageType(bytes);
  if (type === undefined) {
    throw new UsageError(IMAGE_MESSAGES.unknownType(image));
  }
  return `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
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
