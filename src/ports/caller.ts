// Who asks, as the operations are told. Types only.

/** Who asks: the name of the token, of the user or of whom a proxy has logged in, `socket`, or `anonymous`. */
export interface Caller {
  name: string;
  role: "viewer" | "trigger" | "operator" | "admin";
  /** Who may open the socket, and so has the rights of this program's user on the machine. */
  isLocal?: true;
}
