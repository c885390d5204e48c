import process from "node:process";
import { scenarioOf } from "./scenario.ts";
import { playSeed } from "./simulator.ts";
import { makeTemplate } from "./template.ts";
using template = await makeTemplate();
const [from, n] = process.argv.slice(2).map(Number);
const kinds = new Map<string, number[]>();
let boundaries = 0, faults = 0, crashes = 0, sim = 0;
const t0 = performance.now();
for (let seed = from!; seed < from! + n!; seed++) {
  const t = performance.now();
  const o = await playSeed(scenarioOf(seed), {
    template: template.path,
    tell: n === 1 ? console.log : undefined,
  });
  if (performance.now() - t > 700) {
    console.log(
      "SLOW",
      seed,
      (performance.now() - t).toFixed(0),
      o.boundaries,
      scenarioOf(seed).jobs.map((j) => j.schedule).join("|"),
    );
  }
  boundaries += o.boundaries;
  faults += o.faults;
  crashes += o.crashes;
  sim += o.simulatedMs;
  if (n! <= 10) {
    console.log(
      seed,
      (performance.now() - t).toFixed(0),
      o.boundaries,
      o.faults,
      o.crashes,
      (o.simulatedMs / 3.6e6).toFixed(1),
      o.hash,
    );
  }
  for (const v of o.violations) {
    const k = v.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, "T").replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID")
      .replace(/\d+/g, "N").replace(/\bjob [abcd]\b|\b[abcd]\//g, "J").slice(0, 150);
    kinds.set(k, [...(kinds.get(k) ?? []), seed]);
    if (n === 1) console.log(v);
  }
}
console.log({ seeds: n, ms: performance.now() - t0, boundaries, faults, crashes, simH: sim / 3.6e6 });
for (const [k, s] of [...kinds].sort((a, b) => b[1].length - a[1].length)) {
  console.log(s.length, k, s.slice(0, 6).join(","));
}
