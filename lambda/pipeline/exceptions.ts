import type { ReadExceptions } from '../detection/exception-document';
import { describeException, type Exception, expiryNotice, sortByExpiry } from '../detection/exceptions';
import { reasonOf } from '../errors';
import type { ExceptionsParameter, Telemetry } from '../ports';
import { sanitize } from '../util/sanitize';
import { exceptions } from './lazy';

/** How long what the parameter said is taken for what it says. */
const REFRESH_SECONDS = 300;

/** After a read that failed: a new instance has nothing from before to go on with. */
const RETRY_SECONDS = 15;

const NONE: ReadExceptions = { exceptions: [], faults: [] };

/**
 * The exceptions in force: those that were deployed, and those of a parameter, which is read again from time to time.
 * Nothing that is wrong with them stops the detection; it is logged once, and again only after it had changed.
 */
export class ExceptionFeed {
  private readonly deployed: Promise<ReadExceptions>;
  private changeable = NONE;
  private readAt = Number.NEGATIVE_INFINITY;
  private told: ReadonlySet<string> = new Set();
  private inForce = '';

  /** @param deployed the text of a document */
  constructor(
    deployed: string | undefined,
    private readonly parameter: ExceptionsParameter | undefined,
    private readonly telemetry: Telemetry,
  ) {
    this.deployed = deployed === undefined ? Promise.resolve(NONE) : readOr(NONE, deployed, 'deployed exception');
  }

  /**
   * Those that have not expired. Never throws.
   * @param now UTC epoch seconds
   */
  async current(now: number): Promise<readonly Exception[]> {
    if (this.parameter !== undefined && now - this.readAt >= REFRESH_SECONDS) {
      const { read, isCurrent } = await refreshed(this.changeable, this.parameter);
      this.readAt = isCurrent ? now : now - REFRESH_SECONDS + RETRY_SECONDS;
      this.changeable = read;
    }
    const sources = [await this.deployed, this.changeable];
    const all = sources.flatMap(({ exceptions }) => exceptions);
    const { active, expired } = sortByExpiry(all, now);
    this.tell([...sources.flatMap(({ faults }) => faults), ...expired.map(expiryNotice)]);
    this.logInForce(active);
    return active;
  }

  private tell(notices: readonly string[]): void {
    for (const notice of notices) {
      if (!this.told.has(notice)) this.telemetry.warn('exceptions', { reason: sanitize(notice, 1000) });
    }
    this.told = new Set(notices);
  }

  private logInForce(active: readonly Exception[]): void {
    const described = active.map(describeException);
    const inForce = described.join('\n');
    if (inForce === this.inForce) return;
    this.inForce = inForce;
    this.telemetry.info('exceptions in force', { exceptions: described });
  }
}

/** What the parameter says now; where that cannot be made out, what it said before. */
async function refreshed(
  before: ReadExceptions,
  parameter: ExceptionsParameter,
): Promise<{ read: ReadExceptions; isCurrent: boolean }> {
  const { name } = parameter;
  try {
    const text = await parameter.read();
    const read =
      text === undefined
        ? { ...NONE, faults: [`parameter ${name} is not there; it excepts nothing`] }
        : await readOr(before, text, 'parameter exception', `parameter ${name}: `);
    return { read, isCurrent: true };
  } catch (error) {
    // Whatever it is, a defect too: detection does not depend on it.
    return { read: keeping(before, reasonOf(error)), isCurrent: false };
  }
}

async function readOr(before: ReadExceptions, text: string, label: string, where = ''): Promise<ReadExceptions> {
  try {
    const { readExceptions } = await exceptions();
    return readExceptions(text, label);
  } catch (error) {
    return keeping(before, `${where || `${label}s: `}${reasonOf(error)}`);
  }
}

function keeping({ exceptions }: ReadExceptions, fault: string): ReadExceptions {
  const what = exceptions.length === 0 ? 'it excepts nothing' : 'what it said before stays in force';
  return { exceptions, faults: [`${fault.replace(/\.$/, '')}; ${what}`] };
}
