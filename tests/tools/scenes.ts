/** What each tool is put through, and what has to come of it. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { failures } from "../../testing/mod.ts";
import type { ToolRun } from "./run_tool.ts";
import type { Recorded, Script } from "./script.ts";
import type { Tool } from "./tools.ts";

/** A scene for a tool. */
export interface Scene {
  prompt: string;
  script: Script;
  /** Called with the tool's working folder. */
  prepare?(folder: string): void;
  /** Returns what went wrong; nothing if all went well. */
  check(outcome: SceneOutcome): string[];
  /** Describes what a reader wants to know besides. */
  describe?(outcome: SceneOutcome): string;
}

/** What came of a scene. */
export interface SceneOutcome {
  run: ToolRun;
  /** What Copilot was sent. */
  recorded: Recorded[];
  /** How often a token was asked for. */
  exchanges: number;
  /** The lines of the server. */
  log: string;
}

/** The scenes by name; `undefined` where a tool lacks what one needs. */
export const SCENES: Readonly<
  Record<string, (tool: Tool) => Scene | undefined>
> = {
  prompt: () => promptScene,
  "tool loop": toolScene,
  "interrupted stream": interruptedScene,
  refusal: () => refusalScene,
  subagent: subagentScene,
};

const GREETING = "Say the word of the day";
const ANSWER = "The word of the day is amberlantern";
const ANSWER_WORD = "amberlantern";

/** What a tool that commits is asked about. */
function stageGreeting(folder: string): void {
  writeFileSync(join(folder, "greeting.txt"), `${GREETING}\n`);
  const commands = [
    ["init", "-q"],
    ["config", "user.name", "A"],
    ["config", "user.email", "a@example.com"],
    ["add", "-A"],
  ];
  for (const command of commands) spawnSync("git", command, { cwd: folder });
}

const promptScene: Scene = {
  prompt: GREETING,
  prepare: stageGreeting,
  script: { reply: () => ANSWER },
  check: (outcome) => [
    ...exitsWith(outcome, 0),
    ...prints(outcome, ANSWER_WORD),
    ...isAnswered(outcome),
    ...startsAsUser(outcome, GREETING),
  ],
  describe: ({ recorded }) =>
    [
      ...new Set(
        recorded.filter(isPost).map(({ path, model }) => `${path} ${model}`),
      ),
    ].join(", "),
};

const NOTE = "velvetharbor";

function toolScene({ readFile }: Tool): Scene | undefined {
  if (!readFile) return undefined;
  let file = "";
  const prompt = "Read the note and repeat its word";
  return {
    prompt,
    prepare(folder) {
      file = join(folder, "note.txt");
      writeFileSync(file, `${NOTE}\n`);
    },
    script: {
      reply(text, tools) {
        const call = readFile(file);
        if (text.includes(NOTE)) return `The note says ${NOTE}`;
        if (!tools.includes(call.name)) return "A title";
        return { text: "I read it.", toolCalls: [call] };
      },
    },
    check: (outcome) => [
      ...exitsWith(outcome, 0),
      ...prints(outcome, NOTE),
      ...isAnswered(outcome),
      ...startsAsUser(outcome, prompt),
      ...continuesAsAgent(outcome, NOTE, "the tool's result"),
    ],
    describe: userRequests,
  };
}

function interruptedScene(tool: Tool): Scene {
  let isCutOff = false;
  return {
    prompt: GREETING,
    prepare: stageGreeting,
    script: {
      reply: () => ANSWER,
      answer(text, tools) {
        // Titles are asked for without tools, and commit messages too.
        const isTitle = tools.length === 0 && !tool.commits;
        if (isCutOff || isTitle || !text.includes(GREETING)) return;
        isCutOff = true;
        return failures.endEarly({ after: tool.commits ? 1 : 4 });
      },
    },
    check: ({ run, recorded }) => [
      ...(run.code === null ? ["does not end"] : []),
      ...(recorded.some(isPost) ? [] : ["sends nothing"]),
    ],
    describe: ({ run, recorded }) => {
      const asked = recorded.filter(({ text }) => text.includes(GREETING));
      if (run.code !== 0) return `exit ${run.code}`;
      return asked.length > 1 ? "repeats the request" : "ends as if complete";
    },
  };
}

const REFUSAL = /No access to GitHub Copilot|\b403\b/;

const refusalScene: Scene = {
  prompt: GREETING,
  prepare: stageGreeting,
  script: { hasSubscription: false, reply: () => ANSWER },
  check: (outcome) => [
    ...(outcome.run.code === null ? ["does not end"] : []),
    // Some tools have words of their own for a status.
    ...(REFUSAL.test(outcome.run.output) ? [] : ["names no reason"]),
    ...(outcome.exchanges > Math.ceil(outcome.run.seconds / 30)
      ? [`${outcome.exchanges} exchanges`]
      : []),
  ],
  describe: ({ run, exchanges }) =>
    `exit ${run.code} after ${Math.round(run.seconds)} s, ${exchanges} ${
      exchanges === 1 ? "exchange" : "exchanges"
    }`,
};

const HIDDEN = "coppersparrow";
const TASK = "Return the hidden word";

function subagentScene(
  { startSubagent, waitForSubagent }: Tool,
): Scene | undefined {
  if (!startSubagent) return undefined;
  const prompt = "Delegate the search for the word to a subagent";
  const call = startSubagent(TASK);
  return {
    prompt,
    script: {
      reply(text, tools) {
        if (text.includes(HIDDEN)) return `The subagent says ${HIDDEN}`;
        if (text.includes(TASK) && !text.includes(prompt)) {
          return `The word is ${HIDDEN}`;
        }
        if (text.includes(TASK)) {
          return waitForSubagent
            ? { toolCalls: [waitForSubagent(text)] }
            : "I wait.";
        }
        if (!tools.includes(call.name)) return "A title";
        return { text: "I delegate it.", toolCalls: [call] };
      },
    },
    check: (outcome) => [
      ...exitsWith(outcome, 0),
      ...prints(outcome, HIDDEN),
      ...isAnswered(outcome),
      ...startsAsUser(outcome, prompt),
      ...continuesAsAgent(outcome, TASK, "the subagent"),
    ],
    describe: userRequests,
  };
}

/** Names the initiators of a turn, as some plans count those of the user. */
function userRequests({ recorded }: SceneOutcome): string {
  const posts = recorded.filter(isPost);
  const user = posts.filter(({ initiator }) => initiator !== "agent").length;
  return `${user} user, ${posts.length - user} agent`;
}

/** A refused request is not counted. */
function isPost({ path, status }: Recorded): boolean {
  return status === 200 && !path.startsWith("/models");
}

function exitsWith({ run }: SceneOutcome, code: number): string[] {
  if (run.code === code) return [];
  return [run.code === null ? "does not end" : `exit ${run.code}`];
}

function prints({ run }: SceneOutcome, text: string): string[] {
  return run.output.includes(text) ? [] : [`does not print "${text}"`];
}

/** Every request has a model's answer in the end, as the client sees it. */
function isAnswered({ log, recorded }: SceneOutcome): string[] {
  if (!recorded.some(isPost)) return ["sends nothing"];
  const failed = log.split("\n").filter((line) =>
    /^\d\d:\d\d:\d\d POST .* [45]\d\d( cut off)? \d+ ms/.test(line)
  );
  return failed.map((line) => `is refused: ${line.slice(9)}`);
}

function startsAsUser({ recorded }: SceneOutcome, prompt: string): string[] {
  const first = recorded.find(({ text }) => text.includes(prompt));
  return recorded.some(({ text, initiator }) =>
      text.includes(prompt) && initiator === "user"
    )
    ? []
    : [`the prompt's initiator is "${first?.initiator ?? ""}"`];
}

function continuesAsAgent(
  { recorded }: SceneOutcome,
  text: string,
  what: string,
): string[] {
  const sent = recorded.filter((request) => request.text.includes(text));
  if (sent.length === 0) return [`${what} is not sent`];
  const other = sent.find(({ initiator }) => initiator !== "agent");
  return other ? [`the initiator of ${what} is "${other.initiator}"`] : [];
}
