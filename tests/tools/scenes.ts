/** What each tool is put through, and what has to come of it. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { failures } from "../../testing/mod.ts";
import {
  continuesAsAgent,
  ends,
  exitsWith,
  failsSoon,
  isAnswered,
  isAnsweredPost,
  prints,
  type SceneOutcome,
  sendsImage,
  startsAsUser,
} from "./checks.ts";
import type { Script } from "./script.ts";
import type { Tool } from "./tools.ts";

/** A scene for a tool. */
export interface Scene {
  prompt: string;
  /** The arguments, in the place of those that ask the prompt. */
  args?: string[];
  script: Script;
  /** Called with the tool's working folder. */
  prepare?(folder: string): void;
  /** Returns what went wrong; nothing if all went well. */
  check(outcome: SceneOutcome): string[];
  /** Describes what a reader wants to know besides. */
  describe?(outcome: SceneOutcome): string;
}

/** The scenes by name; `undefined` where a tool lacks what one needs. */
export const SCENES: Readonly<
  Record<string, (tool: Tool) => Scene | undefined>
> = {
  prompt: () => promptScene,
  "tool loop": toolScene,
  image: imageScene,
  subagent: subagentScene,
  "interrupted stream": interruptedScene,
  "no subscription": () => noSubscriptionScene,
  "expired credential": () => expiredCredentialScene,
  "no quota": () => noQuotaScene,
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
        recorded.filter(isAnsweredPost)
          .map(({ path, model }) => `${path} ${model}`),
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
    check: (outcome) => [
      ...ends(outcome),
      ...(outcome.recorded.some(isAnsweredPost) ? [] : ["sends nothing"]),
    ],
    describe: ({ run, recorded }) => {
      const asked = recorded.filter(({ text }) => text.includes(GREETING));
      if (run.code !== 0) return `exit ${run.code}`;
      return asked.length > 1 ? "repeats the request" : "ends as if complete";
    },
  };
}

/** Some tools have words of their own for a status. */
const noSubscriptionScene = refusalScene(
  /No access to GitHub Copilot|\b403\b/,
  { hasSubscription: false },
);

const expiredCredentialScene = refusalScene(
  /GitHub refused the credential|\b403\b/,
  { isCredentialExpired: true },
);

const noQuotaScene = refusalScene(
  /quota|\b402\b/i,
  { answer: () => failures.quotaExceeded() },
);

/** A refusal that no retry helps with. */
function refusalScene(reason: RegExp, script: Partial<Script>): Scene {
  return {
    prompt: GREETING,
    prepare: stageGreeting,
    script: { reply: () => ANSWER, ...script },
    check: (outcome) => [...failsSoon(outcome), ...prints(outcome, reason)],
    describe: ({ run }) =>
      `exit ${run.code} after ${Math.round(run.seconds)} s`,
  };
}

/** A red square of 64 by 64 pixels. */
const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsItgBPuX1Ai+hcEKLNP1WgQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQELgvnqfEPn69n7gAAAABJRU5ErkJggg==";
const PICTURE_FILE = "picture.png";
const COLOR = "vermilion";
const LOOKING = "I look at the picture.";

/** The image comes with the prompt, or else from a tool that reads it. */
function imageScene(tool: Tool): Scene | undefined {
  const { readFile, argsWithImage, readsImages } = tool;
  if (!argsWithImage && !readsImages) return undefined;
  let file = "";
  const prompt = "Name the color of the picture";
  return {
    prompt,
    args: argsWithImage?.(prompt, PICTURE_FILE),
    prepare(folder) {
      file = join(folder, PICTURE_FILE);
      writeFileSync(file, PICTURE, "base64");
    },
    script: {
      reply(text, tools, hasImage) {
        if (hasImage) return `Its color is ${COLOR}`;
        if (text.includes(LOOKING)) return "There is no image";
        const call = argsWithImage ? undefined : readFile?.(file);
        if (!call || !tools.includes(call.name)) return "A title";
        return { text: LOOKING, toolCalls: [call] };
      },
    },
    check: (outcome) => [
      ...exitsWith(outcome, 0),
      ...prints(outcome, COLOR),
      ...isAnswered(outcome),
      ...startsAsUser(outcome, prompt),
      ...sendsImage(outcome, argsWithImage ? "user" : "agent"),
    ],
    describe: (outcome) =>
      `${argsWithImage ? "attached" : "read"}: ${userRequests(outcome)}`,
  };
}

const HIDDEN = "coppersparrow";
const TASK = "Return the hidden word";

function subagentScene(
  { startSubagent, waitForSubagent, isSubagentUnmarked }: Tool,
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
      ...(isSubagentUnmarked
        ? startsAsUser(without(outcome, prompt), TASK)
        : continuesAsAgent(outcome, TASK, "the subagent")),
    ],
    describe: (outcome) =>
      `${userRequests(outcome)}${isSubagentUnmarked ? ", unmarked" : ""}`,
  };
}

/** The outcome without the requests of a prompt's conversation. */
function without(outcome: SceneOutcome, prompt: string): SceneOutcome {
  const recorded = outcome.recorded
    .filter(({ text }) => !text.includes(prompt));
  return { ...outcome, recorded };
}

/** Names the initiators of a turn, as some plans count those of the user. */
function userRequests({ recorded }: SceneOutcome): string {
  const posts = recorded.filter(isAnsweredPost);
  const user = posts.filter(({ initiator }) => initiator !== "agent").length;
  return `${user} user, ${posts.length - user} agent`;
}
