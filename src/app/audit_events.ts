// What the audit trail is told of the configuration, of copies of the state and of its room; part of the composition root.

import { counted } from "../domain/count_text.ts";
import { bytesText } from "../domain/size_text.ts";
import type { Config } from "../config/values/config.ts";
import type { EngineEvent } from "../ports/events.ts";
import type { Host } from "../ports/host.ts";
import type { Caller } from "../ports/operations.ts";
import type { Room } from "../store/database/room.ts";

/** What is in force from a start on. */
export function startedEvent({ clock, env, version }: Host, config: Config): EngineEvent {
  return {
    type: "engine.started",
    level: "info",
    at: clock.now(),
    message: `Scheduling ${counted(config.jobs.length, "job")}`,
    data: {
      version: version.version,
      config_digest: config.digest,
      config_commit: env.SCHELLY_CONFIG_COMMIT || null,
    },
  };
}

/** `by` is empty where it was tried again by itself; `digest` is that of the configuration in force now. */
export function reloadEvent(
  at: number,
  isTaken: boolean,
  text: string,
  by: readonly string[],
  digest: string | null,
): EngineEvent {
  const data = { by: by.length === 0 ? null : by.join(", "), config_digest: digest };
  return isTaken
    ? {
      type: "config.reloaded",
      level: "info",
      at,
      message: `The configuration was reloaded: ${text}`,
      data,
    }
    : {
      type: "config.invalid",
      level: "error",
      at,
      message: `The configuration was not reloaded, the old one stays: ${text}`,
      data,
    };
}

/** Room in the state file was given back. */
export function compactEvent(at: number, before: Room, left: Room, by: Caller): EngineEvent {
  return {
    type: "state.compact",
    level: "info",
    at,
    message: `${by.name} had the state file compacted from ${bytesText(before.bytes)} to ${
      bytesText(left.bytes)
    }`,
    data: { by: by.name, bytes_before: before.bytes, bytes_after: left.bytes },
  };
}

/** A copy was made. */
export function snapshotEvent(at: number, path: string, by: Caller): EngineEvent {
  return {
    type: "state.snapshot",
    level: "warning",
    at,
    message: `${by.name} had the state copied to '${path}'`,
    data: { by: by.name, path },
  };
}
