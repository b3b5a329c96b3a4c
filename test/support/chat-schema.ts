/**
 * What Amazon Q Developer in chat applications takes, written from its administrator guide, "Custom notifications":
 * the event schema and its parameter details. What is longer or otherwise is dropped there without a word.
 */
export const CHAT_SCHEMA = {
  type: 'object',
  required: ['version', 'source', 'content'],
  additionalProperties: false,
  properties: {
    version: { const: '1.0' },
    source: { const: 'custom' },
    id: { type: 'string', minLength: 1 },
    content: {
      type: 'object',
      required: ['description'],
      additionalProperties: false,
      properties: {
        textType: { const: 'client-markdown' },
        title: { type: 'string', minLength: 1, maxLength: 250 },
        description: { type: 'string', minLength: 1, maxLength: 8000 },
        nextSteps: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 350 } },
        keywords: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 75 } },
      },
    },
    metadata: {
      type: 'object',
      additionalProperties: false,
      properties: {
        threadId: { type: 'string', minLength: 1 },
        summary: { type: 'string', minLength: 1 },
        eventType: { type: 'string' },
        relatedResources: { type: 'array', items: { type: 'string' } },
        additionalContext: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
} as const;
