import { z } from 'zod';
import { SCHEMA_VERSION } from '../lambda/alert/model';
import { ecsAlertSchema } from '../lambda/alert/render/ecs-schema';

/** The JSON Schema of an alert, made from what the program itself holds alerts to. */
export function alertSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(ecsAlertSchema, { io: 'output' });
  const page = {
    $schema,
    title: `regionsweep alert, version ${SCHEMA_VERSION}`,
    description: 'Made from lambda/alert/render/ecs-schema.ts by npm run docs. docs/alert.md says what may change.',
    ...schema,
  };
  return `${JSON.stringify(page, null, 2)}\n`;
}
