// Whether what is written for people has colours: as the reader's terminal and environment have it.

/**
 * NO_COLOR forbids them, wherever it is not empty; then FORCE_COLOR and CLICOLOR_FORCE ask for them, also where no terminal
 * is, and FORCE_COLOR=0 or CLICOLOR=0 forbids them; else a terminal that is not `dumb` has them.
 */
export function hasColour(isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  const [forced, wanted] = [env.FORCE_COLOR, env.CLICOLOR_FORCE];
  if (forced) return forced !== "0" && forced !== "false";
  if (wanted && wanted !== "0") return true;
  return isTty && env.TERM !== "dumb" && env.CLICOLOR !== "0";
}
