import type { DueNotification } from '../messages/control-message';
import type { Detector } from './context';
import { followUp } from './follow-up';
import { publishNotice } from './rate-limit';
import { publishSummary } from './suppression';

/** The modules that load together, with the first alert or control message. */
export { readControlMessage } from '../messages/control-message-schema';

export { publishClaims } from './publish-claims';

/** @throws ServiceError: the message will be retried */
export function handleDueNotification(message: DueNotification, detector: Detector): Promise<void> {
  switch (message.kind) {
    case 'follow-up':
      return followUp(message, detector);
    case 'cap-notice':
      return publishNotice(message, detector);
    case 'suppression-summary':
      return publishSummary(message, detector);
  }
}
