/** Exchanges that fail. */
import {
  type CopilotTokenError,
  type ExchangeOptions,
  exchangeToken,
} from "../../mod.ts";
import { type Answer, stubFetch, tokenError } from "./stubs.ts";

/** A credential that no text contains by chance. */
export const CREDENTIAL = "ghu_secretsecretsecret";

/** A response of GitHub's API that explains nothing. */
export const NO = JSON.stringify({ message: "No" });

/** A response that a proxy makes up. */
export const PAGE = "<html><title>Sign in to the network</title></html>";

/** Responds to every exchange alike. */
export function answering(
  status: number,
  body: BodyInit = NO,
  headers?: Record<string, string>,
): Answer {
  return () => new Response(body, { status, headers });
}

/** The error of an exchange with such a response. */
export async function errorOf(
  answer: Answer,
  { credential = CREDENTIAL, ...options }: ExchangeOptions & {
    credential?: string;
  } = {},
): Promise<CopilotTokenError> {
  const { fetch } = stubFetch(answer);
  return await tokenError(() =>
    exchangeToken(credential, { fetch, ...options })
  );
}
