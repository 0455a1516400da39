/** A value for each key, watched key by key: one of three hundred cards is drawn anew when only its own has changed. */
import { useCallback, useSyncExternalStore } from "react";

export class Keyed<V> {
  private readonly values = new Map<string, V>();
  private readonly watchers = new Map<string, Set<() => void>>();
  private readonly watchingAll = new Set<(key: string) => void>();

  get(key: string): V | undefined {
    return this.values.get(key);
  }

  entries(): IterableIterator<[string, V]> {
    return this.values.entries();
  }

  set(key: string, value: V | undefined): void {
    if (this.values.get(key) === value) return;
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
    for (const watch of this.watchers.get(key) ?? []) watch();
    for (const watch of this.watchingAll) watch(key);
  }

  /** Call back with every key whose value has changed. */
  watchAll(callback: (key: string) => void): () => void {
    this.watchingAll.add(callback);
    return () => this.watchingAll.delete(callback);
  }

  /** Exactly these from now on. */
  replace(values: ReadonlyMap<string, V>): void {
    for (const key of [...this.values.keys()]) if (!values.has(key)) this.set(key, undefined);
    for (const [key, value] of values) this.set(key, value);
  }

  watch(key: string, callback: () => void): () => void {
    const watching = this.watchers.get(key) ?? new Set();
    this.watchers.set(key, watching.add(callback));
    return () => {
      watching.delete(callback);
      if (!watching.size) this.watchers.delete(key);
    };
  }
}

export function useKeyed<V>(keyed: Keyed<V>, key: string): V | undefined {
  const watch = useCallback((callback: () => void) => keyed.watch(key, callback), [keyed, key]);
  return useSyncExternalStore(watch, () => keyed.get(key));
}

/** One value that is watched. */
export class Watched<V> {
  private readonly watchers = new Set<() => void>();

  constructor(private value: V) {}

  get = (): V => this.value;

  set(value: V): void {
    if (value === this.value) return;
    this.value = value;
    for (const watch of this.watchers) watch();
  }

  watch = (callback: () => void): (() => void) => {
    this.watchers.add(callback);
    return () => this.watchers.delete(callback);
  };
}

export function useWatched<V>(watched: Watched<V>): V {
  return useSyncExternalStore(watched.watch, watched.get);
}
