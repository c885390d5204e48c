// What is said where an instance is on standby: the same words in answers, commands and on the page.

/** The active instance, as far as it is known. */
interface ActiveInstance {
  node: string | null;
  address: string | null;
}

/** `node-a (http://node-a:8080)`, in the middle of a sentence. */
export function instanceText({ node, address }: ActiveInstance): string {
  const name = node === null ? "another instance" : `'${node}'`;
  return address === null ? name : `${name} (${address})`;
}

/** Why nothing can be changed here, and where it can. */
export function standbyText(active: ActiveInstance | null): string {
  return active === null
    ? "This instance is on standby and changes nothing: ask the active one"
    : `This instance is on standby and changes nothing: ${instanceText(active)} is active, ask that one`;
}
