// What can be done to several instances and their state server, each with a name, a target and a time.

import { systemClock } from "../../../src/runtime/clock.ts";
import { FAKETIME } from "../../support/faketime.ts";
import type { Trouble } from "../../support/troubled_proxy.ts";
import type { Instance } from "./instance.ts";
import type { SqldServer } from "../../support/sqld_server.ts";

/** What a fault may do to the world. */
interface Ground {
  readonly ttlMs: number;
  readonly server: SqldServer;
  readonly instances: readonly Instance[];
  between(least: number, most: number): number;
  oneOf<T>(things: readonly T[]): T;
  rest(ofTtl: number): Promise<void>;
  edit(): Promise<void>;
}

/** One kind of fault. */
export interface FaultKind {
  name: string;
  /** What it is done to. */
  on: "instance" | "server" | "configuration";
  /** How often it is drawn. */
  weight: number;
  /** Resolves when the fault is over; what heals by itself is not waited for. */
  play(world: Ground, instance: Instance): Promise<void>;
}

const proxied = (name: string, trouble: Trouble, weight: number): FaultKind => ({
  name,
  on: "instance",
  weight,
  async play(world, { proxy }) {
    proxy.set(trouble);
    const ofTtl = world.oneOf([world.between(0.05, 0.6), world.between(0.05, 0.6), world.between(1.4, 2)]);
    await systemClock.sleep(ofTtl * world.ttlMs);
    proxy.set("none");
  },
});

/** Every kind there is. */
export const FAULT_KINDS: readonly FaultKind[] = [
  {
    name: "kill -9",
    on: "instance",
    weight: 4,
    async play(world, instance) {
      await instance.child?.kill("SIGKILL");
      await world.rest(0.2);
    },
  },
  {
    name: "host dies",
    on: "instance",
    weight: 3,
    play: (world, instance) => instance.dieFor(world.between(1.6, 2.4) * world.ttlMs),
  },
  {
    name: "orderly stop",
    on: "instance",
    weight: 3,
    async play(_world, instance) {
      await instance.child?.kill("SIGTERM");
    },
  },
  {
    name: "SIGSTOP past the TTL",
    on: "instance",
    weight: 3,
    play: (world, instance) => instance.stopFor(world.between(1.6, 2.4) * world.ttlMs),
  },
  {
    name: "SIGSTOP for a moment",
    on: "instance",
    weight: 2,
    play: (world, instance) => instance.stopFor(world.between(0.05, 0.3) * world.ttlMs),
  },
  proxied("proxy cuts", "cut", 2),
  proxied("proxy holds back", "hang", 2),
  proxied("answers are lost", "lost_answers", 2),
  proxied("answers never come", "no_answers", 2),
  proxied("proxy is slow", "slow", 2),
  {
    name: "clock steps",
    on: "instance",
    weight: FAKETIME === undefined ? 0 : 2,
    async play(world) {
      const [one] = world.instances;
      await one!.setClock(world.oneOf(["+3h", "-2h", "+400d", "-1d", "+20s", "-20s"]));
      await world.rest(0.6);
      await one!.setClock("+0");
    },
  },
  {
    name: "server killed",
    on: "server",
    weight: 2,
    async play(world) {
      await world.server.kill();
      await world.rest(world.between(0.02, 0.8));
      await world.server.start();
    },
  },
  {
    name: "configuration rolled",
    on: "configuration",
    weight: 1,
    async play(world) {
      await world.edit();
      for (const instance of world.instances) {
        await instance.child?.kill("SIGTERM");
        await world.rest(0.5);
      }
    },
  },
];
