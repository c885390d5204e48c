// The settings of the built-in `conductor` become its spec.

import type { ConductorProviderSpec, ProviderBase } from "../../domain/provider_spec.ts";
import type { Path } from "../document/tree.ts";
import { milliseconds } from "../values/durations.ts";
import type { ConductorSettings, ProviderSettings } from "../schema/schema_provider.ts";
import { buildService } from "./build_service.ts";
import { readProviderUrl } from "./http_rules.ts";
import type { Bodies, ProviderBuild } from "./provider_build.ts";

/** What Conductor's successor of the original calls these, and what is called so where nothing is said. */
export const CONDUCTOR_DEFAULTS = {
  workflows: { create: "create_backup", remove: "remove_backup", version: null },
  inputs: {
    backupName: "backupName",
    dataId: "dataId",
    workerConfig: "workerConfig",
    timeoutSeconds: "timeoutSeconds",
  },
  outputs: { dataId: "dataId", dataSizeMb: "dataSizeMB" },
} as const;

/** `path` is the provider's: headers and certificates stand beside `conductor`, as beside a url. */
export function buildConductor(
  settings: ProviderSettings,
  own: ConductorSettings,
  base: ProviderBase,
  bodies: Bodies,
  path: Path,
  build: ProviderBuild,
): ConductorProviderSpec | undefined {
  const at = (key: string): Path => [...path, "conductor", key];
  const service = buildService(settings, own.url, at("url"), path, build);
  const page = own.ui_url === undefined ? undefined : readProviderUrl(own.ui_url);
  if (page !== undefined && "error" in page) build.report.add(at("ui_url"), { message: page.error });
  for (const key of ["create_body", "delete_body", "body"] as const) {
    const body = settings[key];
    if (body === undefined || body === null || (typeof body === "object" && !Array.isArray(body))) continue;
    build.report.add([...path, key], {
      message: "is no mapping: expected one of further inputs of the workflow",
    });
  }
  if (service === undefined || (page !== undefined && "error" in page)) return undefined;
  const { workflows, inputs, outputs } = CONDUCTOR_DEFAULTS;
  return {
    ...base,
    ...service,
    ...bodies,
    kind: "conductor",
    key: base.key || `conductor:${service.url}`,
    uiUrl: page?.url ?? service.url.replace(/\/api$/, ""),
    persistence: own.persistence ?? null,
    workflows: {
      create: own.create_workflow ?? workflows.create,
      remove: own.remove_workflow ?? workflows.remove,
      version: own.workflow_version ?? workflows.version,
    },
    inputs: {
      backupName: own.inputs?.backup_name ?? inputs.backupName,
      dataId: own.inputs?.data_id ?? inputs.dataId,
      workerConfig: own.inputs?.worker_config ?? inputs.workerConfig,
      timeoutSeconds: own.inputs?.timeout_seconds ?? inputs.timeoutSeconds,
    },
    outputs: {
      dataId: own.outputs?.data_id ?? outputs.dataId,
      dataSizeMb: own.outputs?.data_size_mb ?? outputs.dataSizeMb,
    },
    backupName: own.backup_name ?? null,
    workerConfig: own.worker_config ?? null,
    timeoutSeconds: own.worker_timeout === undefined
      ? null
      : Math.ceil(milliseconds(own.worker_timeout) / 1_000),
  };
}
