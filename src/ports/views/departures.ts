// What will be deleted, and when: of one job backup by backup, of all of them day by day.

import { z } from "zod";
import { time } from "./fields.ts";

const count = z.number().int();

/** Which of a job's backups go, as `GET /jobs/{job}/departures` tells it. */
export const DeparturesView = z.object({
  job: z.string(),
  timezone: z.string(),
  from: time,
  until: time,
  reached: time.meta({ description: "How far that was looked: `until`, or less where it takes too long." }),
  going: z.array(z.object({
    run_id: z.string(),
    period_time: time,
    at: time.meta({ description: "The pass that deletes it, at the job's pace." }),
    size_mb: z.number().nullable().meta({
      description: "What that frees; null where its provider did not say.",
    }),
  })).meta({
    description:
      "Backups of now that go, in the order in which they go, supposing that each run brings a backup and nothing " +
      "stops deletions.",
  }),
  passing: count.meta({ description: "How many go as well that are only made meanwhile." }),
});
export type DeparturesView = z.infer<typeof DeparturesView>;

/** What will be deleted over all jobs, as `GET /calendar/deletions` tells it. */
export const DeletionsView = z.object({
  from: time,
  until: time,
  days: z.array(z.object({
    day: z.string().meta({ example: "2026-11-29", description: "By the clock of the job's zone." }),
    job: z.string(),
    backups: count,
    size_mb: z.number().meta({ description: "Together, of those whose size is known." }),
    unsized: count.meta({ description: "How many have no known size." }),
  })).meta({ description: "By day, then by job. Only backups of now: what is made meanwhile is left out." }),
  pending: count.meta({ description: "Jobs that were not looked at yet: they are, in the background." }),
  unseen: z.array(z.string()).meta({
    description: "Jobs of which nothing can be foreseen: they have too many backups.",
  }),
  partly: z.array(z.object({ job: z.string(), until: time })).meta({
    description:
      "Jobs of which only the deletions up to a time are foreseen: they are due too often to look further.",
  }),
});
export type DeletionsView = z.infer<typeof DeletionsView>;
