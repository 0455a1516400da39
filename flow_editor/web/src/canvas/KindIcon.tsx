/** The picture of a kind of step, in the shape and colour of its family: never told by colour alone. */
import classes from "./canvas.module.css";
import type { Kind } from "./kinds";

export function KindIcon({ kind, size = 32 }: { kind: Kind | undefined; size?: number }) {
  return (
    <span
      className={classes.icon}
      data-family={kind?.family ?? "unknown"}
      style={{ width: size, height: size }}
      aria-hidden
    >
      <svg viewBox="0 0 24 24" width={size * 0.6} height={size * 0.6} aria-hidden="true">
        {(kind?.icon.length ? kind.icon : UNKNOWN).map((path) => (
          <path key={path} d={path} />
        ))}
      </svg>
    </span>
  );
}

/** A question mark, for kinds that this version does not have. */
const UNKNOWN = ["M8 8a3.5 3 0 0 1 3.5 -3h1a3.5 3 0 0 1 3.5 3a3 3 0 0 1 -2 3a3 4 0 0 0 -2 4", "M12 19l0 .01"];
