/** What a user of a tool has to know besides its settings. */

/** By the title of the tool, and with its version where that matters. */
export const NOTES: Readonly<Record<string, string>> = {
  "opencode":
    'its request for the title of a session looks like a prompt, and counts as a user\'s. `"agent": { "title": { "disable": true } }` in its configuration avoids it.',
  "Qwen Code":
    'its subagents and its extraction of memories look like prompts, and count as a user\'s. `"memory": { "enableManagedAutoMemory": false }` in its settings avoids the last.',
  "Cline":
    "its subagents look like prompts, and count as a user's. It does not send an image of the prompt, but one that a tool reads.",
  "Continue":
    'with `-p` its subagents (`--beta-subagent-tool`) do not start in 1.5.47: "No active session found". It reads images as text.',
  "pi":
    "1.5.2 is the newest version, but a dependency, marked-cjk-friendly 0.1.2, was not on npm. Of 1.5.0 and 1.4.0, packages of its own were not. It has no subagents.",
  "opencommit":
    "it is set up with variables, as it does not start with a new `~/.opencommit`: it converts that, asks to be run again, and exits with 0. At each start it asks npm for its newest version and waits for that, more than a minute where npm does not answer; `OCO_TEST_SKIP_VERSION_CHECK=true`, with which it was run, omits that. After the commit it pushes, unless `OCO_GITPUSH=false` is set.",
};
