/** What is loaded together, with the first alert or the first message of our own. */
export { readOwnMessage } from '../trail/own-message-form';
export { handleOwnMessage } from './own-messages';
export { tellClaimed } from './telling';
