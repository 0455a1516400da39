/**
 * Keeps a flow being drawn in step with the server, and what could not be sent in this browser (IndexedDB), to be merged when
 * the connection is back. What the server refuses is said, and no more is sent until the page is loaded again.
 */
import { IndexeddbPersistence } from "y-indexeddb";
import * as Y from "yjs";
import { api, got, Refused, type Schema, Unreachable } from "../../api/client";
import { ask, socket } from "../../live";
import { Drawing, OTHERS, type Point } from "./drawing";
import { isUnsent, keep, keptAs, keptEpoch, markUnsent } from "./kept";
import { Watched } from "./keyed";
import { Looks } from "./looks";

export type Somebody = Schema<"Somebody">;

/** "kept": not sent yet, but safe in this browser. */
export type Saving = { state: "opening" | "saved" | "saving" | "kept" | "gone" } | { state: "refused"; error: unknown };

/** Where somebody is: their pointer, what they have selected, what they are dragging. */
interface Place {
  pointer: Point | null;
  selected: string[];
  moving: Record<string, Point>;
}

interface Opened extends Omit<Schema<"DraftOpened">, "update" | "vector"> {
  update: ArrayBuffer;
  vector: ArrayBuffer;
}

/** Milliseconds for which changes are gathered before they are sent together. */
const GATHER = 80;
/** Milliseconds between two words about where the pointer is. */
const POINTER = 80;
/** Steps and notes of which others are told that somebody has selected them, or drags them. */
const MOST = 200;
/** Milliseconds between two words about what is being dragged, though it is held still. */
const HOLDING = 1500;
/** Milliseconds after which somebody of whom nothing is heard drags no more: their connection is broken. */
const LET_GO = 5000;
/** Milliseconds that this browser's own copy may take to be read; it is slow only when the disk is. */
const KEPT_WITHIN = 2000;

export class Connection {
  readonly drawing = new Drawing();
  readonly looks = new Looks();
  readonly saving = new Watched<Saving>({ state: "opening" });
  readonly people = new Watched<readonly Somebody[]>([]);
  readonly mayDraw = new Watched(false);
  /** Unsent work of before an upgrade was saved as this flow. */
  readonly copied = new Watched<Schema<"Copied"> | null>(null);
  client = "";

  private epoch: number | null = null;
  private kept: IndexeddbPersistence | null = null;
  private gathered: Uint8Array[] = [];
  private gathering: ReturnType<typeof setTimeout> | undefined;
  private underWay = 0;
  private unsent = false;
  private opened = false;
  private closed = false;
  private place: Place = { pointer: null, selected: [], moving: {} };
  private placing: ReturnType<typeof setTimeout> | undefined;
  private holding: ReturnType<typeof setInterval> | undefined;
  /** What was dragged has been dropped, and the others know no more than where it was dragged to. */
  private dropped = false;
  private readonly lettingGo = new Map<string, ReturnType<typeof setTimeout>>();
  /** What somebody dragged when the last was heard of them: the server may have no later word. */
  private readonly silent = new Map<string, string>();

  constructor(
    readonly flow: string,
    private language: string,
  ) {
    this.drawing.doc.on("update", this.changed);
    socket.on("connect", this.connected);
    socket.on("disconnect", this.disconnected);
    socket.on("drafts.updated", this.updated);
    socket.on("drafts.drawn", this.drawn);
    socket.on("drafts.people", this.met);
    socket.on("drafts.moved", this.moved);
    socket.on("drafts.gone", this.gone);
    void this.begin();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.placing);
    clearInterval(this.holding);
    for (const timer of this.lettingGo.values()) clearTimeout(timer);
    this.send();
    this.drawing.doc.off("update", this.changed);
    socket.off("connect", this.connected);
    socket.off("disconnect", this.disconnected);
    socket.off("drafts.updated", this.updated);
    socket.off("drafts.drawn", this.drawn);
    socket.off("drafts.people", this.met);
    socket.off("drafts.moved", this.moved);
    socket.off("drafts.gone", this.gone);
    if (socket.connected) socket.emit("drafts.leave", { flow: this.flow });
    void this.kept?.destroy();
  }

  // -- beginning

  private async begin(): Promise<void> {
    const known = keptEpoch(this.flow);
    if (known !== null) {
      await this.readKept(known);
      this.epoch = known;
      this.unsent = isUnsent(this.flow);
    }
    if (this.closed) return;
    if (socket.connected) await this.open();
    else if (this.drawing.stepIds().length) this.saving.set({ state: "kept" });
  }

  /** Read what this browser has kept, and keep what happens from now on. */
  private async readKept(epoch: number): Promise<void> {
    this.kept = new IndexeddbPersistence(keptAs(this.flow, epoch), this.drawing.doc);
    const late = new Promise((resolve) => setTimeout(resolve, KEPT_WITHIN));
    await Promise.race([this.kept.whenSynced, late]);
  }

  /** Come to the server, or back to it: take what is new there, send what is new here. */
  private async open(): Promise<void> {
    const asked = {
      flow: this.flow,
      epoch: this.epoch,
      vector: this.epoch === null ? null : Y.encodeStateVector(this.drawing.doc),
      language: this.language,
    };
    let answer: Opened;
    try {
      answer = await ask<Opened>("drafts.open", asked);
    } catch (error) {
      if (error instanceof Refused) {
        this.saving.set(error.status === 404 ? { state: "gone" } : { state: "refused", error });
      }
      return;
    }
    if (this.closed) return;
    if (this.epoch !== null && answer.epoch !== this.epoch) {
      await this.beginAnew();
      return;
    }
    this.gathered = [];
    this.underWay = 0;
    this.client = answer.client;
    this.mayDraw.set(answer.may_draw);
    Y.applyUpdate(this.drawing.doc, new Uint8Array(answer.update), OTHERS);
    this.looks.take(answer.drawn);
    this.meet(answer.people);
    this.opened = true;
    if (this.epoch === null) {
      this.epoch = answer.epoch;
      keep(this.flow, answer.epoch);
      void this.readKept(answer.epoch);
    }
    const theirs = new Uint8Array(answer.vector);
    if (answer.may_draw && (this.unsent || this.isAhead(theirs))) {
      this.gathered = [Y.encodeStateAsUpdate(this.drawing.doc, theirs)];
      this.send();
    } else {
      this.settle();
    }
    if (this.place.selected.length || this.place.pointer) this.tellPlace();
  }

  private isAhead(vector: Uint8Array): boolean {
    const theirs = Y.decodeStateVector(vector);
    const ours = Y.decodeStateVector(Y.encodeStateVector(this.drawing.doc));
    return [...ours].some(([client, clock]) => clock > (theirs.get(client) ?? 0));
  }

  /** The draft was begun anew, by an upgrade: what was not sent is saved as a flow of its own, and the page starts over. */
  private async beginAnew(): Promise<void> {
    if (this.unsent) {
      const update = base64(Y.encodeStateAsUpdate(this.drawing.doc));
      try {
        const params = { path: { flow: this.flow } };
        this.copied.set(await got(api.POST("/api/drafts/{flow}/copy", { params, body: { update } })));
      } catch (error) {
        this.saving.set({ state: "refused", error });
        return;
      }
    }
    keep(this.flow, null);
    markUnsent(this.flow, false);
    await this.kept?.clearData();
    this.kept = null;
    this.saving.set({ state: "gone" });
  }

  // -- what happens here

  private readonly changed = (update: Uint8Array, origin: unknown): void => {
    if (origin === OTHERS || origin === this.kept) return;
    this.gathered.push(update);
    if (!this.unsent) {
      this.unsent = true;
      markUnsent(this.flow, true);
    }
    const { state } = this.saving.get();
    if (state === "refused" || state === "gone") return;
    this.saving.set({ state: socket.connected && this.opened ? "saving" : "kept" });
    this.gathering ??= setTimeout(() => this.send(), GATHER);
  };

  private send(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (!this.gathered.length || !this.opened || !socket.connected || this.epoch === null) return;
    if (this.saving.get().state === "refused") return;
    const update = this.gathered.length === 1 ? this.gathered[0] : Y.mergeUpdates(this.gathered);
    this.gathered = [];
    this.underWay += 1;
    this.saving.set({ state: "saving" });
    ask("drafts.draw", { flow: this.flow, epoch: this.epoch, update }).then(
      () => {
        this.underWay = Math.max(0, this.underWay - 1);
        this.settle();
      },
      (error: unknown) => {
        if (!(error instanceof Refused)) this.saving.set({ state: "kept" });
        else if (error.status === 409) void this.open();
        else {
          this.saving.set(error.status === 404 ? { state: "gone" } : { state: "refused", error });
          this.letGo();
        }
      },
    );
  }

  private settle(): void {
    if (this.underWay || this.gathered.length) return;
    if (this.unsent) {
      this.unsent = false;
      markUnsent(this.flow, false);
    }
    this.saving.set({ state: "saved" });
    this.letGo();
  }

  /**
   * What this person drags, for the others: none when it has been dropped. They see it where it was dragged to until the draft
   * that they have says so too.
   */
  drags(moving: ReadonlyMap<string, Point>): void {
    this.dropped = !moving.size;
    if (moving.size) {
      this.at({ moving: Object.fromEntries(moving) });
      this.holding ??= setInterval(() => this.at({}), HOLDING);
      return;
    }
    clearInterval(this.holding);
    this.holding = undefined;
    // The draft is told of it in the same turn, after us.
    queueMicrotask(() => {
      this.send();
      if (!this.underWay && !this.gathered.length) this.letGo();
    });
  }

  private letGo(): void {
    if (!this.dropped) return;
    this.dropped = false;
    this.place.moving = {};
    if (this.people.get().length > 1) this.tellPlace();
  }

  /** Be told in another language from now on. */
  async read(language: string): Promise<void> {
    if (language === this.language) return;
    this.language = language;
    if (!this.opened || !socket.connected) return;
    try {
      this.looks.take(await ask<Schema<"Drawn">>("drafts.read", { flow: this.flow, language }));
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error;
    }
  }

  /** Where this person is, for the others. */
  at(place: Partial<Place>): void {
    this.place = { ...this.place, ...place };
    if (this.people.get().length < 2) return;
    this.placing ??= setTimeout(() => this.tellPlace(), POINTER);
  }

  private tellPlace(): void {
    clearTimeout(this.placing);
    this.placing = undefined;
    if (!this.opened || !socket.connected) return;
    const { pointer, selected } = this.place;
    const moving = Object.fromEntries(Object.entries(this.place.moving).slice(0, MOST));
    socket.emit("drafts.here", { flow: this.flow, at: { pointer, selected: selected.slice(0, MOST), moving } });
  }

  // -- what the server says

  private readonly connected = (): void => {
    if (this.saving.get().state !== "refused") void this.open();
  };

  private readonly disconnected = (): void => {
    this.opened = false;
    this.meet([]);
    const { state } = this.saving.get();
    if (state !== "refused" && state !== "gone") this.saving.set({ state: "kept" });
  };

  private readonly updated = ({ flow, update }: { flow: string; update: ArrayBuffer }): void => {
    if (flow === this.flow) Y.applyUpdate(this.drawing.doc, new Uint8Array(update), OTHERS);
  };

  private readonly drawn = (drawn: Schema<"Drawn">): void => {
    if (drawn.flow !== this.flow) return;
    // A flow that had been deleted is here again.
    if (this.saving.get().state === "gone" && !this.copied.get()) void this.open();
    else this.looks.take(drawn);
  };

  private readonly met = ({ flow, people }: Schema<"People">): void => {
    if (flow !== this.flow) return;
    const alone = this.people.get().length < 2;
    this.meet(people);
    if (alone && people.length > 1) this.tellPlace();
  };

  private meet(people: readonly Somebody[]): void {
    const silent = (one: Somebody) => this.silent.get(one.client) === JSON.stringify(one.at.moving);
    const now = people.map((one) => (silent(one) ? { ...one, at: { ...one.at, moving: {} } } : one));
    this.people.set(now);
    for (const one of now) this.awaitWord(one);
  }

  private readonly moved = ({ flow, client, at }: Schema<"Moved">): void => {
    if (flow !== this.flow) return;
    this.silent.delete(client);
    this.people.set(this.people.get().map((one) => (one.client === client ? { ...one, at } : one)));
    this.awaitWord({ client, at });
  };

  /** Somebody drags: that is over when nothing more is heard of it. */
  private awaitWord({ client, at }: Pick<Somebody, "client" | "at">): void {
    clearTimeout(this.lettingGo.get(client));
    this.lettingGo.delete(client);
    if (client === this.client || !Object.keys(at.moving ?? {}).length) return;
    const over = () => {
      this.moved({ flow: this.flow, client, at: { ...at, moving: {} } });
      this.silent.set(client, JSON.stringify(at.moving));
    };
    this.lettingGo.set(client, setTimeout(over, LET_GO));
  }

  /** What others drag at this moment, and where it is. */
  draggedByOthers(): Map<string, Point> {
    const others = this.people.get().filter(({ client }) => client !== this.client);
    return new Map(others.flatMap(({ at }) => Object.entries(at.moving ?? {})));
  }

  private readonly gone = ({ flow }: Schema<"DraftGone">): void => {
    if (flow === this.flow) void this.open();
  };
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
