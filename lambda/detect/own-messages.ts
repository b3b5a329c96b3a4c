/** Messages of our own, each to what it asks for. */

import { tellHeldBack } from './cap-notice';
import type { Detector } from './detector';
import { followUp } from './follow-up';
import type { OwnJob } from './jobs';
import { tellSuppressed } from './suppression-summary';

/** @throws LedgerError, SendError: the message shall come back */
export function handleOwnMessage(message: OwnJob['message'], detector: Detector): Promise<void> {
  switch (message.kind) {
    case 'follow-up':
      return followUp(message, detector);
    case 'cap-notice':
      return tellHeldBack(message, detector);
    case 'suppression-summary':
      return tellSuppressed(message, detector);
  }
}
