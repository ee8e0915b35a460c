/**
 * The `fetch` of opencode-copilot-auth against `createCopilotFetch`: calls with
 * a token, and a thousand callers without one, to a server in another process.
 *
 * Its sign-in is in memory, not in opencode's file. It drops a `Headers` object,
 * so both get plain headers.
 */
import { pathToFileURL } from "node:url";
import { createCopilotFetch, TokenCache } from "../../../mod.ts";
import { alternate, type Repetitions, timeOf } from "../alternate.ts";
import { against, report, times } from "../report.ts";
import { conversation, HOST } from "../requests.ts";
import { isQuick, packageFile } from "./arguments.ts";
import { startStandIn } from "./stand_in_process.ts";

const OTHER = "opencode-copilot-auth";
const COLD_CALLERS = 1000;

type FetchLike = (input: string, init: RequestInit) => Promise<Response>;

/** The part of the plugin's interface that is used. */
interface Plugin {
  auth: {
    loader(
      getAuth: () => Promise<Auth>,
      provider: { models: Record<string, unknown> },
    ): Promise<{ fetch: FetchLike }>;
  };
}

/** What opencode keeps of a sign-in. */
interface Auth {
  type: "oauth";
  refresh: string;
  access: string;
  expires: number;
}

const { CopilotAuthPlugin } = await import(
  pathToFileURL(packageFile(`${OTHER}/index.mjs`)).href
);

/** The plugin's `fetch` after a sign-in, without a token. */
async function createTheirs(): Promise<FetchLike> {
  let auth: Auth = { type: "oauth", refresh: "ghu_b", access: "", expires: 0 };
  const client = {
    auth: {
      set: ({ body }: { body: Auth }) => {
        auth = body;
        return Promise.resolve();
      },
    },
  };
  const plugin: Plugin = await CopilotAuthPlugin({ client });
  const getAuth = () => Promise.resolve({ ...auth });
  return (await plugin.auth.loader(getAuth, { models: {} })).fetch;
}

/** Our `fetch`, without a token. */
function createOurs(): Promise<FetchLike> {
  const cache = new TokenCache();
  return Promise.resolve(createCopilotFetch("ghu_b", { cache }));
}

await using standIn = await startStandIn();

// Both use the global `fetch`: here it leads every host to the stand-in.
const { fetch } = globalThis;
globalThis.fetch = Object.assign(
  (input: string | URL | Request, init?: RequestInit) =>
    fetch(String(input).replace(/^https:\/\/[^/]+/, standIn.origin), init),
  { preconnect: () => {} },
);

const URL_OF_CHAT = `${HOST}/chat/completions`;

/** The sizes of a body, and how often each is sent. */
const SIZES: Record<string, [bytes: number, Repetitions]> = {
  "1 KB": [1e3, { warmUp: 2000, blocks: 15, perBlock: 200 }],
  "100 KB": [1e5, { warmUp: 300, blocks: 15, perBlock: 100 }],
  "1 MB": [1e6, { warmUp: 100, blocks: 15, perBlock: 60 }],
};
const COLD: Repetitions = { warmUp: 2, blocks: 7, perBlock: 1 };

/** Reads the whole response, as a caller would. */
async function call(side: FetchLike, init: RequestInit): Promise<void> {
  const response = await side(URL_OF_CHAT, init);
  if (response.status !== 200) throw new Error(`${response.status}`);
  await response.text();
}

function reduce(repetitions: Repetitions): Repetitions {
  if (!isQuick) return repetitions;
  const { warmUp, perBlock } = repetitions;
  return {
    warmUp: Math.ceil(warmUp / 10),
    blocks: 3,
    perBlock: Math.ceil(perBlock / 10),
  };
}

const [ours, theirs] = [await createOurs(), await createTheirs()];
for (const [size, [bytes, repetitions]] of Object.entries(SIZES)) {
  const init = conversation(bytes);
  const { time } = await alternate(
    ours,
    theirs,
    async (side) => ({ time: await timeOf(() => call(side, init)) }),
    reduce(repetitions),
  );
  report(`a call with ${size}: × ${OTHER}`, times(time.ratios));
}

const init = conversation(1000);
const { time, exchanges } = await alternate(
  createOurs,
  createTheirs,
  async (create) => {
    const side = await create();
    await standIn.takeStats();
    const time = await timeOf(() =>
      Promise.all(Array.from({ length: COLD_CALLERS }, () => call(side, init)))
    );
    return { time, exchanges: (await standIn.takeStats()).exchanges };
  },
  reduce(COLD),
);
report(`1 000 callers without a token: × ${OTHER}`, times(time.ratios));
report(
  "… exchanges that they make",
  against(exchanges.ours, exchanges.theirs, 0),
);
