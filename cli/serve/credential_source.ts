/**
 * The credential of a server, which may change while it runs.
 *
 * @module
 */

import type { FoundCredential } from "../../credential/mod.ts";

/** A credential that is looked up again after it was refused. */
export interface CredentialSource {
  /** The credential that is used at present. */
  readonly current: FoundCredential;
  /** Returns it, after another look if it was refused. Never rejects. */
  get(): Promise<FoundCredential>;
  /** Reports that GitHub or Copilot has refused a credential. */
  reportRefusal(value: string): void;
}

/**
 * Creates the source of a credential that was found already.
 *
 * @param first The credential
 * @param find Looks for it again; may reject if there is none any more
 */
export function createCredentialSource(
  first: FoundCredential,
  find: () => Promise<FoundCredential>,
): CredentialSource {
  let current = first;
  let isRefused = false;
  let search: Promise<void> | undefined;

  async function lookAgain(): Promise<void> {
    try {
      const found = await find();
      if (found.value !== current.value) isRefused = false;
      current = found;
    } catch {
      // The refusal of the credential that there was says what to do.
    }
    search = undefined;
  }

  return {
    get current() {
      return current;
    },
    async get() {
      if (isRefused) await (search ??= lookAgain());
      return current;
    },
    reportRefusal(value) {
      if (value === current.value) isRefused = true;
    },
  };
}
