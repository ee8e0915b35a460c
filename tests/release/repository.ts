/** The address of the repository, which every absolute link begins with. */

/**
 * Documents, issue forms and `package.json` link to pages of the repository by
 * this address. `OWNER` is not yet known: the release command writes the real
 * address into what it builds, and refuses to leave `OWNER` in it.
 */
export const REPOSITORY = "https://github.com/OWNER/copilot-fetch";

/** As GitHub accepts the names of owners and of repositories. */
const ADDRESS =
  /^https:\/\/github\.com\/[a-z\d](?:-?[a-z\d]){0,38}\/[\w.-]{1,100}$/i;

/** A release was asked for in a way that cannot work. */
export class UsageError extends Error {}

/**
 * The address that is given, or that of the repository whose workflow runs.
 *
 * @throws {UsageError} If there is none, or it is not that of a repository
 */
export function resolveRepository(
  given: string | undefined,
  { GITHUB_SERVER_URL, GITHUB_REPOSITORY }: Record<string, string | undefined>,
): string {
  const ofWorkflow = GITHUB_SERVER_URL && GITHUB_REPOSITORY &&
    `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
  const repository = given ?? (ofWorkflow || REPOSITORY);
  if (repository.includes("/OWNER/")) {
    throw new UsageError(
      "The repository's address is not set: pass --repository=https://github.com/<owner>/<name>",
    );
  }
  if (!ADDRESS.test(repository) || /\.git$|\/\.{1,2}$/.test(repository)) {
    throw new UsageError(
      `The repository's address is not of the form https://github.com/<owner>/<name>: "${repository}"`,
    );
  }
  return repository;
}

/** The text with links to the repository as it is. */
export function withRepository(text: string, repository: string): string {
  return text.replaceAll(REPOSITORY, repository);
}
