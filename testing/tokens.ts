/**
 * The tokens that all fakes of this process have issued.
 *
 * They are shared, because the library's default cache is: a second test gets
 * the token that the first test's fake issued.
 *
 * @module
 */

import type { Account } from "./account.ts";
import { proxyHost } from "./hosts.ts";

/** A token, and whose it is. */
export interface IssuedToken {
  readonly value: string;
  /** Counts all tokens of the process. */
  readonly serial: number;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly account: Account;
}

/** So many tokens are remembered, the newest. */
const MAX_TOKENS = 10_000;

const tokens = new Map<string, IssuedToken>();
let lastSerial = 0;

/** The serial number of the newest token. */
export function newestSerial(): number {
  return lastSerial;
}

/** Issues a token for an account, with the fields that GitHub's has. */
export function issueToken(account: Account): IssuedToken {
  const { plan, domain, namedPlans, tokenLifetimeMs } = account;
  const serial = ++lastSerial;
  const expiresAt = Date.now() + tokenLifetimeMs;
  const id = serial.toString(16);
  const proxy = proxyHost(namedPlans.proxyEndpoint ?? plan, domain);
  const fields = [
    `tid=${id}`,
    `exp=${Math.floor(expiresAt / 1000)}`,
    `sku=${skuOf(plan)}`,
    `proxy-ep=${proxy}`,
    "st=dotcom",
    "chat=1",
    "8kp=1",
  ];
  // Nobody but GitHub can check the signature.
  const value = `${fields.join(";")}:${id.padStart(64, "0")}`;
  const token = { value, serial, expiresAt, account };
  tokens.set(value, token);
  forgetOldest();
  return token;
}

/** Finds a token that any fake of this process issued. */
export function findToken(value: string): IssuedToken | undefined {
  return tokens.get(value);
}

/** The subscription's name, in tokens and for users. Assumed. */
export function skuOf(plan: Account["plan"]): string {
  return plan === "free" ? "free_limited_copilot" : `copilot_${plan}`;
}

function forgetOldest(): void {
  if (tokens.size <= MAX_TOKENS) return;
  const [oldest] = tokens.keys();
  tokens.delete(oldest);
}
