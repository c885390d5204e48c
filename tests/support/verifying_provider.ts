// A provider in memory with the extension `verify`: it knows which of its backups are damaged, and may say so, hang, lie,
// lose answers, or be busy. A verification takes virtual time.

import { ProviderError } from "../../src/domain/errors.ts";
import type { Clock } from "../../src/ports/host.ts";
import type {
  BackupInfo,
  Capabilities,
  CreateCall,
  GetAnswer,
  GetOptions,
} from "../../src/ports/provider.ts";
import type { VerificationReport, VerifyCall } from "../../src/ports/verification.ts";
import { FakeProvider, type FakeProviderOptions } from "./fake_provider.ts";

/** What a verification may do instead of telling the truth after its time. */
export const VERIFY_BEHAVIOURS = [
  "hang",
  "lost_reply",
  "lost_request",
  "busy",
  "wrong_password",
  "refuse",
  "inconclusive",
  "other",
] as const;
type VerifyBehaviour = (typeof VERIFY_BEHAVIOURS)[number];

/** What it is made with. */
interface VerifyingOptions extends FakeProviderOptions {
  verifyMs?: number;
  /** Whether a backup of this age cannot be restored; default: those of `damaged`. */
  isDamaged?: (id: string, ageMs: number) => boolean;
  /** Asked where nothing is scripted. */
  misbehave?: () => VerifyBehaviour | undefined;
  /** It reads a part of the data alone. */
  readsPart?: boolean;
  /** A DELETE of a verification has no effect, and no answer. */
  cancelFails?: () => boolean;
}

/** One that began here. */
interface Begun {
  id: string;
  call: VerifyCall;
  /** By the monotonic clock. */
  begun: number;
  ends: number;
  isDamaged: boolean;
  isInconclusive: boolean;
  /** UTC ms; null while it runs. */
  cancelledAt: number | null;
}

export class VerifyingProvider extends FakeProvider {
  /** Backups that cannot be restored. */
  readonly damaged = new Set<string>();
  /** Each verification that began, oldest first. */
  readonly begun: Begun[] = [];
  /** How many POSTs of verifications came, whatever they began. */
  asked = 0;
  verifyMs: number;
  readonly #verifyScript: VerifyBehaviour[] = [];
  readonly #time: Clock;

  readonly #verifying: VerifyingOptions;

  constructor(options: VerifyingOptions) {
    super(options);
    this.#verifying = options;
    this.#time = options.clock;
    this.verifyMs = options.verifyMs ?? 60_000;
  }

  /** Queues what the next verifications do. */
  scriptVerify(...behaviours: VerifyBehaviour[]): void {
    this.#verifyScript.push(...behaviours);
  }

  /** The verification that runs now. */
  verifying(): Begun | undefined {
    return this.begun.find((one) => this.#isRunning(one));
  }

  /** How long it has run (ms). */
  ranFor({ begun }: Begun): number {
    return this.#time.monotonic() - begun;
  }

  override async capabilities(): Promise<Capabilities> {
    return { ...await super.capabilities(), verify: true };
  }

  /** Where it verifies it takes no start: it gives no way by itself, as our own host does. */
  override async create(call: CreateCall): Promise<BackupInfo> {
    const most = this.#verifying.maxConcurrent ?? Infinity;
    if (this.verifying() !== undefined && this.running().length + 1 >= most) {
      const { runId, job, slot, fence, body } = call;
      const entry = { op: "create", runId, job, slot, fence, body, at: this.#time.now() } as const;
      this.ledger.push({ ...entry, behaviour: "ok", outcome: "unsent" });
      const message = `Cannot start a backup at '${this.key}': it verifies one`;
      throw new ProviderError("unsent", message, { status: 409 });
    }
    return await super.create(call);
  }

  override async get(id: string, options?: GetOptions): Promise<GetAnswer> {
    const answer = await super.get(id, options);
    const last = this.begun.filter((one) => one.id === id).at(-1);
    if (answer.found !== "yes" || last === undefined) return answer;
    return { ...answer, backup: { ...answer.backup, verification: this.#report(last) } };
  }

  async verify(id: string, call: VerifyCall): Promise<VerificationReport> {
    this.asked++;
    await this.#time.yield();
    const known = this.begun.find(({ call: { verificationId } }) => verificationId === call.verificationId);
    if (known !== undefined) return this.#report(known);
    const what = `Cannot verify '${id}' at '${this.key}'`;
    const behaviour = this.#verifyScript.shift() ?? this.#verifying.misbehave?.();
    const isBusy = this.verifying() !== undefined || this.running().length > 0;
    if (behaviour === "wrong_password") {
      const unusable = { status: 503, unusable: "wrong_password" } as const;
      throw new ProviderError("unsent", `${what}: the password does not open it`, unusable);
    }
    if (behaviour === "busy" || isBusy) {
      throw new ProviderError("unsent", `${what}: it is busy`, { status: 409 });
    }
    if (behaviour === "refuse") throw new ProviderError("refused", `${what}: it cannot`, { status: 405 });
    if (behaviour === "lost_request") throw new ProviderError("unknown", `${what}: the answer was lost`);
    const begun = this.#time.monotonic();
    const one: Begun = {
      ...{ id, call, begun, ends: behaviour === "hang" ? Infinity : begun + this.verifyMs },
      ...{ isDamaged: this.#isDamaged(id), isInconclusive: behaviour === "inconclusive", cancelledAt: null },
    };
    this.begun.push(one);
    if (behaviour === "lost_reply") throw new ProviderError("unknown", `${what}: the answer was lost`);
    if (behaviour !== "other") return this.#report(one);
    const other = { ...this.#report(one), verificationId: "somebody-else's", state: "failed" } as const;
    return other;
  }

  async cancelVerification(id: string, verificationId: string): Promise<void> {
    await this.#time.yield();
    if (this.#verifying.cancelFails?.()) {
      throw new ProviderError("unknown", `Cannot end the verification of '${id}': no answer`);
    }
    const one = this.begun.find(({ call }) => call.verificationId === verificationId);
    if (one !== undefined && one.id === id && this.#isRunning(one)) one.cancelledAt = this.#time.now();
  }

  #isDamaged(id: string): boolean {
    const { isDamaged } = this.#verifying;
    const effect = this.effects.find((one) => one.id === id);
    if (isDamaged === undefined || effect === undefined) return this.damaged.has(id);
    return isDamaged(id, this.#time.now() - effect.startedAt);
  }

  /** One of a backup that it has no more is over: nobody could end it by that backup's id. */
  #isRunning(one: Begun): boolean {
    return one.cancelledAt === null && this.#time.monotonic() < one.ends && this.isThere(one.id);
  }

  #report(one: Begun): VerificationReport {
    const { method, verificationId } = one.call;
    const base = { method, verificationId, at: this.#time.now() };
    if (this.#isRunning(one)) return { ...base, state: "running", message: "reading" };
    if (one.cancelledAt !== null) return { ...base, state: "inconclusive", message: "it was cancelled" };
    if (one.isInconclusive) return { ...base, state: "inconclusive", message: "no space is left" };
    if (one.isDamaged) return { ...base, state: "failed", message: "a.txt: wrong digest" };
    if (this.#verifying.readsPart) {
      return { ...base, state: "passed", message: "part 1 of 10", partial: true };
    }
    return { ...base, state: "passed", message: "3 files", bytes: 1000, files: 3, durationMs: this.verifyMs };
  }
}
