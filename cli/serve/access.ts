/**
 * Who may send requests: programs on this computer, and no web page.
 *
 * @module
 */

import type { ServerRequest } from "../io.ts";

/** The names by which a local program calls the server. */
const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;
/** The origins of web pages. Desktop applications have schemes of their own. */
const WEB_ORIGIN = /^(https?:|null)/i;

/**
 * Whether the client is a program. A page's requests name its origin; a host
 * name that a page's owner leads to this computer is not a local one.
 */
export function isLocalProgram(headers: ServerRequest["headers"]): boolean {
  const host = valueOf(headers, "host");
  const origin = valueOf(headers, "origin");
  const site = valueOf(headers, "sec-fetch-site");
  return LOCAL_HOST.test(host) && !WEB_ORIGIN.test(origin) &&
    (site === "" || site === "none");
}

function valueOf(headers: ServerRequest["headers"], wanted: string): string {
  const values = headers
    .filter(([name]) => name.toLowerCase() === wanted)
    .map(([, value]) => value);
  return values.join(", ");
}
