import { renderHtml } from '../../lambda/alert/render/html';
import { renderTerminal } from '../../lambda/alert/render/plain-text';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import { hostileAlert } from '../support/hostile-alert';

const STYLE = { detector: 'security', severityText: 'low', chatAsDefault: false, replayId: undefined };

const counted: Record<string, number> = {};

/** The module with every function of it counted by name. */
function counting(path: string): object {
  const count = ([name, value]: [string, unknown]) => [
    name,
    typeof value !== 'function'
      ? value
      : (...args: unknown[]) => {
          counted[name] = (counted[name] ?? 0) + 1;
          return value(...args);
        },
  ];
  return Object.fromEntries(Object.entries(jest.requireActual<object>(path)).map(count));
}

jest.mock('../../lambda/alert/triage', () => counting('../../lambda/alert/triage'));
jest.mock('../../lambda/alert/guide/context', () => counting('../../lambda/alert/guide/context'));

it('triage, headline and guide run once per alert, however often it is rendered and truncated', () => {
  const alert = hostileAlert((place) => '\u202e'.repeat(2000) + place);
  const notification = { kind: 'alert', alert } as const;
  const { body } = renderTopicMessage(notification, STYLE);
  expect(body).toContain('lists and texts were shortened');
  expect(renderTerminal(alert)).not.toBe('');
  expect([...renderHtml([notification], STYLE)].join('')).not.toBe('');
  expect(counted).toEqual({ triage: 1, headlineOf: 1, contextOf: 1 });
});
