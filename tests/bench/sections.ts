/** The parts of docs/benchmarks.md: what each measures, and its rows. */

/** A table of the page. */
export interface Section {
  title: string;
  /** What was measured, and what the names of the rows mean. */
  text: string;
  /** The short name of each row, by the name that its benchmark reports. */
  rows: Readonly<Record<string, string>>;
}

/** What copilot-fetch costs. */
export const COSTS: readonly Section[] = [
  {
    title: "A call with a token",
    text: `The work of the library itself, for bodies of three sizes: a call
with a valid token over a \`fetch\` that responds at once, × a function by hand
that only parses the body and sets the headers. "µs" are the microseconds of
the call against those of the function.`,
    rows: {
      "warm call, 1 KB: × a function by hand": "1 KB",
      "… microseconds with 1 KB": "1 KB, µs",
      "warm call, 100 KB: × a function by hand": "100 KB",
      "… microseconds with 100 KB": "100 KB, µs",
      "warm call, 1 MB: × a function by hand": "1 MB",
      "… microseconds with 1 MB": "1 MB, µs",
    },
  },
  {
    title: "A call over loopback",
    text: `A call with a valid token to a server in another process, × bare
\`fetch\` with the same headers. If the body has 100 KB or more, bare \`fetch\`
parses it once too, as whoever sets \`X-Initiator\` has to. "plain" are headers
in a plain object, "Headers" those in a \`Headers\` object.`,
    rows: {
      "call over loopback, 1 KB, plain headers: × bare fetch": "1 KB, plain",
      "call over loopback, 1 KB, a Headers object: × bare fetch":
        "1 KB, Headers",
      "call over loopback, 100 KB, plain headers: × bare fetch and JSON.parse":
        "100 KB, plain",
      "call over loopback, 100 KB, a Headers object: × bare fetch and JSON.parse":
        "100 KB, Headers",
      "call over loopback, 1 MB, plain headers: × bare fetch and JSON.parse":
        "1 MB, plain",
      "call over loopback, 1 MB, a Headers object: × bare fetch and JSON.parse":
        "1 MB, Headers",
    },
  },
  {
    title: "Waiting for a refresh",
    text: `The longest wait among 10 000 calls over two simulated hours, with an
exchange of 300 ms, × that with a cache that refreshes a token only when it is
due.`,
    rows: {
      "longest wait for a refresh: × without one in the background": "ratio",
      "… of an exchange's 300 ms": "wait",
    },
  },
  {
    title: "A process with a first call",
    text: `The time of a process that loads the bundled library and makes an
exchange and a call, × that of an empty program.`,
    rows: {
      "process with a first call: × an empty one": "time",
      "… bytes loaded: sources, minified, gzipped":
        "size of the sources, minified, and gzipped",
    },
  },
  {
    title: "The start of the command line",
    text:
      `The time from the start of \`copilot-fetch\` to its first byte, × that
of a program that only writes one byte. In the last row, it is \`--demo Hello\`
from the npm package × from the TypeScript sources.`,
    rows: {
      "copilot-fetch --version: first byte × a program that writes one":
        "`--version`",
      "copilot-fetch --help: first byte × a program that writes one":
        "`--help`",
      "copilot-fetch --demo Hello: first byte × a program that writes one":
        "`--demo Hello`",
      "copilot-fetch --demo Hello: first byte from the npm package × from the TypeScript sources":
        "npm × TypeScript",
    },
  },
  {
    title: "Many credentials in one cache",
    text: `A cache with 10 000 tokens, × a plain Map with the same. A look-up is
one among 10 000, × one where there is only one. The last row is the part of the
memory that remains when the tokens have expired.`,
    rows: {
      "10 000 credentials: memory × a plain Map's": "memory",
      "… bytes for each": "bytes for each",
      "… a look-up × one among one": "look-up",
      "… the same in a plain Map": "look-up in a Map",
      "… memory that remains when they have expired": "memory that remains",
    },
  },
  {
    title: "Many callers at once",
    text:
      `100 000 calls start at once, and wait for the same exchange. What each
of them costs, × each of 1 000: at 1.00, the whole grows in proportion. "pause"
is how long they keep the event loop from other work. "by hand" are as many calls
and timers without the library, as timers, streams and garbage collection
themselves cost more where there are many. The first row is each of 1 000 × one
alone.`,
    rows: {
      "1 000 callers without a token, each × one alone: time": "1 000: time",
      "100 000 callers without a token, each × each of 1 000: time": "time",
      "… callers without a token: memory while it waits": "memory",
      "… callers without a token: time that other work waits": "pause",
      "100 000 callers by hand, each × each of 1 000: time": "by hand: time",
      "… callers by hand: memory while it waits": "by hand: memory",
      "… callers by hand: time that other work waits": "by hand: pause",
      "… exchanges that 100 000 callers make": "exchanges of 100 000 callers",
    },
  },
  {
    title: "Many exchanges at once",
    text: `The first calls of 10 000 credentials start at once, each with an
exchange of its own. What each of them costs, × each of 100. "pause" is as above;
"by hand" are as many exchanges and timers without the library, with a Map for
the tokens.`,
    rows: {
      "10 000 credentials, each × each of 100: time": "time",
      "… credentials: memory while it waits": "memory",
      "… credentials: time that other work waits": "pause",
      "10 000 exchanges by hand, each × each of 100: time": "by hand: time",
      "… exchanges by hand: memory while it waits": "by hand: memory",
      "… exchanges by hand: time that other work waits": "by hand: pause",
    },
  },
  {
    title: "A million calls",
    text: `1 000 000 calls with a token: the time of the last 100 000 × that of
the first, and the bytes of memory that are left of each call.`,
    rows: {
      "1 000 000 calls with a token: time, the last × the first 100 000":
        "time",
      "… memory that is left of each, bytes": "bytes left of each",
    },
  },
];

/** What copilot-fetch needs, against other clients. */
export const OTHERS: readonly Section[] = [
  {
    title: "opencode-copilot-auth",
    text:
      `A plugin of opencode. Its \`fetch\` and that of \`createCopilotFetch\`
send the same requests to a server in another process. Its sign-in is in memory
here; opencode reads it from a file. The first rows are calls with bodies of three
sizes; then 1 000 callers without a token start at once.`,
    rows: {
      "a call with 1 KB: × opencode-copilot-auth": "1 KB",
      "a call with 100 KB: × opencode-copilot-auth": "100 KB",
      "a call with 1 MB: × opencode-copilot-auth": "1 MB",
      "1 000 callers without a token: × opencode-copilot-auth": "1 000 callers",
      "… exchanges that they make": "exchanges of 1 000 callers",
    },
  },
  {
    title: "@github/copilot-sdk",
    text:
      `It runs on Node, with its own-provider setting, and starts the Copilot
CLI. It is an agent: with "hi" it sends a system prompt and its tools.
copilot-fetch sends what the caller passes. "time" is from the import to the
answer to "hi", and the memory is that of all processes.`,
    rows: {
      '"hi", import to answer: × @github/copilot-sdk': "time",
      "… milliseconds to the answer": "milliseconds",
      '"hi", memory: × @github/copilot-sdk': "memory",
      "… MB of all its processes": "MB",
      '"hi", bytes sent: × @github/copilot-sdk': "bytes sent",
      "… bytes of request bodies": "bytes of request bodies",
    },
  },
  {
    title: "copilot-api",
    text: `A local server. It runs on Node, \`--serve\` on the runtime of the
column. Both reach a stand-in of GitHub and Copilot over TLS through a proxy. A
stream has 20 events, and pauses for 10 ms after the first.`,
    rows: {
      "--serve, first token: × copilot-api": "time to the first token",
      "… milliseconds to it": "milliseconds to it",
      "--serve, 400 streams at once: × copilot-api": "400 streams at once",
      "… streams in a second": "streams in a second",
      "--serve, memory after 10 000 streams: × copilot-api":
        "memory after 10 000 streams",
      "… MB": "MB",
    },
  },
];
