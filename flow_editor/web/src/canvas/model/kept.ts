/** What this browser keeps of flows being drawn, by name: so little that it can be asked without loading the canvas. */

const EPOCH = "careline-epoch:";
const UNSENT = "careline-unsent:";

/** The name of the IndexedDB database that holds a draft's updates. */
export function keptAs(flow: string, epoch: number): string {
  return `careline-draft:${flow}:${epoch}`;
}

/** The epoch of what is kept of a flow; null: nothing is. */
export function keptEpoch(flow: string): number | null {
  return Number(localStorage.getItem(EPOCH + flow)) || null;
}

export function keep(flow: string, epoch: number | null): void {
  if (epoch === null) localStorage.removeItem(EPOCH + flow);
  else localStorage.setItem(EPOCH + flow, String(epoch));
}

/** Whether something of it has not been sent. */
export function isUnsent(flow: string): boolean {
  return localStorage.getItem(UNSENT + flow) !== null;
}

export function markUnsent(flow: string, unsent: boolean): void {
  if (unsent) localStorage.setItem(UNSENT + flow, "1");
  else localStorage.removeItem(UNSENT + flow);
}

/** Somebody signs out: what others at this machine need not find is deleted, but for work that is saved nowhere else. */
export function forgetSent(): void {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(EPOCH)) continue;
    const flow = key.slice(EPOCH.length);
    const epoch = keptEpoch(flow);
    if (isUnsent(flow) || epoch === null) continue;
    keep(flow, null);
    indexedDB.deleteDatabase(keptAs(flow, epoch));
  }
}
