import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { test } from "node:test";
import type { FetchLike } from "../../mod.ts";
import { startProcess } from "../helpers/stores.ts";
import { tokenText } from "../helpers/stubs.ts";

const SEED = 20261125;

const ACCOUNTS = [
  { credential: "ghu_a", domain: "github.com" },
  { credential: "ghu_b", domain: "github.com" },
  { credential: "ghu_a", domain: "acme.ghe.com" },
  { credential: "gho_a", domain: "github.com" },
];

/** GitHub: tokens that name their account, and the number of exchanges. */
function createGitHub() {
  const github = {
    exchanges: 0,
    fetch: ((input, init) => {
      github.exchanges++;
      const { hostname } = new URL(String(input));
      const bearer = new Headers(init?.headers).get("authorization");
      const account = `${hostname} ${bearer}`.replaceAll(/\W+/g, "_");
      const token = tokenText(`${account}_${github.exchanges}`);
      return Promise.resolve(Response.json({ token, refresh_in: 1500 }));
    }) as FetchLike,
  };
  return github;
}

function nameOf({ credential, domain }: typeof ACCOUNTS[number]): string {
  return tokenText(`api_${domain}_Bearer_${credential}`.replaceAll(".", "_"))
    .split(";")[0];
}

/** What an enemy does who can read and write the store. */
type Step =
  | { do: "use"; account: number }
  | { do: "keep"; account: number }
  | { do: "replay"; from: number; to: number }
  | { do: "swap"; from: number; to: number }
  | { do: "flip"; account: number; bit: number }
  | { do: "cut"; account: number; length: number }
  | { do: "write"; account: number; text: string }
  | { do: "delete"; account: number };

const account = fc.nat({ max: ACCOUNTS.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("use" as const), account }),
  fc.record({ do: fc.constant("keep" as const), account }),
  fc.record({ do: fc.constant("replay" as const), from: account, to: account }),
  fc.record({ do: fc.constant("swap" as const), from: account, to: account }),
  fc.record({ do: fc.constant("flip" as const), account, bit: fc.nat() }),
  fc.record({ do: fc.constant("cut" as const), account, length: fc.nat(1500) }),
  fc.record({ do: fc.constant("write" as const), account, text: fc.string() }),
  fc.record({ do: fc.constant("delete" as const), account }),
);

/** Flips one bit of a text of ASCII. */
function flip(text: string, bit: number): string {
  const index = Math.floor(bit / 7) % text.length;
  const code = text.charCodeAt(index) ^ (1 << bit % 7);
  return text.slice(0, index) + String.fromCharCode(code) +
    text.slice(index + 1);
}

/** Uses an account in a new process: without an error, with its own token. */
async function use(
  backend: Map<string, string>,
  index: number,
  github: ReturnType<typeof createGitHub>,
): Promise<void> {
  const { credential, domain } = ACCOUNTS[index];
  const before = github.exchanges;
  const { cache } = startProcess(backend);
  const { value } = await cache.get(credential, {
    domain,
    fetch: github.fetch,
  });
  assert(value.startsWith(nameOf(ACCOUNTS[index])), value);
  assert(github.exchanges - before <= 1);
}

/** A store in which every account has a token, and the keys of each. */
async function fillStore(github: ReturnType<typeof createGitHub>) {
  const backend = new Map<string, string>();
  const keys: string[] = [];
  for (const index of ACCOUNTS.keys()) {
    await use(backend, index, github);
    keys.push([...backend.keys()][index]);
  }
  return { backend, keys };
}

test("TokenCache.get() returns an account's own token, after at most one exchange, whatever is written to the store", async () => {
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 20 }),
    async (steps) => {
      const github = createGitHub();
      const { backend, keys } = await fillStore(github);
      const kept = keys.map((key) => backend.get(key) ?? "");
      for (const step of steps) {
        await take(step, { backend, keys, kept, github });
      }
      for (const index of ACCOUNTS.keys()) await use(backend, index, github);
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 100 });
});

interface World {
  backend: Map<string, string>;
  keys: string[];
  kept: string[];
  github: ReturnType<typeof createGitHub>;
}

async function take(step: Step, { backend, keys, kept, github }: World) {
  const valueOf = (index: number) => backend.get(keys[index]) ?? "";
  switch (step.do) {
    case "use":
      return await use(backend, step.account, github);
    case "keep":
      kept[step.account] = valueOf(step.account);
      return;
    case "replay":
      backend.set(keys[step.to], kept[step.from]);
      return;
    case "swap": {
      const [from, to] = [valueOf(step.from), valueOf(step.to)];
      backend.set(keys[step.from], to).set(keys[step.to], from);
      return;
    }
    case "flip": {
      const value = valueOf(step.account);
      if (value) backend.set(keys[step.account], flip(value, step.bit));
      return;
    }
    case "cut": {
      const value = valueOf(step.account).slice(0, step.length);
      backend.set(keys[step.account], value);
      return;
    }
    case "write":
      backend.set(keys[step.account], step.text);
      return;
    case "delete":
      backend.delete(keys[step.account]);
  }
}

test("TokenCache.get() makes one exchange for a stored value with any bit flipped", async () => {
  const github = createGitHub();
  const { backend, keys } = await fillStore(github);
  const [key] = keys;
  const value = backend.get(key) ?? "";
  let used = 0;
  for (let bit = 0; bit < 7 * value.length; bit++) {
    // All bits of the version and the initialization vector, then one a byte.
    if (bit > 7 * 24 && bit % 8 !== 0) continue;
    backend.set(key, flip(value, bit));
    const before = github.exchanges;
    await use(backend, 0, github);
    if (github.exchanges === before) used++;
  }
  // The last character of base64 has bits that do not count.
  assert(used <= 1, `${used}`);
});

test("TokenCache.get() takes a value that is replayed within its time, and nothing from another account", async () => {
  const github = createGitHub();
  const { backend, keys } = await fillStore(github);
  const before = github.exchanges;
  const [first, second] = keys.map((key) => backend.get(key) ?? "");
  backend.set(keys[0], second).set(keys[1], first);
  for (const index of [0, 1]) await use(backend, index, github);
  assertEquals(github.exchanges - before, 2);
  backend.set(keys[0], first);
  await use(backend, 0, github);
  assertEquals(github.exchanges - before, 2);
});

test("sealStore() writes keys and values in which nothing repeats", async () => {
  const github = createGitHub();
  const values: string[] = [];
  for (let time = 0; time < 3; time++) {
    const { backend, keys } = await fillStore(github);
    assertEquals(new Set(keys).size, ACCOUNTS.length);
    values.push(...backend.values());
  }
  assertEquals(new Set(values).size, 3 * ACCOUNTS.length);
  // Tokens of any usual length look alike.
  assertEquals(new Set(values.map(({ length }) => length)).size, 1);
});
