// The page of whatever went wrong: what happened, and what to do.

import { Icon } from "../components/icon.tsx";
import { type Frame, Page } from "../layout.tsx";

/** What is said. */
interface Trouble {
  /** Of HTTP. */
  status: number;
  title: string;
  detail: string;
  /** Where to go on; absent: to the overview. */
  way?: { href: string; words: string };
}

/** The page itself. */
export function ErrorPage({ frame, trouble }: { frame: Frame; trouble: Trouble }) {
  const { title, detail, way = { href: frame.paths.overview, words: "To the overview" } } = trouble;
  return (
    <Page frame={frame} title={title}>
      <section class="one">
        <h1>{title}</h1>
        <div class="note bad">
          <Icon name="warning" />
          <div>{detail}</div>
        </div>
        <p>
          <a class="button main" href={way.href}>{way.words}</a>
        </p>
      </section>
    </Page>
  );
}

/** What an answer of this status is called. */
export function titleOf(status: number): string {
  switch (status) {
    case 400:
      return "This cannot be read";
    case 401:
      return "You are logged out";
    case 403:
      return "This is not yours to do";
    case 404:
      return "There is nothing here";
    case 405:
      return "This is not how it is done";
    case 409:
      return "It stands otherwise now";
    case 410:
      return "It is gone";
    case 413:
      return "This is too much";
    case 421:
      return "This is not the name of this server";
    case 422:
      return "This cannot be done so";
    case 429:
      return "Too many at once";
    case 502:
      return "The provider failed";
    case 503:
      return "Not possible just now";
    default:
      return status < 500 ? "This was refused" : "Something broke inside Schelly";
  }
}
