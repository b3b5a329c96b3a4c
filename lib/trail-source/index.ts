export { bucketEvents } from './bucket-events';
export { bucketNotifications } from './bucket-notifications';
export { type NewTrailProps, newTrail } from './new-trail';
export { type TopicNoticesProps, topicNotices } from './topic-notices';
export type { BoundTrail, ExistingTrail, TrailBucket, TrailLayout, TrailSource } from './trail-source';
