// Puts environment variables into values: `${VAR}`, `${VAR:-default}`, and `$${` for a literal `${`.

export interface Interpolated {
  text: string;
  /** Variables that are not set and have no default; each stands as `unset` in the text. */
  unset: string[];
  /** Every variable that is named. */
  variables: string[];
  /** What is wrong with the notation, in words. */
  error?: string;
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}?/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/** Expands every reference in `text`; undefined when there is none. An empty variable takes its default, as in a shell. */
export function interpolate(text: string, env: Record<string, string>): Interpolated | undefined {
  if (!text.includes("${")) return undefined;
  const result: Interpolated = { text: "", unset: [], variables: [] };
  result.text = text.replace(REFERENCE, (whole, inner: string | undefined) => {
    if (whole === "$${") return "${";
    const parts = whole.endsWith("}") ? VARIABLE.exec(inner ?? "") : null;
    if (parts === null) {
      result.error = `'${whole.slice(0, 40)}' is not a variable: ` +
        "expected ${NAME} or ${NAME:-default}, or $${ for a literal ${";
      return whole;
    }
    const name = parts[1]!;
    const fallback = parts[2];
    result.variables.push(name);
    const value = Object.hasOwn(env, name) ? env[name]! : undefined;
    if (value !== undefined && (value !== "" || fallback === undefined)) return value;
    if (fallback !== undefined) return fallback;
    result.unset.push(name);
    return "unset";
  });
  return result;
}
