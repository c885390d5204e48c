// How much room the backups of all jobs take, and how that went.

import { bytesText } from "../../domain/size_text.ts";
import { type StorageDays, storedByDay } from "../../domain/storage_days.ts";
import { DAY } from "../../domain/duration.ts";
import { STORAGE_DAYS } from "../look.ts";
import { SizeLine } from "./size_line.tsx";

/** In a sentence, with a line beside it; nothing where no size is known. */
export function StorageLine({ storage, now }: { storage: StorageDays; now: number }) {
  const days = storedByDay(storage, now - (STORAGE_DAYS - 1) * DAY, now);
  const sum = (what: "added" | "freed") => days.reduce((total, day) => total + day[what], 0);
  const [added, freed] = [sum("added"), sum("freed")];
  if (storage.stored === 0 && added === 0 && freed === 0) return null;
  const sizes = days.map(({ day, stored }) => ({ day, bytes: stored }));
  return (
    <p class="soft stored">
      <b>Stored:</b> {bytesText(storage.stored)} in backups{" "}
      <SizeLine sizes={sizes} now={now} count={STORAGE_DAYS} />{" "}
      {`${bytesText(added)} added, ${bytesText(freed)} freed within ${STORAGE_DAYS} days.`}
    </p>
  );
}
