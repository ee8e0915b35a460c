/**
 * Removes credentials and tokens from texts that people see.
 *
 * @module
 */

const REDACTED = "***";
/** Longest text that is returned by default, in characters. */
const MAX_LENGTH = 500;
/** How many times more is searched than returned, as secrets are shortened. */
const SEARCHED_LENGTHS = 8;
/** Shortest part of a secret that is hidden, in characters. */
const MIN_PART_LENGTH = 8;

/**
 * Removes `secret` and everything with the shape of a credential or token from
 * `text`, trims it, and shortens it to `maxLength` characters.
 *
 * The secret is found in any letter case, percent-encoded or in base64, split
 * by white space, and where eight or more of its characters are left.
 */
export function redact(
  text: string,
  secret: string,
  maxLength: number = MAX_LENGTH,
): string {
  const searched = text.slice(0, SEARCHED_LENGTHS * maxLength);
  return maskShapes(maskParts(searched, secret)).trim().slice(0, maxLength);
}

/** Whether a text holds anything with the shape of a credential or token. */
export function looksSecret(text: string): boolean {
  return maskShapes(text) !== text;
}

/** `ghu_…`, `github_pat_…`; an escaped character may stand before it. */
const GITHUB_CREDENTIAL =
  /(\b|(?<=%[\da-f]{2}|\\[nrt]))(gh[a-z]|github_pat)_\w{4,}([.-]\w+)*/gi;

/** The value of `"token":"…"`, also in JSON within a JSON string. */
const JSON_TOKEN = /(?<="token\\?"\s*:\s*\\?")([^"\\]|\\(?!"))+/gi;

/** `name=value…`, also over several lines where these look like a token's. */
const FIELDS =
  /(;|\b)\w+(=|%3D)([^\s"'\\<>&]|\r?\n\s*(?=\S*(;[\w-]+=|:[\da-f]{8})|[\da-f]{8}))*/gi;

/** Normalized fields that begin with a token's id, or end with a signature. */
const COPILOT_TOKEN =
  /tid=(\w{16}|[^;=\s]*;exp=)|;[^;=]+=[^;:]*:(\s*[\da-f]){16}/;

function maskShapes(text: string): string {
  return text
    .replace(GITHUB_CREDENTIAL, REDACTED)
    .replace(JSON_TOKEN, REDACTED)
    .replace(FIELDS, (fields) => {
      const isToken = COPILOT_TOKEN.test(fields.replace(CHARACTER, normalize));
      return isToken ? REDACTED : fields;
    });
}

/** What a secret consists of: visible ASCII, as it is or percent-encoded. */
const CHARACTER = /%[0-7][\da-f]|[!-~]/gi;

/** Makes encodings, letter cases and the two alphabets of base64 alike. */
function normalize(character: string): string {
  const decoded = character.length > 1
    ? String.fromCharCode(parseInt(character.slice(1), 16))
    : character;
  return decoded.toLowerCase().replace("-", "+").replace("_", "/");
}

/** Replaces every range of `text` that spells a part of `secret`. */
function maskParts(text: string, secret: string): string {
  // So that a text that only names the prefix "github_pat_" is not changed.
  const known = secret.replace(/^github_/, "");
  const length = Math.min(MIN_PART_LENGTH, known.length);
  const parts = new Set(
    [known, ...toBase64(secret)].flatMap((form) => windowsOf(form, length)),
  );
  const hidden = new Set<number>();
  windowsOf(text, length).forEach((window, start) => {
    if (!parts.has(window)) return;
    for (let index = start; index < start + length; index++) hidden.add(index);
  });
  let index = -1;
  return text.replace(CHARACTER, (character) => {
    index++;
    if (!hidden.has(index)) return character;
    return hidden.has(index - 1) ? "" : REDACTED;
  });
}

/** All runs of `length` characters, without what lies between them. */
function windowsOf(text: string, length: number): string[] {
  const characters = Array.from(
    text.matchAll(CHARACTER),
    ([character]) => normalize(character),
  ).join("");
  return Array.from(
    { length: Math.max(0, characters.length - length + 1) },
    (_, start) => characters.slice(start, start + length),
  );
}

/** The base64 of the secret behind a text of 0, 1 or 2 bytes (modulo 3). */
function toBase64(secret: string): string[] {
  const bytes = String.fromCharCode(...new TextEncoder().encode(secret));
  return [0, 1, 2].map((offset) => {
    const encoded = btoa(" ".repeat(offset) + bytes);
    // The first characters also encode what precedes the secret.
    return encoded.slice(Math.ceil(offset * 4 / 3));
  });
}
