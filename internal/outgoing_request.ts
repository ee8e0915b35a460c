/**
 * Brings what `fetch` accepts into one form.
 *
 * @module
 */

import { isRemovedHeader } from "./identity.ts";
import { isSupported } from "./runtime_support.ts";
import { throwIfAborted, toNativeSignal, waitFor } from "./waiting.ts";

/** A request in the form that `fetch(url, init)` takes. */
export interface OutgoingRequest {
  /** Without the host, which comes from the token. */
  pathname: string;
  /** With its `?`, also where nothing follows it. */
  search: string;
  /** `headers` are a copy with lower-case names. */
  init: RequestInit & { headers: Record<string, string> };
  /** Whether the body can be sent again. */
  isReplayable: boolean;
}

/** The members of `RequestInit` that a `Request` has as well. */
const REQUEST_MEMBERS = [
  "method",
  "headers",
  "body",
  "signal",
  "mode",
  "credentials",
  "cache",
  "referrer",
  "referrerPolicy",
  "integrity",
  "keepalive",
  "redirect",
  "duplex",
];

/** Members that choose the connection, in Node, Deno and Bun. */
const CONNECTION_MEMBERS = ["dispatcher", "client", "proxy", "tls", "agent"];

const INIT_MEMBERS = [...REQUEST_MEMBERS, ...CONNECTION_MEMBERS, "priority"];

/** Merges `input` and `init` as `fetch` does, and reads a JSON body. */
export async function normalizeRequest(
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<OutgoingRequest> {
  const { pathname, search } = parseTarget(
    isRequest(input) ? input.url : input,
  );
  const merged = copyInit(init);
  if (isRequest(input)) addMembers(merged, input, REQUEST_MEMBERS);
  throwIfAborted(merged.signal);
  if (merged.signal) merged.signal = toNativeSignal(merged.signal);
  // An `init` may be a `Request` as well.
  for (const given of [input, init]) {
    if (!isRequest(given) || given.body !== merged.body) continue;
    merged.body = await readText(given, merged.signal);
  }
  const isReplayable = !isStream(merged.body);
  const redirect = redirectMode(merged.redirect, isReplayable);
  const headers = copyHeaders(merged.headers);
  return {
    pathname,
    search,
    init: { ...merged, redirect, headers },
    isReplayable,
  };
}

/**
 * Redirects are not followed. Where the body is a stream they are errors, as
 * Node would otherwise buffer it in order to send it again.
 */
function redirectMode(
  wanted: RequestInit["redirect"],
  isReplayable: boolean,
): RequestInit["redirect"] {
  const mustFail = !isReplayable || wanted === "error";
  return mustFail && isSupported({ redirect: "error" }) ? "error" : "manual";
}

/**
 * The body of a `Request`: bytes if it is text, else the stream, unread.
 * Rejects if it is used already.
 */
async function readText(
  request: Request,
  signal: AbortSignal | null | undefined,
): Promise<RequestInit["body"]> {
  const { body, bodyUsed, headers } = request;
  const type = headers.get("content-type") ?? "";
  const isText = /[/+]json\b|^text\/plain/i.test(type);
  if (!body || !isText && !bodyUsed) return body;
  return await waitFor(request.arrayBuffer(), signal);
}

/**
 * Copies headers in lower case, except those that do not go to Copilot. The
 * values of a plain record are checked by `fetch`.
 *
 * Deno iterates over `Headers` in quadratic time, and so copies them slowly:
 * https://github.com/denoland/deno/pull/36063. `forEach` and a plain record are
 * fast in all runtimes, and a plain record need not become `Headers` first:
 * tests/bench/loopback_bench.ts.
 */
export function copyHeaders(
  given: RequestInit["headers"] = {},
): Record<string, string> {
  const record: Record<string, string> = {};
  const set = (value: string, name: string) => {
    if (!isRemovedHeader(name)) record[name] = value;
  };
  const isRecord = Object(given) === given && !(Symbol.iterator in given);
  if (given instanceof Headers) given.forEach(set);
  else if (!isRecord) new Headers(given).forEach(set);
  else {
    for (const [name, value] of Object.entries(given)) {
      const key = name.toLowerCase();
      const isRepeated = Object.hasOwn(record, key);
      set(isRepeated ? `${record[key]}, ${value}` : value, key);
    }
  }
  return record;
}

/** A copy to send again, as the headers of the first may still be in use. */
export function copyRequest(request: OutgoingRequest): OutgoingRequest {
  const headers = { ...request.init.headers };
  return { ...request, init: { ...request.init, headers } };
}

/** The members of `init` that choose the connection. */
export function connectionOf(init: RequestInit): RequestInit {
  const connection = {};
  addMembers(connection, init, CONNECTION_MEMBERS);
  return connection;
}

function isRequest(value: unknown): value is Request {
  return typeof (value as Request | undefined)?.arrayBuffer === "function";
}

function parseTarget(
  input: string | URL,
): Pick<OutgoingRequest, "pathname" | "search"> {
  // Any host will do: it is replaced by the token's.
  const base = "https://api.githubcopilot.com";
  const url = new URL(String(input).startsWith("/") ? base + input : input);
  if (!/^https?:$/.test(url.protocol)) {
    throw new TypeError(`URL must be http(s), received ${url.protocol}`);
  }
  const [withoutFragment] = url.href.split("#");
  // `search` is empty for a URL that ends in "?".
  const emptySearch = withoutFragment.endsWith("?") ? "?" : "";
  return { pathname: url.pathname, search: url.search || emptySearch };
}

/** Copies own members, and known ones that are inherited or hidden. */
function copyInit(init: RequestInit | undefined): RequestInit {
  const copy = { ...init };
  addMembers(copy, init ?? {}, INIT_MEMBERS);
  return copy;
}

/**
 * Copies members that `target` lacks; a body of `null` counts as none. Throws a
 * `TypeError` if `source` is no object.
 */
function addMembers(
  target: RequestInit,
  source: RequestInit,
  names: string[],
): void {
  const to = target as Record<string, unknown>;
  const from = source as Record<string, unknown>;
  for (const name of names) {
    if (!(name in from)) continue;
    const value = from[name];
    const isUnset = to[name] === undefined ||
      (name === "body" && to[name] === null);
    if (isUnset) to[name] = value;
  }
}

function isStream(body: unknown): boolean {
  const stream = body as
    | { getReader?: unknown; [Symbol.asyncIterator]?: unknown }
    | null
    | undefined;
  return typeof stream?.getReader === "function" ||
    typeof stream?.[Symbol.asyncIterator] === "function";
}
