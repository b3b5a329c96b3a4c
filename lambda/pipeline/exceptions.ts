import type { ReadExceptions } from '../detection/exception-document';
import { describeException, type Exception, expiryNotice, sortByExpiry } from '../detection/exceptions';
import { reasonOf } from '../errors';
import type { ExceptionsParameter, Telemetry } from '../ports';
import { sanitize } from '../util/sanitize';
import { exceptions } from './lazy';

const REFRESH_SECONDS = 300;

/** Seconds after a failed read: a new instance has no earlier entries to fall back on. */
const RETRY_SECONDS = 15;

const NONE: ReadExceptions = { exceptions: [], faults: [] };

/**
 * The exceptions in force: the deployed ones, and those of a parameter, which is read periodically. Faults do not stop
 * detection; each is logged once, and again only after a change.
 */
export class ExceptionFeed {
  private readonly deployed: Promise<ReadExceptions>;
  private changeable = NONE;
  private readAt = Number.NEGATIVE_INFINITY;
  private logged: ReadonlySet<string> = new Set();
  private inForce = '';

  constructor(
    deployed: string | undefined,
    private readonly parameter: ExceptionsParameter | undefined,
    private readonly telemetry: Telemetry,
  ) {
    this.deployed = Promise.resolve(
      deployed === undefined ? NONE : readOr(NONE, deployed, 'deployed exception', 'deployed exceptions'),
    );
  }

  /** The exceptions that have not expired by `now`, a UTC epoch second. Never throws. */
  async current(now: number): Promise<readonly Exception[]> {
    if (this.parameter !== undefined && now - this.readAt >= REFRESH_SECONDS) {
      await this.refresh(this.parameter, now);
    }
    const sources = [await this.deployed, this.changeable];
    const all = sources.flatMap(({ exceptions }) => exceptions);
    const { active, expired } = sortByExpiry(all, now);
    const notices = new Set([...sources.flatMap(({ faults }) => faults), ...expired.map(expiryNotice)]);
    for (const notice of notices) {
      if (!this.logged.has(notice)) this.telemetry.warn('exceptions', { reason: sanitize(notice, 1000) });
    }
    this.logged = notices;
    const described = active.map(describeException);
    const inForce = described.join('\n');
    if (inForce !== this.inForce) this.telemetry.info('exceptions in force', { exceptions: described });
    this.inForce = inForce;
    return active;
  }

  private async refresh(parameter: ExceptionsParameter, now: number): Promise<void> {
    const name = `parameter ${parameter.name}`;
    const missing = { ...NONE, faults: [`${name} does not exist; it excepts nothing`] };
    try {
      const text = await parameter.read();
      this.changeable = text === undefined ? missing : await readOr(this.changeable, text, 'parameter exception', name);
      this.readAt = now;
    } catch (error) {
      // Any error, even a defect: detection does not depend on it.
      this.changeable = keeping(this.changeable, reasonOf(error));
      this.readAt = now - REFRESH_SECONDS + RETRY_SECONDS;
    }
  }
}

async function readOr(before: ReadExceptions, text: string, entry: string, document: string): Promise<ReadExceptions> {
  try {
    return (await exceptions()).readExceptions(text, entry);
  } catch (error) {
    return keeping(before, `${document}: ${reasonOf(error)}`);
  }
}

function keeping({ exceptions }: ReadExceptions, fault: string): ReadExceptions {
  const what = exceptions.length === 0 ? 'it excepts nothing' : 'its previous entries stay in force';
  return { exceptions, faults: [`${fault.replace(/\.$/, '')}; ${what}`] };
}
