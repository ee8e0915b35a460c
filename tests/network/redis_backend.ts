import type { KeyValueStore } from "@copilot-fetch/core/store";

/** A client of Redis, such as that of `@redis/client`. */
interface RedisClient {
  sendCommand(words: string[]): Promise<unknown>;
}

/** Redis as a store, with a lock. */
export function redisBackend(redis: RedisClient): KeyValueStore {
  const send = (...words: string[]) => redis.sendCommand(words);
  return {
    get: (key) => send("GET", key),
    set: (key, value, ttlMs) => send("SET", key, value, "PX", `${ttlMs}`),
    delete: (key) => send("DEL", key),
    lock: async (key, ttlMs) =>
      await send("SET", key, "1", "NX", "PX", `${ttlMs}`) === "OK",
  };
}
