/** What the Worker of docs/servers.md uses of Cloudflare's own types. */
declare module "cloudflare:workers" {
  /** As `wrangler types` declares it. */
  export const env: { COPILOT_GITHUB_TOKEN: string; ACCESS_KEY?: string };
  export function waitUntil(promise: Promise<unknown>): void;
}

declare module "next/server" {
  export function after(task: Promise<unknown>): void;
}

interface SubtleCrypto {
  timingSafeEqual(a: ArrayBuffer, b: ArrayBuffer): boolean;
}
