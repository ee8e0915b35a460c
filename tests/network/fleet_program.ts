/**
 * One process of a fleet: many callers want a token at once.
 *
 * Arguments: GitHub's origin, the number of callers, and the URL of a Redis. It
 * begins when it can read a line, and prints what became of the callers.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { TokenCache } from "../../mod.ts";
import { sealStore } from "../../store/mod.ts";
import { connectRedis } from "../helpers/redis.ts";
import { redisBackend } from "./redis_backend.ts";

const [origin, callers, redisURL] = process.argv.slice(2);

const errors: string[] = [];
const store = redisURL
  ? sealStore(redisBackend(await connectRedis(redisURL)), {
    onError: (error) => errors.push(String(error)),
  })
  : undefined;
const cache = new TokenCache({ store });

function send(input: string | URL | Request, init?: RequestInit) {
  const { pathname } = new URL(String(input));
  return fetch(origin + pathname, init);
}

console.log("ready");
for await (const _ of createInterface(process.stdin)) break;
const startedAt = performance.now();
const tokens = await Promise.all(
  Array.from(
    { length: Number(callers) },
    () => cache.get("ghu_fleet", { fetch: send, domain: "acme.ghe.com" }),
  ),
);
console.log(JSON.stringify({
  milliseconds: Math.round(performance.now() - startedAt),
  values: [...new Set(tokens.map(({ value }) => value))],
  errors,
}));
process.exit();
