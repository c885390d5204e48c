// A form that is sent twice: the second waits for the first, so that it finds what that began.

/** Does the works of one key one after another. */
type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Makes them; a key is forgotten once nothing of it waits. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work);
    const over = turn.catch(() => {}).finally(() => {
      if (last.get(key) === over) last.delete(key);
    });
    last.set(key, over);
    return turn;
  };
}
