/**
 * The server, asked. Same origin only; whatever changes something carries the session's token; what the server refuses
 * is a `Refused` with its own sentence, in the reader's language.
 */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

/** The server said no. `message` is for the reader; `fields` says what is wrong with which field. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fields: Readonly<Record<string, string>> = {},
    /** The whole answer, for errors that carry more. */
    readonly body: unknown = undefined,
  ) {
    super(message);
  }
}

/** The server could not be reached at all. */
export class Unreachable extends Error {}

/** A model of the server's description, by its name. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

let csrf = "";
let language = "en";
let onSignedOut: () => void = () => {};

/** The token of the session: sent with everything that changes something. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** The language the server answers in. */
export function setAnswerLanguage(tag: string): void {
  language = tag;
}

/** What happens when the server says that nobody is signed in. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

async function send(request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set("Accept-Language", language);
  if (request.method !== "GET" && request.method !== "HEAD") headers.set("X-CSRF-Token", csrf);
  let response: Response;
  try {
    response = await fetch(new Request(request, { headers, credentials: "same-origin" }));
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Unreachable("unreachable", { cause });
  }
  if (response.ok) return response;
  if (response.status === 401 && !request.url.endsWith("/api/session")) onSignedOut();
  throw await refusal(response);
}

async function refusal(response: Response): Promise<Refused> {
  const body: unknown = await response.json().catch(() => null);
  const said = (typeof body === "object" && body !== null ? body : {}) as {
    message?: unknown;
    fields?: Record<string, string>;
  };
  return new Refused(response.status, typeof said.message === "string" ? said.message : "", said.fields, body);
}

/** Typed by the server's description: `const { data } = await api.GET("/api/session")`. Raises Refused, Unreachable. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** What a call of `api` brought: its data, which is there because whatever else has been raised. */
export async function got<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** For what is no JSON: uploads (FormData) and files. Raises as `api` does. */
export function request(method: string, path: string, body?: BodyInit): Promise<Response> {
  return send(new Request(new URL(path, location.origin), { method, body: body ?? null }));
}
