// The queries of the dashboard that is shipped, as Grafana would ask them.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const DASHBOARD = resolve(import.meta.dirname!, "../../deploy/grafana/dashboards/schelly.json");

export interface DashboardQuery {
  /** Of the panel, the annotation or the variable. */
  title: string;
  expr: string;
}

/** Every one, annotations and variables included, with Grafana's own variables as they stand in the file. */
export function dashboardQueries(): DashboardQuery[] {
  const { panels, annotations, templating } = JSON.parse(readFileSync(DASHBOARD, "utf8"));
  return [
    ...panels.flatMap(({ title, targets = [] }: any) => targets.map(({ expr }: any) => ({ title, expr }))),
    ...annotations.list.map(({ name, expr }: any) => ({ title: name, expr })),
    ...templating.list.filter(({ type }: any) => type === "query").map(({ name, definition }: any) => ({
      title: name,
      expr: /^label_values\((.*), [a-z]+\)$/.exec(definition)![1]!,
    })),
  ];
}

/** With Grafana's variables replaced. */
export function filled(expr: string): string {
  return expr.replaceAll(/\$__(range|rate_interval|interval)/g, "1m").replaceAll(/\$(job|instance)/g, ".*");
}
