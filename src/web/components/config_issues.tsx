// Why a configuration cannot be used, issue by issue.

import { counted } from "../../domain/count_text.ts";
import { type ConfigIssue, formatIssue } from "../../domain/errors.ts";
import { Icon } from "./icon.tsx";

const MOST_ISSUES = 50;

/** `then`: what follows from it, a sentence. */
export function ConfigIssues({ issues, then }: { issues: readonly ConfigIssue[]; then: string }) {
  const shown = issues.slice(0, MOST_ISSUES);
  return (
    <section class="note bad" role="alert" tabindex={-1} autofocus>
      <Icon name="warning" />
      <div class="stack-s">
        <p>
          <b>It cannot be used: {counted(issues.length, "error")}.</b> {then}
        </p>
        <ul class="plain">
          {shown.map((issue) => (
            <li>
              {formatIssue(issue)}
              {issue.excerpt === undefined ? null : <pre class="code" tabindex={0}>{issue.excerpt.text}</pre>}
            </li>
          ))}
        </ul>
        {shown.length === issues.length ? null : <p>{issues.length - shown.length} more are not shown.</p>}
      </div>
    </section>
  );
}
