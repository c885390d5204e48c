// The page of the log-in: by name and password, by a token, or by the link of `schelly ui`.

import type { WaysIn } from "../../ports/door.ts";
import { Icon } from "../components/icon.tsx";
import { type Frame, Page } from "../layout.tsx";

interface LoginProps {
  frame: Frame;
  ways: WaysIn;
  /** Where to go afterwards, on this server. */
  next: string;
  csrf: string;
  /** Why it did not work; absent: nothing was tried. */
  trouble?: string;
  /** What was tried, to be fixed; never a secret. */
  name?: string;
}

/** The page itself. */
export function LoginPage({ frame, ways, next, csrf, trouble, name }: LoginProps) {
  return (
    <Page frame={frame} title="Log in">
      <section class="one">
        <h1>Log in</h1>
        {trouble === undefined ? null : (
          <div class="note bad" role="alert" id="trouble">
            <Icon name="warning" />
            <div>{trouble}</div>
          </div>
        )}
        {ways.passwords
          ? (
            <form class="card pad fields" method="post" action={frame.paths.logIn}>
              <Hidden csrf={csrf} next={next} />
              <div class="field">
                <label for="name">Name</label>
                <input
                  id="name"
                  type="text"
                  name="name"
                  value={name ?? ""}
                  autocomplete="username"
                  required
                  autofocus
                  aria-describedby={trouble === undefined ? undefined : "trouble"}
                />
              </div>
              <div class="field">
                <label for="password">Password</label>
                <input
                  id="password"
                  type="password"
                  name="password"
                  autocomplete="current-password"
                  required
                />
              </div>
              <div>
                <button class="button main" type="submit">
                  <Icon name="log_in" />Log in
                </button>
              </div>
            </form>
          )
          : null}
        {ways.tokens
          ? (
            <form class="card pad fields" method="post" action={frame.paths.logIn}>
              <Hidden csrf={csrf} next={next} />
              <div class="field">
                <label for="token">{ways.passwords ? "Or a token" : "Token"}</label>
                <input
                  id="token"
                  type="password"
                  name="token"
                  autocomplete="off"
                  required
                  aria-describedby="token-hint"
                />
                <span class="hint" id="token-hint">One of server.auth.tokens.</span>
              </div>
              <div>
                <button class={ways.passwords ? "button" : "button main"} type="submit">
                  <Icon name="key" />Log in with the token
                </button>
              </div>
            </form>
          )
          : null}
        <p class="soft small">
          On the machine itself <code>schelly ui</code> prints a link that logs in once.
        </p>
      </section>
    </Page>
  );
}

function Hidden({ csrf, next }: { csrf: string; next: string }) {
  return (
    <>
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="next" value={next} />
    </>
  );
}
