// The way from page to page of a long list.

import { Icon } from "./icon.tsx";

interface PagerProps {
  page: number;
  pages: number;
  address(page: number): string;
  /** What is paged, as `jobs`. */
  what: string;
}

/** Nothing where there is one page. */
export function Pager({ page, pages, address, what }: PagerProps) {
  if (pages <= 1) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      {page > 1
        ? (
          <a class="button" rel="prev" href={address(page - 1)}>
            <Icon name="previous" />Back
          </a>
        )
        : null}
      <span class="soft">Page {page} of {pages}</span>
      {page < pages
        ? (
          <a class="button" rel="next" href={address(page + 1)}>
            Next<Icon name="next" />
          </a>
        )
        : null}
    </nav>
  );
}
