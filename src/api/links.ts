// The Link header that leads to the next page.

/** Headers with `Link: <…>; rel="next"` to the same query with `name` set to `value`; none on the last page. */
export function nextLink(url: string, name: string, value: string | undefined): Record<string, string> {
  if (value === undefined) return {};
  const { pathname, searchParams } = new URL(url);
  searchParams.set(name, value);
  return { link: `<${pathname}?${searchParams}>; rel="next"` };
}
