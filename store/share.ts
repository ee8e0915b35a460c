/**
 * Takes the token that another process has stored, or exchanges and stores one.
 *
 * @module
 */

import type { Entry } from "../internal/cache_entry.ts";
import { CopilotTokenError, isTransient } from "../internal/errors.ts";
import type { CopilotToken } from "../internal/lifetime.ts";
import type { ShareToken } from "../internal/sealed_store.ts";
import { throwIfAborted, waitAtMost } from "../internal/waiting.ts";
import type { Backend } from "./backend.ts";
import { createSeal, type Seal } from "./seal.ts";
import {
  decodeValue,
  type EncodedValue,
  encodeNothing,
  encodeToken,
  type StoredValue,
  VALUE_PROBLEMS,
  withOwnRefresh,
} from "./stored_value.ts";

/** A lock ends by itself, also where its holder was killed. */
const LOCK_TTL_MS = 5000;
/** The longest wait for the result of another process. */
const MAX_WAIT_MS = 10_000;
/** The first pause between two looks at the store. Each next is twice as long. */
const FIRST_PAUSE_MS = 50;
/** The longest pause between two looks at the store. */
const MAX_PAUSE_MS = 1000;

/** The value of one account in the store. */
interface Slot {
  backend: Backend;
  seal: Seal;
  report: (error: unknown) => void;
  /** When this process's lock ends, on the monotonic clock. */
  lockedUntil: number;
}

/** Creates what the token cache calls in place of an exchange. */
export function createShare(
  backend: Backend,
  report: (error: unknown) => void,
): ShareToken {
  return async (exchange, entry, credential, domain, signal) => {
    const { plan } = entry;
    if (plan === "direct") return await exchange();
    let slot: Slot | undefined;
    try {
      const seal = await createSeal({ credential, domain, plan });
      slot = { backend, seal, report, lockedUntil: -Infinity };
      const shared = await findToken(slot, entry, signal);
      if (shared) return shared;
    } catch (error) {
      throwIfAborted(signal);
      report(error);
      return await exchange(); // without the store
    }
    try {
      return await exchangeAndStore(slot, exchange);
    } finally {
      await endLock(slot);
    }
  };
}

/**
 * Looks for another process's token. Returns `undefined` if this process has
 * to make the exchange.
 */
async function findToken(
  slot: Slot,
  entry: Readonly<Entry>,
  signal: AbortSignal,
): Promise<CopilotToken | undefined> {
  const { backend, seal } = slot;
  const until = performance.now() + MAX_WAIT_MS;
  let pause = FIRST_PAUSE_MS;
  let isHolder = false;
  while (true) {
    const stored = await readValue(slot);
    if (isNewer(stored, entry)) {
      await endLock(slot);
      return stored.token;
    }
    if (isRejected(stored, entry)) await backend.delete(seal.tokenKey);
    if (isHolder || !backend.hasLock) return undefined;
    if (stored.kind === "nothing-to-share") return undefined;
    isHolder = await takeLock(slot);
    if (isHolder) continue; // the last holder may have stored its token
    if (performance.now() >= until) return undefined;
    await sleep(pause, signal);
    pause = Math.min(2 * pause, MAX_PAUSE_MS);
  }
}

async function takeLock(slot: Slot): Promise<boolean> {
  const { backend, seal } = slot;
  const endsAt = performance.now() + LOCK_TTL_MS;
  const isHolder = await backend.lock(seal.lockKey, LOCK_TTL_MS);
  if (isHolder) slot.lockedUntil = endsAt;
  return isHolder;
}

/** Ends the lock before its time, unless another process may have it by now. */
async function endLock(
  { backend, seal, report, lockedUntil }: Slot,
): Promise<void> {
  if (performance.now() >= lockedUntil) return;
  try {
    await backend.delete(seal.lockKey);
  } catch (error) {
    report(error);
  }
}

/** Whether a value is of more use than the token in memory. */
function isNewer(
  stored: StoredValue,
  { token }: Readonly<Entry>,
): stored is StoredValue & { kind: "token" } {
  if (stored.kind !== "token") return false;
  if (!token) return true;
  return stored.token.value !== token.value &&
    stored.token.expiresAt > token.expiresAt;
}

/** Whether Copilot has rejected what is stored. */
function isRejected(stored: StoredValue, entry: Readonly<Entry>): boolean {
  return entry.isRejected && stored.kind === "token" &&
    stored.token.value === entry.token?.value;
}

/** Makes an exchange, and stores what others can use of its result. */
async function exchangeAndStore(
  slot: Slot,
  exchange: () => Promise<CopilotToken>,
): Promise<CopilotToken> {
  let token: CopilotToken;
  try {
    token = await exchange();
  } catch (error) {
    const isRefused = error instanceof CopilotTokenError && !isTransient(error);
    if (isRefused) await writeValue(slot, encodeNothing(Date.now()));
    throw error;
  }
  const now = Date.now();
  if (token.auth === "direct") {
    await writeValue(slot, encodeNothing(now));
    return token;
  }
  await writeValue(slot, encodeToken(token, now));
  return withOwnRefresh(token, now, now, Math.random());
}

async function readValue(
  { backend, seal, report }: Slot,
): Promise<StoredValue> {
  const sealed = await backend.get(seal.tokenKey);
  if (sealed === undefined) return { kind: "absent" };
  const text = await seal.decrypt(sealed);
  if (text === undefined) {
    report(new Error(VALUE_PROBLEMS.unreadable));
    return { kind: "absent" };
  }
  const value = decodeValue(text, Date.now(), Math.random());
  if (value.kind === "absent" && value.problem) {
    report(new Error(value.problem));
  }
  return value;
}

async function writeValue(
  { backend, seal, report }: Slot,
  { text, ttlMs }: EncodedValue,
): Promise<void> {
  try {
    await backend.set(seal.tokenKey, await seal.encrypt(text), ttlMs);
  } catch (error) {
    report(error);
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await waitAtMost(milliseconds, new Promise(() => {}), signal);
}
