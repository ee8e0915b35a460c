/**
 * The program's help text.
 *
 * @module
 */

/** Printed by `--help`. */
export const HELP = `Asks GitHub Copilot, and streams the answer to stdout.

Usage: copilot-fetch [options] [prompt ...]

Piped input is appended to the prompt, or is the prompt. If the last word is
"-", the input is also read from the keyboard.

  -m, --model ID        the model to ask, by its id or a part of it; or set
                        COPILOT_MODEL [the default of your subscription]
  -s, --system TEXT     instructions for the model
  -f, --file FILE       add a text file and its name to the prompt; "-" is
                        stdin; may be repeated
  -i, --image FILE|URL  add an image to the prompt; may be repeated
      --effort LEVEL    how long the model reasons, such as low or high
  -o, --option KEY=JSON set a field of the request, such as temperature=0; may
                        be repeated
      --no-stream       print the answer when it is complete
      --json            print the response of the API unchanged
      --models          list the models of your subscription. The price
                        "0.33x 1/8" is 0.33 premium requests for a turn, or
                        1 AIU for a million tokens of input and 8 for a million
                        of output; AIU is the unit of GitHub's prices
      --usage           print what is left of your plan
      --serve [PORT]    serve Copilot's API to other tools on this computer;
                        port 0 is any free port [4141]
      --cache           keep the token, encrypted, in your cache folder for
                        further runs; or set COPILOT_CACHE=1
      --direct          send the credential itself to Copilot, without an
                        exchange; the default depends on the credential
      --from-editor     take the credential from an editor's sign-in to Copilot
      --domain HOST     your tenant, such as acme.ghe.com [github.com]
      --demo            ask a built-in fake instead of GitHub, and print each
                        request on stderr
  -v, --verbose         print each request on stderr, without secrets, with its
                        duration, the quotas, and the answer's tokens and cost
  -h, --help            print this help
  -V, --version         print the version

With --serve:
      --key KEY         what clients must send as bearer token or x-api-key;
                        or set COPILOT_SERVE_KEY, which other users cannot see
      --host HOST       listen on this address; one that other computers can
                        reach needs a key
      --allow-host NAME accept requests for this host name, such as
                        host.docker.internal; may be repeated
      --max-body MB     the largest body of a request [64]
      --adapt           remove body fields that Copilot refuses; values of
                        anthropic-beta that it refuses are removed always
      --strict          change neither names of models nor anthropic-beta
  -q, --quiet           on a terminal, do not print a line for each request
      --print TOOL      print the settings that make a tool use the server, and
                        end: claude-code, codex, opencode, pi, copilot-cli,
                        qwen-code, continue, cline, opencommit, aicommits

One of these words as the whole prompt is a command: help, models, usage,
serve [PORT], and login (or auth), which explains how to get a credential and
can sign in with gh. \`-- help\` sends the word to the model.

Credential: COPILOT_GITHUB_TOKEN, else GH_TOKEN, else GITHUB_TOKEN, else the
output of \`gh auth token\`. With --from-editor: the apps.json or hosts.json
that an editor has written.

Exit codes: 0 success; 1 refused, failed or cut off; 2 wrong usage or no
credential; 130, 129, 143 after SIGINT, SIGHUP, SIGTERM.

Deno needs -N and -E; -R for --file, --image FILE and --from-editor; -R and -W
for --cache; --allow-run=gh for gh.
`;
