// Instants of views as numbers: there may be a hundred thousand in a picture, and most follow each other.

const DAY_LENGTH = "2026-11-28".length;
const LENGTH = "2026-11-28T02:00:00.000Z".length;

/** Reads texts as `iso` writes them fast where neighbours are of one day; NaN for what is no instant. */
export function instantReader(): (text: string) => number {
  let day = "";
  let dayMs = NaN;
  return (text) => {
    if (text.length !== LENGTH || !text.endsWith("Z")) return Date.parse(text);
    if (!text.startsWith(day) || day === "") {
      const ms = Date.parse(text);
      day = text.slice(0, DAY_LENGTH);
      dayMs = Date.parse(day);
      return ms;
    }
    const part = (at: number) => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
    const seconds = part(11) * 3600 + part(14) * 60 + part(17);
    return dayMs + seconds * 1000 + (text.charCodeAt(20) - 48) * 100 + part(21);
  };
}
