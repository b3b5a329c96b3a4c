import type { DueNotification } from '../messages/control-message';
import type { Detector } from './context';
import { followUp } from './follow-up';
import { publishRateLimitNotice } from './rate-limit';
import { publishSuppressionSummary } from './suppression';

/** The modules that load together, with the first alert or control message. */
export { readControlMessage } from '../messages/control-message-schema';

export { publishClaims } from './publish-claims';

/** @throws StateStoreError, SendError: the message will be retried */
export function handleDueNotification(message: DueNotification, detector: Detector): Promise<void> {
  switch (message.kind) {
    case 'follow-up':
      return followUp(message, detector);
    case 'cap-notice':
      return publishRateLimitNotice(message, detector);
    case 'suppression-summary':
      return publishSuppressionSummary(message, detector);
  }
}
