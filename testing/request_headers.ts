/**
 * What the fake GitHub and the fake Copilot read of a request's headers.
 *
 * @module
 */

/** The bearer of a request, or an empty string. */
export function bearerOf(request: Request): string {
  const authorization = request.headers.get("authorization") ?? "";
  return /^Bearer (.+)$/.exec(authorization)?.[1] ?? "";
}

/** The headers that identify an editor, and what each looks like. */
const IDENTITY: readonly [name: string, pattern: RegExp][] = [
  ["User-Agent", /^\S+\/\S+/],
  ["Editor-Version", /^\S+\/\S+$/],
  ["Editor-Plugin-Version", /^\S+\/\S+$/],
  ["Copilot-Integration-Id", /^\S+$/],
];

/** The first identity header that is missing or malformed. */
export function missingIdentityHeader(request: Request): string | undefined {
  const missing = IDENTITY.find(([name, pattern]) =>
    !pattern.test(request.headers.get(name) ?? "")
  );
  return missing?.[0];
}
