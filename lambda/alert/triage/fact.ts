import type { Alert } from '../alert';
import type { Text } from '../text';

/** One thing the evidence shows that helps to close an alert or to escalate it. It changes neither severity nor whether it is told. */
export interface TriageFact {
  readonly id: string;
  /** what it speaks for: everyday use, somebody who should not be there, or neither by itself */
  readonly leans: 'ordinary' | 'suspicious' | 'neither';
  /** a few words, for a headline; absent for what does not belong there */
  readonly short?: string | undefined;
  readonly text: Text;
  readonly why: string;
  /** the fields of the records that say so */
  readonly field: string;
}

export type Check = (alert: Alert) => TriageFact | undefined;
