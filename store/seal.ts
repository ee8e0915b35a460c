/**
 * Names and encrypts what is stored, with keys derived from the credential.
 *
 * @module
 */

/** Whose token it is. Each combination has keys of its own. */
export interface Account {
  credential: string;
  domain: string;
  /** How the token is obtained. */
  plan: string;
}

/** What one account's values are named, and how they are encrypted. */
export interface Seal {
  tokenKey: string;
  lockKey: string;
  encrypt(text: string): Promise<string>;
  /** `undefined` for what this account has not encrypted. */
  decrypt(sealed: string): Promise<string | undefined>;
}

/** Changes with the format, so that versions of this package do not meet. */
const VERSION = "1";
const IV_BYTES = 12;
/** Texts are padded to a multiple of it, as the length may name the plan. */
const PADDED_CHARACTERS = 1024;

/** Derives an account's keys: HKDF, HMAC for names, AES-GCM for values. */
export async function createSeal(account: Account): Promise<Seal> {
  const nameKey = await deriveKey(account, "name", HMAC, ["sign"]);
  const valueKey = await deriveKey(account, "value", AES, [
    "encrypt",
    "decrypt",
  ]);

  async function nameOf(purpose: string): Promise<string> {
    const mac = await crypto.subtle.sign("HMAC", nameKey, encode(purpose));
    return `copilot-fetch:${toBase64(new Uint8Array(mac))}`;
  }

  return {
    tokenKey: await nameOf("token"),
    lockKey: await nameOf("lock"),
    async encrypt(text) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const encrypted = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv },
        valueKey,
        encode(pad(text)),
      );
      const bytes = new Uint8Array([...iv, ...new Uint8Array(encrypted)]);
      return `${VERSION}.${toBase64(bytes)}`;
    },
    async decrypt(sealed) {
      const [version, text] = sealed.split(".");
      if (version !== VERSION) return undefined;
      try {
        const bytes = fromBase64(text);
        const decrypted = await crypto.subtle.decrypt(
          { name: "AES-GCM", iv: bytes.subarray(0, IV_BYTES) },
          valueKey,
          bytes.subarray(IV_BYTES),
        );
        return new TextDecoder().decode(decrypted).trimEnd();
      } catch {
        return undefined; // it is no base64, was changed, or has another key
      }
    },
  };
}

const HMAC = { name: "HMAC", hash: "SHA-256", length: 256 };
const AES = { name: "AES-GCM", length: 256 };

async function deriveKey(
  { credential, domain, plan }: Account,
  purpose: string,
  algorithm: typeof HMAC | typeof AES,
  usages: KeyUsage[],
): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey(
    "raw",
    encode(credential),
    "HKDF",
    false,
    ["deriveKey"],
  );
  const derivation = {
    name: "HKDF",
    hash: "SHA-256",
    salt: encode(`copilot-fetch store ${VERSION}`),
    info: encode(JSON.stringify([purpose, domain, plan])),
  };
  return await crypto.subtle.deriveKey(
    derivation,
    secret,
    algorithm,
    false,
    usages,
  );
}

function pad(text: string): string {
  const blocks = Math.ceil(text.length / PADDED_CHARACTERS);
  return text.padEnd(blocks * PADDED_CHARACTERS);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Base64 for keys and URLs; Node 20 has no `Uint8Array.prototype.toBase64`. */
function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}
