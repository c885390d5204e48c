// The section standby, and what it demands of the rest: a state that both instances reach, and work that is on neither host.

import { parseDuration } from "../../domain/duration.ts";
import type { Job } from "../../domain/job.ts";
import { isService, type ProviderSpec } from "../../domain/provider_spec.ts";
import type { Report } from "../document/report.ts";
import { type Mapping, valueAt } from "../document/tree.ts";
import type { StandbySettings } from "../schema/schema_server.ts";
import type { StandbyConfig } from "../values/config.ts";

const USUAL_TTL = "30s";

interface StandbyBuild {
  report: Report;
  root: Mapping;
  jobs: readonly Job[];
  providers: ReadonlyMap<string, ProviderSpec>;
}

/** Nothing where it is not written. What is wrong is reported. */
export function buildStandby(
  settings: StandbySettings | undefined,
  build: StandbyBuild,
): { standby?: StandbyConfig } {
  if (settings === undefined) return {};
  judgeState(build);
  judgeProviders(build);
  const { name = null, address, ttl } = settings;
  const ttlMs = parseDuration(ttl ?? USUAL_TTL)!;
  return { standby: { name, address: addressFrom(address, build), ttlMs } };
}

/** A file is of one machine, and locked by one process. */
function judgeState({ report, root }: StandbyBuild): void {
  const url = valueAt(root, ["state", "url"]);
  if (typeof url === "string" && !/^file:/i.test(url)) return;
  report.add(["standby"], {
    message:
      "needs a state that both instances reach, and the state is a file of this machine alone: expected state.url of " +
      "a libSQL server",
    hint: "in Kubernetes one replica on a volume needs no standby: the platform starts it again elsewhere",
  });
}

/** What this program runs itself runs on its own host: the files, repositories and processes of the other one are others. */
function judgeProviders({ report, root, jobs, providers }: StandbyBuild): void {
  const written = Array.isArray(root.jobs) ? root.jobs : [];
  for (const job of jobs) {
    const spec = providers.get(job.providerKey);
    if (spec === undefined || spec.kind === "http") continue;
    const at = written.findIndex((own) => valueAt(own, ["name"]) === job.name);
    const why = isService(spec)
      ? "keeps its journal inside this instance"
      : "runs on this host, and the files of the other instance's host are others";
    report.add(at < 0 ? ["standby"] : ["jobs", at, "provider"], {
      message:
        `job '${job.name}' uses the built-in '${spec.kind}', which ${why}: expected no built-in beside standby`,
      hint: `run 'schelly provider serve ${spec.kind}' where its data is, and name its URL here`,
    });
  }
}

function addressFrom(written: string | undefined, { report }: StandbyBuild): string | null {
  if (written === undefined) return null;
  const path = ["standby", "address"];
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    report.add(path, {
      message: `${report.shown(path, written)} is no address of an instance: expected http://host:port`,
    });
    return null;
  }
  if (url.username !== "" || url.password !== "") {
    report.add(path, { message: "carries a user or password, which callers would see: expected none" });
    return null;
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}
