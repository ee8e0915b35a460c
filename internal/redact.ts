/**
 * Removes credentials and tokens from texts that people see.
 *
 * @module
 */

const REDACTED = "***";
/** Longest text that is returned by default, in characters. */
const MAX_LENGTH = 500;
/** Longest text that is searched, in characters. */
const MAX_SEARCHED_LENGTH = 8 * MAX_LENGTH;
/** A part of a secret that is shorter than this may be shown. */
const MIN_PART_LENGTH = 9;

/** Matches anything that looks like a credential or token, to the end. */
const KNOWN_SECRET =
  /(\b(gh[a-z]_|github_pat_|tid(=|%3D)|proxy-ep=)|token["'\\ ]*[:=]).*/is;

/** Whether a text holds anything with the shape of a credential or token. */
export function looksSecret(text: string): boolean {
  return KNOWN_SECRET.test(text);
}

/**
 * Removes `secret` and anything like a credential or token from `text`, and
 * shortens it to `maxLength` characters.
 *
 * The secret is found in any letter case, percent-encoded, in base64 or hex,
 * split by white space, and where more than eight of its characters are left.
 */
export function redact(
  text: string,
  secret: string,
  maxLength: number = MAX_LENGTH,
): string {
  const searched = text.slice(0, MAX_SEARCHED_LENGTH);
  return maskParts(searched, partsOf(secret)).replace(KNOWN_SECRET, REDACTED)
    .trim().slice(0, maxLength);
}

/** All parts of the shortest length that is hidden, in every encoding. */
function partsOf(secret: string): Set<string> {
  const length = Math.min(MIN_PART_LENGTH, secret.length);
  const parts = new Set<string>();
  for (const form of [secret, toHex(secret), ...toBase64(secret)]) {
    const compact = normalize(form);
    for (let start = 0; start + length <= compact.length; start++) {
      parts.add(compact.slice(start, start + length));
    }
  }
  return parts;
}

/** Makes letter case and the two alphabets of base64 alike. */
function normalize(text: string): string {
  return text.toLowerCase().replaceAll("-", "+").replaceAll("_", "/");
}

function toHex(secret: string): string {
  return Array.from(
    secret,
    (character) => character.charCodeAt(0).toString(16).padStart(2, "0"),
  ).join("");
}

/** The base64 of the secret behind a text of 0, 1 or 2 bytes (modulo 3). */
function toBase64(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = btoa(" ".repeat(offset) + secret).replace(/=+$/, "");
    // The first characters also encode the text before the secret.
    return encoded.slice(Math.ceil(offset * 4 / 3), -1);
  });
}

/** Replaces every range of `text` that holds one of `parts`. */
function maskParts(text: string, parts: Set<string>): string {
  const [first] = parts;
  if (first === undefined) return text;
  const characters = compactCharacters(text);
  const compact = characters.map(({ value }) => value).join("");
  let masked = "";
  let copiedTo = 0;
  for (let start = 0; start + first.length <= compact.length; start++) {
    const end = start + first.length;
    if (!parts.has(compact.slice(start, end))) continue;
    const from = characters[start].start;
    if (from >= copiedTo) masked += text.slice(copiedTo, from) + REDACTED;
    copiedTo = characters[end - 1].end;
  }
  return masked + text.slice(copiedTo);
}

interface CompactCharacter {
  /** One character, decoded and in lower case. */
  value: string;
  /** Its range in the original text. */
  start: number;
  end: number;
}

/** The text without white space, percent-decoded and in lower case. */
function compactCharacters(text: string): CompactCharacter[] {
  const characters: CompactCharacter[] = [];
  for (const match of text.matchAll(/%([0-7][\da-f])|\S/gi)) {
    const [source, code] = match;
    const value = code ? String.fromCharCode(parseInt(code, 16)) : source;
    characters.push({
      value: normalize(value),
      start: match.index,
      end: match.index + source.length,
    });
  }
  return characters;
}
