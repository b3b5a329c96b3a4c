import type { S3Client } from '@aws-sdk/client-s3';

/** How often a client listed; repeated attempts are not counted apart. */
export interface RequestCount {
  readonly lists: number;
}

/** Counts what a client asks for from now on. */
export function countRequests(client: S3Client): RequestCount {
  const count = { lists: 0 };
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'ListObjectsV2Command') count.lists += 1;
        return next(args);
      },
    { step: 'initialize', name: 'countRequests' },
  );
  return count;
}
