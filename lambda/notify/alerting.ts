import type { DueNotification } from '../messages/control-message';
import type { Detector } from './context';
import { followUp } from './follow-up';
import { publishRateLimitNotice } from './rate-limit';
import { publishSuppressionSummary } from './suppression';

/** What is loaded together, with the first alert or the first control message. */
export { readControlMessage } from '../messages/control-message-schema';

export { publishClaims } from './publish-claims';

/** @throws StateStoreError, SendError: the message is to be retried */
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
