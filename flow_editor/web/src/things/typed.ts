/** What was typed into forms and not saved, while one looks elsewhere. By the page of the thing. */
import type { Kind } from "./calls";

const typed = new Map<string, unknown>();

function pageOf(kind: Kind, id: string | undefined): string {
  return `${kind.page}/${id ?? "new"}`;
}

/** `id`: undefined while it is a new one. */
export function recallTyped<T>(kind: Kind, id: string | undefined): T | null {
  return (typed.get(pageOf(kind, id)) as T | undefined) ?? null;
}

export function keepTyped(kind: Kind, id: string | undefined, what: unknown): void {
  typed.set(pageOf(kind, id), what);
}

export function forgetTyped(kind: Kind, id: string | undefined): void {
  typed.delete(pageOf(kind, id));
}

/** Somebody signs out: whoever comes next finds nothing that they typed. */
export function forgetAllTyped(): void {
  typed.clear();
}
