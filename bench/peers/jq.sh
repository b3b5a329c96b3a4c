#!/usr/bin/env bash
# What one types: zcat and jq, then sort and awk to count. Argument: the folder.
set -euo pipefail
find "$1" -name '*.json.gz' -print0 | xargs -0 zcat | jq -r '
  .Records[]
  | select(.eventSource == "ec2.amazonaws.com" and .eventName == "DescribeInstances")
  | (.userIdentity.arn // .userIdentity.principalId) as $actor
  | select($actor != null)
  | [(.eventTime | fromdateiso8601 / 30 | floor * 30), $actor, .awsRegion] | @tsv' |
  sort -u | awk -F '\t' '
    { regions[$1 FS $2]++ }
    END {
      for (group in regions) if (regions[group] >= 10) {
        split(group, part, FS)
        printf "{\"windowStart\":%d,\"actor\":\"%s\",\"regions\":%d}\n", part[1], part[2], regions[group]
      }
    }'
