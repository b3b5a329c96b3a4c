import { entry } from '../../collections';
import type { RegionsweepError } from '../../errors';
import { type ObjectRef, objectName } from '../../ports';
import { parseInstant } from '../../time';
import { counted, type Reading } from '../../trail/object-reader';
import { CALL_NEEDLE, readSighting, type TrailRecord } from '../../trail/sighting';
import { type Taken, takeRecords } from '../../trail/take-records';
import type { Collector } from './collector';
import { type HitIndex, isWithin } from './hit-index';
import type { Neighbourhood } from './neighbourhood';
import { type SeenCall, seenCallOf } from './seen-call';

/** Searching for more texts than this costs more than parsing everything. */
const MOST_NEEDLES = 40;
const MOST_TIMES = 16;
const ALWAYS = [CALL_NEEDLE, '"AssumeRole', '"ConsoleLogin"'];
const MOST_SIGN_INS = 20_000;
/** The clocks of a sign-in's record and of the session it began differ by less. */
const SAME_SIGN_IN_SECONDS = 120;

interface Seen {
  readonly call: SeenCall;
  readonly isSighting: boolean;
}

/** Opens objects and hands what they say to the hits it is about. */
export class ObjectSearch {
  /** inflated so far; what is read once more counts once */
  bytes = 0;
  /** calls that begin a session, whenever they were made */
  private readonly beginnings: SeenCall[] = [];
  /** the objects that were found to take nothing back, by name */
  private readonly steady = new Set<string>();

  constructor(
    private readonly reading: Reading,
    private readonly index: HitIndex,
    private readonly neighbourhood: Neighbourhood,
  ) {}

  /**
   * Opens an object that tells of a hit for the calls the rule counts. They say what else to look for in it.
   * @returns why it could not be read to its end
   */
  async openForCalls(object: ObjectRef): Promise<RegionsweepError | undefined> {
    const { bytes, error, isSteady } = await this.read(object, [CALL_NEEDLE]);
    this.bytes += bytes;
    if (isSteady) this.steady.add(objectName(object));
    return error;
  }

  /**
   * Opens it once more for what lies around the calls.
   * @param needles texts of which every wanted record has one
   * @returns why it could not be read to its end
   */
  async openAround(object: ObjectRef, needles: ReadonlySet<string>): Promise<RegionsweepError | undefined> {
    const wanted = needles.size > MOST_NEEDLES ? this.needlesOfTime() : [...needles];
    return (await this.read(object, wanted)).error;
  }

  /**
   * Opens an object that tells of no call of the hits.
   * @param needles texts of which every wanted record has one; of too many every record is looked at
   * @returns why it could not be read to its end
   */
  async openBeside(object: ObjectRef, needles: ReadonlySet<string>): Promise<RegionsweepError | undefined> {
    const { bytes, error } = await this.read(object, needles.size > MOST_NEEDLES ? [] : [...needles]);
    this.bytes += bytes;
    return error;
  }

  /** Where the hits are many but near each other: every record of their time, and what begins a session at any. */
  private needlesOfTime(): string[] {
    const times = this.neighbourhood.needles();
    return times.length > MOST_TIMES ? [] : [...times, ...ALWAYS];
  }

  private read(object: ObjectRef, needles: readonly string[]): Promise<Taken> {
    return takeRecords(
      object,
      this.reading,
      { needles, take: (record, text) => this.take(record, text), hand: (seen) => this.hand(seen) },
      this.steady.has(objectName(object)),
    );
  }

  private take(record: TrailRecord, text: () => string): Seen | undefined {
    const second = typeof record.eventTime === 'string' ? parseInstant(record.eventTime) : undefined;
    if (second === undefined) return undefined;
    if (!this.neighbourhood.covers(second) && !isBeginning(record)) return undefined;
    const call = seenCallOf(record, second, text, this.reading.rule);
    const sighting = readSighting(record, text, this.reading.rule);
    return { call, isSighting: counted(sighting, record, this.reading).kind === 'sighting' };
  }

  private hand({ call, isSighting }: Seen): void {
    if (this.beginnings.length < MOST_SIGN_INS && (call.issuedKey !== undefined || isLogin(call))) {
      this.beginnings.push(call);
    }
    this.neighbourhood.add(call, isSighting);
    if (call.actor === undefined) return;
    for (const collector of this.index.around(call.actor, call.second)) {
      if (!isWithin(collector.hit, call.second)) collector.others.add(call);
      else if (isSighting) collector.add(call);
      else collector.others.add(call);
    }
  }

  /** Gives each hit the calls that began its session: they may be of others, and may be hours old. */
  settleSignIns(collectors: readonly Collector[]): void {
    const byKey = new Map<string, SeenCall[]>();
    const byActor = new Map<string, SeenCall[]>();
    for (const call of this.beginnings) {
      if (call.issuedKey !== undefined) entry(byKey, call.issuedKey, () => []).push(call);
      else if (call.actor !== undefined) entry(byActor, call.actor, () => []).push(call);
    }
    for (const collector of collectors) {
      for (const key of collector.counts.values('accessKeyIds')) {
        for (const call of byKey.get(key) ?? []) collector.others.add(call);
      }
      const created = [...collector.counts.values('sessionsCreated')].map(parseInstant);
      for (const call of byActor.get(collector.hit.actor) ?? []) {
        const isItsOwn = created.some(
          (second) => Math.abs((second ?? 0) - call.second) <= SAME_SIGN_IN_SECONDS,
        );
        if (isItsOwn) collector.others.add(call);
      }
    }
  }
}

function isBeginning({ eventName }: TrailRecord): boolean {
  return (
    typeof eventName === 'string' && (eventName === 'ConsoleLogin' || eventName.startsWith('AssumeRole'))
  );
}

function isLogin({ name }: SeenCall): boolean {
  return name === 'ConsoleLogin';
}
