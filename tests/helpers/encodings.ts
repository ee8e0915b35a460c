/** A text in the encodings in which it could be found in a dump. */
import { Buffer } from "node:buffer";

/** The text itself and its encodings, by name. */
export function encodingsOf(text: string): Map<string, string> {
  const bytes = Buffer.from(text);
  const hex = bytes.toString("hex");
  const forms = new Map([
    ["itself", text],
    ["lower case", text.toLowerCase()],
    ["upper case", text.toUpperCase()],
    ["reversed", [...text].reverse().join("")],
    ["hex", hex],
    ["upper case hex", hex.toUpperCase()],
    ["percent", encodeURIComponent(text)],
    ["UTF-16", bytes.toString("latin1").replace(/./g, "$&\0")],
    ["JSON", JSON.stringify(text).slice(1, -1)],
  ]);
  for (const offset of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    // The first and last characters also encode what lies beside the text.
    const base64 = padded.toString("base64").slice(offset && offset + 1, -4);
    forms.set(`base64 at ${offset}`, base64);
    forms.set(
      `base64url at ${offset}`,
      base64.replaceAll("+", "-").replaceAll("/", "_"),
    );
  }
  return forms;
}
