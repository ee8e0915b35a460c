/** What a terminal shows. */

/** Returns what a terminal shows in the end of what was written to it. */
export function screenOf(written: string): string {
  let screen = "";
  let line = "";
  let column = 0;
  // deno-lint-ignore no-control-regex -- it is what a terminal is sent
  for (const [part] of written.matchAll(/\x1b\[K|\r|\n|[^\x1b\r\n]/g)) {
    if (part === "\n") {
      screen += `${line}\n`;
      line = "";
      column = 0;
    } else if (part === "\r") {
      column = 0;
    } else if (part === "\x1b[K") {
      line = line.slice(0, column);
    } else {
      line = line.slice(0, column) + part + line.slice(++column);
    }
  }
  return screen + line;
}
