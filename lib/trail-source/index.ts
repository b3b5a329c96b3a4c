export { bucketEvents, bucketNotifications, type TopicNoticesProps, topicNotices } from './existing-bucket';
export { type NewTrailProps, newTrail } from './new-trail';

export type { BoundTrail, ExistingTrail, TrailBucket, TrailLayout, TrailSource } from './source';
