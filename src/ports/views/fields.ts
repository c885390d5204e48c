// Fields that many answers have.

import { z } from "zod";
import { STATUSES } from "../../domain/backup.ts";
import { LEVELS } from "../../domain/policy.ts";

export const time = z.string().meta({ format: "date-time", example: "2026-03-01T23:59:59.000Z" });
export const level = z.enum(LEVELS);
export const tags = z.array(level);
export const state = z.enum(STATUSES).meta({ description: "The exact status." });
export const reasons = z.array(z.string()).meta({ example: ["daily 3 of 7 (2026-11-20)"] });
