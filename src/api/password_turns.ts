// Whose password is tried next, and whose is turned away: one is worked out at a time, and however many come from one
// address or for one name, the next from elsewhere, or for another name, has its turn soon.

import type { Clock } from "../ports/host.ts";

/** Who tries a password: from where, as `sourceOf` has it, and for which name, as it was sent. */
export interface Tried {
  source: string;
  name: string;
}

/** `turned away`: nothing was worked out, since too many came, or too many were wrong. */
type Outcome = "right" | "wrong" | "turned away";

interface PasswordTurns {
  /** Works out whether a password is right when its turn has come; does not reject but as `work` does. */
  take(tried: Tried, work: () => Promise<boolean>): Promise<Outcome>;
}

/** Passwords in work or waiting for their turn: of one name from one address, and of all. */
const MOST_OF_PAIR = 16;
const MOST_WAITING = 64;

/** Wrong passwords that may come at once, and how long (ms) until there may be one more. */
interface Budget {
  burst: number;
  refillMs: number;
}

/** Of one name from one address: more than a person mistypes, and a script with an old password is soon done. */
const PAIR_BUDGET: Budget = { burst: 60, refillMs: 2_000 };
/** Of one address, whatever the names. */
const SOURCE_BUDGET: Budget = { burst: 240, refillMs: 1_000 };
/** Of whom more is remembered than that they may have all of their budget. */
const MOST_REMEMBERED = 4_096;

interface Waiting extends Tried {
  begin(): Promise<void>;
  turnAway(): void;
}

/** Makes the turns of one server. */
export function createPasswordTurns(clock: Pick<Clock, "monotonic">): PasswordTurns {
  const waiting: Waiting[] = [];
  let working: Tried | undefined;
  const [ofSource, ofName] = [createTurnOrder(), createTurnOrder()];
  const [pairs, sources] = [createBudgets(clock, PAIR_BUDGET), createBudgets(clock, SOURCE_BUDGET)];
  let isNamesTurn = false;

  /** The next one: by turns of whoever's address, and of whatever name, has waited longest for one. */
  function next(): Waiting | undefined {
    const orders = isNamesTurn ? [byName, bySource] : [bySource, byName];
    isNamesTurn = !isNamesTurn;
    const [chosen] = waiting.toSorted((a, b) => orders[0]!(a, b) || orders[1]!(a, b));
    if (chosen !== undefined) waiting.splice(waiting.indexOf(chosen), 1);
    return chosen;
  }
  const bySource = (a: Tried, b: Tried) => ofSource.last(a.source) - ofSource.last(b.source);
  const byName = (a: Tried, b: Tried) => ofName.last(a.name) - ofName.last(b.name);

  async function workOff(): Promise<void> {
    if (working !== undefined) return;
    for (let one = next(); one !== undefined; one = next()) {
      working = one;
      ofSource.served(one.source);
      ofName.served(one.name);
      await one.begin();
    }
    working = undefined;
  }

  const countOf = (fits: (one: Tried) => boolean) =>
    waiting.filter(fits).length + (working !== undefined && fits(working) ? 1 : 0);

  /** True when one who comes now may wait, where need be in the place of one of many. */
  function findRoom({ source, name }: Tried): boolean {
    if (countOf((one) => one.source === source && one.name === name) >= MOST_OF_PAIR) return false;
    if (countOf(() => true) < MOST_WAITING) return true;
    return makeWay("source", source) || makeWay("name", name);
  }

  /** Turns away the last of the most frequent address, or name, where that has more than the one that comes. */
  function makeWay(by: keyof Tried, coming: string): boolean {
    const most = (value: string) => waiting.filter((one) => one[by] === value).length;
    const crowd = waiting.findLast((one) => waiting.every((other) => most(one[by]) >= most(other[by])));
    if (crowd === undefined || most(crowd[by]) <= most(coming) + 1) return false;
    waiting.splice(waiting.indexOf(crowd), 1);
    crowd.turnAway();
    return true;
  }

  return {
    async take({ source, name }, work) {
      const pair = `${source} ${name}`;
      const mayTry = pairs.has(pair) && sources.has(source);
      if (!mayTry || !findRoom({ source, name })) return "turned away";
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
      waiting.push({
        source,
        name,
        turnAway: () => resolve("turned away"),
        async begin() {
          try {
            const isRight = await work();
            if (!isRight) {
              for (const [budgets, key] of [[pairs, pair], [sources, source]] as const) budgets.spend(key);
            }
            resolve(isRight ? "right" : "wrong");
          } catch (error) {
            reject(error);
          }
        },
      });
      void workOff();
      return await promise;
    },
  };
}

/** Remembers when each had its last turn, those of late. */
function createTurnOrder() {
  const served = new Map<string, number>();
  let turns = 0;
  return {
    /** 0: never. */
    last: (key: string) => served.get(key) ?? 0,
    served(key: string): void {
      rememberLast(served, key, ++turns);
    },
  };
}

/** What each has left of a budget that comes back with time. */
function createBudgets(clock: Pick<Clock, "monotonic">, { burst, refillMs }: Budget) {
  const spent = new Map<string, { count: number; at: number }>();
  const countOf = (key: string) => {
    const { count, at } = spent.get(key) ?? { count: 0, at: 0 };
    return Math.max(0, count - (clock.monotonic() - at) / refillMs);
  };
  return {
    has: (key: string) => countOf(key) <= burst - 1,
    spend(key: string): void {
      rememberLast(spent, key, { count: countOf(key) + 1, at: clock.monotonic() });
    },
  };
}

function rememberLast<T>(all: Map<string, T>, key: string, value: T): void {
  all.delete(key);
  all.set(key, value);
  if (all.size > MOST_REMEMBERED) all.delete(all.keys().next().value!);
}
