/** The address of the repository, which every absolute link begins with. */

/**
 * Documents, issue forms and `package.json` link to pages of the repository by
 * this address. `OWNER` is not yet known: the release command writes the real
 * address into what it builds, and refuses to leave `OWNER` in it.
 */
export const REPOSITORY = "https://github.com/OWNER/copilot-fetch";
