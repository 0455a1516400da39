/** How a flow looks as the server sees it: each step's exits and its one line, what is wrong, and what callers hear now. */
import type { Schema } from "../../api/client";
import { Keyed, Watched } from "./keyed";

export type Drawn = Schema<"Drawn">;
export type NodeLook = Schema<"NodeLook">;
export type Exit = Schema<"DrawnExit">;
export type Problem = Schema<"DrawnProblem">;

export interface Standing {
  /** Whether what is drawn differs from the version it was drawn from. */
  changed: boolean;
  base: string | null;
  live: Schema<"LiveNow"> | null;
}

export class Looks {
  readonly nodes = new Keyed<NodeLook>();
  /** What is wrong at each step. */
  readonly problemsAt = new Keyed<readonly Problem[]>();
  readonly problems = new Watched<readonly Problem[]>([]);
  readonly standing = new Watched<Standing | null>(null);
  private revision = -1;

  take(drawn: Drawn): void {
    if (!drawn.whole && drawn.revision < this.revision) return;
    this.revision = drawn.revision;
    if (drawn.whole) this.nodes.replace(new Map(Object.entries(drawn.nodes)));
    else for (const [id, look] of Object.entries(drawn.nodes)) this.nodes.set(id, look);
    if (JSON.stringify(drawn.problems) !== JSON.stringify(this.problems.get())) {
      this.problems.set(drawn.problems);
      this.problemsAt.replace(byNode(drawn.problems));
    }
    const { changed, base, live } = drawn;
    this.standing.set({ changed, base, live });
  }
}

function byNode(problems: readonly Problem[]): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const problem of problems) {
    if (problem.node === null) continue;
    const here = found.get(problem.node);
    if (here) here.push(problem);
    else found.set(problem.node, [problem]);
  }
  return found;
}
