// What became of a job by day, as the API shows it.

import { z } from "zod";

const count = z.number().int();
const date = z.string().meta({ format: "date", example: "2026-11-20" });

export const JobDayView = z.object({
  day: date,
  succeeded: count.meta({
    description: "Runs that made what can be restored, also where that is deleted by now.",
  }),
  suspect: count.meta({ description: "Runs whose backup is too small to count, or was rejected." }),
  failed: count.meta({ description: "Runs that failed or were lost, and are not tried again." }),
  cancelled: count,
  missed: count.meta({
    description: "Slots that found the program away, the run before not over, or their start too late.",
  }),
  skipped: count.meta({
    description: "Slots that nobody wanted: paused, disabled, outside its dates, not in the configuration.",
  }),
  deleted: count.meta({ description: "Backups deleted on that day, of whatever day they were." }),
  bytes: z.number().meta({ description: "Of what succeeded, together; sizes that no provider told are 0." }),
  added: z.number().meta({ description: "How much room its new backups take, suspect ones too." }),
  freed: z.number().meta({ description: "How much room the deletions of that day made." }),
  stored: z.number().meta({
    description:
      "How much room backups took at its end, by what providers said of each: what is not deleted. A storage " +
      "that keeps equal data once takes less.",
  }),
  longest_seconds: z.number().nullable().meta({
    description: "The longest that made a backup, be it suspect.",
  }),
  newest_run_id: z.string().nullable().meta({ description: "The newest run that ended." }),
  newest_good: z.object({ run_id: z.string(), bytes: z.number().nullable() }).nullable().meta({
    description: "The newest that succeeded.",
  }),
});
export type JobDayView = z.infer<typeof JobDayView>;

export const JobDaysView = z.object({
  job: z.string(),
  days: z.array(JobDayView).meta({
    description: "One for each day of UTC from 'from' to today, also where nothing was.",
  }),
});
export type JobDaysView = z.infer<typeof JobDaysView>;
