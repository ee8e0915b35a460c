/**
 * The ways to a credential, as the program explains them.
 *
 * @module
 */

/** The ways, the shortest first; in lines of at most 80 characters. */
export function waysToCredential(domain: string): string[] {
  return [
    "These are the ways to get a credential, the shortest first.",
    "1. The GitHub CLI, from https://cli.github.com (in Deno with --allow-run=gh):",
    `     ${signInCommand(domain)}`,
    "2. An editor that keeps its sign-in to Copilot in a file (in Deno with -R):",
    '     copilot-fetch --from-editor "Hello"',
    "3. A fine-grained token, from this page:",
    `     ${tokenPage(domain)}`,
    '   Resource owner: your own account. Account permission: "Copilot Requests".',
    "   If an organization pays, its Copilot policy must allow the Copilot CLI.",
    "     export COPILOT_GITHUB_TOKEN=github_pat_...",
    "4. A job in GitHub Actions, if its organization lets such jobs use Copilot:",
    "     permissions: { copilot-requests: write }",
    '     env: { GITHUB_TOKEN: "${{ github.token }}" }',
    'Without a credential, a built-in fake answers: copilot-fetch --demo "Hello"',
  ];
}

/** The command that signs in with the GitHub CLI. */
export function signInCommand(domain: string): string {
  return `gh auth login --hostname ${domain}`;
}

/** The page on which a fine-grained token is created. */
export function tokenPage(domain: string): string {
  return `https://${domain}/settings/personal-access-tokens/new`;
}
