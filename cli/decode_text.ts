/**
 * Decodes text in UTF-8 or UTF-16, as Windows writes it.
 *
 * @module
 */

const BYTE_ORDER_MARKS: readonly [encoding: string, mark: number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** Decodes bytes, without a byte order mark; `undefined` if they are no text. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const marked = BYTE_ORDER_MARKS.find(([, mark]) =>
    mark.every((byte, index) => bytes[index] === byte)
  );
  if (marked) return decode(bytes, marked[0]);
  const utf8 = decode(bytes, "utf-8");
  const encoding = guessUTF16(bytes, utf8 !== undefined);
  return encoding === undefined ? utf8 : decode(bytes, encoding);
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The part of a text that is Latin, if it could also be UTF-8 with zeros. */
const LEAST_LATIN_PART = 1 / 2;

/** UTF-16 without a mark: one half of each Latin character is a zero byte. */
function guessUTF16(bytes: Uint8Array, isUTF8: boolean): string | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const zeros = [0, 0];
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] === 0) zeros[index % 2]++;
  }
  const [even, odd] = zeros;
  const latin = even + odd;
  const least = isUTF8 ? LEAST_LATIN_PART * bytes.length / 2 : 0;
  if (latin === 0 || latin < least) return undefined;
  if (even === 0) return "utf-16le";
  return odd === 0 ? "utf-16be" : undefined;
}
