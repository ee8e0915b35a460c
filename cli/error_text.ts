/**
 * Describes an error with its causes.
 *
 * @module
 */

/** An error's message, followed by the causes that it does not name itself. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (cause === undefined) return message || codeOf(error);
  const reason = errorText(cause);
  return message.includes(reason) ? message : `${message}: ${reason}`;
}

/** Node's errors of several addresses have a code, and no message. */
function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.name;
}
